"""Runs against runs by hand: pairing, Holm over all pairs, seeds, prompts, and the gate's rule."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragvsft.core.errors import UsageError
from ragvsft.core.values import Passage, Style
from ragvsft.lab.prompts import Example, PromptBuilder
from ragvsft.runs.manifest import ModelRecord
from ragvsft.verdict.comparing_runs import ArmPair, RunComparison, compare_runs
from ragvsft.verdict.gating import gate
from ragvsft.verdict.inputs import RunInputs
from ragvsft.verdict.reading_runs import frame_of, labels_of
from ragvsft.verdict.run_differences import ComparedRun

N = 40


def named(label: str, inputs: RunInputs, **frames: str) -> ComparedRun:
    return ComparedRun(label=label, inputs=inputs, frames=frames)


def right(n_right: int, n: int = N) -> list[str]:
    return ["yes"] * n_right + ["no"] * (n - n_right)


def one(found: RunComparison, arm: str) -> ArmPair:
    return next(pair for pair in found.pairs if pair.now.arm == arm)


def test_holm_is_over_all_arms_of_all_runs(make: Any, ask: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    base = named("main", make(questions, {"a": right(30), "b": right(30)}))
    worse = named("x", make(questions, {"a": right(22), "b": right(30)}))
    other = named("y", make(questions, {"a": right(30), "b": right(24)}))
    found = compare_runs([base, worse, other])
    assert [(pair.now.run, pair.now.arm) for pair in found.pairs] == [("x", "a"), ("x", "b"), ("y", "a"), ("y", "b")]
    # Eight and six losses without a win: 2/2⁸ and 2/2⁶, times four and three.
    told = {(pair.now.run, pair.now.arm): pair.comparison for pair in found.pairs}
    assert told["x", "a"] is not None
    assert told["y", "b"] is not None
    assert told["x", "a"].p == pytest.approx(2 / 2**8)
    assert told["x", "a"].p_adjusted == pytest.approx(4 * 2 / 2**8)
    assert told["y", "b"].p_adjusted == pytest.approx(3 * 2 / 2**6)
    assert told["x", "a"].distinguishable
    assert not told["y", "b"].distinguishable


def test_order_of_arms_and_questions_changes_nothing(make: Any, ask: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    base = make(questions, {"a": right(30), "b": right(9)})
    now = make(questions, {"a": right(25), "b": right(12)})
    turned = make(questions[::-1], {"b": right(12)[::-1], "a": right(25)[::-1]})
    assert (
        compare_runs([named("m", base), named("x", now)]).pairs
        == compare_runs([named("m", base), named("x", turned)]).pairs
    )


def test_pairs_are_by_question_and_only_of_what_both_answered(make: Any, ask: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    base, half = make(questions, {"a": right(30)}), make(questions, {"a": right(20, 25)})
    found = compare_runs([named("m", base), named("x", half)])
    pair = one(found, "a")
    assert (found.n_questions, found.n_planned) == (25, 40)
    assert pair.comparison is not None
    assert pair.comparison.difference == pytest.approx(-5 / 25)
    assert pair.before.score is not None
    assert pair.before.score.mean == 1.0
    assert "Read over 25 of 40 questions: those that every compared arm answered." in found.notes


def test_several_seeds_are_averaged_and_told(make: Any, ask: Any, say: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    base = make(questions, {"a": right(40)})
    now = make(questions, {"a": right(40)})
    (wave,) = now.waves
    two = (*say("a", questions, right(40), 0), *say("a", questions, right(20), 1))
    now = replace(now, waves=(replace(wave, outcomes={"a": two}),))
    found = compare_runs([named("m", base), named("x", now)])
    pair = one(found, "a")
    assert (pair.before.n_seeds, pair.now.n_seeds) == (0, 2)
    assert pair.comparison is not None
    assert pair.comparison.difference == pytest.approx(-0.25)
    assert pair.comparison.test == "sign_flip"
    assert any(note.startswith("a: training seeds: 0 in m, 2 in x") for note in found.notes)


def test_facts_are_the_unit_not_phrasings(make: Any, ask: Any) -> None:
    """Three phrasings of ten facts are ten observations."""
    questions = [ask(f"q{n:02}", f"f{n // 3}") for n in range(30)]
    found = compare_runs(
        [named("m", make(questions, {"a": right(30, 30)})), named("x", make(questions, {"a": right(15, 30)}))]
    )
    comparison = one(found, "a").comparison
    assert comparison is not None
    assert (comparison.n, comparison.n_facts) == (30, 10)
    assert comparison.caution == "only 10 facts"


def test_recorded_arms_are_compared_and_marked(make: Any, ask: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    kinds = {"a": "recorded"}
    base, now = (make(questions, {"a": right(n)}, kinds=kinds) for n in (30, 31))
    found = compare_runs([named("m", base, a="one"), named("x", now, a="another")])
    assert found.allowed == ()
    assert "Recorded, not run here, prompts and costs not known: a." in found.notes


def test_prompts_as_asked_are_compared_where_the_model_is_the_same(make: Any, ask: Any) -> None:
    questions = [ask(f"q{n:02}") for n in range(N)]
    inputs = make(questions, {"a": right(30)})
    base = named("m", inputs, a="Example: a bus. Question: ⟨question⟩")
    now = named("x", inputs, a="Example: a train. Question: ⟨question⟩")
    with pytest.raises(UsageError, match="wording or examples of a: “Example: a bus") as refused:
        compare_runs([base, now])
    assert refused.value.hint is not None
    assert "--allow prompts" in refused.value.hint
    other = inputs.manifest.model_copy(update={"model": ModelRecord(name="b", revision=None, weights_sha256="f" * 64)})
    found = compare_runs([base, replace(now, inputs=replace(inputs, manifest=other))])
    assert "Differs: base model: tiny in m, b in x." in found.notes


def test_runs_without_an_arm_or_wave_in_common_are_refused(make: Any, ask: Any) -> None:
    questions = [ask("q0")]
    base, other = make(questions, {"a": ["yes"]}), make(questions, {"b": ["yes"]})
    with pytest.raises(UsageError, match="no arm of the same name") as refused:
        compare_runs([named("m", base), named("x", other)])
    assert refused.value.hint == "--arm a=b pairs arms of different names"
    with pytest.raises(UsageError, match="no wave was asked in all runs"):
        compare_runs([named("m", base), named("x", replace(base, waves=()))])


@pytest.mark.parametrize("style", list(Style))
def test_a_frame_is_the_prompt_without_question_and_passages(style: Style) -> None:
    builder = PromptBuilder(
        style=style,
        instruction="Answer.",
        examples=(Example(question="Who?", answer="She"),),
        render_chat=lambda messages: "".join(f"<{role}>{text}</{role}>" for role, text in messages),
        end_of_turn="",
    )
    passages = [
        Passage(
            passage_id=f"p{n}", doc_id="d", title="T", text="Question: What? It is so.", position=n, valid_from=None
        )
        for n in range(2)
    ]
    bare = frame_of(builder.build("What?").text, "What?")
    assert bare is not None
    assert "What?" not in bare
    assert frame_of(builder.build("And why?", passages).text, "And why?") == bare
    assert frame_of("nothing of the kind", "What?") is None


def test_runs_are_named_as_shortly_as_tells_them_apart() -> None:
    folders = [Path("/x/main/demo-0123456789ab"), Path("/x/branch/demo-0123456789ab")]
    assert labels_of(folders, ["demo", "other"]) == ("demo", "other")
    assert labels_of(folders, ["demo", "demo"]) == ("main/demo-0123456789ab", "branch/demo-0123456789ab")
    assert labels_of([folders[0]] * 2, ["demo"] * 2) == ("demo-0123456789ab (1)", "demo-0123456789ab (2)")


def gated(make: Any, ask: Any, n_lost: int, n_won: int, *, n: int = 400, margin: float = 0.02) -> str:
    """The gate's word where so many of the right answers are lost, and so many of the wrong ones won."""
    questions = [ask(f"q{at:04}") for at in range(n)]
    half = n // 2
    before = ["yes"] * half + ["no"] * half
    now = ["no"] * n_lost + ["yes"] * (half - n_lost) + ["yes"] * n_won + ["no"] * (half - n_won)
    found = compare_runs([named("m", make(questions, {"a": before})), named("x", make(questions, {"a": now}))])
    return gate(found, margin).result


