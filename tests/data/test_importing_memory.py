import json
import tracemalloc
from pathlib import Path

import pytest

from ragvsft.data.importing import import_dataset

N_ROWS = 5_000


def write(path: Path, n_questions: int, phrasings: int) -> None:
    """Questions, so many about a fact, and for each fact a document of 2 kB in the same row or in a file of its own."""
    filler = "what stands on this page helps nobody " * 50
    text = [f"The house {n} is kept by Keeper {n}. {filler}" for n in range(n_questions // phrasings)]
    if phrasings > 1:
        with (path.parent / "corpus.jsonl").open("w") as file:
            file.writelines(json.dumps({"doc_id": f"d{n}", "text": each}) + "\n" for n, each in enumerate(text))
    with path.open("w") as file:
        for n in range(n_questions):
            fact = n % len(text)
            row = {
                "id": f"q{n}",
                "question": f"Who keeps the house {fact} ({n // len(text)})?",
                "answer": f"Keeper {fact}",
            }
            row |= {"fact_id": f"f{fact}", "gold_doc_ids": [f"d{fact}"]} if phrasings > 1 else {"context": text[fact]}
            file.write(json.dumps(row) + "\n")


def traced_peak_bytes(folder: Path, n_questions: int, phrasings: int) -> int:
    source = folder / f"source-{n_questions}"
    source.mkdir()
    write(source / "questions.jsonl", n_questions, phrasings)
    tracemalloc.start(1)
    try:
        import_dataset(source if phrasings > 1 else source / "questions.jsonl", folder / f"dataset-{n_questions}")
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("phrasings", "most_bytes_a_row"), [(1, 1_000), (5, 600)])
def test_memory_follows_neither_texts_nor_questions(phrasings: int, most_bytes_a_row: int, tmp_path: Path) -> None:
    # What is loaded and buffered once is the same for any number of rows: it is not looked at.
    traced_peak_bytes(tmp_path, 10, phrasings)
    beginning = traced_peak_bytes(tmp_path, 1_000, phrasings)
    more = traced_peak_bytes(tmp_path, 1_000 + N_ROWS, phrasings) - beginning
    assert more / N_ROWS < most_bytes_a_row
