"""A comparison of runs, and the gate's word, as JSON values."""

from dataclasses import asdict
from typing import Any

from ragvsft.report.json import rounded
from ragvsft.verdict.comparing_runs import RunComparison
from ragvsft.verdict.gating import Gate

_DIGITS = 8
"""Significant digits: finer ones differ between machines and mean nothing."""


def comparison_data(found: RunComparison) -> dict[str, Any]:
    """Runs against runs as a JSON value; what is not known is null."""
    data = {
        "baseline": found.baseline,
        "runs": list(found.runs),
        "wave": found.wave.isoformat(),
        "metric": found.metric,
        "n_questions": found.n_questions,
        "n_planned": found.n_planned,
        "n_facts": found.n_facts,
        "pairs": [
            {
                "run": pair.now.run,
                "now": asdict(pair.now),
                "before": asdict(pair.before),
                "comparison": asdict(pair.comparison) | {"distinguishable": pair.comparison.distinguishable}
                if pair.comparison
                else None,
                "usage": asdict(pair.usage),
                "same_answers": pair.same_answers,
            }
            for pair in found.pairs
        ],
        "allowed": [asdict(one) for one in found.allowed],
        "notes": list(found.notes),
    }
    value: dict[str, Any] = rounded(data, _significant)
    return value


def gate_data(found: Gate, exit_code: int) -> dict[str, Any]:
    """The gate's word as a JSON value, with the comparison that it rests on."""
    return {
        "result": found.result,
        "exit_code": exit_code,
        "margin": found.margin,
        "checks": [
            {"arm": one.pair.now.arm, "result": one.result, "why": one.why, "more_facts": one.more_facts}
            for one in found.checks
        ],
        "comparison": comparison_data(found.comparison),
    }


def _significant(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
