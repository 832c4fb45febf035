"""What a label task gives away: the baselines against counts by hand and against guessers that really guess."""

import random
from collections.abc import Callable

import pytest

from ragvsft.core.values import WaveQuestion
from ragvsft.metrics.labels import macro_f1
from ragvsft.verdict.label_baselines import label_baselines

Ask = Callable[..., WaveQuestion]
LABELS = ("yes", "no", "maybe")


def asked(ask: Ask, answers: list[str]) -> list[WaveQuestion]:
    return [ask(f"q{at:04}", answers=(answer,)) for at, answer in enumerate(answers)]


def test_the_most_frequent_label_by_hand(ask: Ask) -> None:
    constant, _ = label_baselines(asked(ask, ["yes"] * 6 + ["no"] * 3 + ["maybe"]), LABELS)
    assert constant.name == "always yes"
    assert constant.accuracy == pytest.approx(0.6)
    assert constant.macro_f1 == pytest.approx((2 * 6 / (2 * 6 + 4)) / 3)


def test_guessing_is_what_guessers_come_to(ask: Ask) -> None:
    answers = ["yes"] * 552 + ["no"] * 338 + ["maybe"] * 110
    _, guessed = label_baselines(asked(ask, answers), LABELS)
    draw = random.Random(3)
    runs = [[draw.choice(LABELS) for _ in answers] for _ in range(60)]
    right = [sum(a == b for a, b in zip(run, answers, strict=True)) / len(answers) for run in runs]
    f1s = [macro_f1(run, [(answer,) for answer in answers], LABELS) or 0.0 for run in runs]
    assert guessed.accuracy == pytest.approx(sum(right) / len(right), abs=0.01)
    assert guessed.macro_f1 == pytest.approx(sum(f1s) / len(f1s), abs=0.01)


def test_several_accepted_labels_and_none(ask: Ask) -> None:
    both = ask("q1", answers=("yes", "no"))
    silent = ask("q2", answers=(), answerable=False)
    constant, guessed = label_baselines([both, silent], LABELS)
    assert (constant.accuracy, guessed.accuracy) == (1.0, pytest.approx(2 / 3))
    assert label_baselines([silent], LABELS) == ()
