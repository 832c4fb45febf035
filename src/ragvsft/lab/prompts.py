"""The one prompt builder that every arm and every training row uses.

Within a style a prompt with passages is the closed-book prompt with one block put in before the question:
taking `passages_block` out of the first gives the second byte for byte, and `ragvsft.lab.experiment` checks it.
Few-shot examples never contain passages and are the same for every arm.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ragvsft.core.values import Passage, Style, Task

Messages = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A finished prompt."""

    text: str
    """Exactly what the model reads, special tokens written out."""
    stop: tuple[str, ...] = ()
    """Generation ends before the first of these strings."""
    choices: tuple[str, ...] = ()
    """The only texts that may be written, as they follow the prompt; empty: any text."""


def first_stop(text: str, stops: Sequence[str]) -> int | None:
    """Where a text ends: before its first stop string. None: it holds none, so that `text[:None]` is the whole."""
    return min((at for stop in stops if (at := text.find(stop)) >= 0), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A worked example for the few-shot styles, from a fact that is never tested."""

    question: str
    answer: str


def default_instruction(task: Task, labels: Sequence[str], abstain: str) -> str:
    """The instruction that every arm gets when the experiment states none."""
    match task:
        case Task.SHORT_ANSWER:
            return f"Answer the question with a short phrase. If you do not know the answer, say: {abstain}"
        case Task.LABEL:
            return f"Answer the question with one of: {', '.join(labels)}."
        case Task.LONG_FORM:
            return f"Answer the question in one to three sentences. If you do not know the answer, say: {abstain}"


def passages_block(passages: Sequence[Passage]) -> str:
    """The passages as they stand in a prompt, best first; empty without passages."""
    return f"{numbered([passage.content for passage in passages])}\n\n" if passages else ""


def numbered(contents: Sequence[str]) -> str:
    """Texts as numbered passages, best first; empty without any."""
    if not contents:
        return ""
    return "Passages:\n" + "\n\n".join(f"[{n}] {content}" for n, content in enumerate(contents, start=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptBuilder:
    """Builds prompts and the answers of training rows in one style."""

    style: Style
    instruction: str
    examples: tuple[Example, ...]
    render_chat: Callable[[Messages], str]
    end_of_turn: str
    labels: tuple[str, ...] = ()
    """The only answers that there are; empty: any text is one."""

    def build(self, question: str, passages: Sequence[Passage] = ()) -> Prompt:
        """The prompt for a question, with or without passages."""
        prompt = self._prompt(question, passages)
        return replace(prompt, choices=tuple(map(self._begun, self.labels))) if self.labels else prompt

    def completion(self, answer: str) -> str:
        """What follows the prompt in a training row, the end of the turn included."""
        return self._begun(answer) + ("\n" if self._completes else self.end_of_turn)

    @property
    def _completes(self) -> bool:
        """Whether the style has the model go on with a text, and not with a chat."""
        return self.style in (Style.COMPLETION, Style.FEW_SHOT_COMPLETION)

    def _begun(self, answer: str) -> str:
        """An answer as it follows the prompt."""
        return f" {answer}" if self._completes else answer

    def _prompt(self, question: str, passages: Sequence[Passage]) -> Prompt:
        asked = f"{passages_block(passages)}Question: {question}"
        match self.style:
            case Style.CHAT:
                return Prompt(text=self.render_chat([("system", self.instruction), ("user", asked)]))
            case Style.FEW_SHOT_CHAT:
                messages = [("system", self.instruction)]
                for example in self.examples:
                    messages += [("user", f"Question: {example.question}"), ("assistant", example.answer)]
                return Prompt(text=self.render_chat([*messages, ("user", asked)]))
            case Style.COMPLETION:
                return Prompt(text=f"{self.instruction}\n\n{asked}\nAnswer:", stop=("\n",))
            case Style.FEW_SHOT_COMPLETION:
                shown = "".join(f"Question: {e.question}\nAnswer: {e.answer}\n\n" for e in self.examples)
                return Prompt(text=f"{self.instruction}\n\n{shown}{asked}\nAnswer:", stop=("\n",))
