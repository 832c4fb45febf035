"""Decision: the verdict in words, what it rests on, and what it would be under other weights, workload and prices."""

import streamlit as st

from assumptions import decided, priced_by, used_for, weighed_by
from cells import Row, number, share, text, usd
from choosing import chosen
from drawn import show_chart
from ragvsft.config.experiment import Verdict as Settings
from ragvsft.report import figures
from ragvsft.report.charts_decision import about_pareto, pareto_chart, probability_chart
from ragvsft.verdict.choosing_words import breach
from ragvsft.verdict.decision import Decision, Weighed
from ragvsft.verdict.inputs import settings_of
from ragvsft.verdict.verdict import Verdict, WaveVerdict
from ragvsft.verdict.what_if import Anew
from shown import words
from tables import show_table

DECIDED = ("leads", "only_one_arm", "choose", "combine")


def main() -> None:
    """The page."""
    verdict = chosen().verdict
    st.title("Which arm should you choose?", anchor=False)
    tell(verdict.decision)
    last = verdict.last_asked
    if last is None:
        st.markdown(waiting(verdict))
        return
    st.caption(_rests_on(verdict, last))
    _decide(verdict, last)
    _believe(verdict)


@st.fragment
def _decide(verdict: Verdict, wave: WaveVerdict) -> None:
    """Drawn alone when something is set here, so that a slider answers at once."""
    shown, controls = st.columns([7, 3], gap="large")
    with controls:
        settings = _settings(verdict)
    with shown:
        anew = decided(verdict, settings)
        if settings != settings_of(verdict.manifest):
            _tell_anew(anew)
        _show(verdict, wave, anew or Anew(decision=verdict.decision, economics=verdict.economics))


def tell(decision: Decision) -> None:
    """The sentence, in the colour of what it is."""
    box = st.success if decision.verdict in DECIDED else st.error if decision.verdict == "blocked" else st.info
    box(words(decision.sentence, 3_000))


def waiting(verdict: Verdict) -> str:
    """Why there is nothing to show yet."""
    if not any(wave.arms for wave in verdict.waves):
        return "Nothing was answered yet. This page fills while the run goes on."
    return "No question was answered by every arm yet. This page fills while the run goes on."


def _rests_on(verdict: Verdict, wave: WaveVerdict) -> str:
    n_waves = sum(1 for one in verdict.waves if one.arms)
    n_broken = sum(not check.ok for check in verdict.fairness)
    fair = f"{len(verdict.fairness) - n_broken} of {len(verdict.fairness)} fairness checks hold"
    return (
        f"{wave.n_questions:,} of {wave.n_planned:,} questions on {wave.n_facts:,} facts at {wave.wave}, "
        f"{n_waves} {'wave' if n_waves == 1 else 'waves'}; {fair if verdict.fairness else 'fairness was not checked'}."
    )


def _settings(verdict: Verdict) -> Settings:
    with st.container(border=True):
        st.subheader("What matters to you", anchor=False)
        settings = weighed_by(settings_of(verdict.manifest))
        st.subheader("What it is used for", anchor=False)
        settings = used_for(settings)
        with st.expander("Prices, USD"):
            settings = priced_by(settings, verdict)
    return settings


def _tell_anew(anew: Anew | None) -> None:
    if anew is None:
        st.warning("Other weights cannot help here: the verdict above is not about weights.")
        return
    st.subheader("With what you set", anchor=False)
    tell(anew.decision)


def _show(verdict: Verdict, wave: WaveVerdict, anew: Anew) -> None:
    chart = pareto_chart(verdict, wave, anew.economics)
    if chart is not None:
        title, told = about_pareto(verdict, wave, anew.economics)
        show_chart(title, chart, words(told))
    weighed = anew.decision.weighed
    if weighed is None:
        st.caption(
            f"Accuracy alone decided, by {figures.words(verdict.primary)}. Move a slider to weigh freshness, cost or "
            "latency as well, and to see how often each arm is best."
        )
        return
    show_chart(
        "How often each arm is best",
        probability_chart(weighed),
        "Bars: facts, seeds, batches and requests drawn anew, at these weights. Ticks: the weights drawn as well. "
        "An arm that does not keep the constraints is never best.",
    )
    _objectives(anew.decision, weighed)


def _objectives(decision: Decision, found: Weighed) -> None:
    out = {one.arm for one in decision.broken}
    names = [name for name in found.weights if any(name in values for values in found.values.values())]
    names += [name for values in found.values.values() for name in values if name not in names]
    forms = {"cost": ("USD a month", usd), "latency": ("p95 s", lambda value: number(value, figures.seconds))}
    rows: list[Row] = []
    for arm, values in found.values.items():
        row = {"arm": text(arm)}
        for name in dict.fromkeys(names):
            title, form = forms.get(name, (name, share))
            row[title] = form(values.get(name)) if name in values else text(None)
        row["keeps the limits"] = text("no" if arm in out else "yes")
        row["on the front"] = text("yes" if arm in found.front else "no")
        row["utility"] = number(found.utilities.get(arm), lambda value: f"{value:.3f}")
        row["best, %"] = share(found.probability_at_weights[arm])
        rows.append(row)
    told = "; ".join(breach(one) for one in decision.broken)
    weights = ", ".join(f"{name} {weight:.2f}" for name, weight in found.weights.items())
    absent = "; ".join(f"{name} ({why})" for name, why in found.absent.items())
    show_table(
        "The objectives",
        rows,
        f"Weights as applied: {words(weights)}. Accuracy and freshness in percent."
        + (f" Out by the limits: {words(told, 2_000)}." if told else "")
        + (f" Not weighed: {words(absent, 2_000)}." if absent else ""),
    )
    minds = [
        f"- **{words(one.arm)}** would be ahead if {one.objective} weighed "
        f"{'under' if one.at <= one.weight else 'over'} {one.at:.2f} (now {one.weight:.2f})."
        for one in found.reversals
    ]
    minds += [f"- **{words(arm)}** would be ahead without the limits." for arm in found.barred]
    if minds:
        st.header("What would change the choice", anchor=False)
        st.markdown("\n".join(minds))


def _believe(verdict: Verdict) -> None:
    if verdict.notes:
        st.header("Before you believe it", anchor=False)
        st.markdown("\n".join(f"- {words(note, 2_000)}" for note in verdict.notes))
    with st.expander("Fairness checks", expanded=not verdict.fair):
        for check in verdict.fairness:
            mark = ":green-badge[holds]" if check.ok else ":red-badge[broken]"
            st.markdown(f"{mark} **{words(check.name)}**: {words(check.detail)}")
        if not verdict.fairness:
            st.markdown("Fairness was not checked.")


main()
