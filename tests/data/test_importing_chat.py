import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from ragvsft.core.errors import DataError
from ragvsft.data.importing import ImportOptions, detect_format, import_dataset
from ragvsft.data.read import read_dataset

Message = Mapping[str, object]


def said(role: str, content: object) -> Message:
    return {"role": role, "content": content}


def chat(path: Path, *conversations: object) -> Path:
    path.write_text("".join(json.dumps({"messages": each}) + "\n" for each in conversations), encoding="utf-8")
    return path


@pytest.fixture
def pages(tmp_path: Path) -> ImportOptions:
    path = tmp_path / "pages.jsonl"
    path.write_text('{"doc_id": "d", "title": "Hours", "text": "We open at nine."}\n')
    return ImportOptions(documents=path)


def test_the_first_question_and_its_reply_come_in(tmp_path: Path, pages: ImportOptions) -> None:
    source = chat(
        tmp_path / "log.jsonl",
        [said("system", "Be brief."), said("user", "When do you open?"), said("assistant", "At nine.")],
        [
            said("developer", "x"),
            said("user", [{"type": "text", "text": "Where?"}]),
            said("assistant", "Here."),
            said("user", "And there?"),
            said("assistant", "No."),
        ],
        [said("user", [{"type": "image_url", "image_url": {"url": "x"}}]), said("assistant", "A cat.")],
        [said("user", "Book it."), {"role": "assistant", "content": None, "tool_calls": []}],
        [said("user", "Anyone?")],
    )
    assert detect_format(source) == "chat"
    report = import_dataset(source, tmp_path / "out", options=pages)
    questions = read_dataset(tmp_path / "out").questions
    assert {(q.question_id, q.question, q.answers) for q in questions} == {
        ("log-1", "When do you open?", ("At nine.",)),
        ("log-2", "Where?", ("Here.",)),
    }
    assert report.left_out == {
        "later turn of a conversation": 1,
        "conversation whose first turn is no text (an image, a tool call)": 2,
        "conversation without a question and a reply": 1,
    }
    assert any("2 system messages" in note for note in report.notes)
    assert any("no gold documents" in note for note in report.notes)


def test_sharegpt_conversations_too(tmp_path: Path, pages: ImportOptions) -> None:
    source = tmp_path / "log.jsonl"
    turns = [{"from": "human", "value": "When?"}, {"from": "gpt", "value": "Nine."}]
    source.write_text(json.dumps({"id": "s1", "conversations": turns}) + "\n")
    assert detect_format(source) == "chat"
    import_dataset(source, tmp_path / "out", options=pages)
    (question,) = read_dataset(tmp_path / "out").questions
    assert (question.question_id, question.question, question.answers) == ("s1", "When?", ("Nine.",))


def test_a_log_without_documents_says_how_to_bring_them(tmp_path: Path) -> None:
    source = chat(tmp_path / "log.jsonl", [said("user", "When?"), said("assistant", "Nine.")])
    with pytest.raises(DataError, match="questions but no documents") as caught:
        import_dataset(source, tmp_path / "out")
    assert "--documents" in (caught.value.hint or "")
    assert not (tmp_path / "out").exists()


def test_a_line_that_is_no_conversation_is_named(tmp_path: Path, pages: ImportOptions) -> None:
    good = [said("user", "When?"), said("assistant", "Nine.")]
    with pytest.raises(DataError, match=r"log\.jsonl, line 2: there are no messages"):
        import_dataset(chat(tmp_path / "log.jsonl", good, "hello"), tmp_path / "out", options=pages)
    with pytest.raises(DataError, match=r"log\.jsonl, line 1: a message has no role"):
        import_dataset(chat(tmp_path / "log.jsonl", [{"content": "x"}]), tmp_path / "out", format="chat", options=pages)


def test_a_folder_of_logs_keeps_its_splits_and_what_cannot_be_answered(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        rows = [
            {
                "messages": [said("user", f"Which {split} {n}?"), said("assistant", "Ann" if n else "I don't know")],
                "question_id": f"{split}{n}",
                "answerable": bool(n),
            }
            for n in range(2)
        ]
        (folder / f"{split}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "corpus.jsonl").write_text('{"_id": "d", "text": "Ann did."}\n')
    assert detect_format(folder) == "chat"
    report = import_dataset(folder, tmp_path / "out")
    assert report.questions_by_split == {"train": 2, "dev": 2, "test": 2}
    first = read_dataset(tmp_path / "out").questions[:2]
    assert [(q.question_id, q.answerable, q.answers) for q in sorted(first, key=lambda q: q.question_id)] == [
        ("dev0", False, ()),
        ("dev1", True, ("Ann",)),
    ]
