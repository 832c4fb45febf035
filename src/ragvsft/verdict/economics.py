"""What each arm costs: set-up, an update, a question, a month; and from how many questions on which arm is cheaper.

C(questions, updates, months) = setup + months · standing + updates · refresh + questions · question. A stage that arms
share is charged whole to each of them. An unpriced part leaves the totals that need it unpriced.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ragvsft.config.experiment import Workload
from ragvsft.config.prices import PriceSheet
from ragvsft.core.values import Change, Reading
from ragvsft.verdict.arm_readings import ArmReadings, readings_of
from ragvsft.verdict.break_even import BreakEven, break_evens
from ragvsft.verdict.cost_draws import CostDraws, Estimate, estimate, question_draws, setup_draws
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs
from ragvsft.verdict.intervals import Floats
from ragvsft.verdict.pricing import GB, Pricing, added, hosting_usd_month, pricing_by

_CHANGED = (Change.NEW, Change.CHANGED, Change.REMOVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmEconomics:
    """What an arm costs. None: unpriced, or not measured."""

    arm: str
    setup_usd: float | None
    setup_parts: dict[str, float | None]
    """`index`, `training`, `search`, `labels`, as far as the arm needs them."""
    refresh_usd: float | None
    """An update, the mean of the later waves; None with one wave."""
    updates_usd: dict[date, float | None]
    """The update at each later wave."""
    standing_usd_month: float | None
    question: Estimate | None
    """What one answer cost; failures are paid for by the answers."""
    correct: Estimate | None
    """One question divided by the mean of the primary metric at the last wave (Cost-of-Pass, arXiv 2504.13359)."""
    total: Estimate | None
    """Of the whole workload."""
    month: Estimate | None
    """The total divided by the months."""
    n_labels: int
    """Training questions whose answers had to be known for the first wave."""
    unpriced: tuple[str, ...]
    """What keeps the total from being known."""
    left_out: tuple[str, ...]
    """What the totals do not hold: what has no price, or was done elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Economics:
    """The costs of a run's arms under one price sheet and workload."""

    sheet: PriceSheet
    workload: Workload
    arms: tuple[ArmEconomics, ...]
    break_evens: tuple[BreakEven, ...]
    has_updates: bool
    """Whether updates were measured, which takes a second wave; else the totals hold none."""
    share_changed: float | None
    """Of the facts asked about at later waves, those that had changed: what the measured updates stand for."""
    energy: str | None = None
    """Why energy is in no total."""

    def arm(self, name: str) -> ArmEconomics | None:
        """An arm's costs."""
        return next((one for one in self.arms if one.arm == name), None)


def economics(inputs: RunInputs, accuracy: Mapping[str, Floats]) -> tuple[Economics, dict[str, CostDraws]] | None:
    """Price a run; None without a price sheet.

    Args:
        inputs: the run.
        accuracy: by arm the resampled means of the primary metric, the mean itself first.
    """
    sheet = inputs.settings.prices
    if not isinstance(sheet, PriceSheet):
        return None
    pricing = pricing_by(sheet, inputs.manifest)
    waves = [wave for wave in inputs.waves if any(wave.outcomes.values())] or list(inputs.waves)
    found, draws = [], {}
    for arm in inputs.arms:
        one, drawn = _arm(inputs, pricing, arm, waves, accuracy.get(arm.name))
        found.append(one)
        if drawn is not None:
            draws[arm.name] = drawn
    comparable = [arm.name for arm in inputs.arms if arm.can_be_chosen and arm.name in draws]
    return (
        Economics(
            sheet=sheet,
            workload=inputs.settings.workload,
            arms=tuple(found),
            break_evens=break_evens({name: draws[name] for name in comparable}),
            has_updates=len(waves) > 1,
            share_changed=_share_changed(waves[1:]),
            energy=_energy(sheet, inputs.readings),
        ),
        draws,
    )


def _arm(
    inputs: RunInputs,
    pricing: Pricing,
    arm: ArmInputs,
    waves: Sequence[WaveInputs],
    accuracy: Floats | None,
) -> tuple[ArmEconomics, CostDraws | None]:
    if arm.kind == "recorded":
        return _unpriced(arm, None, {}, None, {}, None, 0, ["it is not run here"], []), None
    parts = readings_of(arm, inputs)
    missing = list(pricing.missing(parts.all()))
    missing += _unmetered(arm, parts, waves)
    standing, no_hosting, no_storage = _standing(inputs, pricing.sheet, arm)
    missing += [no_hosting] if no_hosting else []
    n_labels, label = waves[0].labels.get(arm.adapter or "", 0) if waves else 0, pricing.sheet.label
    setup_parts = _setup_parts(arm, pricing, parts, waves, None if label is None else n_labels * label.usd)
    later = [wave.wave for wave in waves[1:]]
    label_usd = 0.0 if label is None else label.usd
    updates = {
        wave.wave: added(
            pricing.total(parts.index.get(wave.wave, [])),
            pricing.of_a_seed(parts.training.get(wave.wave, [])),
            wave.labels.get(arm.adapter or "", 0) * label_usd,
        )
        for wave in waves[1:]
    }
    refresh = _mean(list(updates.values())) if later else None
    left_out = [no_storage] if no_storage else []
    if waves and _was_there(inputs, arm, waves[0].wave):
        left_out.append("indexing that was done before this run")
    if n_labels and label is None:
        left_out.append(f"{n_labels:,} labels")
    setup = added(*(0.0 if name == "labels" and label is None else usd for name, usd in setup_parts.items()))
    if missing or setup is None or (later and refresh is None) or standing is None:
        return _unpriced(arm, setup, setup_parts, refresh, updates, standing, n_labels, missing, left_out), None
    question, repeated = question_draws(pricing, parts, _answered_share(arm, waves))
    months, n_updates = inputs.settings.workload.months, inputs.settings.workload.updates_per_month
    fixed = setup_draws(pricing, parts, setup, waves) + months * standing + months * n_updates * (refresh or 0.0)
    ratio = np.full_like(question, np.inf)
    is_varied = repeated
    if accuracy is not None:
        np.divide(question, accuracy, out=ratio, where=accuracy > 0)
        is_varied = repeated or bool(np.ptp(accuracy) > 0.0)
    draws = CostDraws(fixed=fixed, question=question, correct=ratio, repeated=repeated)
    total = draws.total(inputs.settings.workload.questions_per_month * months)
    return (
        ArmEconomics(
            arm=arm.name,
            setup_usd=setup,
            setup_parts=setup_parts,
            refresh_usd=refresh,
            updates_usd=updates,
            standing_usd_month=standing,
            question=estimate(question, is_repeated=repeated),
            correct=estimate(ratio, is_repeated=is_varied),
            total=estimate(total, is_repeated=repeated),
            month=estimate(total / months, is_repeated=repeated),
            n_labels=n_labels,
            unpriced=(),
            left_out=tuple(left_out),
        ),
        draws,
    )


