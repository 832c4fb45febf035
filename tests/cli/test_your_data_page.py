"""docs/your-data.md: its `console` blocks are what the commands say, in order, in a folder of real PDFs."""

import csv
import re
import shlex
import sys
from pathlib import Path

from calling import run_command
from document_files import pdf, scanned_pdf

PAGE = Path(__file__).parents[2] / "docs" / "your-data.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
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
    shown = PAGE.read_text(encoding="utf-8")
    for line in (tmp_path / "experiments" / "mine.yaml").read_text(encoding="utf-8").splitlines():
        if line.startswith("split:"):
            assert line in shown


if __name__ == "__main__":
    # Makes the page's folder, to write the page by.
    write_handbook(Path(sys.argv[1]))
