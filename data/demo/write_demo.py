"""Writes the demo dataset: dataset.json, documents.jsonl and questions.jsonl. Standard library only.

    python data/demo/write_demo.py            # beside this file
    python data/demo/write_demo.py --out DIR  # elsewhere

Every run writes the same bytes. The world itself stands in `handbook/`: one file a kind of page, then
`world.py` (which page states what), `two_hop.py` (questions over two pages), `history.py` (what changes when)
and `rows.py` (the canonical rows).
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from handbook import history, rows, two_hop, world


def main() -> None:
    """Builds the world and writes it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent, help="the folder to write into")
    folder: Path = parser.parse_args().out
    pages = world.pages()
    two_hop.give_posts(pages)
    hops = two_hop.choose(pages)
    history.deal_lives(pages)
    history.draw_values(pages)
    documents = rows.document_rows(pages)
    facts = rows.asked_facts(pages, hops)
    questions = rows.question_rows(facts)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "dataset.json", [json.dumps(rows.dataset_row(), ensure_ascii=False, indent=2)])
    _write(folder / "documents.jsonl", (json.dumps(row, ensure_ascii=False) for row in documents))
    _write(folder / "questions.jsonl", (json.dumps(row, ensure_ascii=False) for row in questions))
    print(f"{len(pages)} pages in {len(documents)} versions, {len(facts)} facts, {len(questions)} questions: {folder}")


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    main()
