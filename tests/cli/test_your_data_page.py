"""docs/your-data.md: its `console` blocks are what the commands say, in order, in a folder of real PDFs.

Its experiment and index files, and its file of recorded answers, are taken from the page and planned with.
"""

import csv
import json
import re
import shlex
import sys
from pathlib import Path

from ruamel.yaml import YAML

from calling import run_command
from document_files import pdf, scanned_pdf
from ragvsft.data.recorded import read_recorded

PAGE = Path(__file__).parents[2] / "docs" / "your-data.md"
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


BLOCKS = blocks("console")
FILES = {block.split("\n", 1)[0][2:]: block for block in blocks("yaml") if block.startswith("# ")}
"""By the path in their first line."""
LODGES = ("alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "maple", "oak", "pine", "rowan", "willow")
ASKS = (
    ("What does a night at the {} lodge cost?", "A night at the lodge costs {} euros."),
    ("How many beds has the {} lodge?", "It has {} beds in all."),
    ("At what height does the {} lodge stand?", "The lodge stands {} metres above the sea."),
    ("In which year was the {} lodge built?", "It was built in {} by a club of walkers."),
    ("Until what time is the kitchen of the {} lodge open?", "The kitchen is open until {} o'clock."),
    ("Who keeps the {} lodge?", "The lodge is kept by the family {}."),
)


def answer(lodge: int, ask: int) -> str:
    if ask == 5:
        return ("Moss", "Reed", "Stone", "Hill", "Brook", "Marsh")[lodge % 6] + ("mann", "son")[lodge // 6]
    return str((61 + 7 * lodge, 12 + 5 * lodge, 2003 + 31 * lodge, 1880 + 9 * lodge, 18 + lodge % 5)[ask])


def write_handbook(folder: Path) -> None:
    folder.mkdir()
    for n, lodge in enumerate(LODGES):
        lines = [text.format(answer(n, m)) for m, (_, text) in enumerate(ASKS)]
        first = [(f"The {lodge.title()} lodge", 18), *lines[:3]]
        (folder / f"{lodge}.pdf").write_bytes(pdf(first, [("House rules", 14), *lines[3:]]))
    (folder / "old-letter.pdf").write_bytes(scanned_pdf())


def fill_in(sheet: Path) -> None:
    """Six questions a document, in the sheet's own rows; the others stay empty."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    asked: dict[str, int] = {}
    for row in rows:
        lodge = row["document"].removesuffix(".pdf")
        m = asked[lodge] = asked.get(lodge, -1) + 1
        if m < len(ASKS):
            row["question"], row["answers"] = ASKS[m][0].format(lodge.title()), answer(LODGES.index(lodge), m)
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def said_by(block: str, folder: Path) -> str:
    lines = ["exec 2>&1", f'ragvsft() {{ {shlex.quote(sys.executable)} -m ragvsft "$@"; }}']
    for command in (line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")):
        lines += [f"printf '%s\\n' {shlex.quote(f'$ {command}')}", command]
    return run_command(["bash", "-c", "\n".join(lines)], cwd=folder, PYTHONUNBUFFERED="1").out


def test_the_pages_arms_of_other_tools_are_read(tmp_path: Path) -> None:
    (lines,) = [block for block in blocks("yaml") if "promptfoo" in block]
    question = "What does a night at the Alder lodge cost?"
    rows = [
        {"doc": {"question": question}, "resps": [["It is 61."]], "filtered_resps": [answer], "filter": name}
        for answer, name in (("61", "strict-match"), ("It is 61.", "flexible-extract"))
    ]
    (tmp_path / "samples_handbook_2026-11-25.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    results = [
        {"vars": {"q": question}, "provider": {"id": name}, "response": {"output": answer}}
        for answer, name in (("61 euros", "acme:bot-2"), ("60", "acme:bot-1"))
    ]
    (tmp_path / "promptfoo.json").write_text(json.dumps({"results": {"results": results}}), encoding="utf-8")
    arms = YAML(typ="safe").load(lines)
    said = {
        name: read_recorded(
            (tmp_path / "experiments" / arm["file"]).resolve(), mapping=arm.get("map"), only=arm["only"]
        ).rows
        for name, arm in arms.items()
    }
    assert {name: [(row.question, row.answer) for row in found] for name, found in said.items()} == {
        "harness": [(question, "61")],
        "bot": [(question, "61 euros")],
    }


def test_the_page_shows_what_is_said(tmp_path: Path) -> None:
    write_handbook(tmp_path / "handbook")
    assert len(BLOCKS) >= 3
    for block in BLOCKS:
        assert said_by(block, tmp_path) == block
        if (tmp_path / "questions.csv").exists() and not (tmp_path / "data").exists():
            fill_in(tmp_path / "questions.csv")
    planned = run_command([sys.executable, "-m", "ragvsft", "plan", "experiments/mine.yaml"], cwd=tmp_path)
    assert planned.code == 0, planned.err
    assert "train     reader" in planned.out
    for line in (tmp_path / "experiments" / "mine.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("split:"):
            assert line in TEXT
    assert set(FILES) == {"indexes/pages.yaml", "experiments/ours.yaml", "experiments/served.yaml"}
    for path, block in FILES.items():
        (tmp_path / path).write_text(block, encoding="utf-8")
    (answers,) = blocks("csv")
    (tmp_path / "helpdesk.csv").write_text(answers, encoding="utf-8")
    for path in ("experiments/ours.yaml", "experiments/served.yaml"):
        planned = run_command([sys.executable, "-m", "ragvsft", "plan", path, "--json"], cwd=tmp_path)
        assert planned.code == 0, planned.err
        assert json.loads(planned.out)["n_tested_facts"] == 30


if __name__ == "__main__":
    # Makes the page's folder, to write the page by.
    write_handbook(Path(sys.argv[1]))