def _unpriced(
    arm: ArmInputs,
    setup: float | None,
    setup_parts: dict[str, float | None],
    refresh: float | None,
    updates: dict[date, float | None],
    standing: float | None,
    n_labels: int,
    missing: Sequence[str],
    left_out: Sequence[str],
) -> ArmEconomics:
    return ArmEconomics(
        arm=arm.name,
        setup_usd=setup,
        setup_parts=setup_parts,
        refresh_usd=refresh,
        updates_usd=updates,
        standing_usd_month=standing,
        question=None,
        correct=None,
        total=None,
        month=None,
        n_labels=n_labels,
        unpriced=tuple(dict.fromkeys(missing)),
        left_out=tuple(left_out),
    )


def _setup_parts(
    arm: ArmInputs, pricing: Pricing, parts: ArmReadings, waves: Sequence[WaveInputs], labels_usd: float | None
) -> dict[str, float | None]:
    first = waves[0].wave if waves else date.min
    found: dict[str, float | None] = {}
    if arm.index is not None:
        found["index"] = pricing.total(parts.index.get(first, []))
    if arm.adapter is not None:
        found["training"] = pricing.of_a_seed(parts.training.get(first, []))
        found["labels"] = labels_usd
    if parts.search:
        found["search"] = pricing.total(parts.search)
    return found


def _unmetered(arm: ArmInputs, parts: ArmReadings, waves: Sequence[WaveInputs]) -> list[str]:
    """Work that an arm needs and of which there is no reading: it is not free, it is unknown."""
    first = waves[0].wave if waves else date.min
    found = [] if parts.generate else ["no question was metered"]
    if arm.retrieval_key is not None and not parts.retrieve:
        found.append("no search was metered")
    if arm.index is not None and not parts.index.get(first):
        found.append("no indexing was metered")
    if arm.adapter is not None and not parts.training.get(first):
        found.append("no training was metered")
    return found


def _was_there(inputs: RunInputs, arm: ArmInputs, first: date) -> bool:
    """Whether an index held passages before its first sync."""
    reports = [one.report for one in inputs.indexes if one.name == arm.index and one.wave == first]
    return any(report.get("n_unchanged") or report.get("n_reopened") for report in reports)


def _answered_share(arm: ArmInputs, waves: Sequence[WaveInputs]) -> float:
    outcomes = [one for wave in waves for one in wave.outcomes.get(arm.name, ())]
    return sum(one.answer is not None for one in outcomes) / len(outcomes) if outcomes else 0.0


def _standing(inputs: RunInputs, sheet: PriceSheet, arm: ArmInputs) -> tuple[float | None, str | None, str | None]:
    """What a month costs before any question; why that is unknown; what is left out of it."""
    usd = 0.0
    left_out = None
    if arm.adapter is not None:
        size = inputs.adapter_bytes.get(arm.adapter)
        if sheet.storage_gb_month is None or size is None:
            left_out = "storage of the adapter"
        else:
            usd += size / GB * sheet.storage_gb_month.usd
    if arm.index is None:
        return usd, None, left_out
    if sheet.weaviate is None:
        return None, "hosting of the index", left_out
    reports = [one.report for one in sorted(inputs.indexes, key=lambda one: one.wave) if one.name == arm.index]
    hosting = hosting_usd_month(sheet.weaviate, reports[-1]) if reports else None
    if hosting is None:
        return None, "hosting of the index, whose size is not recorded", left_out
    return usd + hosting, None, left_out


def _share_changed(later: Sequence[WaveInputs]) -> float | None:
    changes = {
        (wave.wave, one.fact_id): one.change
        for wave in later
        for one in wave.planned
        if wave.drawn is None or one.fact_id in wave.drawn
    }
    return sum(change in _CHANGED for change in changes.values()) / len(changes) if changes else None


def _energy(sheet: PriceSheet, readings: Sequence[Reading]) -> str | None:
    unmetered = sum(one.energy_kwh is None for one in readings)
    if sheet.kwh is None or not unmetered:
        return None
    if unmetered == len(readings):
        return "energy, which was not metered"
    return f"the energy of {unmetered:,} of {len(readings):,} readings, which was not metered"


def _mean(amounts: Sequence[float | None]) -> float | None:
    total = added(*amounts)
    return None if total is None else total / len(amounts)
