"""Asking a finished run live: what its arms say to a question that the run did not have.

The prompt builder, the decoding, the retriever and the arms are those of the run, so that a question of the run gets
the prompt that the run recorded. Nothing is written into the run folder, trained or embedded anew.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path

from ragvsft.config.experiment import Arm as ArmConfig
from ragvsft.core.errors import DataError, UsageError
from ragvsft.core.live import Answered, Ask, Begun, Event, Found, LiveArm, Waiting, Writing
from ragvsft.core.values import Hit, Reading, Stage, Style
from ragvsft.lab.arms.arm import Arm, build_arm, with_settings
from ragvsft.lab.finetuning.adapter import verify_adapter
from ragvsft.lab.frozen_run import FrozenRun
from ragvsft.lab.generation.base import Generator
from ragvsft.lab.generation.openai_engine import OpenAIGenerator
from ragvsft.lab.meter import Meter
from ragvsft.lab.prompts import Prompt, PromptBuilder
from ragvsft.lab.retrieval.base import Index
from ragvsft.lab.retrieving import search_depth
from ragvsft.lab.workbench import prompt_builder

Tell = Callable[[Event], None]


class Answering:
    """A run that can be asked; one question at a time."""

    def __init__(self, run: FrozenRun, generator: Generator, model_hash: str, indexes: Mapping[str, Index]) -> None:
        self.run = run
        self._generator = generator
        self._model_hash = model_hash
        self._indexes = indexes
        self._builders: dict[Style, PromptBuilder] = {}
        self._warm: set[Path | None] = set()

    def ask(self, ask: Ask, tell: Tell) -> None:
        """Let arm after arm answer a question, and tell of each; an arm that cannot is told with the reason.

        Args:
            ask: the question and what is to be otherwise than in the run.
            tell: told what happens as it happens; what it raises ends the work.

        Raises:
            UsageError: the question is empty, or a setting is none of this run's.
            ServiceError: the store or the model does not answer.
        """
        check_question(ask.question)
        found = asked_arms(self.run, ask)
        at = ask.at or self.run.last_wave
        arms = [build_arm(name, _changed(config, ask), self.run.lab.adapters) for name, config in found]
        tell(Begun(arms=tuple(map(live_arm, arms)), at=at))
        for arm in arms:
            try:
                tell(self._answer(arm, at, ask, tell))
            except (DataError, UsageError) as error:
                tell(Answered(arm=live_arm(arm), failure=error.message, hint=error.hint))

    def _answer(self, arm: Arm, at: date, ask: Ask, tell: Tell) -> Answered:
        question = ask.question
        trained = self.run.adapter_at(arm.adapter, at, ask.seed) if arm.adapter else None
        hits, readings = self._search(arm, at, question)
        if arm.searches:
            tell(Found(arm=arm.name, hits=hits))
        passages = arm.passages(hits, ())
        prompt = self._builder(arm.style).build(question, passages)
        self._fits(prompt, question, searches=arm.searches)
        folder = trained.folder if trained else None
        self._warm_up(folder, arm.adapter, tell)
        with Meter(Stage.GENERATE, arm=arm.name) as meter:
            (generation,) = self._generator.generate(
                [prompt],
                max_new_tokens=self.run.lab.base.max_new_tokens,
                adapter=folder,
                told=lambda _, text: tell(Writing(arm=arm.name, text=text)),
            )
            meter.add(n_items=1, prompt_tokens=generation.prompt_tokens, output_tokens=generation.output_tokens)
        return Answered(
            arm=live_arm(arm),
            answer=generation.answer,
            failure=generation.failure,
            hint=None if generation.failure is None else "shorten the question, or show fewer passages (k)",
            hits=hits,
            adapter_from=trained.wave if trained else None,
            seed=trained.seed if trained else None,
            prompt=prompt.text,
            prompt_tokens=generation.prompt_tokens,
            output_tokens=generation.output_tokens,
            stop_reason=generation.stop_reason,
            readings=(*readings, meter.reading),
        )

    def _search(self, arm: Arm, at: date, question: str) -> tuple[tuple[Hit, ...], list[Reading]]:
        """What an arm shows its model, from the index as it stands at a date."""
        if arm.index is None or arm.alpha is None:
            return (), []
        index = self._indexes[arm.index]
        if index.served != at:
            holds = f"serves {index.served}, not {at}" if index.served else "is not in this store"
            raise DataError(
                f"the index {arm.index} {holds}",
                hint=f"`ragvsft index sync EXPERIMENT --at {at}`, with the experiment file of {self.run.manifest.name},"
                " makes it serve that date; --store names another store",
            )
        with Meter(Stage.RETRIEVE, arm=arm.name) as meter:
            depth = max(search_depth(self.run.lab), arm.k)
            found = index.search([question], depth=depth, alpha=arm.alpha)[0]
            meter.add(n_items=1)
        return tuple(found[: arm.k]), [meter.reading]

    def _fits(self, prompt: Prompt, question: str, *, searches: bool) -> None:
        """See that the model can read the whole prompt, before it begins.

        Raises:
            UsageError: it cannot.
        """
        context, kept = self._generator.context_tokens, self.run.lab.base.max_new_tokens
        if context is None:
            return
        n_prompt, n_question = self._generator.count_tokens([prompt.text, question])
        over = n_prompt + 1 + kept - context  # one more for a model that begins every text with a token of its own
        if over <= 0:
            return
        short = int(len(question) * (n_question - over) / n_question) // 100 * 100 if n_question > over else 0
        ways = [f"shorten the question of {len(question):,} characters to about {short:,}"] if short else []
        ways += ["show fewer passages (k)"] if searches or not ways else []
        raise UsageError(
            f"the prompt has {n_prompt:,} tokens, and {self.run.manifest.model.name} holds {context:,} in all, "
            f"{kept:,} of them for the answer",
            hint=" or ".join(ways),
        )

    def _warm_up(self, folder: Path | None, name: str | None, tell: Tell) -> None:
        """Have the first answer of the model, and of each adapter, take no longer than the others."""
        if folder in self._warm:
            return
        if folder is not None:
            tell(Waiting(what="adapter", name=name or ""))
            verify_adapter(folder, self._model_hash)
        if not isinstance(self._generator, OpenAIGenerator):
            self._generator.generate([Prompt(text="?")], max_new_tokens=1, adapter=folder)
        self._warm.add(folder)

    def _builder(self, style: Style) -> PromptBuilder:
        if style not in self._builders:
            self._builders[style] = prompt_builder(
                style,
                self._generator,
                instruction=self.run.instruction,
                examples=self.run.examples,
                labels=self.run.labels,
            )
        return self._builders[style]


def check_question(question: str) -> None:
    """See that there is a question.

    Raises:
        UsageError: there is none.
    """
    if not question.strip():
        raise UsageError("the question is empty", hint='write one: ragvsft ask RUN "Who leads the depot in Gent?"')


def live_arm(arm: Arm) -> LiveArm:
    """An arm as whoever looks at its answer is told of it."""
    return LiveArm(
        name=arm.name,
        kind=arm.kind,
        style=arm.style.value,
        adapter=arm.adapter,
        index=arm.index,
        k=arm.k if arm.searches else None,
        alpha=arm.alpha,
    )


def asked_arms(run: FrozenRun, ask: Ask) -> list[tuple[str, ArmConfig]]:
    """The arms that are asked, as the run froze them and in the order of the experiment file.

    Raises:
        UsageError: an arm cannot be asked, or a setting is none of the run's or of these arms'.
        DataError: no arm of the run can be asked anything.
    """
    for name in ask.arms:
        if name in run.not_asked:
            raise UsageError(f"the arm {name} cannot be asked: {run.not_asked[name]}")
        if name not in run.arms:
            raise UsageError(f"the run has no arm {name!r}", hint=f"it has: {_listed(run.arms)}")
    if not run.arms:
        raise DataError(f"no arm of the run in {run.folder} can be asked anything new")
    adapters, seeds = run.lab.adapters, run.lab.training_seeds
    if ask.adapter is not None and ask.adapter not in adapters:
        raise UsageError(f"the run has no adapter {ask.adapter!r}", hint=f"its adapters: {_listed(adapters)}")
    if ask.seed is not None and ask.seed not in seeds:
        raise UsageError(
            f"the run has no training seed {ask.seed}", hint=f"its training seeds: {_listed(map(str, seeds))}"
        )
    if ask.k is not None and not 1 <= ask.k <= 50:
        raise UsageError(f"k is {ask.k}, and must be from 1 to 50")
    if ask.alpha is not None and not 0 <= ask.alpha <= 1:
        raise UsageError(f"alpha is {ask.alpha:g}, and must be from 0 (words alone) to 1 (meaning alone)")
    found = {name: config for name, config in run.arms.items() if not ask.arms or name in ask.arms}
    for setting, wanted, has in (
        ("adapter", ask.adapter, "adapter"),
        ("training seed", ask.seed, "adapter"),
        ("k", ask.k, "k"),
        ("alpha", ask.alpha, "alpha"),
    ):
        if wanted is not None and not any(hasattr(config, has) for config in found.values()):
            raise UsageError(f"none of the arms {_listed(found)} has a {setting} to change")
    return list(found.items())


def _changed(config: ArmConfig, ask: Ask) -> ArmConfig:
    """An arm's configuration with what a question wants otherwise, as far as the arm has it."""
    wanted = {"adapter": ask.adapter, "k": ask.k, "alpha": ask.alpha}
    return with_settings(
        config, {name: value for name, value in wanted.items() if value is not None and hasattr(config, name)}
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "none"