def test_the_gates_rule(make: Any, ask: Any) -> None:
    assert gated(make, ask, 0, 0) == "no_worse"
    # The interval is (-0.75 %, +0.25 %) about: within two points, not within none.
    assert gated(make, ask, 1, 0) == "no_worse"
    assert gated(make, ask, 1, 0, margin=0.0) == "cannot_tell"
    # Six lost and none won is told apart (2/2⁶ = .031), and the interval (-2.7 %, -0.3 %) leaves two points.
    assert gated(make, ask, 6, 0) == "worse"
    # The same within three points is an accepted loss.
    assert gated(make, ask, 6, 0, margin=0.03) == "no_worse"
    assert gated(make, ask, 12, 6) == "cannot_tell"
    assert gated(make, ask, 0, 12, margin=0.0) == "no_worse"
    assert gated(make, ask, 60, 0) == "worse"


def test_equal_scores_from_other_answers_are_not_the_same_answers(make: Any, ask: Any) -> None:
    """Fifty facts without a difference leave seven points open, unless nothing was changed at all."""
    questions = [ask(f"q{n:02}") for n in range(50)]
    base, same, other = (make(questions, {"a": ["yes"] * 30 + [wrong] * 20}) for wrong in ("no", "no", "never"))
    assert gate(compare_runs([named("m", base), named("x", same)]), 0.02).result == "no_worse"
    assert gate(compare_runs([named("m", base), named("x", other)]), 0.02).result == "cannot_tell"
