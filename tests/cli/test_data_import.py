import json
import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from calling import Call, Said, call_process, environment
from ragvsft.core.errors import ServiceError
from ragvsft.data import token_counter
from ragvsft.lab.generation import tokenizer_file


def table(folder: Path) -> Path:
    source = folder / "faq.csv"
    rows = [f"How is {n}?,It is {n}.,Page {n}: It is {n}." for n in range(10)]
    source.write_text("\n".join(["prompt,reply,page", *rows, "How is it?,,Page."]), encoding="utf-8")
    return source


MAP = ("--map", "question=prompt", "--map", "answers=reply", "--map", "documents=page")


def test_an_import_says_what_came_in_and_what_was_left_out(call: Call, tmp_path: Path) -> None:
    target = tmp_path / "faq"
    said = call(
        "data", "import", table(tmp_path), target, *MAP, "--shares", "0.5,0.2,0.3", "--language", "de",
        "--snapshot", "2024-02-03", "--task", "long_form", "--licence", "MIT",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert said.out == ""
    assert "11 documents, 10 questions (5 train, 2 dev, 3 test)" in said.err
    assert "read as table" in said.err
    assert "left out: 1 (question without an answer)\n    faq.csv, line 12" in said.err
    head = json.loads((target / "dataset.json").read_text(encoding="utf-8"))
    assert (head["language"], head["snapshots"], head["task"]) == ("de", ["2024-02-03"], "long_form")
    assert call("data", "check", target).code == 0
    said = call("data", "import", table(tmp_path), target, *MAP, "--json")
    assert json.loads(said.out)["left_out"] == {"question without an answer": 1}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--map", "question"), "is no FIELD=COLUMN"),
        (("--map", "frage=prompt"), "there is no field 'frage' to map"),
        (("--shares", "1,2"), "is not three fractions"),
        (("--shares", "0.5,0.1,0.1"), "shares of train, dev and test"),
        (("--snapshot", "yesterday"), "is no date"),
        (("--task", "essay"), "the task 'essay' is unknown"),
        (("--format", "squad", *MAP), "the format squad takes no --map"),
        ((*MAP, "--questions", "q.csv"), "the format table takes no --questions"),
    ],
)
def test_a_wrong_option_is_told_before_anything_is_written(
    call: Call, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    said = call("data", "import", table(tmp_path), tmp_path / "out", *arguments)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert not (tmp_path / "out").exists()


def test_a_table_with_columns_that_nobody_knows_says_how_to_name_them(call: Call, tmp_path: Path) -> None:
    said = call("data", "import", table(tmp_path), tmp_path / "out")
    assert said.code == 1
    assert "its first row has prompt, reply, page" in said.err
    assert "--map question=COLUMN" in said.err


def checked(call: Call, tmp_path: Path, *arguments: object) -> Said:
    target = tmp_path / "faq"
    if not target.exists():
        assert call("data", "import", table(tmp_path), target, *MAP, "--licence", "MIT").code == 0
    return call("data", "check", target, *arguments)


@pytest.fixture
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word a token, whatever is installed."""

    def count(texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    monkeypatch.setattr(tokenizer_file, "tokenizer_file", lambda name: Path(name))
    monkeypatch.setattr(token_counter, "token_counter", lambda file: count)


@pytest.mark.usefixtures("by_words")
def test_a_check_tells_what_becomes_of_the_documents(call: Call, tmp_path: Path) -> None:
    said = checked(call, tmp_path)
    assert said.code == 0
    told = "passages of at most 120 tokens: 11, min / median / max 1 / 5 / 5; 0 of 10 stated answers cut in two\n"
    assert said.out.endswith(told)
    assert said.err == f"0 errors, 1 warning in {tmp_path / 'faq'}\n"
    index = tmp_path / "index.yaml"
    index.write_text("name: pages\nchunking: {max_tokens: 16, keep_whole: false}\n", encoding="utf-8")
    passages = json.loads(checked(call, tmp_path, "--index", index, "--json").out)["passages"]
    assert (passages["max_tokens"], passages["keep_whole"], passages["n_passages"]) == (16, False, 11)
    assert passages["embedder"] == "bundled/all-minilm-l6-v2"
    index.write_text("name: pages\nchunking: {max_token: 16}\n", encoding="utf-8")
    said = checked(call, tmp_path, "--index", index)
    assert (said.code, said.out) == (2, "")
    assert "did you mean max_tokens?" in said.err


def test_a_check_without_a_tokenizer_says_so_and_checks_the_rest(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Path:
        raise ServiceError(f"the tokenizer of {name} is not on this disk", hint="install it")

    monkeypatch.setattr(tokenizer_file, "tokenizer_file", missing)
    said = checked(call, tmp_path, "--json")
    assert said.code == 0
    assert json.loads(said.out)["passages"] is None
    assert "Passages are not looked at: the tokenizer of bundled/all-minilm-l6-v2 is not on this disk" in said.err
    said = checked(call, tmp_path, "--embedder", "mine")
    assert (said.code, said.out) == (4, "")


def test_progress_is_a_bar_on_a_terminal_and_quiet_where_it_takes_seconds(tmp_path: Path) -> None:
    source, target = table(tmp_path), tmp_path / "faq"
    code, shown, out = on_terminal("data", "import", source, target, *MAP, "--json")
    assert code == 0
    assert json.loads(out)["n_questions"] == 10
    for step in ("Reading faq.csv", "Writing documents", "11/11", "Reading questions.jsonl"):
        assert step in shown
    code, shown, out = on_terminal("data", "check", target)
    assert code == 0
    assert "Checking" in shown
    said = call_process("data", "check", target)
    assert said.err == f"0 errors, 1 warning in {target}\n"


def on_terminal(*arguments: object) -> tuple[int, str, str]:
    """Exit code, what stderr showed as a terminal, and stdout."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "ragvsft", *map(str, arguments)]
    environ = environment(TERM="xterm", COLUMNS="120")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=slave, env=environ)
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        shown += part
    out, _ = process.communicate(timeout=60)
    os.close(master)
    return process.returncode, shown.decode(), out.decode()
