"""Which passages are gold for a question: those of its gold documents that state an answer."""

from collections.abc import Mapping, Sequence

from ragvsft.core.values import Passage, Task, WaveQuestion
from ragvsft.metrics.normalise import contains_answer


def gold_passages(
    question: WaveQuestion,
    passages_by_doc: Mapping[str, Sequence[Passage]],
    *,
    task: Task = Task.SHORT_ANSWER,
) -> tuple[str, ...]:
    """Ids of the gold passages, in the order of the gold documents and of their passages; () if there is none.

    A passage states an answer when the answer stands in its text as a span of tokens, numbers by value. Where no
    text of a document does, its titles count too: they are part of what is searched and read, but a title that names
    the answer would otherwise make every passage gold. Labels and long answers are not quoted by a document, so for
    those tasks every passage of a gold document is gold. Without an answer at the wave nothing is.
    """
    if not question.answers:
        return ()
    found: dict[str, None] = {}
    for doc_id in question.gold_doc_ids:
        passages = passages_by_doc.get(doc_id, ())
        if task is Task.SHORT_ANSWER:
            passages = _stating(passages, question.answers)
        found.update((passage.passage_id, None) for passage in passages)
    return tuple(found)


def _stating(passages: Sequence[Passage], answers: Sequence[str]) -> Sequence[Passage]:
    in_text = [passage for passage in passages if any(contains_answer(passage.text, answer) for answer in answers)]
    if in_text:
        return in_text
    return [passage for passage in passages if any(contains_answer(passage.content, answer) for answer in answers)]
