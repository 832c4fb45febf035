"""Cost: what each arm costs under prices and a workload that can be changed, and from when on one pays for itself."""

import streamlit as st

from assumptions import decided, priced_by, used_for
from cells import Cell, Row, estimate, number, text, usd
from choosing import chosen
from drawn import show_chart
from ragvsft.report import figures
from ragvsft.report.charts_cost import month_chart, total_chart
from ragvsft.report.json_economics import prices_read
from ragvsft.verdict.break_even import BreakEven
from ragvsft.verdict.economics import ArmEconomics, Economics
from ragvsft.verdict.inputs import settings_of
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from shown import words
from tables import show_table


def main() -> None:
    """The page."""
    verdict, wave = chosen().verdict, chosen().wave
    st.title("What does each arm cost?", anchor=False)
    if settings_of(verdict.manifest).prices is None:
        # Without prices a workload changes nothing on this page, so it is not asked for.
        st.info(
            "Nothing is priced: the experiment names no price sheet. With `prices` under `verdict` in the experiment "
            "file, `ragvsft run` prices this run; nothing is run again. What was measured stands below."
        )
        if wave is not None:
            _measured(verdict, wave)
        return
    shown, controls = st.columns([7, 3], gap="large")
    with controls, st.container(border=True):
        st.subheader("What it is used for", anchor=False)
        settings = used_for(settings_of(verdict.manifest))
        st.subheader("Prices, USD", anchor=False)
        settings = priced_by(settings, verdict)
    with shown:
        anew = decided(verdict, settings)
        money = anew.economics if anew else verdict.economics
        if money is None:
            st.info("Nothing is priced yet: what the arms take is not measured.")
        else:
            _money(verdict, money)
    if money is not None:
        _tables(money)
    if wave is not None:
        _measured(verdict, wave)
    if money is not None:
        _sheet(money)


def _money(verdict: Verdict, money: Economics) -> None:
    load = money.workload
    updates = f", {load.updates_per_month:g} updates" if money.has_updates else ""
    st.caption(
        f"{load.questions_per_month:,} questions{updates} a month over {load.months} months, by "
        f"{words(money.sheet.name)} of {money.sheet.date}. What arms share is charged whole to each; failures are "
        "paid for by the answers."
    )
    month = month_chart(money)
    if month is None:
        st.info("No arm can be priced whole by this sheet; the gaps stand below.")
    else:
        show_chart("A month", month)
    kinds = {arm.name: arm.kind for arm in verdict.arms}
    total = total_chart(money, kinds, [arm.name for arm in verdict.arms if arm.can_be_chosen])
    if total is not None:
        show_chart("In all, by the number of questions", total, "The dashed line is the workload.")


def _tables(money: Economics) -> None:
    show_table(
        "Costs in USD",
        [_row(one, money) for one in money.arms],
        "With 95 % intervals over batches and seeds. Unpriced is not free: a price or a measurement is missing.",
    )
    gaps = [
        f"- **{words(one.arm)}** is unpriced: {words('; '.join(one.unpriced))}." for one in money.arms if one.unpriced
    ]
    left: dict[str, list[str]] = {}
    for one in money.arms:
        for what in one.left_out:
            left.setdefault(what, []).append(words(one.arm))
    gaps += [f"- Not in the totals of {', '.join(arms)}: {words(what)}." for what, arms in left.items()]
    gaps += [f"- Not in any total: {words(money.energy)}."] if money.energy else []
    gaps += [] if money.has_updates else ["- Updates are in no total: one wave measures none."]
    if gaps:
        st.markdown("\n".join(gaps))
    show_table(
        "From how many questions on",
        [_break_even(one, money) for one in money.break_evens],
        "The first arm costs more before the first question. With 95 % intervals; never: each of its questions costs "
        "more as well.",
        alt="Break-even, one row a pair of arms",
    )
    names = list(dict.fromkeys(name for one in money.arms for name in one.setup_parts))
    rows: list[Row] = [
        {"arm": text(one.arm)}
        | {name: usd(one.setup_parts[name]) if name in one.setup_parts else Cell(figures.NOTHING) for name in names}
        for one in money.arms
        if one.setup_parts
    ]
    show_table("What the set-up is made of", rows, "In USD; stages that arms share are charged whole to each.")


