"""How heavy the reports of a large run are, and how long writing them takes.

    python benchmarks/report_weight.py --questions 1000

Writes a run of six arms and three waves into a temporary folder and every form of its report. With --long each
question and answer is longer than the page shows of one, in a script of three bytes a letter: the heaviest there is.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from generated_run import write_run

from ragvsft.report.writing import FORMS, write_report
from ragvsft.verdict.judging import read_verdict

MORE = " 部屋の料金は季節により異なります。" * 20


def long(text: str) -> str:
    """A text that is longer than the page shows of one."""
    return f"{text}{MORE}"


def main() -> None:
    """Weigh and print a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1_000)
    parser.add_argument("--long", action="store_true", help="texts as long as a page shows of one")
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        print(f"writing {options.questions:,} questions", file=sys.stderr)
        verdict = read_verdict(write_run(Path(temporary), options.questions, wording=long if options.long else str))
        for ending in FORMS:
            began, file = time.monotonic(), Path(temporary) / f"report{ending}"
            write_report(verdict, file)
            found[file.name] = {"bytes": file.stat().st_size, "s": round(time.monotonic() - began, 2)}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
