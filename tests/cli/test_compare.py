"""`ragvsft compare` on runs of one configuration, on runs that may not be compared, and on a half of one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from calling import Call, environment
from compared_runs import PRICES, broken, write_run
from ragvsft.cli.ending import run_cli


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("main"), verdict={"prices": PRICES})


def test_two_runs_of_one_configuration_are_not_told_apart(base: Path, tmp_path: Path, call: Call) -> None:
    again = write_run(tmp_path, verdict={"prices": PRICES})
    said = call("compare", base, again)
    assert said.code == 0, said.err
    assert "No arm is told apart from itself in " in said.out
    assert "told apart: worse" not in said.out


def test_a_broken_arm_is_named_and_the_other_is_not(base: Path, tmp_path: Path, call: Call) -> None:
    said = call("compare", base, write_run(tmp_path, broken, verdict={"prices": PRICES}), "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    pairs = {pair["now"]["arm"]: pair for pair in found["pairs"]}
    # 112 of 150 are right in each fourth that is not the first, and 19 more by RAG: n = 0, 8, ... 144.
    assert pairs["rag"]["before"]["score"]["mean"] == pytest.approx(131 / 150)
    assert pairs["rag"]["comparison"]["difference"] == pytest.approx(-131 / 150)
    assert (pairs["rag"]["comparison"]["wins"], pairs["rag"]["comparison"]["losses"]) == (0, 131)
    assert pairs["rag"]["comparison"]["test"] == "mcnemar_exact"
    assert pairs["rag"]["comparison"]["distinguishable"]
    assert pairs["closed_book"]["same_answers"]
    assert not pairs["closed_book"]["comparison"]["distinguishable"]


def test_markdown_holds_scores_differences_and_what_was_consumed(base: Path, tmp_path: Path, call: Call) -> None:
    dearer = write_run(tmp_path / "now", broken, verdict={"prices": PRICES}, tokens=200)
    said = call("compare", base, dearer, "-o", tmp_path / "c.md")
    assert (said.code, said.out) == (0, "")
    text = (tmp_path / "c.md").read_text("utf-8")
    assert "worse: rag.**" in text
    told = "| rag | 87.3 (81.1–92.1) | 0.0 (0.0–2.5) | -87.3 (-91.7 to -79.6) | 0/19/131 | < .001 | < .001 | yes |"
    assert told in text
    # 36 s of a core at 5 cents an hour for 150 questions, and twice that.
    used = "| closed_book | 105 → 205 (+100) | 1.00 → 2.00 (+1.00) | 1.00 → 2.00 (+1.00) | 0.0000033 → 0.0000067 "
    assert f"{used}(+0.0000033) |" in text


def test_costs_are_compared_only_under_the_same_prices(base: Path, tmp_path: Path, call: Call) -> None:
    other = write_run(tmp_path, verdict={"prices": PRICES | {"name": "another"}})
    found = json.loads(call("compare", base, other, "--json").out)
    assert found["pairs"][0]["usage"]["question_usd"] is None
    assert found["pairs"][0]["usage"]["tokens"] == 0
    assert any("not priced by the same sheet" in note for note in found["notes"])
    sheet = tmp_path / "prices.yaml"
    sheet.write_text(json.dumps(PRICES), encoding="utf-8")
    anew = json.loads(call("compare", base, other, "--prices", sheet, "--json").out)
    assert anew["pairs"][0]["usage"]["question_usd"] == 0


@pytest.mark.parametrize(
    ("other", "kind", "told"),
    [
        ({"n_facts": 140}, "questions", "10 of 150 questions of main"),
        ({"right": lambda n: f"{n + 1} euros"}, "questions", "150 have other accepted answers (q000, q001, q002, …)"),
        ({"abstain": ("no idea",)}, "scorers", "words for not knowing: I don't know in "),
        ({"instruction": "Say."}, "prompts", "instruction: Answer with a short phrase. in "),
        ({"styles": {"rag": "completion"}}, "prompts", "style of rag: chat in "),
    ],
)
def test_what_may_not_differ_is_refused_and_named(
    tmp_path: Path, call: Call, other: dict[str, object], kind: str, told: str
) -> None:
    before, now = write_run(tmp_path / "main"), write_run(tmp_path / "branch", **other)  # type: ignore[arg-type]
    said = call("compare", before, now)
    assert (said.code, said.out) == (2, "")
    assert f"  {kind}: {told}" in said.err
    assert f"--allow {kind}" in said.err
    allowed = call("compare", before, now, "--allow", kind, "--json")
    assert allowed.code == 0, allowed.err
    assert {one["kind"] for one in json.loads(allowed.out)["allowed"]} == {kind}


def test_a_half_finished_run_is_read_over_the_questions_that_all_answered(
    base: Path, tmp_path: Path, call: Call
) -> None:
    half = write_run(tmp_path, verdict={"prices": PRICES}, asked={"rag": 40})
    found = json.loads(call("compare", base, half, "--json").out)
    assert (found["n_questions"], found["n_planned"]) == (40, 150)
    assert {pair["comparison"]["n"] for pair in found["pairs"]} == {40}
    assert any(note.startswith("Read over 40 of 150 questions") for note in found["notes"])
    assert any(note.endswith("is not finished: rag.") for note in found["notes"])
    unbegun = write_run(tmp_path / "unbegun", verdict={"prices": PRICES}, asked={"rag": 0})
    found = json.loads(call("compare", base, unbegun, "--json").out)
    assert found["n_questions"] == 150
    assert {pair["now"]["arm"]: pair["comparison"] is None for pair in found["pairs"]} == {
        "closed_book": False,
        "rag": True,
    }


def test_two_arms_of_one_run_are_compared_by_their_names(base: Path, call: Call) -> None:
    found = json.loads(call("compare", base, base, "--arm", "closed_book=rag", "--json").out)
    (pair,) = found["pairs"]
    assert (pair["before"]["arm"], pair["now"]["arm"]) == ("closed_book", "rag")
    assert (pair["comparison"]["wins"], pair["comparison"]["losses"]) == (19, 0)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--arm", "ragg"], "no arm 'ragg'"),
        (["--metric", "bleu"], "not every run has the metric 'bleu'"),
        (["--wave", "2020-01-01"], "not all runs were asked at 2020-01-01"),
        (["--wave", "soon"], "--wave 'soon' is no date"),
        (["--allow", "prompt"], "--allow does not know prompt"),
        (["-o", "c.html"], "does not end in .md"),
    ],
)
def test_wrong_usage_is_told_with_a_hint(base: Path, call: Call, more: list[str], told: str) -> None:
    said = call("compare", base, base, *more)
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert "→" in said.err


def test_one_run_is_nothing_to_compare(base: Path, call: Call) -> None:
    assert call("compare", base).code == 2


def test_reading_runs_anew_loads_no_model(base: Path, tmp_path: Path) -> None:
    """`compare`, `gate` and `report` with another metric and other prices; torch is never imported."""
    sheet = tmp_path / "prices.yaml"
    sheet.write_text(json.dumps(PRICES), encoding="utf-8")
    commands = [
        ["compare", str(base), str(base), "--metric", "token_f1", "--prices", str(sheet)],
        ["gate", str(base), "--baseline", str(base), "--metric", "contains"],
        ["report", str(base)],
    ]
    heavy = ("torch", "transformers", "peft", "sentence_transformers", "weaviate")
    code = (
        "import sys\nfrom ragvsft.cli.ending import run_cli\n"
        f"codes = [run_cli(command) for command in {commands!r}]\n"
        f"print(codes, [name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True)
    assert done.stdout.splitlines()[-1] == "[0, 0, 0] []", done.stderr


def test_help_shows_both_commands(capfd: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["--help"]) == 0
    shown = capfd.readouterr().out
    assert "compare" in shown
    assert "gate" in shown
