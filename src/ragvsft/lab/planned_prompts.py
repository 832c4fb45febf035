"""How long an experiment's prompts will be, before any is asked: estimated in tokens from characters and settings."""

from collections.abc import Sequence
from statistics import mean

from ragvsft.core.values import Style, WaveQuestion
from ragvsft.lab.arms.arm import Arm
from ragvsft.lab.experiment import ExperimentPlan
from ragvsft.lab.prompts import Messages, PromptBuilder, default_instruction
from ragvsft.lab.workbench import choose_examples

CHARACTERS_PER_TOKEN = 3.8
"""Of English text with names and codes, in the bundled models' vocabularies."""
PASSAGE_FILL = 0.85
"""Tokens of a passage, as a share of the most that it may have; passages end where sentences do."""


class PromptSizes:
    """The mean lengths of prompts, in tokens; estimated."""

    def __init__(self, plan: ExperimentPlan) -> None:
        self._plan = plan
        self._lab = plan.experiment.lab
        self._examples = choose_examples(plan.dataset, plan.split, plan.waves[0], plan.experiment.split.seed)
        self._builders: dict[Style, PromptBuilder] = {}

    def of_arm(self, arm: Arm, asked: Sequence[WaveQuestion]) -> float:
        """Tokens of an arm's prompt, with as many passages as it shows."""
        n_passages = arm.k if arm.searches else int(arm.kind == "oracle")
        return self.plain(arm.style, asked) + self.passages(arm.index, n_passages)

    def plain(self, style: Style, questions: Sequence[WaveQuestion]) -> float:
        """Tokens of a prompt without passages, on average."""
        builder = self._builder(style)
        return mean(len(builder.build(q.question).text) for q in questions) / CHARACTERS_PER_TOKEN if questions else 0.0

    def shared(self, style: Style) -> float:
        """Tokens of the beginning that all prompts of a style share."""
        return len(self._builder(style).build("\0").text.partition("\0")[0]) / CHARACTERS_PER_TOKEN

    def passages(self, index: str | None, n: int) -> float:
        """Tokens of so many passages of an index; none without an index."""
        if index is None or not n:
            return 0.0
        return n * (PASSAGE_FILL * self._plan.loaded.indexes[index].chunking.max_tokens + 4)

    def _builder(self, style: Style) -> PromptBuilder:
        if style not in self._builders:
            dataset = self._plan.dataset
            default = default_instruction(dataset.task, dataset.labels, dataset.abstain[0])
            self._builders[style] = PromptBuilder(
                style=style,
                instruction=self._lab.instruction or default,
                examples=self._examples,
                render_chat=_render_chat,
                end_of_turn="<end>\n",
            )
        return self._builders[style]


def _render_chat(messages: Messages) -> str:
    """About as long as a model's own template makes it."""
    return "".join(f"<{role}>\n{content}<>\n" for role, content in messages) + "<assistant>\n"
