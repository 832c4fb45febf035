"""How the adapters were trained, whether too little or too much, and what the model forgot by it."""

from collections.abc import Mapping

import streamlit as st

from cells import Cell, Row, number, text
from drawn import show_chart
from ragvsft.report import figures
from ragvsft.report.charts_lab import training_chart
from ragvsft.report.markdown_sections import fitting_told
from ragvsft.runs.reading import open_run
from ragvsft.runs.records import AdapterRecord
from ragvsft.verdict.fitting import Fitting
from ragvsft.verdict.verdict import Verdict
from shown import words
from tables import show_table

LEFT_OUT = frozenset({"loss_curve", "dev_curve", "trained_fact_ids", "fact_ids"})
"""Of an adapter's manifest: drawn as a chart, or too long for a card."""


def show_training(verdict: Verdict) -> None:
    """A card for every adapter: its curves, what they say, what it was made of."""
    with open_run(verdict.folder) as run:
        records = sorted(run.adapters(), key=lambda one: (one.name, one.wave, one.seed))
    if not records:
        st.info("No adapter was trained yet, or no arm has one.")
        return
    told = {(one.adapter, one.wave, one.seed): one for one in verdict.trainings}
    for record in records:
        _card(record, told.get((record.name, record.wave, record.seed)))


def _card(record: AdapterRecord, fitting: Fitting | None) -> None:
    name = f"{record.name} at {record.wave}, seed {record.seed}"
    loss, dev = _curve(record.manifest.get("loss_curve")), _curve(record.manifest.get("dev_curve"))
    with st.container(border=True):
        chart = training_chart(name, loss, dev)
        if chart is None:
            st.subheader(words(name), anchor=False)
        else:
            show_chart(name, chart, level=3)
        if fitting is not None:
            st.markdown(f"{fitting_told(fitting)} Dev scores are of few questions and have no interval.")
        if record.reused_from:
            st.caption(f"Taken over from the run {words(record.reused_from)}.")
        with st.expander("What it was made of", key=f"card-{record.key}-{record.seed}-{record.wave}"):
            rows: list[Row] = [
                {"what": text(key.replace("_", " ")), "value": text(_shown(value), 200)}
                for key, value in record.manifest.items()
                if key not in LEFT_OUT
            ]
            show_table(f"Card of {name}", rows, level=3, alt=f"Settings of {name}")


def show_forgetting(verdict: Verdict) -> None:
    """General questions, asked of the base model and of every adapter."""
    rows: list[Row] = []
    for one in verdict.general:
        change = Cell(figures.NOTHING, {"": None})
        if one.change is not None:
            shown = figures.difference(one.change.difference, one.change.low, one.change.high)
            values = {"": one.change.difference, "low": one.change.low, "high": one.change.high}
            change = Cell(shown, values)
        mean = f"{figures.percent(one.mean)} ({figures.percent(one.low)}–{figures.percent(one.high)})"
        reads = {"lost": "forgot", "gained": "gained", "none": "no change can be told"}
        rows.append(
            {
                "model": text(one.adapter or "base model"),
                "trained at": text(str(one.wave) if one.wave else None),
                "seed": number(one.seed),
                "right": Cell(mean, {"": one.mean, "low": one.low, "high": one.high}),
                "change": change,
                "reads": text(None if one.change is None else reads[one.change.told]),
                "lost": number(one.lost),
                "gained": number(one.gained),
                "p": Cell(figures.p_value(one.p), {"": one.p}),
                "n": number(one.n),
                "failed": number(one.n_failed),
            }
        )
    if not rows:
        st.info("No general questions were asked: the experiment names none under `lab.general`.")
        return
    show_table(
        "General questions, before and after training",
        rows,
        "Right in percent with Wilson's 95 % interval; the change against the base model in points, with Newcombe's. "
        "p is McNemar's exact test.",
        alt="General questions, one row a model",
    )


def _curve(raw: object) -> list[tuple[int, float]]:
    return [(int(step), float(value)) for step, value in raw] if isinstance(raw, list | tuple) else []


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    if isinstance(value, list | tuple):
        return f"{len(value):,}: {', '.join(map(str, value[:8]))}{' …' if len(value) > 8 else ''}"
    return str(value)
