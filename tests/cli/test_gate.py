"""`ragvsft gate` and its exit codes: a run as good, a broken one, and runs of which it cannot tell."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from calling import Call
from compared_runs import broken, steady, write_run


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("main"))


def noisy(arm: str, n: int) -> str:
    """As `steady`, with ten of 150 answers lost and ten won: as good, and not the same."""
    if n % 4 == 0 and n % 8 and n < 80:
        return f"{n} euros"
    return "nothing" if n % 4 == 1 and n < 40 else steady(arm, n)


def test_a_run_of_the_same_configuration_passes(base: Path, tmp_path: Path, call: Call) -> None:
    said = call("gate", write_run(tmp_path), "--baseline", base, "--json")
    assert said.code == 0, said.err
    found = json.loads(said.out)
    assert (found["result"], found["exit_code"]) == ("no_worse", 0)
    assert {check["why"] for check in found["checks"]} == {"every answer is the same"}


def test_a_broken_arm_exits_5_and_is_named_everywhere(base: Path, tmp_path: Path, call: Call) -> None:
    junit, markdown = tmp_path / "gate.xml", tmp_path / "gate.md"
    now = write_run(tmp_path, broken)
    said = call("gate", now, "--baseline", base, "--junit", junit, "--markdown", markdown)
    assert said.code == 5, said.err
    assert "Worse: rag" in said.out
    suite = ElementTree.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    cases = {str(case.get("name")): [child.tag for child in case] for case in suite.iter("testcase")}
    assert cases == {
        "closed_book: exact match is no worse": ["system-out"],
        "rag: exact match is no worse": ["failure"],
    }
    text = markdown.read_text("utf-8")
    assert text.startswith("### ragvsft gate: ❌ worse\n")
    told = "| rag | 87.3 (81.1–92.1) | 0.0 (0.0–2.5) | -87.3 (-91.7 to -79.6) | ❌ worse | significantly worse |"
    assert told in text
    assert "✅ no worse | every answer is the same |" in text


def test_only_named_arms_are_judged(base: Path, tmp_path: Path, call: Call) -> None:
    now = write_run(tmp_path, broken)
    assert call("gate", now, "--baseline", base, "--arm", "closed_book").code == 0
    assert call("gate", now, "--baseline", base, "--arm", "closed_book", "--arm", "rag").code == 5


def test_a_wide_interval_exits_6_and_a_wider_margin_passes(base: Path, tmp_path: Path, call: Call) -> None:
    now = write_run(tmp_path, noisy)
    said = call("gate", now, "--baseline", base, "--arm", "closed_book", "--json")
    assert said.code == 6, said.err
    (check,) = json.loads(said.out)["checks"]
    assert check["result"] == "cannot_tell"
    # Ten lost, ten won: no difference, sd √(20/149); (z 97.5 % + z 80 %)² · sd² / 0.02² facts in all.
    assert check["more_facts"] == pytest.approx((1.959964 + 0.841621) ** 2 * (20 / 149) / 0.02**2 - 150, abs=2)
    assert call("gate", now, "--baseline", base, "--arm", "closed_book", "--margin", "0.1").code == 0


def test_too_few_facts_exit_6_unless_the_arm_is_surely_broken(tmp_path: Path, call: Call) -> None:
    few = write_run(tmp_path / "main", n_facts=12)
    same = call("gate", write_run(tmp_path / "same", n_facts=12), "--baseline", few)
    assert same.code == 6
    assert "only 12 facts" in same.out
    assert call("gate", write_run(tmp_path / "worse", broken, n_facts=12), "--baseline", few).code == 5


def test_an_arm_that_was_not_asked_exits_6(base: Path, tmp_path: Path, call: Call) -> None:
    said = call("gate", write_run(tmp_path, asked={"rag": 0}), "--baseline", base)
    assert said.code == 6
    assert "no question was answered in both runs" in said.out


def test_failures_are_losses(base: Path, tmp_path: Path, call: Call) -> None:
    now = write_run(tmp_path, lambda arm, n: None if arm == "rag" else steady(arm, n))
    assert call("gate", now, "--baseline", base).code == 5


def test_other_questions_are_refused_not_judged(base: Path, tmp_path: Path, call: Call) -> None:
    said = call("gate", write_run(tmp_path, n_facts=140), "--baseline", base)
    assert said.code == 2
    assert "--allow questions" in said.err
    assert call("gate", write_run(tmp_path / "b", n_facts=140), "--baseline", base, "--allow", "questions").code == 0


@pytest.mark.parametrize("margin", ["-0.01", "2"])
def test_a_margin_is_a_fraction(base: Path, call: Call, margin: str) -> None:
    assert call("gate", base, "--baseline", base, "--margin", margin).code == 2


def test_the_root_help_documents_the_codes(call: Call) -> None:
    shown = " ".join(call("--help").out.split())
    assert "5 the gate says worse, 6 the gate cannot tell" in shown
