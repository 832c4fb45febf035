"""Writes the general questions: dataset.json, questions.jsonl and an empty documents.jsonl. Standard library only.

    python data/general/write_general.py            # beside this file
    python data/general/write_general.py --out DIR  # elsewhere

The questions stand in `items.py`, written by hand. Every run writes the same bytes.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from items import ITEMS

HEAD = {
    "name": "general",
    "description": (
        "Small questions that have nothing to do with any handbook: sums, common knowledge, following a format, "
        "plain language. Asked before and after training, they show what a training made a model forget."
    ),
    "licence": "CC0-1.0",
    "language": "en",
    "task": "short_answer",
    "snapshots": ["2024-01-01"],
}


def rows() -> list[dict[str, object]]:
    """The rows of `questions.jsonl`."""
    made: list[dict[str, object]] = []
    for category, items in ITEMS.items():
        for number, (question, *answers) in enumerate(items, start=1):
            fact_id = f"{category}-{number:02}"
            made.append(
                {
                    "question_id": f"{fact_id}#1",
                    "fact_id": fact_id,
                    "question": question,
                    "answers": answers,
                    "answer_history": [],
                    "gold_doc_ids": [],
                    "split": "test",
                    "slice": {"category": category},
                    "answerable": True,
                }
            )
    return made


def main() -> None:
    """Writes the three files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="the folder to write into")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    made = rows()
    (folder / "dataset.json").write_bytes(f"{json.dumps(HEAD, ensure_ascii=False, indent=2)}\n".encode())
    lines = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in made)
    (folder / "questions.jsonl").write_bytes(lines.encode())
    (folder / "documents.jsonl").write_bytes(b"")
    print(f"{len(made)} questions: {folder}")


if __name__ == "__main__":
    main()
