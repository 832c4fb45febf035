"""The sections of `report.md` about the whole run; a section with nothing to tell is an empty text."""

import json
from collections.abc import Mapping

from ragvsft.report import figures
from ragvsft.report.escaping import code, plain
from ragvsft.report.figures import NOTHING
from ragvsft.report.markdown_wave import metric, table
from ragvsft.verdict.examples import Example
from ragvsft.verdict.fitting import Fitting
from ragvsft.verdict.forgetting import GeneralScore
from ragvsft.verdict.intervals import FEW_CLUSTERS
from ragvsft.verdict.verdict import Verdict


def differences(verdict: Verdict) -> str:
    """Every pair of arms on the primary metric, at the last wave that was asked."""
    wave = verdict.last_asked
    if wave is None or not wave.comparisons:
        return ""
    baseline = verdict.baseline
    ordered = sorted(wave.comparisons, key=lambda one: baseline not in (one.arm, one.other))
    rows = [
        [
            one.arm,
            one.other,
            figures.difference(one.difference, one.low, one.high) + ("*" if one.caution else ""),
            f"{one.wins}/{one.ties}/{one.losses}",
            figures.p_value(one.p),
            figures.p_value(one.p_adjusted),
            "yes" if one.distinguishable else NOTHING if one.p_adjusted is None else "no",
        ]
        for one in ordered
    ]
    told = {
        "mcnemar_exact": "McNemar's exact test",
        "sign_flip": "a permutation test that swaps the arms' answers fact by fact",
        "confidence_sequence": "read off confidence sequences, as are the intervals: answers are still missing, and "
        "these hold however often they are looked at",
    }[wave.comparisons[0].test]
    lines = [
        f"## Differences at {wave.wave}",
        f"Points of {metric(verdict.primary)}, paired, first arm minus second; pairs with the baseline {baseline} "
        f"first. The test is {told}; adjusted by Holm over the pairs that may be chosen. Intervals are of each pair "
        "alone, and not by the test: near 0 the two may disagree, and the adjusted p decides.",
        table(["arm", "minus", "points (95 %)", "won/tied/lost", "p", "adjusted p", "told apart"], rows, texts=2),
        _detectable(verdict),
    ]
    return "\n\n".join(line for line in lines if line)


def covered(verdict: Verdict) -> str:
    """Scores split by the facts that an adapter's rows covered."""
    wave = verdict.last_asked
    if wave is None or not wave.coverage:
        return ""
    primary = verdict.primary
    rows = [
        [
            one.adapter,
            arm.arm + (" (uses it)" if arm.arm in one.arms else ""),
            figures.interval(one.covered.get(arm.arm, {}).get(primary)),
            figures.count(one.n_covered_facts),
            figures.interval(one.other.get(arm.arm, {}).get(primary)),
            figures.count(one.n_other_facts),
        ]
        for one in wave.coverage
        for arm in wave.arms
    ]
    return "\n\n".join(
        [
            f"## What the adapters were trained on, at {wave.wave}",
            f"Retrieval sees all documents, an adapter its rows alone. {figures.capital(metric(primary))} on facts "
            "that the adapter's rows covered, and on the others:",
            table(["adapter", "arm", "covered (95 %)", "facts", "not covered (95 %)", "facts"], rows, texts=2),
        ]
    )


def slices(verdict: Verdict) -> str:
    """The primary metric of each slice, at the last wave."""
    wave = verdict.last_asked
    if wave is None or not wave.parts:
        return ""
    rows = [
        [
            code(f"{part.by} = {part.value}"),
            figures.count(part.n_questions),
            figures.count(part.n_facts) + ("*" if part.caution else ""),
            *(figures.interval(part.scores.get(arm.arm, {}).get(verdict.primary)) for arm in wave.arms),
        ]
        for part in wave.parts
    ]
    head = ["slice", "questions", "facts", *(arm.arm for arm in wave.arms)]
    few = any(part.caution for part in wave.parts)
    lines = [
        f"## Slices at {wave.wave}: {metric(verdict.primary)}",
        table(head, rows),
        f"\\* fewer than {FEW_CLUSTERS} facts: chance may explain a difference there." if few else "",
    ]
    return "\n\n".join(line for line in lines if line)


