"""200,000 documents and 1,000,000 questions through `ragvsft data import` and `check`; and a JSONL of 1 GB read alone.

.venv/bin/python benchmarks/scale.py --folder /tmp/scale
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
BEGINNINGS = ("al", "ber", "car", "dor", "el", "fen", "gar", "hol")
ENDINGS = ("den", "ford", "gate", "ham", "ker", "ley", "mere", "stow", "ton")
WORDS = [beginning + ending for beginning in BEGINNINGS for ending in ENDINGS]
CHILD = "import sys; from ragvsft.cli import main; sys.argv[0] = 'ragvsft'; main()"


def main() -> None:
    """Generate, import, check; print and write `results/scale.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="for the files; needs 4 GB, emptied at the end")
    parser.add_argument("--documents", type=int, default=200_000)
    parser.add_argument("--questions", type=int, default=1_000_000)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="of the JSONL that is imported alone; 0: none")
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    told: dict[str, object] = {"cores": len(os.sched_getaffinity(0)), "load before": os.getloadavg()[0]}
    source = chosen.folder / "source"
    source.mkdir(exist_ok=True)
    told["n"] = {"documents": chosen.documents, "questions": chosen.questions}
    told["source_bytes"] = generate(source, chosen.documents, chosen.questions)
    dataset = chosen.folder / "dataset"
    told["import"] = called("data", "import", source, dataset, "--licence", "CC0")
    told["check"] = called("data", "check", dataset)
    if chosen.gigabytes:
        alone = chosen.folder / "alone.jsonl"
        told["alone_bytes"] = generate_rows(alone, int(chosen.gigabytes * 1e9))
        told["import of it"] = called("data", "import", alone, chosen.folder / "dataset-alone", "--licence", "CC0")
    told["load after"] = os.getloadavg()[0]
    print(json.dumps(told, indent=1))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "scale.json").write_text(json.dumps(told, indent=1) + "\n")
    shutil.rmtree(chosen.folder)


def called(*arguments: object) -> dict[str, object]:
    """A command in a process of its own: seconds by the clock and of a processor, and its peak memory."""
    # The peak is the highest of all children so far, so each call has a parent of its own that waits for it alone.
    reading = "import resource,subprocess,sys; c = subprocess.run(sys.argv[1:]).returncode; r = resource.getrusage(resource.RUSAGE_CHILDREN); print('USED', c, r.ru_utime + r.ru_stime, r.ru_maxrss)"  # noqa: E501
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", reading, sys.executable, "-c", CHILD, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    wall_s = time.monotonic() - began
    *said, last = done.stdout.splitlines()
    _, code, cpu_s, peak_kb = last.split()
    print(f"ragvsft {' '.join(map(str, arguments[:2]))}: exit {code}, {wall_s:.0f} s", flush=True)
    return {
        "exit": int(code),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(float(cpu_s), 1),
        "peak_gb": round(int(peak_kb) * 1024 / 1e9, 2),
        "said": said[-12:],
    }


def generate(folder: Path, n_documents: int, n_questions: int) -> int:
    """A folder of `corpus.jsonl` and `questions.jsonl`: five phrasings of a fact a document; returns its bytes."""
    rng = random.Random(0)
    with (folder / "corpus.jsonl").open("w", encoding="utf-8") as file:
        for n in range(n_documents):
            file.write(json.dumps({"doc_id": f"d{n}", "title": name(n), "text": text(rng, n)}) + "\n")
    with (folder / "questions.jsonl").open("w", encoding="utf-8") as file:
        for n in range(n_questions):
            document, phrasing = n % n_documents, n // n_documents
            row = {
                "id": f"q{n}",
                "fact_id": f"f{document}",
                "question": f"{PHRASINGS[phrasing % len(PHRASINGS)].format(name(document))}{phrasing // 5 or ''}",
                "answers": [holder(document)],
                "gold_doc_ids": [f"d{document}"],
            }
            file.write(json.dumps(row) + "\n")
    return sum(path.stat().st_size for path in folder.iterdir())


def generate_rows(path: Path, n_bytes: int) -> int:
    """One table of questions, each with a text of its own, of so many bytes."""
    rng = random.Random(1)
    n = 0
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < n_bytes:
            context = " ".join(text(rng, n) for _ in range(4))
            row = {"id": f"q{n}", "question": PHRASINGS[0].format(name(n)), "answer": holder(n), "context": context}
            file.write(json.dumps(row) + "\n")
            n += 1
    return path.stat().st_size


PHRASINGS = (
    "Who runs the {}?",
    "Which person is in charge of the {} today?",
    "Name whoever leads the {}.",
    "In whose hands does the {} lie?",
    "The {} is headed by whom?",
)


def name(n: int) -> str:
    """A name that no other number has."""
    return f"{WORDS[n % len(WORDS)].title()} {WORDS[n // len(WORDS) % len(WORDS)]} {n}"


def holder(n: int) -> str:
    """The answer."""
    return f"{WORDS[n * 7 % len(WORDS)].title()} {WORDS[n * 13 % len(WORDS)].title()}son {n % 9973}"


def text(rng: random.Random, n: int) -> str:
    """Some sentences, one of them with the answer."""
    filler = (" ".join(rng.choices(WORDS, k=12)).capitalize() + "." for _ in range(4))
    return f"The {name(n)} is run by {holder(n)}. {' '.join(filler)}"


if __name__ == "__main__":
    main()
