"""Money by hand: set-up, updates, questions, break-even; re-pricing is linear, and unpriced is not free."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ragvsft.config.experiment import Verdict as Settings
from ragvsft.config.prices import HostingPrice, PriceSheet
from ragvsft.core.values import Change, Outcome, Reading, Stage, WaveQuestion
from ragvsft.runs.records import IndexRecord
from ragvsft.verdict.arm_readings import ArmReadings
from ragvsft.verdict.break_even import break_evens
from ragvsft.verdict.cost_draws import CostDraws, estimate, question_draws
from ragvsft.verdict.economics import Economics, economics
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs
from ragvsft.verdict.pricing import Pricing, hosting_usd_month, pricing_of

FIRST, SECOND = date(2024, 1, 1), date(2024, 7, 1)
SOURCED = {"source": "a public page", "read": date(2026, 11, 1)}
RAG = ArmInputs(name="rag", kind="rag", settings={}, index="pages", retrieval_key="r", k=2)
TUNED = ArmInputs(name="tuned", kind="fine_tuned", settings={}, adapter="knows")
BARE = ArmInputs(name="bare", kind="closed_book", settings={})
MakeInputs = Callable[..., RunInputs]
Ask = Callable[..., WaveQuestion]
Say = Callable[..., tuple[Outcome, ...]]


def sheet(**more: Any) -> PriceSheet:
    """One USD a CPU second, a month of hosting at 45."""
    fields: dict[str, Any] = {
        "name": "test",
        "date": date(2026, 11, 1),
        "core_hour": {"usd": 3600.0, **SOURCED},
        "weaviate": {"usd_month": 45.0, "million_dimensions_usd_month": 0.005, **SOURCED},
    }
    return PriceSheet.model_validate({key: value for key, value in (fields | more).items() if value is not None})


def reading(stage: Stage, cpu_s: float, **more: Any) -> Reading:
    return Reading(**({"stage": stage, "wall_s": 999.0, "cpu_s": cpu_s, "wave": FIRST} | more))


READINGS = (
    reading(Stage.EMBED, 10.0, resource="pages"),
    reading(Stage.SYNC, 2.0, resource="pages"),
    reading(Stage.TRAIN, 100.0, resource="knows", seed=0),
    reading(Stage.TRAIN, 110.0, resource="knows", seed=1),
    reading(Stage.TRAIN, 40.0, resource="knows", seed=1, wasted=True),
    reading(Stage.SEARCH, 7.0, arm="rag"),
    reading(Stage.SYNC, 1.0, resource="pages", wave=SECOND),
    reading(Stage.TRAIN, 60.0, resource="knows", seed=0, wave=SECOND),
    reading(Stage.TRAIN, 50.0, resource="knows", seed=1, wave=SECOND),
    reading(Stage.RETRIEVE, 3.0, resource="pages", n_items=30),
    *(reading(Stage.GENERATE, 4.0 + n % 3, arm="rag", n_items=10) for n in range(6)),
    *(reading(Stage.GENERATE, 1.0, arm="tuned", n_items=10) for _ in range(6)),
    *(reading(Stage.GENERATE, 1.0, arm="bare", n_items=10) for _ in range(6)),
    reading(Stage.ANNOTATE, 500.0, arm="rag"),
    reading(Stage.LATENCY, 500.0, arm="rag"),
)
WORKLOAD = {"questions_per_month": 1000, "updates_per_month": 2, "months": 12}


def run(
    make: MakeInputs,
    ask: Ask,
    say: Say,
    prices: PriceSheet | None,
    *,
    waves: int = 2,
    readings: Sequence[Reading] = READINGS,
    **more: Any,
) -> RunInputs:
    """Three arms, at one wave or two; four of the ten facts changed in between."""
    first = [ask(f"q{n}") for n in range(10)]
    second = [ask(f"q{n}", change=Change.CHANGED if n < 4 else Change.UNCHANGED) for n in range(10)]
    made = make(first, {"rag": ["yes"] * 8 + ["no"] * 2, "tuned": ["yes"] * 10, "bare": ["no"] * 10})
    later = WaveInputs(
        wave=SECOND,
        planned=tuple(second),
        n_left_out=0,
        outcomes={arm: say(arm, second, ["yes"] * 10) for arm in ("rag", "tuned", "bare")},
        labels={"knows": 3},
    )
    fields: dict[str, Any] = {
        "arms": (RAG, TUNED, BARE),
        "readings": tuple(readings),
        "waves": (replace(made.waves[0], labels={"knows": 20}), later)[:waves],
        "indexes": (IndexRecord(name="pages", wave=FIRST, report={"n_passages": 200}),),
        "settings": Settings(prices=prices, workload=WORKLOAD),
    }
    return replace(made, **(fields | more))


def priced(inputs: RunInputs, accuracy: float = 0.8) -> Economics:
    found = economics(inputs, {arm.name: np.full(10_001, accuracy) for arm in inputs.arms})
    assert found is not None
    return found[0]


def test_every_stage_stands_where_it_is_charged(make: MakeInputs, ask: Ask, say: Say) -> None:
    found = priced(run(make, ask, say, sheet()))
    rag, tuned, bare = found.arms
    assert (rag.setup_usd, rag.setup_parts) == (19.0, {"index": 12.0, "search": 7.0})
    assert (rag.refresh_usd, rag.standing_usd_month) == (1.0, 45.0)
    # 30 CPU seconds for 60 questions and 3 for 30 searches.
    assert rag.question is not None
    assert rag.question.usd == pytest.approx(30 / 60 + 3 / 30)
    assert rag.question.low is not None
    assert rag.question.high is not None
    assert rag.question.low < rag.question.usd < rag.question.high
    assert rag.correct is not None
    assert rag.correct.usd == pytest.approx(0.6 / 0.8)
    # 19 + 12·45 + 24·1 + 12,000·0.6
    assert rag.total is not None
    assert rag.month is not None
    assert rag.total.usd == pytest.approx(19 + 540 + 24 + 7200)
    assert rag.month.usd == pytest.approx(rag.total.usd / 12)
    assert (tuned.setup_usd, tuned.refresh_usd, tuned.standing_usd_month) == (105.0, 55.0, 0.0)
    assert (tuned.n_labels, tuned.left_out) == (20, ("storage of the adapter", "20 labels"))
    assert (bare.setup_usd, bare.refresh_usd) == (0.0, 0.0)
    assert (found.has_updates, found.share_changed) == (True, 0.4)


def test_labels_and_storage_are_charged_once_they_have_a_price(make: MakeInputs, ask: Ask, say: Say) -> None:
    prices = sheet(label={"usd": 0.5, **SOURCED}, storage_gb_month={"usd": 2.0, **SOURCED})
    tuned = priced(run(make, ask, say, prices, adapter_bytes={"knows": 500_000_000})).arms[1]
    assert tuned.setup_parts == {"training": 105.0, "labels": 10.0}
    assert (tuned.setup_usd, tuned.standing_usd_month, tuned.left_out) == (115.0, 1.0, ())
    assert tuned.refresh_usd == 55.0 + 3 * 0.5


def test_one_wave_measures_no_update(make: MakeInputs, ask: Ask, say: Say) -> None:
    found = priced(run(make, ask, say, sheet(), waves=1))
    assert not found.has_updates
    assert found.share_changed is None
    assert [one.refresh_usd for one in found.arms] == [None, None, None]
    assert found.arms[0].total is not None
    assert found.arms[0].total.usd == pytest.approx(19 + 540 + 7200)


def test_unpriced_is_told_and_never_free(make: MakeInputs, ask: Ask, say: Say) -> None:
    rag, tuned, _ = priced(run(make, ask, say, sheet(weaviate=None))).arms
    assert (rag.total, rag.unpriced) == (None, ("hosting of the index",))
    assert tuned.total is not None
    found = priced(run(make, ask, say, sheet(core_hour=None)))
    assert all(one.unpriced == ("an hour of a CPU core",) and one.total is None for one in found.arms)
    assert found.break_evens == ()
    assert economics(run(make, ask, say, None), {}) is None


def test_a_gpu_and_served_tokens_are_priced_by_what_they_are() -> None:
    prices = sheet(
        gpu_hour={"NVIDIA H100 80GB HBM3": {"usd": 7.2, **SOURCED}},
        tokens={"small": {"input_usd": 1.0, "output_usd": 4.0, **SOURCED}},
    )
    on_gpu = reading(Stage.GENERATE, 50.0, gpu_s=100.0)
    there = Pricing(sheet=prices, engine="transformers", model="m", gpu="NVIDIA H100 80GB HBM3")
    assert there.usd(on_gpu) == pytest.approx(0.2)
    other = replace(there, gpu="NVIDIA H100 PCIe")
    assert (other.usd(on_gpu), other.missing([on_gpu])) == (None, ("an hour of the GPU NVIDIA H100 PCIe",))
    served = Pricing(sheet=prices, engine="openai", model="small", gpu=None)
    asked = reading(Stage.GENERATE, 50.0, prompt_tokens=2_000_000, output_tokens=500_000)
    assert served.usd(asked) == 4.0
    assert served.usd(reading(Stage.SYNC, 2.0)) == 2.0
    assert replace(served, model="large").missing([asked]) == ("tokens of large",)


def test_energy_is_added_where_it_was_metered_and_has_a_price(make: MakeInputs, ask: Ask, say: Say) -> None:
    prices = sheet(kwh={"usd": 0.25, **SOURCED})
    local = Pricing(sheet=prices, engine="transformers", model="m", gpu=None)
    metered = reading(Stage.GENERATE, 50.0, energy_kwh=2.0)
    assert local.usd(metered) == pytest.approx(50.5)
    assert local.usd(replace(metered, energy_kwh=None)) == 50.0
    assert replace(local, sheet=sheet()).usd(metered) == 50.0
    all_metered = [replace(one, energy_kwh=0.1) for one in READINGS]
    for readings, told in (
        (READINGS, "energy, which was not metered"),
        ([*all_metered, READINGS[0]], f"the energy of 1 of {len(READINGS) + 1} readings, which was not metered"),
        (all_metered, None),
    ):
        assert priced(run(make, ask, say, prices, readings=readings)).energy == told
    assert priced(run(make, ask, say, sheet())).energy is None


def test_hosting_is_the_minimum_until_usage_passes_it() -> None:
    price = HostingPrice(usd_month=45, million_dimensions_usd_month=0.005, gib_usd_month=0.12, **SOURCED)
    assert hosting_usd_month(price, {"n_passages": 1000}) == 45
    assert hosting_usd_month(price, {}) is None
    big = {"n_passages": 100_000_000, "dimensions": 384, "n_bytes": 200 * 2**30}
    assert hosting_usd_month(price, big) == pytest.approx(38_400 * 0.005 + 200 * 0.12)
    # So large that its size decides, and nobody wrote it down.
    assert hosting_usd_month(price, {"n_passages": 100_000_000}) is None


def test_failures_are_paid_for_by_the_answers(make: MakeInputs, ask: Ask, say: Say) -> None:
    inputs = run(make, ask, say, sheet(), waves=1)
    broken = replace(
        inputs.waves[0],
        outcomes={**inputs.waves[0].outcomes, "bare": say("bare", inputs.waves[0].planned, [None] * 5 + ["no"] * 5)},
    )
    before, after = priced(inputs).arms[2], priced(replace(inputs, waves=(broken,))).arms[2]
    assert before.question is not None
    assert after.question is not None
    assert after.question.usd == pytest.approx(2 * before.question.usd)


def test_an_interval_of_a_questions_cost_covers_it() -> None:
    """Batches of uneven cost and size, of which 12 were metered: 95 % within what 300 repetitions can tell."""
    pricing = Pricing(sheet=sheet(), engine="transformers", model="m", gpu=None)
    rng = np.random.default_rng(7)
    n_covered = 0
    for _ in range(300):
        items = rng.integers(8, 33, size=12)
        costs = items * rng.lognormal(0.0, 0.3, size=12)
        batches = [reading(Stage.GENERATE, float(cost), n_items=int(n)) for cost, n in zip(costs, items, strict=True)]
        draws, repeated = question_draws(pricing, ArmReadings(generate=batches), 1.0)
        found = estimate(draws, is_repeated=repeated)
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        n_covered += found.low <= np.exp(0.3**2 / 2) <= found.high
    assert 0.91 <= n_covered / 300 <= 0.985


def fixed(usd: float, question: float, spread: float = 0.0, accuracy: float = 1.0) -> CostDraws:
    draws = np.append([question], question + spread * np.linspace(-1, 1, 10_000))
    right = draws / accuracy if accuracy else np.full_like(draws, np.inf)
    return CostDraws(fixed=np.full(10_001, usd), question=draws, correct=right, repeated=spread > 0)


def test_break_even_by_hand() -> None:
    (found,) = break_evens({"tuned": fixed(100.0, 0.01, 0.001), "rag": fixed(20.0, 0.05, 0.001)})
    assert (found.arm, found.other) == ("tuned", "rag")
    assert found.n_questions == pytest.approx(80 / 0.04)
    # Both spreads move together, so the difference does not.
    assert (found.low, found.high) == (pytest.approx(2000), pytest.approx(2000))
    (never,) = break_evens({"tuned": fixed(100.0, 0.05), "rag": fixed(20.0, 0.01)})
    assert (never.n_questions, never.low, never.high, never.has_interval) == (None, None, None, False)
    (at_once,) = break_evens({"a": fixed(20.0, 0.01), "b": fixed(20.0, 0.05)})
    assert at_once.n_questions == 0.0


def test_an_arm_that_is_seldom_right_pays_more_for_each_correct_answer() -> None:
    draws = {"tuned": fixed(100.0, 0.05, accuracy=0.8), "rag": fixed(20.0, 0.04, accuracy=0.4)}
    (found,) = break_evens(draws)
    assert found.n_questions is None
    # 0.05/0.8 against 0.04/0.4: 80 USD more to begin with, 0.0375 saved on each.
    assert found.n_correct == pytest.approx(80 / 0.0375)
    (never_right,) = break_evens(draws | {"rag": fixed(20.0, 0.04, accuracy=0.0)})
    assert never_right.n_correct == 0.0
    (both,) = break_evens({"a": fixed(100.0, 0.05, accuracy=0.0), "b": fixed(20.0, 0.04, accuracy=0.0)})
    assert both.n_correct is None


def test_a_break_even_that_may_never_come_has_no_upper_end() -> None:
    (found,) = break_evens({"tuned": fixed(100.0, 0.049, 0.01), "rag": fixed(20.0, 0.05)})
    assert found.has_interval is False
    (found,) = break_evens({"tuned": fixed(100.0, 0.049, 0.01), "rag": fixed(20.0, 0.05, 1e-9)})
    assert found.n_questions == pytest.approx(80_000, rel=1e-3)
    assert found.low is not None
    assert found.low < 80_000
    assert found.high is None


amount = st.floats(0.0, 100.0).map(lambda value: round(value, 3))


def prices_of(core: float, hosting: float, label: float, storage: float) -> PriceSheet:
    return sheet(
        core_hour={"usd": core, **SOURCED},
        weaviate={"usd_month": hosting, **SOURCED},
        label={"usd": label, **SOURCED},
        storage_gb_month={"usd": storage, **SOURCED},
    )


@settings(max_examples=12, deadline=None)
@given(st.tuples(amount, amount, amount, amount), st.tuples(amount, amount, amount, amount), st.floats(0.1, 9.0))
def test_repricing_is_linear(
    make: MakeInputs, ask: Ask, say: Say, one: tuple[float, ...], two: tuple[float, ...], times: float
) -> None:
    """The costs under `times` one sheet plus another are as many times the costs, plus those of the other."""

    def costs(prices: tuple[float, ...]) -> list[float]:
        found = priced(run(make, ask, say, prices_of(*prices), adapter_bytes={"knows": 10**9}))
        read = []
        for arm in found.arms:
            for amounts in (arm.question, arm.correct, arm.total, arm.month):
                assert amounts is not None
                read.append(amounts.usd)
            assert arm.setup_usd is not None
            assert arm.refresh_usd is not None
            assert arm.standing_usd_month is not None
            read += [arm.setup_usd, arm.refresh_usd, arm.standing_usd_month]
        return read

    both = tuple(times * first + second for first, second in zip(one, two, strict=True))
    expected = [times * first + second for first, second in zip(costs(one), costs(two), strict=True)]
    assert costs(both) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_an_answer_given_live_is_priced_by_the_sheet_of_its_run(make: MakeInputs) -> None:
    manifest = make([], {}).manifest
    assert pricing_of(manifest) is None, "without a sheet nothing is priced"
    configuration = {**manifest.configuration, "verdict": {"prices": sheet().model_dump(mode="json")}}
    pricing = pricing_of(manifest.model_copy(update={"configuration": configuration}))
    assert pricing is not None
    assert pricing.total([reading(Stage.RETRIEVE, 0.5), reading(Stage.GENERATE, 2.0)]) == pytest.approx(2.5)
    assert pricing.total([reading(Stage.GENERATE, 2.0, gpu_s=1.0)]) is None, "the sheet has no price of this GPU"