def fairness(verdict: Verdict) -> str:
    """What was checked."""
    if not verdict.fairness:
        return "## Fairness\n\nNothing was checked, so there is no verdict."
    lines = [
        f"- {'holds' if check.ok else '**broken**'}: {plain(check.name)} ({plain(check.detail)})"
        for check in verdict.fairness
    ]
    return "\n".join(["## Fairness", "", *lines])


def search(verdict: Verdict) -> str:
    """What each arm chose on dev, and what it tried."""
    if not verdict.choices:
        return ""
    rows = [
        [
            arm.name,
            _settings(choice.settings),
            plain(choice.why),
            figures.count(sum(one.arm == arm.name for one in verdict.tries)),
        ]
        for arm in verdict.arms
        if (choice := verdict.choices.get(arm.name)) is not None
    ]
    lines = ["## Settings chosen on dev", table(["arm", "settings", "why", "tries"], rows, texts=3)]
    tried = [
        [
            one.arm,
            figures.count(one.number),
            _settings(one.settings),
            NOTHING if one.score is None else figures.percent(one.score),
            figures.count(one.n_questions),
        ]
        for one in verdict.tries
    ]
    if tried:
        shown = table(["arm", "try", "settings", "dev score", "questions"], tried, texts=3)
        lines.append(f"<details><summary>All tries</summary>\n\n{shown}\n\n</details>")
    return "\n\n".join(lines)


def general(verdict: Verdict) -> str:
    """General questions before and after training."""
    rows = [
        [
            one.adapter or "base model",
            str(one.wave) if one.wave else NOTHING,
            NOTHING if one.seed is None else str(one.seed),
            f"{figures.percent(one.mean)} ({figures.percent(one.low)}–{figures.percent(one.high)})",
            NOTHING if one.lost is None else f"{one.lost}/{one.gained}",
            figures.p_value(one.p),
            figures.count(one.n),
            figures.count(one.n_failed),
        ]
        for one in verdict.general
    ]
    head = ["model", "trained at", "seed", "right (95 %)", "lost/gained", "p", "n", "failed"]
    found = table(head, rows, texts=2)
    if not found:
        return ""
    told = "\n".join(f"- {_change(one)}" for one in verdict.general if one.change is not None)
    lines = ["## General questions: what training made the model forget", told, found]
    return "\n\n".join(line for line in lines if line)


def training(verdict: Verdict) -> str:
    """Whether each adapter was trained too little or too much."""
    if not verdict.trainings:
        return ""
    lines = [f"- {fitting_told(one)}" for one in verdict.trainings]
    return "\n".join(["## How training went", "", "By dev score, of few questions and without interval:", "", *lines])


def stages(verdict: Verdict) -> str:
    """What the lab's stages consumed."""
    rows = [
        [
            one.stage.value,
            one.arm or (code(one.resource) if one.resource else "all"),
            str(one.wave) if one.wave else NOTHING,
            figures.seconds(one.wall_s),
            figures.seconds(one.cpu_s),
            figures.seconds(one.gpu_s),
            figures.watt_hours(one.energy_kwh),
            figures.count(one.n_items),
            figures.count(one.prompt_tokens),
            figures.count(one.output_tokens),
            figures.count(one.peak_memory_bytes / 2**20) if one.peak_memory_bytes else NOTHING,
            figures.seconds(one.wasted_s) if one.wasted_s else NOTHING,
        ]
        for one in verdict.stages
    ]
    head = ["stage", "of", "wave", "wall s", "CPU s", "GPU s", "Wh", "items", "prompt tokens", "output tokens"]
    found = table([*head, "peak MiB", "wasted s"], rows, texts=3)
    return f"## Stages\n\n{found}" if found else ""


def disagreements(verdict: Verdict) -> str:
    """Questions on which the arms are furthest apart, side by side."""
    wave = verdict.last_asked
    if wave is None or not wave.examples:
        return ""
    return "\n\n".join([f"## Where the arms disagree, at {wave.wave}", *(_example(one) for one in wave.examples)])


