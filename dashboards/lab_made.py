"""What a run was made by: checks, settings, work and its cost in seconds, and how far the lab has come."""

import json
from collections import Counter

import streamlit as st

from cells import Cell, Row, number, share, text
from ragvsft.report import figures
from ragvsft.runs.reading import open_run
from ragvsft.verdict.verdict import Verdict
from shown import block, words
from tables import show_table


def show_fairness(verdict: Verdict) -> None:
    """What all arms must share, and whether they do."""
    if not verdict.fairness:
        st.warning("Fairness was not checked yet, so there is no verdict.")
        return
    rows: list[Row] = [
        {
            "check": text(one.name),
            "holds": Cell(":green-badge[holds]" if one.ok else ":red-badge[broken]", {"": one.ok}),
            "what was looked at": text(one.detail),
        }
        for one in verdict.fairness
    ]
    show_table("Fairness", rows, "A broken check blocks the verdict.", alt="Fairness, one row a check")


def show_search(verdict: Verdict) -> None:
    """What each arm tried on dev, and what it chose."""
    if not verdict.choices and not verdict.tries:
        st.info("Nothing was searched: every arm's settings stand as its experiment file has them.")
        return
    choices: list[Row] = [
        {
            "arm": text(arm.name),
            "settings": text(_settings(choice.settings)),
            "why": text(choice.why),
            "tries": number(sum(one.arm == arm.name for one in verdict.tries)),
        }
        for arm in verdict.arms
        if (choice := verdict.choices.get(arm.name)) is not None
    ]
    show_table("Settings chosen on dev", choices, "Frozen from the first wave on.")
    tries: list[Row] = [
        {
            "arm": text(one.arm),
            "try": number(one.number),
            "settings": text(_settings(one.settings)),
            "dev score": share(one.score),
            "questions": number(one.n_questions),
        }
        for one in verdict.tries
    ]
    show_table("All tries", tries, "Dev scores in percent, without interval.", alt="Tries, one row a try")


def show_stages(verdict: Verdict) -> None:
    """What the stages consumed."""
    rows: list[Row] = [
        {
            "stage": text(one.stage.value),
            "of": text(one.arm or one.resource or "all"),
            "wave": text(str(one.wave) if one.wave else None),
            "wall s": number(one.wall_s, figures.seconds),
            "CPU s": number(one.cpu_s, figures.seconds),
            "GPU s": number(one.gpu_s, figures.seconds),
            "Wh": number(one.energy_kwh, figures.watt_hours),
            "items": number(one.n_items),
            "tokens read": number(one.prompt_tokens),
            "tokens written": number(one.output_tokens),
            "peak MiB": number(one.peak_memory_bytes / 2**20 if one.peak_memory_bytes else None),
            "wasted s": number(one.wasted_s or None, figures.seconds),
        }
        for one in verdict.stages
    ]
    if not rows:
        st.info("No stage was metered yet.")
    show_table("Stages", rows, "Wasted: work that an interruption threw away.", alt="Stages, one row a stage")


def show_progress(verdict: Verdict) -> None:
    """How many questions each arm has answered at each wave; the sidebar follows a run that is going on."""
    with open_run(verdict.folder) as run:
        units = run.units()
    done = Counter((one.arm, one.wave, one.seed) for one in units for _ in range(one.n_questions))
    planned = {wave.wave: wave.n_planned for wave in verdict.waves}
    seeds = {arm: sorted({one.seed for one in units if one.arm == arm}, key=str) for arm in {one.arm for one in units}}
    rows: list[Row] = []
    for arm in verdict.arms:
        for seed in seeds.get(arm.name, [None]):
            row = {"arm": text(arm.name), "seed": number(seed)}
            for wave in verdict.planned_waves or tuple(planned):
                n = done[(arm.name, wave, seed)]
                shown = f"{n:,} of {planned[wave]:,}" if wave in planned else "not begun"
                row[wave.isoformat()] = Cell(shown, {"": n})
            rows.append(row)
    show_table("Questions answered", rows, alt="Questions answered, one row an arm and seed")
    again = sum(one.attempts > 1 for one in units)
    taken = sum(one.taken_from is not None for one in units)
    told = [f"{len(units):,} batches of questions are done"]
    told += [f"{again:,} of them were begun more than once"] if again else []
    told += [f"{taken:,} were taken over from other runs"] if taken else []
    st.caption(f"{'; '.join(told)}.")


def show_manifest(verdict: Verdict) -> None:
    """The configuration as resolved, hashes, versions, machine."""
    manifest, environment, machine = verdict.manifest, verdict.manifest.environment, verdict.manifest.machine
    facts: dict[str, object] = {
        "run": verdict.folder.name,
        "begun": f"{manifest.created_at:%Y-%m-%d %H:%M} UTC",
        "dataset": manifest.dataset.name,
        "dataset's SHA-256": manifest.dataset.content_hash,
        "model": manifest.model.name,
        "revision": manifest.model.revision,
        "weights' SHA-256": manifest.model.weights_sha256,
        "embedder": manifest.embedder,
        "passages from": verdict.store or "no index",
        "threads": environment.threads,
        "device": environment.device,
        "dtype": environment.dtype,
        "CPU": machine.cpu,
        "GPU": machine.gpu,
        "commit": manifest.git_commit,
    }
    facts |= {f"version of {name}": version for name, version in sorted(manifest.versions.items())}
    rows: list[Row] = [
        {"what": text(name), "value": text(str(value))} for name, value in facts.items() if value is not None
    ]
    show_table("Manifest", rows, alt="The manifest, one row a fact")
    st.header("Configuration", anchor=False)
    block(json.dumps(manifest.configuration, indent=2, default=str, ensure_ascii=False))
    st.caption(f"The whole of it is in {words(str(verdict.folder / 'manifest.json'), 300)}.")


def _settings(settings: object) -> str:
    return (
        ", ".join(f"{key} {value}" for key, value in settings.items()) if isinstance(settings, dict) else str(settings)
    )