def _row(one: ArmEconomics, money: Economics) -> Row:
    row = {"arm": text(one.arm), "set-up": usd(one.setup_usd)}
    if money.has_updates:
        row["an update"] = usd(one.refresh_usd)
    return row | {
        "a month standing": usd(one.standing_usd_month),
        "1,000 questions": estimate(one.question, 1000),
        "a correct answer": estimate(one.correct)
        if one.correct or not one.question
        else Cell("none was right", {"": None}),
        "a month in all": estimate(one.month),
        "in all": estimate(one.total),
    }


def _break_even(one: BreakEven, money: Economics) -> Row:
    same = one.fixed_difference_usd == 0.0 and one.question_difference_usd == 0.0
    return {
        "arm": text(one.arm),
        "against": text(one.other),
        "more to begin with": number(one.fixed_difference_usd, figures.usd),
        "1,000 questions": number(1000 * one.question_difference_usd, figures.usd),
        "cheaper from questions": Cell("they cost the same")
        if same
        else _from(one.n_questions, one.low, one.high, one.has_interval),
        "a month": number(None if one.n_questions is None else one.n_questions / money.workload.months),
        "cheaper from correct answers": _from(one.n_correct, one.correct_low, one.correct_high, one.has_interval),
    }


def _from(n: float | None, low: float | None, high: float | None, has_interval: bool) -> Cell:
    shown, start, end = ("never" if value is None else figures.count(value) for value in (n, low, high))
    told = f"{shown} ({start}–{end})" if has_interval and start != end else shown
    return Cell(told, {"": n, "low": low, "high": high})


def _measured(verdict: Verdict, wave: WaveVerdict) -> None:
    is_later = wave.wave != verdict.waves[0].wave
    rows: list[Row] = []
    for arm in wave.arms:
        latency, cost = verdict.latency_of(arm.arm, wave.wave), verdict.costs.get(arm.arm)
        beside = verdict.latency_of(arm.arm, wave.wave, unmerged=True)
        row = {
            "arm": text(arm.arm),
            "p50 s": number(latency.p50_s if latency else None, figures.seconds),
            "p95 s": number(latency.p95_s if latency else None, figures.seconds),
            "p50 s, adapter not merged": number(beside.p50_s if beside else None, figures.seconds),
            "requests": number(latency.n if latency else None),
            "tokens read": number(arm.prompt_tokens),
            "tokens written": number(arm.output_tokens),
            "s a question": number(cost.question_s if cost else None, figures.seconds),
            "set-up s": number(cost.setup_s if cost else None, figures.seconds),
        }
        if is_later:
            row["refresh s"] = number(cost.refresh_s.get(wave.wave) if cost else None, figures.seconds)
        rows.append(row)
    show_table(
        f"Measured at {wave.wave}",
        rows,
        "p50 and p95 are of single requests, adapters merged into the base's weights; not merged, one base can serve "
        "several adapters. S a question is a share of batched work. Set-up is index, training and "
        "search; refresh, at a later wave, index and training again. What arms share is charged whole to each.",
        alt="Seconds and tokens, one row an arm",
    )


def _sheet(money: Economics) -> None:
    rows: list[Row] = [
        {
            "what": text(one.what),
            "USD": number(one.usd, figures.usd),
            "per": text(one.per),
            "source": text(one.source, 200),
            "read": text(str(one.read)),
        }
        for one in prices_read(money.sheet)
    ]
    with st.expander("Prices and their sources", key="sources"):
        show_table("Prices", rows, level=3, alt="Prices, one row a price")


main()
