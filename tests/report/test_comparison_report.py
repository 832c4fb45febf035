"""A comparison of runs and the gate's word on paper: hostile names stay names, and narrow terminals cut nothing."""

import io
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from rich.console import Console

from ragvsft.report.comparison_junit import gate_junit
from ragvsft.report.comparison_markdown import comparison_markdown, gate_markdown
from ragvsft.report.comparison_terminal import print_comparison, print_gate
from ragvsft.report.comparison_words import gate_sentence
from ragvsft.verdict.comparing_runs import RunComparison, compare_runs
from ragvsft.verdict.gating import gate
from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.run_differences import ComparedRun
from ragvsft.verdict.verdict import Verdict

HOSTILE = "<b>&\"'</b> [x](http://evil.example) | \x1b[31mred\x00\ufffe"


@pytest.fixture(scope="module")
def comparison(verdict: Verdict) -> RunComparison:
    """A run against itself, its labels hostile."""
    inputs = read_inputs(verdict.folder)
    found = compare_runs([ComparedRun(label="main", inputs=inputs), ComparedRun(label=HOSTILE, inputs=inputs)])
    return replace(found, notes=(*found.notes, HOSTILE))


def test_junit_is_xml_whatever_runs_are_called(comparison: RunComparison) -> None:
    root = ElementTree.fromstring(gate_junit(gate(comparison, 0.02)))
    suite = root.find("testsuite")
    assert suite is not None
    assert suite.get("name") == "gate <b>&\"'</b> [x](http://evil.example) | red\ufffd\ufffd"
    assert root.get("tests") == str(len(suite.findall("testcase"))) == "4"
    assert {value.get("name"): value.get("value") for value in suite.iter("property")}["margin"] == "0.02"


def test_markdown_makes_nothing_of_names(comparison: RunComparison) -> None:
    found = gate(comparison, 0.02)
    for text in (comparison_markdown(comparison), gate_markdown(found, gate_sentence(found))):
        assert "<b>" not in text
        assert "http://" not in text
        assert "\x1b" not in text
        assert "](" not in text.replace("\\](", "")


@pytest.mark.parametrize("width", [50, 80, 200])
def test_a_narrow_terminal_gets_fewer_columns_and_never_cut_ones(comparison: RunComparison, width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True, color_system=None)
    print_comparison(comparison, console)
    print_gate(gate(comparison, 0.02), "The word.", console)
    text = out.getvalue()
    assert "\x1b[31m" not in text
    assert "…" not in text
    assert text.count("+0.0 (-10.9 to +10.9)") == 8
    assert ("A wider terminal also shows" in text) == (width < 200)


def test_the_sentence_names_the_arms_that_decide(comparison: RunComparison) -> None:
    assert gate_sentence(gate(comparison, 0.02)).startswith("No worse: every arm of <b>")
    unasked = replace(comparison, pairs=(replace(comparison.pairs[0], comparison=None), *comparison.pairs[1:]))
    assert gate_sentence(gate(unasked, 0.02)).startswith(f"Cannot tell of {comparison.pairs[0].now.arm}: whether")
