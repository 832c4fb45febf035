"""The metrics of one answer, which of them a task uses, and how an outcome is scored with one.

Two rules stand here and nowhere else (`score_answer`): a failure takes the metric's worst value, and where no answer
is accepted (unanswerable, or removed) every metric reads 1 for an abstention and 0 for anything else.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import LCSseq

from ragvsft.core.values import Outcome, Task, WaveQuestion
from ragvsft.metrics.abstention import is_abstention
from ragvsft.metrics.base import AnswerMetric
from ragvsft.metrics.labels import label_of
from ragvsft.metrics.normalise import contains_answer, normalise, split_unspaced

_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")


def score(metric: AnswerMetric, outcome: Outcome, question: WaveQuestion, abstain: Sequence[str]) -> float | None:
    """What an outcome scores, a fraction 0-1; None where the metric is undefined for it."""
    return score_answer(metric, outcome.answer, question.answers, abstain)


def score_answer(
    metric: AnswerMetric, answer: str | None, accepted: Sequence[str], abstain: Sequence[str]
) -> float | None:
    """What an answer scores, a fraction 0-1.

    Args:
        metric: the reading.
        answer: None is a failure: the metric's worst value, whatever was accepted.
        accepted: the right answers; none: abstaining is right.
        abstain: the dataset's phrases for not knowing.
    """
    if answer is None:
        return metric.worst
    if not accepted:
        right = is_abstention(answer, abstain)
        return 1.0 - metric.worst if right else metric.worst
    return metric.compute(answer, accepted)


def mean_score(
    metric: AnswerMetric, answers: Sequence[str | None], questions: Sequence[WaveQuestion], abstain: Sequence[str]
) -> float:
    """The plain mean over questions, for early stopping and the dev search; a failure (None) has the worst value.

    Raises:
        ValueError: the lengths differ, or there is nothing to average.
    """
    pairs = zip(answers, questions, strict=True)
    read = [score_answer(metric, answer, question.answers, abstain) for answer, question in pairs]
    defined = [value for value in read if value is not None]
    if not defined:
        raise ValueError(f"{metric.name}: no answer has a score to average")
    return sum(defined) / len(defined)


def balanced_score(
    metric: AnswerMetric, answers: Sequence[str | None], questions: Sequence[WaveQuestion], abstain: Sequence[str]
) -> float:
    """The mean of `mean_score` over the groups of questions with the same accepted answers: each group counts once.

    Of a label's accuracy this is the balanced accuracy (Brodersen et al. 2010): answering always alike gives 1/labels.

    Raises:
        ValueError: the lengths differ, or there is nothing to average.
    """
    groups: dict[tuple[str, ...], list[tuple[str | None, WaveQuestion]]] = {}
    for answer, question in zip(answers, questions, strict=True):
        groups.setdefault(question.answers, []).append((answer, question))
    if not groups:
        raise ValueError(f"{metric.name}: no answer has a score to average")
    means = [mean_score(metric, [a for a, _ in group], [q for _, q in group], abstain) for group in groups.values()]
    return sum(means) / len(means)


def metrics_for(task: Task, labels: Sequence[str] = ()) -> tuple[AnswerMetric, ...]:
    """A task's metrics, the primary one first.

    Args:
        task: the dataset's.
        labels: the dataset's labels; needed by the label task alone.

    Raises:
        ValueError: the label task without labels.
    """
    match task:
        case Task.SHORT_ANSWER:
            return (EXACT_MATCH, TOKEN_F1, CONTAINS, ROUGE_L)
        case Task.LABEL:
            return (label_accuracy(labels),)
        case Task.LONG_FORM:
            return (ROUGE_L, TOKEN_F1, CONTAINS)


def primary_metric(task: Task, labels: Sequence[str] = ()) -> AnswerMetric:
    """The metric by which a task's arms are compared; see `metrics_for`."""
    return metrics_for(task, labels)[0]


def label_accuracy(labels: Sequence[str]) -> AnswerMetric:
    """Whether the answer's label (see `labels.label_of`) is an accepted one.

    Raises:
        ValueError: no labels.
    """
    if not labels:
        raise ValueError("label_accuracy needs the dataset's labels")
    known = tuple(labels)

    def compute(answer: str, accepted: Sequence[str]) -> float:
        label = label_of(answer, known)
        return float(label is not None and normalise(label) in {normalise(right) for right in accepted})

    return AnswerMetric(name="label_accuracy", higher_is_better=True, compute=compute)


def _exact_match(answer: str, accepted: Sequence[str]) -> float:
    said = normalise(answer)
    return float(any(said == normalise(right) for right in accepted))


def _token_f1(answer: str, accepted: Sequence[str]) -> float:
    said = normalise(answer).split()
    return max(_overlap_f1(said, normalise(right).split()) for right in accepted)


def _overlap_f1(said: Sequence[str], right: Sequence[str]) -> float:
    if not said or not right:
        return float(said == right)
    shared = (Counter(said) & Counter(right)).total()
    # 2PR/(P+R) with P = shared/|said| and R = shared/|right|.
    return 2 * shared / (len(said) + len(right))


def _contains(answer: str, accepted: Sequence[str]) -> float:
    return float(any(contains_answer(answer, right) for right in accepted))


def _rouge_l(answer: str, accepted: Sequence[str]) -> float:
    said = _rouge_tokens(answer)
    return max(_subsequence_f1(said, _rouge_tokens(right)) for right in accepted)


def _subsequence_f1(said: Sequence[str], right: Sequence[str]) -> float:
    if not said or not right:
        return 0.0
    # 2PR/(P+R) with P = shared/|said| and R = shared/|right|.
    return 2 * LCSseq.similarity(said, right) / (len(said) + len(right))


def _rouge_tokens(text: str) -> Sequence[str]:
    """On ASCII text as the package rouge-score does; elsewhere letters, digits and marks of every script."""
    lowered = text.lower()
    if lowered.isascii():
        return _NOT_ALPHANUMERIC.sub(" ", lowered).split()
    kept = "".join(char if unicodedata.category(char)[0] in "LNM" else " " for char in lowered)
    return split_unspaced(kept).split()


EXACT_MATCH = AnswerMetric(name="exact_match", higher_is_better=True, compute=_exact_match)
"""SQuAD v1.1: the normalised answer equals a normalised accepted one."""

TOKEN_F1 = AnswerMetric(name="token_f1", higher_is_better=True, compute=_token_f1)
"""SQuAD: F1 of the bags of normalised tokens, best of the accepted answers; both empty is 1 (script v2.0)."""

CONTAINS = AnswerMetric(name="contains", higher_is_better=True, compute=_contains)
"""An accepted answer stands in the answer as a span of tokens, numbers by value (`normalise.contains_answer`)."""

ROUGE_L = AnswerMetric(name="rouge_l", higher_is_better=True, compute=_rouge_l)
"""ROUGE-L F1 (Lin 2004), the longest common subsequence of tokens, without stemming, best of the accepted answers."""
