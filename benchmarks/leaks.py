"""What the leak check finds of planted copies and near-copies, and what it accuses without cause, on datasets given.

PYTHONPATH=src:tests/data .venv/bin/python benchmarks/leaks.py FRESHWIKI_FOLDER XQUAD_FOLDER data/demo
"""

import argparse
import json
import random
from dataclasses import replace
from pathlib import Path

from test_check_leaks import edited

from ragvsft.core.values import Dataset, Question, Split
from ragvsft.data.checks.leaks import leaked
from ragvsft.data.checks.near_duplicates import near_duplicate_pairs, reworded
from ragvsft.data.read import question_key, read_dataset

RESULTS = Path(__file__).parent / "results"
N_EACH = 200


def main() -> None:
    """Plant, look, and write `results/leaks.json`: the worst of all seeds a dataset."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=20)
    chosen = parser.parse_args()
    found = []
    for folder in chosen.folders:
        dataset = read_dataset(folder)
        n_tests = sum(question.split is Split.TEST for question in dataset.questions)
        own = reworded(dataset)
        row: dict[str, object] = {
            "dataset": dataset.name,
            "n_tests": n_tests,
            "alarms on the dataset as it is": len(near_duplicate_pairs(dataset.questions, dataset.task)),
            "told as the dataset's own rewordings": own.n if own else 0,
        }
        for same_fact in (True, False):
            told = [planted(dataset, seed, same_fact) for seed in range(chosen.seeds)]
            name = "same fact" if same_fact else "another fact, same answer"
            row[f"{name}: exact found, least"] = min(exact for exact, _, _ in told)
            row[f"{name}: near found, least and mean"] = [
                round(min(near for _, near, _ in told), 3),
                round(sum(near for _, near, _ in told) / len(told), 3),
            ]
            row[f"{name}: others accused, most, of all tests"] = round(max(n for _, _, n in told) / n_tests, 4)
        found.append(row)
        print(json.dumps(row, indent=1))
    RESULTS.mkdir(exist_ok=True)
    told_all = {"seeds": chosen.seeds, "planted of each": N_EACH, "datasets": found}
    (RESULTS / "leaks.json").write_text(json.dumps(told_all, indent=1) + "\n")


def planted(dataset: Dataset, seed: int, same_fact: bool) -> tuple[float, float, int]:
    """The shares found of 200 copies and of 200 near-copies in training rows, and how many other tests are accused.

    A near-copy whose edit changed case and white space alone is a copy in words, and counts as one.
    """
    rng = random.Random(seed)
    tests = rng.sample([question for question in dataset.questions if question.split is Split.TEST], 2 * N_EACH)
    vocabulary = sorted({word for question in dataset.questions for word in question.question.split()})
    rows: list[Question] = []
    for n, test in enumerate(tests):
        text = test.question if n < N_EACH else edited(test.question, n % 5, rng, vocabulary)
        fact_id = test.fact_id if same_fact else f"planted {n}"
        rows.append(replace(test, question_id=f"planted {n}", fact_id=fact_id, split=Split.TRAIN, question=text))
    questions = (*dataset.questions, *rows)
    copied = {
        test.question_id
        for test, row in zip(tests, rows, strict=True)
        if question_key(test.question) == question_key(row.question)
    }
    near = {test.question_id for test in tests} - copied
    exact = leaked(replace(dataset, questions=questions))
    accused = {questions[at].question_id for at, _ in near_duplicate_pairs(questions, dataset.task)}
    n_exact = min(len(copied), exact.n if exact else 0)
    return n_exact / len(copied), len(accused & near) / len(near), len(accused - near - copied)


if __name__ == "__main__":
    main()
