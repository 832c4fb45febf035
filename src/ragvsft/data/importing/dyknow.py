"""DyKnow: holders of offices and clubs of athletes with the dates of Wikidata, as answer histories.

A fact's question is its test question; its sentences to complete (`grc_generated.json`) are train and dev questions.
The passages of Wikipedia (`passages.json`) know only the present, so the one snapshot is the present.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import zip_longest
from pathlib import Path
from urllib.parse import unquote

from ragvsft.core.errors import DataError
from ragvsft.core.values import AnswerInterval, Dataset, Split
from ragvsft.data.importing.columns import word
from ragvsft.data.importing.files import part
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.jsonfiles import read_json

_QUESTIONS, _SENTENCES, _PASSAGES = "qa_generated.json", "grc_generated.json", "passages.json"
_DEEPEST = 4
_DATE = re.compile(r"\+(\d{4})-(\d\d)-(\d\d)")
_HINT = f"DyKnow is a folder of {_QUESTIONS}, {_PASSAGES} and, for train questions, {_SENTENCES}"

Place = tuple[str, ...]
Holder = tuple[str, date, date | None]
"""Who, from when, and until before when."""


def looks_like_dyknow(source: Path, peek: object) -> bool:
    """Whether a folder has the files of DyKnow."""
    return source.is_dir() and (source / _QUESTIONS).exists() and (source / _PASSAGES).exists()


def dyknow_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """DyKnow as a dataset; its snapshot is the options' or else the last date that it names.

    Raises:
        DataError: a file is missing or not of this format; the message names the place.
    """
    facts = dict(_facts(_needed(source, _QUESTIONS), _QUESTIONS, "questions"))
    sentences_file = part(source, _SENTENCES)
    sentences = dict(_facts(sentences_file, _SENTENCES, "questions")) if sentences_file else {}
    holders = {path: _holders(fact, path, left_out) for path, fact in facts.items()}
    now = options.snapshot if not options.is_snapshot_default else _last_day(holders)
    intake = Intake(source.resolve().name, options, left_out)
    gold, aliases = _take_passages(_needed(source, _PASSAGES), now, intake)
    n_alone = 0
    for path, fact in facts.items():
        where, fact_id = f"{_QUESTIONS}, {' / '.join(path)}", "/".join(path)
        history = _with_aliases(history_of(holders[path]), aliases.get(path, ()))
        current = next((interval.answers for interval in history if interval.contains(now)), ())
        if not current:
            left_out.add(f"fact that nobody holds on {now}", where)
            continue
        phrasings = list(_phrasings(fact, sentences.get(path)))
        n_alone += len(phrasings) == 1
        for number, (split, text) in enumerate(phrasings):
            intake.question(
                where,
                f"{fact_id}#{number}",
                text,
                current,
                fact_id=fact_id,
                split=split if sentences else None,
                gold_doc_ids=gold.get(path, ()),
                answer_history=history,
                slice={"group": path[0]},
            )
    left_out.note(f"the passages know only the present: one snapshot, {now}; earlier holders are stale answers")
    if not sentences:
        left_out.note(f"there is no {_SENTENCES}: each fact has one question")
    elif n_alone:
        left_out.note(f"{n_alone} facts have no sentence in {_SENTENCES} and so a test question alone")
    n_without = sum(path not in gold for path in facts)
    if n_without:
        left_out.note(f"{n_without} facts have no passage and so no gold document")
    return intake.dataset(name, what="DyKnow: a document is a paragraph", snapshots=(now,), hint=_HINT)


def history_of(holders: list[Holder]) -> tuple[AnswerInterval, ...]:
    """Intervals that do not overlap: at each time everyone who holds the office then; a vacancy is a gap."""
    bounds = sorted({day for _, start, end in holders for day in (start, end) if day is not None})
    found: list[AnswerInterval] = []
    for start, end in zip_longest(bounds, bounds[1:]):
        # The latest comes first: it is what an adapter is trained to answer.
        latest = sorted(holders, key=lambda holder: holder[1], reverse=True)
        at = [who for who, begins, ends in latest if begins <= start and (ends is None or ends > start)]
        answers = tuple(dict.fromkeys(at))
        if not answers:
            continue
        if found and found[-1].valid_to == start and set(found[-1].answers) == set(answers):
            found[-1] = AnswerInterval(answers=found[-1].answers, valid_from=found[-1].valid_from, valid_to=end)
        else:
            found.append(AnswerInterval(answers=answers, valid_from=start, valid_to=end))
    return tuple(found)


def _holders(fact: Mapping[str, object], path: Place, left_out: LeftOut) -> list[Holder]:
    where = f"{_QUESTIONS}, {' / '.join(path)}"
    answers = fact.get("answers")
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise DataError(f"{where}: 'answers' must be a list of texts", hint=_HINT)
    found: list[Holder] = []
    for answer in answers:
        who, *marks = re.split(r"\s*\|(?=[SEP]:)", answer.strip())
        days = {mark[0]: mark[2:].strip() for mark in marks}
        start = _day(days["S"], last=False) if "S" in days else None
        end = _day(days["E"], last=True) if "E" in days else None
        if start is None or ("E" in days and end is None):
            left_out.add("holder since an unknown date", f"{where}: {answer}")
        elif end is not None and end <= start:
            left_out.add("holder whose end is not after the beginning", f"{where}: {answer}")
        elif who:
            found.append((who, start, end))
    return found


def _day(text: str, *, last: bool) -> date | None:
    """The day of a Wikidata time; of an unknown month or day the first, or `last`: the day after the last possible."""
    found = _DATE.match(text)
    if found is None:
        return None
    year, month, day = map(int, found.groups())
    try:
        first = date(year, month or 1, day or 1)
        if not last or day:
            return first
        return date(year + 1, 1, 1) if not month else (date(year, month, 28) + timedelta(days=4)).replace(day=1)
    except ValueError:
        return None


def _last_day(holders: Mapping[Place, list[Holder]]) -> date:
    """The last date on which someone began: the data were taken then or a little later."""
    days = [start for each in holders.values() for _, start, _ in each]
    if not days:
        raise DataError(f"{_QUESTIONS} has no dated holder", hint=_HINT)
    return max(days)


def _phrasings(fact: Mapping[str, object], sentences: Mapping[str, object] | None) -> Iterator[tuple[Split, str]]:
    """The question for test, the last sentence for dev, the others for train."""
    questions = fact.get("questions")
    yield Split.TEST, word(questions[0]) if isinstance(questions, list) and questions else ""
    given = sentences.get("questions") if sentences else None
    texts = [word(text) for text in given.values()] if isinstance(given, Mapping) else []
    for text in dict.fromkeys(texts):
        yield (Split.DEV if text == texts[-1] else Split.TRAIN), text


def _with_aliases(history: tuple[AnswerInterval, ...], aliases: Iterable[str]) -> tuple[AnswerInterval, ...]:
    """The history with each alias beside the holder whose name it is a part of."""
    if not aliases:
        return history
    return tuple(
        replace(
            interval,
            answers=tuple(
                dict.fromkeys(
                    each
                    for who in interval.answers
                    for each in (who, *(alias for alias in aliases if _is_short_for(alias, who)))
                )
            ),
        )
        for interval in history
    )


def _is_short_for(alias: str, name: str) -> bool:
    return f" {alias} " in f" {name} "


def _take_passages(
    path: Path, now: date, intake: Intake
) -> tuple[dict[Place, list[str]], dict[Place, dict[str, None]]]:
    """Take in the paragraphs that name a fact's answer; returns by fact their ids, and shorter names found in them."""
    gold: dict[Place, list[str]] = {}
    aliases: dict[Place, dict[str, None]] = {}
    numbers: dict[str, int] = {}
    known: dict[tuple[str, str], str] = {}
    for fact, row in _facts(path, _PASSAGES, "matches"):
        where = f"{_PASSAGES}, {' / '.join(fact)}"
        url, matches = word(row.get("page_url")), row.get("matches")
        page = unquote(url.rpartition("/")[2]) or "/".join(fact)
        kinds = matches.items() if isinstance(matches, Mapping) else ()
        found = [(kind, each) for kind, given in kinds if isinstance(given, list) for each in given]
        for kind, match in found:
            paragraph = match.get("paragraph") if isinstance(match, Mapping) else None
            if not isinstance(paragraph, Mapping) or not isinstance(paragraph.get("text"), str):
                raise DataError(f"{where}: a match has no paragraph with a text", hint=_HINT)
            short = word(match.get("matched"))
            # Of the last word of a name, "City" say, many matches are chance.
            if " " in short or (short and kind == "simplified"):
                aliases.setdefault(fact, {})[short] = None
            text = str(paragraph["text"])
            if (page, text) not in known:
                numbers[page] = numbers.get(page, 0) + 1
                section = word(paragraph.get("header_name"))
                title = page.replace("_", " ")
                doc_id = intake.document(
                    where,
                    text,
                    doc_id=f"{page}#{numbers[page]}",
                    title=title if section in ("", title) else f"{title}: {section}",
                    valid_from=now,
                    source=url,
                )
                if doc_id is None:
                    continue
                known[page, text] = doc_id
            gold.setdefault(fact, []).append(known[page, text])
    return gold, aliases


def _needed(source: Path, name: str) -> Path:
    path = part(source, name) if source.is_dir() else None
    if path is None:
        raise DataError(f"{source} has no {name}", hint=_HINT)
    return path


def _facts(path: Path, name: str, key: str) -> Iterator[tuple[Place, Mapping[str, object]]]:
    """The facts of a file with their place: group, name and, for some, office."""
    yield from _inside(read_json(path), (), name, key)


def _inside(value: object, path: Place, name: str, key: str) -> Iterator[tuple[Place, Mapping[str, object]]]:
    if not isinstance(value, Mapping) or len(path) > _DEEPEST:
        raise DataError(f"{name}, {' / '.join(path) or 'top'}: an object is expected here", hint=_HINT)
    if path and key in value:
        yield path, value
        return
    for inner, found in value.items():
        yield from _inside(found, (*path, inner), name, key)
