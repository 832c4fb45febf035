"""Reading a label out of an answer, and the scores of a whole set of labels."""

from collections.abc import Sequence

from ragvsft.metrics.normalise import answer_spans, normalise, outermost


def label_of(answer: str, labels: Sequence[str]) -> str | None:
    """The label that an answer gives: the one it equals after normalising, else the only one that it names.

    A label that is named only inside a longer one ("entailment" in "not entailment") is not named. None: no label,
    or several.
    """
    said = normalise(answer)
    for label in labels:
        if normalise(label) == said:
            return label
    spans = outermost([(span, label) for label in labels for span in answer_spans(answer, label)])
    named = {label for _, label in spans}
    return named.pop() if len(named) == 1 else None


def label_counts(
    predicted: Sequence[str | None],
    accepted: Sequence[Sequence[str]],
    labels: Sequence[str],
    failed: Sequence[bool] | None = None,
) -> list[list[tuple[int, int, int]]]:
    """True positives, false positives and false negatives of each question for each label.

    A prediction that is one of several accepted labels is right; else the first accepted one was missed, as it is
    where the answer names no label (None). A failure also counts as a false positive of every other label, for it may
    not come out better than any answer would.
    """
    rows = []
    known = [normalise(label) for label in labels]
    broken = failed if failed is not None else [False] * len(predicted)
    for guess, right, is_failure in zip(predicted, accepted, broken, strict=True):
        names = [normalise(one) for one in right]
        said = None if guess is None or is_failure else normalise(guess)
        gold = said if said in names else names[0]
        rows.append(
            [
                (int(said == one == gold), int((said == one or is_failure) and one != gold), int(gold == one != said))
                for one in known
            ]
        )
    return rows


def macro_f1(
    predicted: Sequence[str | None],
    accepted: Sequence[Sequence[str]],
    labels: Sequence[str],
    failed: Sequence[bool] | None = None,
) -> float | None:
    """The unweighted mean of the labels' F1, over labels that were right or predicted somewhere; see `label_counts`.

    Every question must have an accepted label; unanswerable ones are scored by abstention and stay out of this.

    Returns:
        A fraction 0-1; None without questions.
    """
    rows = label_counts(predicted, accepted, labels, failed)
    f1s = []
    for at in range(len(labels)):
        right, extra, missed = (sum(row[at][part] for row in rows) for part in range(3))
        if right + extra + missed:
            f1s.append(2 * right / (2 * right + extra + missed))
    return sum(f1s) / len(f1s) if f1s else None
