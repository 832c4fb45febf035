"""Lines of TREC files, as trec_eval and ir_measures read them: judgements (qrels) and rankings (runs)."""

import re
from collections.abc import Iterator, Sequence

_UNFIT = re.compile(r"[\s%]")


def trec_id(identifier: str) -> str:
    """An id as a TREC file can hold it: white space and % percent-encoded, everything else as it is.

    Columns are parted by white space, so that it may not stand in an id; the encoding can be undone
    (`urllib.parse.unquote`).
    """
    return _UNFIT.sub(lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), identifier)


def qrels_lines(question_id: str, relevant: Sequence[str]) -> Iterator[str]:
    """The judgements of a question: every id given is relevant, grade 1."""
    for identifier in relevant:
        yield f"{trec_id(question_id)} 0 {trec_id(identifier)} 1\n"


def run_lines(question_id: str, ranked: Sequence[str], tag: str) -> Iterator[str]:
    """The ranking of a question, the best first; an id that comes again is left out.

    The score is 1 / rank: readers sort by it and not by the rank, and would break ties of similarities each in its way.
    """
    for rank, identifier in enumerate(dict.fromkeys(ranked), start=1):
        yield f"{trec_id(question_id)} Q0 {trec_id(identifier)} {rank} {1 / rank:.6f} {trec_id(tag)}\n"