def again(verdict: Verdict) -> str:
    """How to get the same run again."""
    manifest, environment = verdict.manifest, verdict.manifest.environment
    versions = ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.items()))
    lines = [
        "## How to reproduce",
        "",
        "`ragvsft run` with the configuration below, on the same dataset, model and versions.",
        "",
        f"- run {code(verdict.folder.name)}, begun {manifest.created_at:%Y-%m-%d %H:%M} UTC",
        f"- dataset {code(manifest.dataset.name)}, SHA-256 {code(manifest.dataset.content_hash)}",
        f"- model {code(manifest.model.name)}, weights SHA-256 {code(manifest.model.weights_sha256)}",
        f"- threads {environment.threads or NOTHING}, device {plain(environment.device or NOTHING)}, "
        f"dtype {plain(environment.dtype or NOTHING)}, CPU {code(manifest.machine.cpu)}, "
        f"GPU {code(manifest.machine.gpu) if manifest.machine.gpu else NOTHING}",
        f"- versions: {plain(versions)}" + (f"; commit {code(manifest.git_commit)}" if manifest.git_commit else ""),
        "",
        "<details><summary>Configuration</summary>",
        "",
        "```json",
        json.dumps(manifest.configuration, indent=2, default=str),
        "```",
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _detectable(verdict: Verdict) -> str:
    before, after = verdict.detectable_before, verdict.decision.detectable
    told = []
    if before is not None:
        told.append(
            f"planned, {before.n_facts:,} facts could show {figures.percent(before.difference)} points "
            "(if arms differ on three questions in ten)"
        )
    if after is not None and 0.0 < after.difference < 1.0:
        told.append(f"as measured, {after.n_facts:,} facts could show {figures.percent(after.difference)} points")
    return f"Smallest difference found four times out of five: {'; '.join(told)}." if told else ""


def _example(one: Example) -> str:
    accepted = ", ".join(code(answer) for answer in one.answers) or "none: abstaining is right"
    earlier = f" (earlier: {', '.join(code(answer) for answer in one.stale_answers)})" if one.stale_answers else ""
    rows = [
        [
            said.arm,
            code(said.answer) if said.answer is not None else f"failed: {code(said.failure or '')}",
            figures.percent(said.score),
            said.kind.value,
        ]
        for said in one.said
    ]
    found = table(["arm", "answer", "score", "kind"], rows, texts=2)
    return f"{code(one.question)}\n\nAccepted: {accepted}{earlier}\n\n{found}"


def _change(one: GeneralScore) -> str:
    found = one.change
    assert found is not None
    name = f"{plain(one.adapter or '')} at {one.wave} (seed {one.seed})"
    points = figures.difference(found.difference, found.low, found.high)
    match found.told:
        case "none":
            return f"{name}: a change of {points} points on {found.n:,} questions, which cannot be told from none."
        case told:
            size = figures.percent(abs(found.difference))
            return f"{name}: {told} {size} points on {found.n:,} questions; the change is {points}."


def fitting_told(one: Fitting) -> str:
    """Whether a training was too short or too long, in one sentence of Markdown."""
    name = f"{plain(one.adapter)} at {one.wave} (seed {one.seed})"
    if one.best_score is None or one.last_score is None:
        return f"{name}: fewer than two dev checks, so nothing is told."
    best, last = figures.percent(one.best_score), figures.percent(one.last_score)
    ended = f"best at step {one.best_step:,} ({best}), {last} at the last check, step {one.last_step:,}"
    match one.state:
        case "still_improving":
            return f"{name}: still improving at the end, {best} at step {one.best_step:,}; longer may be better."
        case "over_fitted":
            return f"{name}: over-fitted after its best check, the dev score fell while the loss fell; {ended}."
        case "best_before_end":
            return f"{name}: best before the end; {ended}."
        case _ if one.best_score == 0.0:
            return f"{name}: the dev score was never above 0: trained too little, or on rows that do not help."
        case _:
            return f"{name}: no longer improving at the end, {last} at step {one.last_step:,}."


def _settings(settings: Mapping[str, object]) -> str:
    return code(", ".join(f"{key} {value}" for key, value in settings.items())) if settings else NOTHING
