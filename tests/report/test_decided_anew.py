"""Deciding anew: a run's own settings give its own decision; others another one, and what is unpriced stays so."""

import pytest

from ragvsft.verdict.inputs import read_inputs
from ragvsft.verdict.verdict import Verdict
from ragvsft.verdict.what_if import Basis, basis, decide_anew


@pytest.fixture(scope="module")
def found(weighed: Verdict) -> Basis:
    read = basis(read_inputs(weighed.folder), weighed)
    assert read is not None
    return read


def test_the_runs_own_settings_give_its_own_decision(found: Basis, weighed: Verdict) -> None:
    anew = decide_anew(found, found.inputs.settings)

    assert anew.decision == weighed.decision
    assert anew.economics == weighed.economics


def test_cost_alone_chooses_the_cheapest(found: Basis) -> None:
    settings = found.inputs.settings
    # Without the constraint on accuracy, the arm without an index or an adapter.
    anew = decide_anew(found, settings.model_copy(update={"weights": {"cost": 1.0}, "constraints": {}}))

    assert anew.economics is not None
    months = {one.arm: one.month.usd for one in anew.economics.arms if one.month and one.arm != "oracle"}
    assert anew.decision.weighed is not None
    utilities = anew.decision.weighed.utilities
    assert max(utilities, key=utilities.__getitem__) == min(months, key=months.__getitem__) == "closed_book"


def test_the_workload_and_the_prices_change_the_costs(found: Basis) -> None:
    settings = found.inputs.settings
    before = decide_anew(found, settings).economics
    dearer = settings.prices.model_copy(
        update={"core_hour": settings.prices.core_hour.model_copy(update={"usd": 0.72})}
    )
    after = decide_anew(found, settings.model_copy(update={"prices": dearer})).economics

    assert before is not None
    assert after is not None
    for old, new in zip(before.arms, after.arms, strict=True):
        assert new.question.usd == pytest.approx(2 * old.question.usd)


def test_without_a_sheet_nothing_is_priced(found: Basis) -> None:
    anew = decide_anew(found, found.inputs.settings.model_copy(update={"prices": None}))

    assert anew.economics is None
    assert anew.decision.weighed is not None
    assert anew.decision.weighed.absent["cost"] == "nothing is priced"


def test_nothing_weighed_is_decided_by_the_primary_metric(found: Basis) -> None:
    anew = decide_anew(found, found.inputs.settings.model_copy(update={"weights": {}, "constraints": {}}))

    assert anew.decision.weighed is None
    assert anew.decision.metric == found.metric
    assert set(anew.decision.candidates) <= set(found.scores)
