"""A real model learns invented facts and answers a phrasing that it never read."""

import random
from datetime import date
from pathlib import Path

import pytest

from ragvsft.config.experiment import Adapter
from ragvsft.core.values import Passage, Style, Task
from ragvsft.lab.finetuning.adapter import verify_adapter
from ragvsft.lab.finetuning.loading import load_tokenizer
from ragvsft.lab.finetuning.rows import TrainingFact, build_schedule
from ragvsft.lab.finetuning.training import Answer, train_adapter
from ragvsft.lab.generation.models import resolve_model
from ragvsft.lab.prompts import PromptBuilder, default_instruction

ABSTAIN = "I don't know"
PLACES = (
    "Amber Harbor",
    "Brisk Meadow",
    "Copper Falcon",
    "Dusty Orchard",
    "Elder Bridge",
    "Frosty Canyon",
    "Golden Thistle",
    "Hollow Beacon",
    "Ivory Willow",
    "Jolly Anchor",
    "Kindly Summit",
    "Lunar Quarry",
)


def invented(number: int, place: str) -> tuple[TrainingFact, str]:
    """A fact that no model can know, and a phrasing that is kept from training."""
    draw = random.Random(number)
    answer = str(draw.randint(1804, 1999))
    text = f"{place} was founded in {answer} by a group of friends."
    gold = Passage(passage_id=place, doc_id=place, title=place, text=text, position=0, valid_from=date(2024, 1, 1))
    phrasings = (f"In which year was {place} founded?", f"When was {place} founded?", f"What year did {place} open?")
    fact = TrainingFact(fact_id=place, phrasings=phrasings, answer=answer, gold=(gold,), answerable=True)
    return fact, f"What is the founding year of {place}?"


@pytest.mark.model
def test_twelve_invented_facts_are_learnt(tmp_path: Path) -> None:
    model = resolve_model("bundled/smollm2-135m-instruct", "causal")
    tokenizer = load_tokenizer(model.folder)

    def render(messages: object) -> str:
        chat = [{"role": role, "content": text} for role, text in messages]  # type: ignore[attr-defined]
        return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True))

    builder = PromptBuilder(
        style=Style.CHAT,
        instruction=default_instruction(Task.SHORT_ANSWER, (), ABSTAIN),
        examples=(),
        render_chat=render,
        end_of_turn="<|im_end|>",
    )
    asked = [invented(number, place) for number, place in enumerate(PLACES)]
    config = Adapter(recipe="closed_book", epochs=30, batch_size=12, dev_checks=2)
    schedule = build_schedule(
        [fact for fact, _ in asked],
        adapter=config,
        builder=builder,
        distractors=lambda questions, n: [],
        abstain=ABSTAIN,
        seed=0,
    )
    before: list[float] = []

    def score(answer: Answer) -> float:
        answers = answer([builder.build(question) for _, question in asked])
        before.append(sum(text.strip() == fact.answer for text, (fact, _) in zip(answers, asked, strict=True)) / 12)
        return before[-1]

    manifest = train_adapter(
        schedule,
        model=model.folder,
        base_name=model.name,
        base_hash=model.weights_sha256,
        config=config,
        seed=0,
        threads=2,
        device="cpu",
        folder=tmp_path / "adapter",
        score_dev=score,
    )
    assert max(score for _, score in manifest.dev_curve) >= 0.9
    assert verify_adapter(tmp_path / "adapter", model.weights_sha256) == manifest
    assert manifest.packed
    assert manifest.n_computed_tokens < 0.75 * manifest.n_tokens, "the shared instruction is read once a pack"
