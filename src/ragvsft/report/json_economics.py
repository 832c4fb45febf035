"""The economics of `report.json`."""

from collections.abc import Iterator

from ragvsft.config.prices import PriceSheet
from ragvsft.report import model_economics as model
from ragvsft.verdict.break_even import BreakEven
from ragvsft.verdict.cost_draws import Estimate
from ragvsft.verdict.economics import ArmEconomics, Economics


def economics_part(found: Economics) -> model.EconomicsPart:
    """The costs of a run's arms as typed values."""
    workload = found.workload
    return model.EconomicsPart(
        sheet=found.sheet.name,
        date=found.sheet.date,
        currency=found.sheet.currency,
        workload=model.WorkloadPart(
            questions_per_month=workload.questions_per_month,
            updates_per_month=workload.updates_per_month,
            months=workload.months,
        ),
        has_updates=found.has_updates,
        share_changed=found.share_changed,
        arms={one.arm: _arm(one) for one in found.arms},
        break_even=[_break_even(one) for one in found.break_evens],
        prices=list(prices_read(found.sheet)),
    )


def prices_read(sheet: PriceSheet) -> Iterator[model.PriceRead]:
    """Every price of a sheet with its source."""
    hours = {f"GPU {name}": price for name, price in sheet.gpu_hour.items()}
    for what, price, per in (
        *((name, price, "hour") for name, price in hours.items()),
        ("CPU core", sheet.core_hour, "hour"),
        ("storage", sheet.storage_gb_month, "GB and month"),
        ("energy", sheet.kwh, "kWh"),
        ("label", sheet.label, "question"),
    ):
        if price is not None:
            yield model.PriceRead(
                what=what, usd=price.usd, per=per, source=price.source, read=price.read, note=price.note
            )
    for name, token in sheet.tokens.items():
        for what, usd in (("prompt", token.input_usd), ("output", token.output_usd)):
            yield model.PriceRead(
                what=f"{name} {what}",
                usd=usd,
                per="million tokens",
                source=token.source,
                read=token.read,
                note=token.note,
            )
    hosting = sheet.weaviate
    if hosting is not None:
        for what, usd, per in (
            ("Weaviate, at least", hosting.usd_month, "month"),
            ("Weaviate dimensions", hosting.million_dimensions_usd_month, "million and month"),
            ("Weaviate storage", hosting.gib_usd_month, "GiB and month"),
        ):
            yield model.PriceRead(
                what=what, usd=usd, per=per, source=hosting.source, read=hosting.read, note=hosting.note
            )


def _arm(one: ArmEconomics) -> model.ArmEconomicsPart:
    return model.ArmEconomicsPart(
        setup_usd=one.setup_usd,
        setup_parts_usd={name: usd for name, usd in one.setup_parts.items() if usd is not None},
        refresh_usd=one.refresh_usd,
        standing_usd_month=one.standing_usd_month,
        question=money(one.question),
        correct=money(one.correct),
        total=money(one.total),
        month=money(one.month),
        n_labels=one.n_labels or None,
        unpriced=list(one.unpriced) or None,
        left_out=list(one.left_out) or None,
    )


def money(found: Estimate | None) -> model.Money | None:
    """An amount with its interval; None: unpriced."""
    return None if found is None else model.Money(usd=found.usd, low=found.low, high=found.high)


def _break_even(one: BreakEven) -> model.BreakEvenPart:
    return model.BreakEvenPart(
        arm=one.arm,
        other=one.other,
        fixed_difference_usd=one.fixed_difference_usd,
        question_difference_usd=one.question_difference_usd,
        n_questions=one.n_questions,
        low=one.low,
        high=one.high,
        n_correct=one.n_correct,
        correct_low=one.correct_low,
        correct_high=one.correct_high,
        has_interval=one.has_interval,
    )
