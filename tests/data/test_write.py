import dataclasses
import tempfile
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Dataset, Document, Question, Split, Task
from ragvsft.data.read import read_dataset
from ragvsft.data.write import write_dataset

DAYS = st.dates(date(1990, 1, 1), date(2030, 1, 1))
CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARACTERS, min_size=1, max_size=40).filter(lambda text: bool(text.strip()))
IDS = st.text(CHARACTERS, min_size=1, max_size=12).map(str.strip).filter(bool)


@st.composite
def histories(draw: st.DrawFn) -> tuple[AnswerInterval, ...]:
    """Intervals that touch or leave gaps; the first has an answer."""
    days = draw(st.lists(DAYS, min_size=2, max_size=6, unique=True).map(sorted))
    found = []
    for n, (start, end) in enumerate(pairwise(days)):
        if n and draw(st.booleans()):
            continue
        answers = draw(st.lists(TEXTS, min_size=0 if n else 1, max_size=3))
        found.append(AnswerInterval(answers=tuple(answers), valid_from=start, valid_to=end))
    return tuple(found)


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    documents = []
    for doc_id in draw(st.lists(IDS, min_size=1, max_size=3, unique=True)):
        start = draw(DAYS)
        for _ in range(draw(st.integers(1, 3))):
            end = start + timedelta(days=draw(st.integers(1, 400)))
            documents.append(
                Document(
                    doc_id=doc_id,
                    title=draw(st.text(CHARACTERS, max_size=10)),
                    text=draw(TEXTS),
                    valid_from=start,
                    valid_to=end,
                    metadata=draw(st.dictionaries(IDS, st.none() | st.integers() | st.text(CHARACTERS), max_size=2)),
                )
            )
            start = end
    doc_ids = sorted({document.doc_id for document in documents})
    questions = []
    for n, question_id in enumerate(draw(st.lists(IDS, min_size=1, max_size=5, unique=True))):
        answerable = draw(st.booleans())
        questions.append(
            Question(
                question_id=question_id,
                fact_id=draw(IDS),
                question=f"{n} {draw(TEXTS)}",
                answers=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))) if answerable else (),
                split=draw(st.sampled_from(Split)),
                answer_history=draw(histories()) if answerable and draw(st.booleans()) else (),
                gold_doc_ids=tuple(draw(st.lists(st.sampled_from(doc_ids), unique=True))),
                slice=draw(st.dictionaries(IDS, st.text(CHARACTERS), max_size=2)),
                answerable=answerable,
            )
        )
    return Dataset(
        name="round-trip",
        description=draw(st.text(CHARACTERS)),
        licence="CC0",
        language="en",
        task=Task.SHORT_ANSWER,
        snapshots=tuple(draw(st.lists(DAYS, min_size=1, max_size=4, unique=True).map(sorted))),
        documents=tuple(documents),
        questions=tuple(questions),
        abstain=tuple(draw(st.lists(TEXTS, min_size=1, max_size=2))),
    )


@settings(max_examples=60, deadline=None)
@given(datasets())
def test_what_is_written_is_read_back(dataset: Dataset) -> None:
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "one"
        write_dataset(dataset, folder)
        found = read_dataset(folder)
        assert dataclasses.replace(found, content_hash="") == dataset
        write_dataset(found, Path(parent) / "two")
        assert read_dataset(Path(parent) / "two").content_hash == found.content_hash
        assert sorted(entry.name for entry in Path(parent).iterdir()) == ["one", "two"]


SMALL = Dataset(
    name="small",
    description="",
    licence="CC0",
    language="en",
    task=Task.LABEL,
    labels=("yes", "no"),
    snapshots=(date(2024, 1, 1),),
    documents=(Document(doc_id="d", title="", text="Text.", valid_from=date(2024, 1, 1)),),
    questions=(Question(question_id="q", fact_id="f", question="Is it?", answers=("yes",), split=Split.TEST),),
)


def test_a_dataset_is_replaced_and_what_lies_beside_it_stays(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    write_dataset(SMALL, folder)
    (folder / "make.py").write_text("script")
    (folder / "pages").mkdir()
    (folder / "pages" / "one.txt").write_text("page")
    write_dataset(dataclasses.replace(SMALL, description="new"), folder)
    assert read_dataset(folder).description == "new"
    assert (folder / "make.py").read_text() == "script"
    assert (folder / "pages" / "one.txt").read_text() == "page"
    assert [entry.name for entry in tmp_path.iterdir()] == ["small"]


def test_a_folder_that_is_no_dataset_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(DataError, match="not empty and no dataset"):
        write_dataset(SMALL, tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["precious.txt"]


@pytest.mark.parametrize(
    "broken",
    [
        dataclasses.replace(SMALL, questions=(dataclasses.replace(SMALL.questions[0], answers=("maybe",)),)),
        dataclasses.replace(SMALL, documents=(dataclasses.replace(SMALL.documents[0], text="\ud800"),)),
        dataclasses.replace(SMALL, documents=(dataclasses.replace(SMALL.documents[0], metadata={"n": float("nan")}),)),
        dataclasses.replace(SMALL, documents=(dataclasses.replace(SMALL.documents[0], metadata={"n": {1}}),)),
    ],
)
def test_nothing_changes_when_the_dataset_is_broken(tmp_path: Path, broken: Dataset) -> None:
    folder = tmp_path / "small"
    write_dataset(SMALL, folder)
    before = read_dataset(folder)
    with pytest.raises(DataError):
        write_dataset(broken, folder)
    assert read_dataset(folder) == before
    with pytest.raises(DataError):
        write_dataset(broken, tmp_path / "other")
    assert [entry.name for entry in tmp_path.iterdir()] == ["small"]


def test_the_old_dataset_comes_back_when_the_rename_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "small"
    write_dataset(SMALL, folder)
    before = read_dataset(folder)
    rename = Path.rename

    def fail_at_the_target(self: Path, target: Path) -> Path:
        if Path(target) == folder and "replaced" not in self.name:
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail_at_the_target)
    with pytest.raises(KeyboardInterrupt):
        write_dataset(dataclasses.replace(SMALL, description="new"), folder)
    assert read_dataset(folder) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["small"]
