"""Deals what an importer took in to train, dev and test: seeded, and blind to the order of the rows.

What belongs together (an article, a fact, a document) goes to one split whole, so that no test question's neighbour
was trained on; of a fact with several phrasings each split gets some of its phrasings instead.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Question, Split
from ragvsft.data.importing.options import ImportOptions, Shares
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.read import question_key

Quota = Sequence[tuple[Split, float]]
LARGEST_SHARE = 0.5
"""Where more of the questions than this hang together by their documents, only facts are kept together."""

_PREFERRED = (Split.TEST, Split.DEV, Split.TRAIN)


def deal(titles: Sequence[str], shares: Shares, seed: int) -> dict[str, Split]:
    """Deal articles by a seeded hash in the given shares, whatever order they come in.

    With at least three articles every split with a share gets one; one alone goes to test, two to test and train.
    """
    return _deal(titles, shares.items(), seed, "article")


def settle(
    questions: Sequence[Question], splits: Sequence[Split | None], options: ImportOptions, left_out: LeftOut
) -> tuple[Question, ...]:
    """Questions with their splits: the source's own (None: it says none), completed, or dealt where it has no two.

    A text that is in two splits stays where it is a test question, else where it is a dev question.
    """
    own = {split for split in splits if split is not None}
    if len(own) >= 2:
        splits = _completed(questions, splits, own, options, left_out)
    else:
        if own:
            left_out.note(f"every question of the source is in {min(own)}: they were dealt anew")
        splits, together = deal_questions(questions, options.shares.items(), options.seed)
        if not together:
            left_out.note(
                "most questions hang together by their documents: questions about one document may be in two splits"
            )
    kept = _in_one_split(questions, splits, left_out)
    missing = [split for split in Split if not any(question.split is split for question in kept)]
    if missing:
        left_out.note(f"no question is in {' or '.join(missing)}")
    return tuple(kept)


def _completed(
    questions: Sequence[Question],
    splits: Sequence[Split | None],
    own: set[Split],
    options: ImportOptions,
    left_out: LeftOut,
) -> list[Split | None]:
    """The source's own splits; what it lacks is made from its others without touching its test questions."""
    found = list(splits)
    if Split.TEST not in own:
        found = [Split.TEST if split is Split.DEV else split for split in found]
        left_out.note("the source has no test questions: its dev questions are the test questions here")
    shares = dict(options.shares.items())
    if Split.DEV not in found and shares[Split.DEV] > 0 and shares[Split.TRAIN] > 0:
        train = [n for n, split in enumerate(found) if split is Split.TRAIN]
        quota = [(split, shares[split]) for split in (Split.TRAIN, Split.DEV)]
        given, _ = deal_questions([questions[n] for n in train], quota, options.seed)
        for n, split in zip(train, given, strict=True):
            found[n] = split
        left_out.note(
            f"the source has no dev questions: {given.count(Split.DEV):,} of its train questions are dev here"
        )
    return found


def _in_one_split(questions: Sequence[Question], splits: Sequence[Split | None], left_out: LeftOut) -> list[Question]:
    best: dict[int, Split] = {}
    for question, split in zip(questions, splits, strict=True):
        if split is not None:
            key = hash(question_key(question.question))
            best[key] = min(best.get(key, split), split, key=_PREFERRED.index)
    kept: list[Question] = []
    for question, split in zip(questions, splits, strict=True):
        if split is None:
            left_out.add("question without a split in a source that has splits", question.question_id)
        elif best[hash(question_key(question.question))] is not split:
            left_out.add("question text that is in another split too", f"{question.question_id} in {split}")
        else:
            kept.append(question if split is question.split else replace(question, split=split))
    return kept


def deal_questions(questions: Sequence[Question], shares: Quota, seed: int) -> tuple[list[Split], bool]:
    """The split of each question, and whether questions about one document were kept together.

    Facts with several phrasings: their phrasings are dealt. All else is dealt in groups that share a fact, a text or
    a gold document; where most of it would be one group, in groups that share a fact or a text.
    """
    dealt: list[Split | None] = [None] * len(questions)
    phrasings: dict[str, set[int]] = {}
    for question in questions:
        phrasings.setdefault(question.fact_id, set()).add(hash(question_key(question.question)))
    several = {fact_id for fact_id, keys in phrasings.items() if len(keys) > 1}
    by_fact: dict[str, list[int]] = {}
    for n, question in enumerate(questions):
        if question.fact_id in several:
            by_fact.setdefault(question.fact_id, []).append(n)
    for fact_id, members in by_fact.items():
        keys = {n: question_key(questions[n].question) for n in members}
        given = _deal(list(keys.values()), shares, seed, fact_id)
        for n, key in keys.items():
            dealt[n] = given[key]
    alone = [n for n, split in enumerate(dealt) if split is None]
    groups, together = _groups([questions[n] for n in alone])
    splits = _deal(groups, shares, seed, "group")
    for n, group in zip(alone, groups, strict=True):
        dealt[n] = splits[group]
    return [split for split in dealt if split is not None], together


def _deal(titles: Sequence[str], shares: Quota, seed: int, kind: str) -> dict[str, Split]:
    ordered = sorted(set(titles), key=lambda title: text_hash(kind, str(seed), title))
    # Rarest need first: a test article is needed for any measurement, a train article for any adapter.
    given = dict(shares)
    total = sum(given.values())
    needed = [split for split in (Split.TEST, Split.TRAIN, Split.DEV) if given.get(split, 0) > 0]
    quota = {split: 1 if split in needed[: len(ordered)] else 0 for split in Split}
    wanted = {split: share / total * len(ordered) for split, share in shares}
    for _ in range(len(ordered) - sum(quota.values())):
        furthest = max(needed, key=lambda split: (wanted[split] - quota[split], split))
        quota[furthest] += 1
    dealt = [split for split in Split for _ in range(quota[split])]
    return dict(zip(ordered, dealt, strict=True))


def _groups(questions: Sequence[Question]) -> tuple[list[str], bool]:
    """The name of each question's group, and whether shared documents make one."""
    groups = _joined(questions, by_document=True)
    if groups and Counter(groups).most_common(1)[0][1] > LARGEST_SHARE * len(groups):
        apart = _joined(questions, by_document=False)
        if len(set(apart)) > len(set(groups)):
            return apart, False
    return groups, True


def _joined(questions: Sequence[Question], *, by_document: bool) -> list[str]:
    """Groups by union: a group's name is its first fact in alphabetical order."""
    parent = list(range(len(questions)))

    def root(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    first: dict[int, int] = {}
    for n, question in enumerate(questions):
        ties = [("fact", question.fact_id), ("text", question_key(question.question))]
        if by_document:
            ties.extend(("document", doc_id) for doc_id in question.gold_doc_ids)
        for tie in ties:
            # The hash stands for the tie: a million questions have several million of them.
            parent[root(n)] = root(first.setdefault(hash(tie), n))
    names: dict[int, str] = {}
    for n, question in enumerate(questions):
        found = root(n)
        names[found] = min(names.get(found, question.fact_id), question.fact_id)
    return [names[root(n)] for n in range(len(questions))]
