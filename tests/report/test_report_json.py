"""`report.json` is what its schema says, the schema is what the types say, and no key is filled for show."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ragvsft.report.json import report_json, report_schema
from ragvsft.verdict.verdict import Verdict

SCHEMA = Path(__file__).parents[2] / "schema" / "report.schema.json"


@pytest.fixture(scope="module")
def report(verdict: Verdict) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(report_json(verdict))
    return parsed


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from leaves(one)
    else:
        yield value


def test_schema_file_is_in_step() -> None:
    """`ragvsft schema --write schema` writes it."""
    assert SCHEMA.read_text(encoding="utf-8") == json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"


def test_report_is_valid_and_the_schema_strict(report: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(report_schema())
    validator = jsonschema.Draft202012Validator(report_schema())
    validator.validate(report)
    assert not validator.is_valid(report | {"extra": 1})
    assert not validator.is_valid(report | {"store": None})
    wrong = json.loads(json.dumps(report))
    wrong["waves"]["2024-01-01"]["arms"]["rag"]["scores"]["exact_match"]["mean"] = 1.5
    assert not validator.is_valid(wrong)


def test_confidence_is_told_of_arms_whose_answers_have_one(confident: Verdict, report: dict[str, Any]) -> None:
    told = json.loads(report_json(confident))
    jsonschema.validate(told, report_schema())
    arms = told["waves"]["2024-01-01"]["arms"]
    assert [arm for arm, one in arms.items() if "calibration" in one] == ["closed_book", "rag", "fine_tuned"]
    assert all("abstaining" in one for one in arms.values())
    found = arms["rag"]["calibration"]
    assert sum(one["score"]["n"] for one in found["bins"]) == found["n"] - found["n_abstained"] - found["n_failed"]
    assert found["curve"][-1]["coverage"] == pytest.approx((found["n"] - found["n_abstained"]) / found["n"], abs=1e-6)
    # A run from before there was confidence reads as it did.
    for arm in arms.values():
        arm.pop("calibration", None)
        del arm["abstaining"]
    assert arms == report["waves"]["2024-01-01"]["arms"]


def test_absent_is_absent_and_never_null_or_nan(report: dict[str, Any]) -> None:
    values = list(leaves(report))
    assert None not in values
    assert all(math.isfinite(one) for one in values if isinstance(one, float))
    first, second = report["waves"]["2024-01-01"]["arms"], report["waves"]["2024-07-01"]["arms"]
    assert "retrieval" not in first["closed_book"]
    assert set(first["rag"]["retrieval"]) >= {"recall@1", "recall@3", "reciprocal_rank", "ndcg@10"}
    # Requests were timed at the first wave.
    assert first["rag"]["latency_s"] == {"p50": 3.0, "p95": 5.25, "n": 21}
    assert "latency_s" not in second["rag"]
    assert "probability_best" not in report["decision"]
    assert "economics" not in report


def test_the_contract_of_the_design(report: dict[str, Any]) -> None:
    assert set(report) >= {"schema_version", "run", "dataset", "fairness", "store", "waves", "stages", "comparisons"}
    rag = report["waves"]["2024-07-01"]["arms"]["rag"]
    assert set(rag["scores"]["exact_match"]) >= {"mean", "low", "high", "n", "n_failed"}
    assert rag["scores"]["exact_match"]["n_failed"] == 1
    assert rag["outcomes"] == {"current": 20, "stale": 0, "conflated": 0, "abstained": 0, "wrong": 7, "failed": 1}
    assert report["decision"]["arm"] == "rag"
    assert report["run"]["arms"]["fine_tuned"]["refresh_s"] == {"2024-07-01": 0.0}


def test_a_run_without_anything_but_questions_is_a_valid_report(verdict: Verdict) -> None:
    bare = replace(
        verdict, waves=(), stages=(), costs={}, latency={}, tries=(), choices={}, general=(), fairness=(), store=None
    )
    report = json.loads(report_json(bare))
    jsonschema.validate(report, report_schema())
    assert "store" not in report
    assert report["fairness"] == {"ok": False, "checks": []}
