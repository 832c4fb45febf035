"""What a choice assumes: weights, workload and prices; as the experiment has them, until somebody sets others."""

from collections.abc import Callable

import streamlit as st

from last_read import Stamp, basis_of, last_read
from ragvsft.config.experiment import Objective, Workload
from ragvsft.config.experiment import Verdict as Settings
from ragvsft.config.prices import HostingPrice, Price, PriceSheet, TokenPrice
from ragvsft.verdict.inputs import settings_of
from ragvsft.verdict.objectives import OBJECTIVES
from ragvsft.verdict.verdict import Verdict
from ragvsft.verdict.what_if import Anew, Basis, Costs, costs_anew, decide_anew
from shown import words

COST_RANGE, LATENCY_RANGE = 500.0, 10.0
"""USD a month and seconds that are worth nothing, where the experiment has no such range."""
BY_HAND = "entered by hand on the dashboard"


def decided(verdict: Verdict, settings: Settings) -> Anew | None:
    """The decision and the costs under these settings; None: nothing can be decided."""
    if settings == settings_of(verdict.manifest):
        return Anew(decision=verdict.decision, economics=verdict.economics)
    folder, stamp = str(verdict.folder), last_read(verdict.folder).stamp
    found = basis_of(folder, stamp, verdict)
    if found is None:
        return None
    return decide_anew(found, settings, _costs(folder, stamp, _asked(settings), found, settings))


@st.cache_resource(max_entries=8, show_spinner=False)
def _costs(folder: str, stamp: Stamp, asked: str, _found: Basis, _settings: Settings) -> Costs:
    """Kept while only weights are moved."""
    del folder, stamp, asked  # only tell costs apart
    return costs_anew(_found, _settings)


def _asked(settings: Settings) -> str:
    """Prices and workload, as a text."""
    return settings.model_dump_json(include={"prices", "workload"})


def weighed_by(settings: Settings) -> Settings:
    """Sliders for what matters how much; the settings with what they say."""
    given = {name: round(100 * settings.weights.get(name, 0.0)) for name in OBJECTIVES}
    if not any(given.values()):
        given["accuracy"] = 100
    chosen: dict[Objective, int] = {}
    for name in OBJECTIVES:
        chosen[name] = st.slider(
            name.capitalize(), 0, 100, given[name], step=5 if not given[name] % 5 else 1, key=name, bind="query-params"
        )
    ranges = dict(settings.ranges)
    if chosen["cost"]:
        low, high = ranges.get("cost_usd_month", (0.0, COST_RANGE))
        worst = _amount("A month for this much USD is worth nothing", high, "worst_usd", low + 0.01)
        ranges["cost_usd_month"] = (low, worst or high)
    if chosen["latency"]:
        low, high = ranges.get("latency_p95_s", (0.0, LATENCY_RANGE))
        worst = _amount("A p95 of this many seconds is worth nothing", high, "worst_s", low + 0.01)
        ranges["latency_p95_s"] = (low, worst or high)
    if chosen == given:
        return settings
    if not sum(chosen.values()):
        st.caption("Nothing weighs: the primary metric alone decides.")
    weights = {name: value / 100 for name, value in chosen.items() if value}
    return settings.model_copy(update={"weights": weights, "ranges": ranges})


def used_for(settings: Settings) -> Settings:
    """Fields for the workload; the settings with it."""
    load = settings.workload
    workload = Workload(
        questions_per_month=int(_amount("Questions a month", load.questions_per_month, "questions", whole=True) or 0),
        updates_per_month=_amount("Updates a month", load.updates_per_month, "updates") or 0.0,
        months=int(_amount("Months", load.months, "months", 1, whole=True) or 1),
    )
    return settings if workload == load else settings.model_copy(update={"workload": workload})


def priced_by(settings: Settings, verdict: Verdict) -> Settings:
    """Fields for the prices that the run needs; an empty one leaves what needs it unpriced."""
    sheet = settings.prices if isinstance(settings.prices, PriceSheet) else None
    if sheet is None:
        st.caption("The experiment names no price sheet, so nothing is priced.")
        return settings
    update: dict[str, object] = {}
    for name, title in (
        ("core_hour", "Hour of a CPU core"),
        ("storage_gb_month", "GB of disk a month"),
        ("label", "One labelled question"),
    ):
        update[name] = _price(getattr(sheet, name), title, f"usd_{name}", sheet)
    gpu, model = verdict.manifest.machine.gpu, verdict.manifest.model.name
    if gpu is not None:
        hour = _price(sheet.gpu_hour.get(gpu), f"Hour of {words(gpu, 40)}", "usd_gpu_hour", sheet)
        update["gpu_hour"] = {**sheet.gpu_hour, gpu: hour} if hour else {}
    if model in sheet.tokens:
        token = sheet.tokens[model]
        read = _amount(f"Million tokens read by {words(model, 40)}", token.input_usd, "usd_input")
        written = _amount("Million tokens written", token.output_usd, "usd_output")
        changed = TokenPrice(input_usd=read or 0.0, output_usd=written or 0.0, source=BY_HAND, read=sheet.date)
        same = (changed.input_usd, changed.output_usd) == (token.input_usd, token.output_usd)
        update["tokens"] = {**sheet.tokens, model: token if same else changed}
    hosting = _amount("Month of a hosted index", sheet.weaviate.usd_month if sheet.weaviate else None, "usd_index")
    if hosting is None:
        update["weaviate"] = None
    elif sheet.weaviate is None:
        update["weaviate"] = HostingPrice(usd_month=hosting, source=BY_HAND, read=sheet.date)
    else:
        update["weaviate"] = sheet.weaviate.model_copy(update={"usd_month": hosting})
    prices = sheet.model_copy(update=update)
    return settings if prices == sheet else settings.model_copy(update={"prices": prices})


def _price(price: Price | None, title: str, key: str, sheet: PriceSheet) -> Price | None:
    usd = _amount(title, None if price is None else price.usd, key)
    if usd is None:
        return None
    if price is None:
        return Price(usd=usd, source=BY_HAND, read=sheet.date)
    return price if usd == price.usd else price.model_copy(update={"usd": usd, "source": BY_HAND})


def _amount(title: str, value: float | None, key: str, least: float = 0.0, *, whole: bool = False) -> float | None:
    kind: Callable[[float], float] = int if whole else float
    found: float | None = st.number_input(
        title,
        min_value=kind(least),
        value=None if value is None else kind(value),
        step=None if not whole else 1,
        format=None if whole else "%g",
        placeholder="unpriced",
        key=key,
        bind="query-params",
    )
    return found
