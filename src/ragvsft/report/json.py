"""`report.json`: a verdict as the stable interface that other programs read."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from ragvsft.report import model
from ragvsft.report.json_calibration import abstaining_part, calibration_part
from ragvsft.report.json_economics import economics_part
from ragvsft.report.json_freshness import decay_part, freshness_part, since_before_part, time_to_fresh_part
from ragvsft.report.json_scores import nested, scores
from ragvsft.verdict.comparisons import Comparison
from ragvsft.verdict.costs import StageCost
from ragvsft.verdict.decision import Weighed
from ragvsft.verdict.detectable import Detectable
from ragvsft.verdict.forgetting import Change
from ragvsft.verdict.freshness import Freshness
from ragvsft.verdict.freshness_pairs import SinceBefore
from ragvsft.verdict.latency import Latency
from ragvsft.verdict.verdict import ArmAtWave, Verdict, WaveVerdict

_DIGITS = 6
"""Decimals of a number: finer ones differ between machines and mean nothing."""


_MONEY = frozenset({"economics", "times_to_fresh"})


def report_json(verdict: Verdict) -> str:
    """The report as JSON text without a final line break; keys without anything to tell are absent."""
    data = report_model(verdict).model_dump(mode="json", exclude_none=True)
    told = {key: rounded(value, _significant if key in _MONEY else _decimals) for key, value in data.items()}
    return json.dumps(told, indent=2, ensure_ascii=False, allow_nan=False)


def report_model(verdict: Verdict) -> model.Report:
    """The report as typed values."""
    return model.Report(
        run=_run(verdict),
        dataset=model.Dataset(
            name=verdict.manifest.dataset.name,
            content_hash=verdict.manifest.dataset.content_hash,
            task=verdict.task,
            snapshots=list(verdict.manifest.dataset.snapshots),
        ),
        fairness=model.Fairness(
            ok=verdict.fair,
            checks=[model.Check(name=one.name, ok=one.ok, detail=one.detail) for one in verdict.fairness],
        ),
        store=verdict.store,
        waves={wave.wave: _wave(verdict, wave) for wave in verdict.waves},
        stages=[_stage(one) for one in verdict.stages],
        comparisons=[_comparison(wave, one) for wave in verdict.waves for one in wave.comparisons],
        fresh_comparisons=[_comparison(wave, one) for wave in verdict.waves for one in wave.fresh_comparisons] or None,
        times_to_fresh={one.arm: time_to_fresh_part(one) for one in verdict.times_to_fresh} or None,
        decays=[decay_part(one) for one in verdict.decays] or None,
        search=[
            model.Try(
                arm=one.arm,
                number=one.number,
                settings=dict(one.settings),
                score=one.score,
                n_questions=one.n_questions,
            )
            for one in verdict.tries
        ]
        or None,
        general=[
            model.GeneralPart(
                adapter=one.adapter,
                wave=one.wave,
                seed=one.seed,
                mean=one.mean,
                low=one.low,
                high=one.high,
                n=one.n,
                n_failed=one.n_failed,
                lost=one.lost,
                gained=one.gained,
                p=one.p,
                change=_change(one.change) if one.change else None,
            )
            for one in verdict.general
        ]
        or None,
        trainings=[model.TrainingPart(**asdict(one)) for one in verdict.trainings] or None,
        economics=economics_part(verdict.economics) if verdict.economics else None,
        decision=_decision(verdict),
    )


def report_schema() -> dict[str, Any]:
    """The JSON Schema of `report.json`."""
    return model.report_schema()


def _run(verdict: Verdict) -> model.Run:
    manifest = verdict.manifest
    environment = manifest.environment
    return model.Run(
        name=manifest.name,
        folder=verdict.folder.name,
        run_hash=manifest.run_hash,
        created_at=manifest.created_at,
        complete=verdict.complete,
        primary_metric=verdict.primary,
        baseline=verdict.baseline,
        model=model.Model(
            name=manifest.model.name, revision=manifest.model.revision, weights_sha256=manifest.model.weights_sha256
        ),
        embedder=manifest.embedder,
        threads=environment.threads,
        device=environment.device,
        dtype=environment.dtype,
        cpu=manifest.machine.cpu,
        gpu=manifest.machine.gpu,
        versions=manifest.versions,
        git_commit=manifest.git_commit,
        training_seeds=list(verdict.training_seeds) or None,
        arms={arm.name: _arm(verdict, arm.name) for arm in verdict.arms},
        notes=list(verdict.notes),
    )


def _arm(verdict: Verdict, name: str) -> model.Arm:
    arm = next(arm for arm in verdict.arms if arm.name == name)
    choice, cost = verdict.choices.get(name), verdict.costs.get(name)
    n_tries = sum(one.arm == name for one in verdict.tries)
    return model.Arm(
        kind=arm.kind,
        can_be_chosen=arm.can_be_chosen,
        settings=dict(arm.settings),
        chosen_because=choice.why if choice else None,
        n_tries=n_tries or None,
        setup_s=cost.setup_s if cost else None,
        refresh_s=(cost.refresh_s or None) if cost else None,
        question_s=cost.question_s if cost else None,
        question_tokens=cost.question_tokens if cost else None,
    )


def _comparison(wave: WaveVerdict, one: Comparison) -> model.ComparisonPart:
    fields = {name: getattr(one, name) for name in model.ComparisonPart.model_fields if name != "wave"}
    return model.ComparisonPart(wave=wave.wave, **fields)


def _wave(verdict: Verdict, wave: WaveVerdict) -> model.Wave:
    return model.Wave(
        n_questions=wave.n_questions,
        n_planned=wave.n_planned,
        n_facts=wave.n_facts,
        n_left_out=wave.n_left_out,
        sample=model.SamplePart(n_questions=wave.sample.n_questions, n_facts=wave.sample.n_facts)
        if wave.sample
        else None,
        complete=wave.complete,
        not_asked=list(wave.not_asked),
        arms={
            arm.arm: _arm_at_wave(
                wave,
                arm,
                verdict.latency_of(arm.arm, wave.wave),
                verdict.latency_of(arm.arm, wave.wave, unmerged=True),
                next((one for one in wave.freshness if one.arm == arm.arm), None),
                next((one for one in wave.since_before if one.arm == arm.arm), None),
            )
            for arm in wave.arms
        },
        coverage={
            one.adapter: model.CoveragePart(
                arms=list(one.arms),
                n_covered_facts=one.n_covered_facts,
                n_other_facts=one.n_other_facts,
                covered=nested(one.covered),
                other=nested(one.other),
            )
            for one in wave.coverage
        }
        or None,
        label_baselines={
            one.name: model.LabelBaselinePart(accuracy=one.accuracy, macro_f1=one.macro_f1)
            for one in wave.label_baselines
        }
        or None,
        slices=[
            model.Slice(
                by=one.by,
                value=one.value,
                n_questions=one.n_questions,
                n_facts=one.n_facts,
                scores=nested(one.scores) or {},
                caution=one.caution,
            )
            for one in wave.parts
        ]
        or None,
        examples=[
            model.ExamplePart(
                question_id=one.question_id,
                question=one.question,
                answers=list(one.answers),
                stale_answers=list(one.stale_answers),
                said={
                    said.arm: model.Said(answer=said.answer, failure=said.failure, score=said.score, kind=said.kind)
                    for said in one.said
                },
            )
            for one in wave.examples
        ]
        or None,
    )


def _arm_at_wave(
    wave: WaveVerdict,
    arm: ArmAtWave,
    latency: Latency | None,
    unmerged: Latency | None,
    fresh: Freshness | None,
    since: SinceBefore | None,
) -> model.ArmAtWave:
    calibration = next((one for one in wave.calibrations if one.arm == arm.arm), None)
    # Without any confidence the report stands as it was before there was one.
    abstaining = next((one for one in wave.abstaining if one.arm == arm.arm and wave.calibrations), None)
    return model.ArmAtWave(
        scores=scores(arm.scores),
        outcomes=arm.outcomes,
        unanswerable=model.Unanswerable(n=arm.n_unanswerable, abstained=arm.n_unanswerable_abstained)
        if arm.n_unanswerable
        else None,
        seed_means={str(seed): mean for seed, mean in arm.seed_means.items()} or None,
        retrieval=scores(arm.retrieval) or None,
        latency_s=_latency(latency),
        latency_unmerged_s=_latency(unmerged),
        freshness=freshness_part(fresh) if fresh else None,
        since_before=since_before_part(since) if since else None,
        calibration=calibration_part(calibration) if calibration else None,
        abstaining=abstaining_part(abstaining) if abstaining else None,
        prompt_tokens=arm.prompt_tokens,
        n_cut_off=arm.n_cut_off,
        output_tokens=arm.output_tokens,
    )


def _latency(found: Latency | None) -> model.LatencyPart | None:
    return model.LatencyPart(p50=found.p50_s, p95=found.p95_s, n=found.n) if found else None


def _decision(verdict: Verdict) -> model.DecisionPart:
    found = verdict.decision
    return model.DecisionPart(
        verdict=found.verdict,
        sentence=found.sentence,
        wave=found.wave,
        metric=found.metric,
        arm=found.arm,
        candidates=list(found.candidates),
        more_facts=found.more_facts,
        detectable=_detectable(found.detectable),
        detectable_before=_detectable(verdict.detectable_before),
        broken=[
            model.BrokenConstraint(arm=one.arm, constraint=one.constraint, limit=one.limit, value=one.value)
            for one in found.broken
        ]
        or None,
        **(_weighed(found.weighed) if found.weighed else {}),
    )


def _weighed(found: Weighed) -> dict[str, Any]:
    """What a decision between objectives rests on, as keys of the decision."""
    return {
        "probability_best": found.probability_best,
        "probability_at_weights": found.probability_at_weights,
        "weights": found.weights,
        "absent": found.absent or None,
        "objectives": found.values,
        "utilities": found.utilities,
        "front": list(found.front),
        "barred": list(found.barred) or None,
        "reversals": [
            model.ReversalPart(objective=one.objective, weight=one.weight, at=one.at, arm=one.arm)
            for one in found.reversals
        ],
    }


def _detectable(found: Detectable | None) -> model.DetectablePart | None:
    if found is None:
        return None
    return model.DetectablePart(
        difference=found.difference, n_facts=found.n_facts, n_pairs=found.n_pairs, measured=found.measured
    )


def _change(found: Change) -> model.ChangePart:
    return model.ChangePart(difference=found.difference, low=found.low, high=found.high, n=found.n, told=found.told)


def _stage(cost: StageCost) -> model.StagePart:
    return model.StagePart(
        stage=cost.stage,
        arm=cost.arm,
        resource=cost.resource,
        wave=cost.wave,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        gpu_s=cost.gpu_s,
        energy_kwh=cost.energy_kwh,
        n_items=cost.n_items,
        prompt_tokens=cost.prompt_tokens,
        output_tokens=cost.output_tokens,
        peak_memory_bytes=cost.peak_memory_bytes,
        wasted_s=cost.wasted_s,
    )


def rounded(value: Any, form: Callable[[float], float]) -> Any:  # noqa: ANN401
    """A JSON value with each of its numbers with decimals in another form."""
    match value:
        case float():
            return form(value)
        case dict():
            return {key: rounded(one, form) for key, one in value.items()}
        case list() | tuple():
            return [rounded(one, form) for one in value]
        case _:
            return value


def _decimals(value: float) -> float:
    return round(value, _DIGITS)


def _significant(value: float) -> float:
    """Of money significant digits are kept, for a question may cost millionths."""
    return float(f"{value:.{_DIGITS}g}")
