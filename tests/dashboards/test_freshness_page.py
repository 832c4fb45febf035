"""The Freshness page shows the verdict's shares, what came of each kind of change, and what caused stale answers."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from pages_read import table, texts
from ragvsft.core.values import Change
from ragvsft.metrics.outcome_kind import OutcomeKind
from ragvsft.report import figures
from ragvsft.verdict.decay import expires
from ragvsft.verdict.verdict import Verdict


@pytest.fixture
def freshness(open_app, written):
    def opened(**address: str) -> AppTest:
        app = open_app(written.root, **address)
        app.switch_page("views/freshness.py")
        for name, value in address.items():
            app.query_params[name] = value
        return app.run()

    return opened


@pytest.mark.parametrize("at", [1, 2])
def test_shares_are_the_verdicts(freshness, verdict: Verdict, at: int) -> None:
    wave = verdict.waves[at]
    app = freshness(wave=wave.wave.isoformat())

    shares, kinds = table(app, "fresh", "stale"), table(app, "facts", "old and new")
    for one in wave.freshness:
        for name, found in (("fresh", one.fresh), ("stale", one.stale), ("retention", one.retention)):
            assert shares.loc[one.arm, name].replace("\\", "") == figures.interval(found)
        changed = kinds[kinds["facts"] == "changed"]
        assert changed.loc[one.arm, "stale"] == str(one.kinds[Change.CHANGED][OutcomeKind.STALE])
    told = [json.loads(chart.proto.spec)["description"] for chart in app.get("vega_lite_chart")]
    assert told[0].startswith("exact match on all questions in percent with 95 % interval by wave: closed_book")
    assert any(one.startswith("What became of the questions on changed facts: ") for one in told)


def test_stale_answers_stand_with_their_passages(freshness, verdict: Verdict) -> None:
    rows = table(freshness(), "said", "old passage before it")

    meant = [(one.arm, stale) for one in verdict.waves[-1].freshness for stale in one.stale_answers]
    assert list(rows.index) == [arm for arm, _ in meant]
    assert any(stale.passage for _, stale in meant)
    for shown, (_, stale) in zip(rows.to_dict("records"), meant, strict=True):
        assert (shown["old passage before it"] == figures.NOTHING) == (stale.passage is None)


def test_the_curve_is_chosen_in_the_address(freshness, verdict: Verdict) -> None:
    app = freshness(curve="retention: still current on unchanged facts")

    told = json.loads(app.get("vega_lite_chart")[0].proto.spec)["description"]
    assert told.startswith("retention in percent with 95 % interval by wave: ")
    rag = next(one for one in verdict.waves[-1].freshness if one.arm == "rag")
    assert f"{figures.interval(rag.retention)} at 2025-01-01" in told


def test_times_to_fresh_and_what_is_kept_are_the_verdicts(freshness, verdict: Verdict) -> None:
    app = freshness()

    times, kept = table(app, "right at once", "median time to fresh"), table(app, str(verdict.waves[-1].wave))
    assert list(times.index) == [one.arm for one in verdict.times_to_fresh]
    assert any(one.n_never for one in verdict.times_to_fresh)
    for one in verdict.times_to_fresh:
        shown = times.loc[one.arm]
        assert [shown[name] for name in ("changes", "right at once", "later", "never")] == [
            figures.count(n) for n in (one.n, one.n_at_once, one.n_later, one.n_never)
        ]
        median = "not reached" if one.median_s is None else figures.duration(one.median_s)
        assert shown["median time to fresh"] == median
    assert list(kept.index) == ["the facts themselves", *(one.arm for one in verdict.decays if one.arm)]
    for one in verdict.decays:
        shown = kept.loc[one.arm or "the facts themselves"]
        for wave, share in one.kept:
            assert shown[str(wave)].replace("\\", "") == figures.interval(share)
        assert shown["under 80.0 % after updates"] == figures.due(one.due)
    day = expires(verdict.decays, verdict.waves[0].wave)
    assert day is not None
    assert f"hold from {day} on: measure again by then" in texts(app)


def test_what_is_kept_is_drawn_from_all_of_it_at_first(freshness, verdict: Verdict) -> None:
    app = freshness(curve="kept: still right, of what was right at the first date")

    told = json.loads(app.get("vega_lite_chart")[0].proto.spec)["description"]
    rag = next(one for one in verdict.decays if one.arm == "rag")
    assert f"rag 100.0 (100.0–100.0) at {verdict.waves[0].wave}, {figures.interval(rag.kept[0][1])} at " in told


def test_the_first_wave_and_a_run_of_one_wave_say_so(freshness, open_app, short) -> None:
    assert "2024-01-01 is the first wave" in texts(freshness(wave="2024-01-01"))

    app = open_app(short.root).switch_page("views/freshness.py").run()
    assert "Only the first wave was asked so far" in texts(app)
    assert not app.get("vega_lite_chart")
