"""Deals what an importer took in to train, dev and test: seeded, and blind to the order of the rows.

What belongs together (an article, a fact, a document) goes to one split whole, so that no test question's neighbour
was trained on; of a fact with several phrasings each split gets some of its phrasings instead.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ragvsft.core.hashing import text_hash
from ragvsft.core.values import Question, Split
from ragvsft.data.importing.held import HeldRows
from ragvsft.data.importing.options import ImportOptions, Shares
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.importing.ties import SPLITS, UNTOLD, Ties

Quota = Sequence[tuple[Split, float]]
Numbers = NDArray[np.int64]
"""Of questions, as they are counted in the ties and in the file."""
Codes = NDArray[np.int8]
"""Places in `SPLITS`, one a question."""
LARGEST_SHARE = 0.5
"""Where more of the questions than this hang together by their documents, only facts are kept together."""

_TEST, _DEV, _TRAIN = (SPLITS.index(split) for split in (Split.TEST, Split.DEV, Split.TRAIN))


def deal(titles: Sequence[str], shares: Shares, seed: int) -> dict[str, Split]:
    """Deal articles by a seeded hash in the given shares, whatever order they come in.

    With at least three articles every split with a share gets one; one alone goes to test, two to test and train.
    """
    ordered = sorted(set(titles), key=lambda title: text_hash("article", str(seed), title))
    return dict(zip(ordered, _shared_out(len(ordered), shares.items()), strict=True))


def settle(
    questions: HeldRows[Question], ties: Ties, options: ImportOptions, left_out: LeftOut
) -> tuple[Numbers, Codes]:
    """The numbers of the questions that are kept, ascending, and the split of every question.

    Splits are the source's own, completed, or dealt where it has no two. A text that is in two splits stays where it
    is a test question, else where it is a dev question.
    """
    splits = np.array(ties.splits)
    own = sorted(set(splits[splits != UNTOLD].tolist()))
    if len(own) >= 2:
        _complete(splits, ties, options, left_out)
    else:
        if own:
            left_out.note(f"every question of the source is in {SPLITS[own[0]]}: they were dealt anew")
        splits, together = deal_questions(ties, np.arange(len(splits)), options.shares.items(), options.seed)
        if not together:
            left_out.note(
                "most questions hang together by their documents: questions about one document may be in two splits"
            )
    kept = _in_one_split(questions, ties, splits, left_out)
    there = set(splits[kept].tolist())
    missing = [split for split in Split if SPLITS.index(split) not in there]
    if missing:
        left_out.note(f"no question is in {' or '.join(missing)}")
    return kept, splits


def _complete(splits: Codes, ties: Ties, options: ImportOptions, left_out: LeftOut) -> None:
    """Make what the source's own splits lack from its others, without touching its test questions."""
    if _TEST not in splits:
        splits[splits == _DEV] = _TEST
        left_out.note("the source has no test questions: its dev questions are the test questions here")
    shares = dict(options.shares.items())
    if _DEV not in splits and shares[Split.DEV] > 0 and shares[Split.TRAIN] > 0:
        train = np.flatnonzero(splits == _TRAIN)
        quota = [(split, shares[split]) for split in (Split.TRAIN, Split.DEV)]
        splits[train], _ = deal_questions(ties, train, quota, options.seed)
        n_dev = np.count_nonzero(splits == _DEV)
        left_out.note(f"the source has no dev questions: {n_dev:,} of its train questions are dev here")


def _in_one_split(questions: HeldRows[Question], ties: Ties, splits: Codes, left_out: LeftOut) -> Numbers:
    """The questions that have a split, and no text that is in a better one."""
    texts = np.unique(ties.texts, return_inverse=True)[1]
    best = np.full(len(texts), UNTOLD, np.int8)
    np.minimum.at(best, texts, splits)
    is_kept = (splits != UNTOLD) & (best[texts] == splits)
    for n in np.flatnonzero(~is_kept).tolist():
        question_id = questions.get(n).question_id
        if splits[n] == UNTOLD:
            left_out.add("question without a split in a source that has splits", question_id)
        else:
            left_out.add("question text that is in another split too", f"{question_id} in {SPLITS[splits[n]]}")
    return np.flatnonzero(is_kept)


def deal_questions(ties: Ties, numbers: Numbers, shares: Quota, seed: int) -> tuple[Codes, bool]:
    """The splits of some questions, and whether those about one document were kept together.

    Facts with several phrasings: their phrasings are dealt. All else is dealt in groups that share a fact, a text or
    a gold document; where most of it would be one group, in groups that share a fact or a text.
    """
    facts, texts = ties.facts[numbers], ties.texts[numbers]
    order = np.lexsort((texts, facts))
    is_first = np.ones(len(order), bool)
    is_first[1:] = (facts[order[1:]] != facts[order[:-1]]) | (texts[order[1:]] != texts[order[:-1]])
    several = np.bincount(facts[order[is_first]], minlength=len(ties.names))[facts] > 1
    dealt = np.empty(len(numbers), np.int8)
    members = order[several[order]]
    for phrasings in np.split(members, np.flatnonzero(np.diff(facts[members])) + 1):
        dealt[phrasings] = _dealt(ties.orders[numbers[phrasings]].tolist(), shares)
    alone = np.flatnonzero(~several)
    groups, together = _groups(ties, numbers[alone])
    names = _named(ties, numbers[alone], groups)
    given = _dealt([int(text_hash("group", str(seed), name)[:16], 16) for name in names], shares)
    dealt[alone] = np.array(given, np.int8)[groups]
    return dealt, together


def _dealt(hashes: Sequence[int], shares: Quota) -> list[int]:
    """A place in `SPLITS` for each hash: equal for equal ones, and in the order of the hashes."""
    ordered = sorted(set(hashes))
    given = dict(zip(ordered, map(SPLITS.index, _shared_out(len(ordered), shares)), strict=True))
    return [given[each] for each in hashes]


def _shared_out(n: int, shares: Quota) -> list[Split]:
    """So many splits in the given shares, one split after the other."""
    # Rarest need first: a test article is needed for any measurement, a train article for any adapter.
    given = dict(shares)
    total = sum(given.values())
    needed = [split for split in (Split.TEST, Split.TRAIN, Split.DEV) if given.get(split, 0) > 0]
    quota = {split: 1 if split in needed[:n] else 0 for split in Split}
    wanted = {split: share / total * n for split, share in shares}
    for _ in range(n - sum(quota.values())):
        furthest = max(needed, key=lambda split: (wanted[split] - quota[split], split))
        quota[furthest] += 1
    return [split for split in Split for _ in range(quota[split])]


def _groups(ties: Ties, numbers: Numbers) -> tuple[Numbers, bool]:
    """The group of each question, counted from 0, and whether shared documents make one."""
    groups = ties.joined(numbers, by_document=True)
    if len(groups) and np.bincount(groups).max() > LARGEST_SHARE * len(groups):
        apart = ties.joined(numbers, by_document=False)
        if apart.max() > groups.max():
            return apart, False
    return groups, True


def _named(ties: Ties, numbers: Numbers, groups: Numbers) -> list[str]:
    """The name of each group: its first fact in alphabetical order."""
    facts = list(ties.names)
    names: dict[int, str] = {}
    for fact, group in zip(ties.facts[numbers].tolist(), groups.tolist(), strict=True):
        names[group] = min(names.get(group, facts[fact]), facts[fact])
    return [names[group] for group in range(len(names))]
