"""`report.md`: the answer first, then what it rests on."""

from ragvsft.report import markdown_economics as money
from ragvsft.report import markdown_sections as sections
from ragvsft.report.escaping import code, plain
from ragvsft.report.markdown_calibration import calibration
from ragvsft.report.markdown_freshness import freshness
from ragvsft.report.markdown_wave import metric, of_wave
from ragvsft.verdict.verdict import Verdict


def report_markdown(verdict: Verdict) -> str:
    """The report as Markdown text without a final line break."""
    return "\n\n".join(part for part in parts_of(verdict).values() if part)


def parts_of(verdict: Verdict) -> dict[str, str]:
    """The report's parts by name, in their order; a part with nothing to tell is empty."""
    waves = [part for wave in reversed(verdict.waves) for part in of_wave(verdict, wave)]
    return {
        "answer": _head(verdict),
        "waves": "\n\n".join(part for part in waves if part),
        "choice": money.choice(verdict),
        "differences": sections.differences(verdict),
        "freshness": freshness(verdict),
        "costs": money.economics(verdict),
        "confidence": calibration(verdict),
        "covered": sections.covered(verdict),
        "fairness": sections.fairness(verdict),
        "search": sections.search(verdict),
        "slices": sections.slices(verdict),
        "general": sections.general(verdict),
        "training": sections.training(verdict),
        "stages": sections.stages(verdict),
        "disagreements": sections.disagreements(verdict),
        "again": sections.again(verdict),
    }


def _head(verdict: Verdict) -> str:
    dataset = verdict.manifest.dataset
    asked = [wave for wave in verdict.waves if wave.arms]
    n_broken = sum(not check.ok for check in verdict.fairness)
    fair = f"{len(verdict.fairness) - n_broken} of {len(verdict.fairness)} hold" if verdict.fairness else "not checked"
    lines = [
        f"# {plain(verdict.manifest.name)}",
        "",
        f"**{plain(verdict.decision.sentence)}**",
        "",
        f"Dataset {code(dataset.name)}, {len(asked)} {'wave' if len(asked) == 1 else 'waves'}; "
        f"primary metric {metric(verdict.primary)}; fairness checks: {fair}; "
        f"store: {plain(verdict.store) if verdict.store else 'none, no arm searches'}. "
        "Intervals are 95 %, over facts; percent throughout.",
    ]
    if verdict.notes:
        lines += ["", *(f"- {plain(note)}" for note in verdict.notes)]
    return "\n".join(lines)
