"""From a run folder to its verdict: every reading is made here once, of what the lab wrote, by pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ragvsft.core.values import Stage, Task
from ragvsft.metrics.answers import metrics_for
from ragvsft.metrics.base import AnswerMetric
from ragvsft.runs.records import FairnessCheck
from ragvsft.verdict.answers import (
    MACRO_F1,
    ScoreTable,
    kind_counts,
    macro_f1_intervals,
    score_intervals,
    score_table,
    seed_means,
    unanswerable_counts,
)
from ragvsft.verdict.calibration import abstaining, calibrations
from ragvsft.verdict.comparisons import compare_all
from ragvsft.verdict.cost_draws import CostDraws
from ragvsft.verdict.costs import ArmCost, arm_costs, stage_costs
from ragvsft.verdict.decay import decays
from ragvsft.verdict.deciding import decision_at
from ragvsft.verdict.decision import Decision
from ragvsft.verdict.detectable import Detectable, detectable_before
from ragvsft.verdict.early import early_comparisons
from ragvsft.verdict.economics import economics
from ragvsft.verdict.examples import examples
from ragvsft.verdict.fact_draws import FactDraws, fact_draws
from ragvsft.verdict.fitting import fittings
from ragvsft.verdict.forgetting import general_scores
from ragvsft.verdict.freshness import freshness, informed_about, outdated_shown
from ragvsft.verdict.freshness_pairs import between_arms, since_before
from ragvsft.verdict.inputs import ArmInputs, RunInputs, WaveInputs, read_inputs
from ragvsft.verdict.intervals import Interval
from ragvsft.verdict.label_baselines import label_baselines
from ragvsft.verdict.latency import Latency, latencies
from ragvsft.verdict.notes import notes
from ragvsft.verdict.parts import coverage, parts
from ragvsft.verdict.retrieval import retrieval_intervals
from ragvsft.verdict.time_to_fresh import times_to_fresh
from ragvsft.verdict.verdict import ArmAtWave, Sample, Verdict, WaveVerdict


def read_verdict(run: Path) -> Verdict:
    """Read a run folder, finished or not; needs no model, no server, no network.

    Raises:
        DataError: it is no run, or is damaged.
    """
    return judge(read_inputs(run))


def judge(inputs: RunInputs) -> Verdict:
    """The verdict on what a run holds.

    Raises:
        ValueError: a label task without labels.
    """
    dataset = inputs.manifest.dataset
    metrics = metrics_for(inputs.task, dataset.labels)
    names = [arm.name for arm in inputs.arms]
    tables = [score_table(wave, names, metrics, dataset.abstain) for wave in inputs.waves]
    samples = [table.of_facts(wave.drawn) for table, wave in zip(tables, inputs.waves, strict=True)]
    before = (None, *tables)[: len(tables)]
    waves = tuple(
        _judge_wave(inputs, wave, table, sample, earlier, metrics)
        for wave, table, sample, earlier in zip(inputs.waves, tables, samples, before, strict=True)
    )
    asked = [table for table in tables if table.questions]
    answered = [sample for table, sample in zip(tables, samples, strict=True) if table.questions]
    last = answered[-1] if answered else None
    drawn = _draws(inputs, asked, last, metrics[0])
    priced, costs = economics(inputs, {arm: drawn.of(arm) for arm in drawn.arms} if drawn else {}) or (None, {})
    spent = arm_costs(inputs)
    timed = latencies(inputs.latency)
    return Verdict(
        folder=inputs.folder,
        manifest=inputs.manifest,
        task=inputs.task,
        primary=metrics[0].name,
        baseline=_baseline(inputs.arms),
        arms=inputs.arms,
        waves=waves,
        planned_waves=inputs.planned_waves,
        fairness=inputs.fairness,
        store=inputs.manifest.environment.store,
        notes=notes(inputs, [_progress(wave) for wave in waves]),
        stages=stage_costs(inputs.readings),
        costs=spent,
        training_seeds=inputs.training_seeds if any(arm.adapter for arm in inputs.arms) else (),
        latency=timed,
        unmerged_latency=latencies(inputs.unmerged),
        latency_waves={
            one.arm: one.wave for one in inputs.readings if one.stage is Stage.LATENCY and one.arm and one.wave
        },
        tries=inputs.tries,
        choices=dict(inputs.choices),
        indexes=inputs.indexes,
        general=general_scores(inputs.general),
        detectable_before=_before(inputs),
        failure_tolerance=inputs.failure_tolerance,
        freshness_floor=inputs.settings.freshness_floor,
        decision=_decide(inputs, waves, metrics[0], last, drawn, costs),
        economics=priced,
        trainings=fittings(inputs.trainings),
        times_to_fresh=times_to_fresh(
            tables,
            [wave.wave for wave in waves],
            [wave.freshness for wave in waves],
            spent,
            priced,
            answer_s=_answer_seconds(spent, timed),
            label_days=inputs.settings.workload.label_days,
            trained=_trained(inputs),
        ),
        decays=decays(samples, [wave.wave for wave in waves], floor=inputs.settings.freshness_floor),
    )


def _answer_seconds(costs: Mapping[str, ArmCost], timed: Mapping[str, Latency]) -> dict[str, float]:
    """One answer of each arm: a single request where one was timed, else a share of batched work."""
    batched = {arm: cost.question_s for arm, cost in costs.items() if cost.question_s is not None}
    return batched | {arm: one.p50_s for arm, one in timed.items()}


def _trained(inputs: RunInputs) -> dict[str, frozenset[date]]:
    """The waves at which an adapter was trained for each arm."""
    return {
        arm.name: frozenset(one.wave for one in inputs.trainings if one.name == arm.adapter)
        for arm in inputs.arms
        if arm.adapter
    }


def _draws(
    inputs: RunInputs, asked: Sequence[ScoreTable], last: ScoreTable | None, primary: AnswerMetric
) -> FactDraws | None:
    """Resampled means of all arms, where prices, weights or constraints ask for them."""
    settings = inputs.settings
    if not asked or not (settings.prices or settings.weights or settings.constraints):
        return None
    return fact_draws(asked, asked[-1].arms, primary, last)


def _judge_wave(
    inputs: RunInputs,
    wave: WaveInputs,
    table: ScoreTable,
    sample: ScoreTable,
    before: ScoreTable | None,
    metrics: Sequence[AnswerMetric],
) -> WaveVerdict:
    """What holds of all facts is read on the sample, which is the table itself where everything was asked."""
    dataset, primary = inputs.manifest.dataset, metrics[0]
    choosable = frozenset(arm.name for arm in inputs.arms if arm.can_be_chosen)
    scores = score_intervals(sample)
    macro = macro_f1_intervals(sample, dataset.labels) if inputs.task is Task.LABEL else {}
    retrieval = retrieval_intervals(inputs, wave, sample, inputs.arms)
    is_complete = len(table.questions) == len(wave.planned) and len(table.arms) == len(inputs.arms)
    # What is looked at while answers come in is not read off tests that are made for one look.
    compare = compare_all if is_complete else early_comparisons
    return WaveVerdict(
        wave=wave.wave,
        n_questions=len(table.questions),
        n_planned=len(wave.planned),
        n_facts=len(set(table.facts)),
        n_left_out=wave.n_left_out,
        arms=tuple(
            _judge_arm(
                sample,
                arm,
                scores[arm] | ({MACRO_F1: macro[arm]} if arm in macro else {}),
                retrieval.get(arm, {}),
                primary,
            )
            for arm in table.arms
        ),
        not_asked=tuple(arm.name for arm in inputs.arms if arm.name not in table.arms),
        comparisons=compare(sample.of(primary.name), sample.arms, sample.facts, metric=primary.name, family=choosable),
        coverage=coverage(wave, sample, _users(inputs.arms)),
        parts=parts(sample),
        examples=examples(table, primary.name),
        freshness=freshness(
            table, before, outdated_shown(wave, inputs.arms), informed_about(wave, inputs.arms), wave.drawn
        ),
        fresh_comparisons=between_arms(table, choosable) if before is not None and is_complete else (),
        since_before=since_before(sample, before) if is_complete else (),
        label_baselines=label_baselines(sample.questions, dataset.labels) if inputs.task is Task.LABEL else (),
        calibrations=calibrations(sample, primary),
        abstaining=abstaining(sample),
        sample=None
        if wave.drawn is None
        else Sample(n_questions=len(sample.questions), n_facts=len(set(sample.facts))),
    )


def _judge_arm(
    table: ScoreTable, arm: str, scores: dict[str, Interval], retrieval: dict[str, Interval], primary: AnswerMetric
) -> ArmAtWave:
    outcomes = [outcome for _, outcome in table.arm_outcomes(arm)]
    n_unanswerable, n_abstained = unanswerable_counts(table, arm)
    return ArmAtWave(
        arm=arm,
        n=len(outcomes),
        n_failed=sum(one.answer is None for one in outcomes),
        scores=scores,
        outcomes=kind_counts(table, arm),
        n_unanswerable=n_unanswerable,
        n_unanswerable_abstained=n_abstained,
        seed_means=seed_means(table, arm, primary),
        retrieval=retrieval,
        prompt_tokens=sum(one.prompt_tokens for one in outcomes) / max(1, len(outcomes)),
        output_tokens=sum(one.output_tokens for one in outcomes) / max(1, len(outcomes)),
        n_cut_off=sum(one.stop_reason == "length" for one in outcomes),
    )


def _decide(
    inputs: RunInputs,
    waves: Sequence[WaveVerdict],
    primary: AnswerMetric,
    table: ScoreTable | None,
    drawn: FactDraws | None,
    costs: Mapping[str, CostDraws],
) -> Decision:
    """By the last wave that has an outcome."""
    asked = [wave for wave in waves if wave.n_questions]
    if not asked:
        return Decision(verdict="nothing_asked", sentence="No verdict: no question was answered by every arm yet.")
    last = asked[-1]
    choosable = {arm.name for arm in inputs.arms if arm.can_be_chosen}
    found = decision_at(
        inputs,
        scores={
            arm.arm: arm.scores[primary.name]
            for arm in last.arms
            if arm.arm in choosable and primary.name in arm.scores
        },
        pairs=[pair for pair in last.comparisons if pair.p_adjusted is not None],
        wave=last.wave,
        metric=primary.name,
        blocked=[*_edited(inputs.n_edited_units), *_broken(inputs.fairness)],
        table=table,
        drawn=drawn,
        costs=costs,
    )
    if last.complete or found.verdict == "blocked":
        return found
    so_far = f"So far, on {last.n_questions:,} of {last.n_planned:,} questions: "
    return replace(found, sentence=so_far + found.sentence)


def _edited(n_units: int) -> list[str]:
    if not n_units:
        return []
    where = "one batch of questions" if n_units == 1 else f"{n_units:,} batches of questions"
    return [f"answers of {where} were changed after the lab had written them; only a run anew mends that"]


def _broken(checks: Sequence[FairnessCheck]) -> list[str]:
    if not checks:
        return ["fairness was not checked"]
    return [f"the fairness check “{check.name}” is broken ({check.detail})" for check in checks if not check.ok]


def _baseline(arms: Sequence[ArmInputs]) -> str:
    """The closed-book arm, else the first that may be chosen."""
    kinds = {arm.kind: arm.name for arm in reversed(arms)}
    choosable = [arm.name for arm in arms if arm.can_be_chosen] or [arm.name for arm in arms] or [""]
    return kinds.get("closed_book", choosable[0])


def _users(arms: Sequence[ArmInputs]) -> dict[str, tuple[str, ...]]:
    """Adapter -> the arms that use it."""
    adapters = {arm.adapter for arm in arms if arm.adapter is not None}
    return {name: tuple(arm.name for arm in arms if arm.adapter == name) for name in adapters}


def _progress(wave: WaveVerdict) -> tuple[date, int, int, tuple[str, ...]]:
    return wave.wave, wave.n_questions, wave.n_planned, wave.not_asked


def _before(inputs: RunInputs) -> Detectable | None:
    """What the last wave's plan could show, told from the numbers of facts and arms alone."""
    if not inputs.waves:
        return None
    last = inputs.waves[-1]
    facts = last.drawn or {question.fact_id for question in last.planned}
    n_arms = sum(arm.can_be_chosen for arm in inputs.arms)
    return detectable_before(len(facts), n_arms) if facts and n_arms > 1 else None
