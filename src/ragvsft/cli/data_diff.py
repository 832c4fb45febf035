"""`ragvsft data diff`: documents and facts that changed between two versions of a dataset."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import print_json, print_line, say
from ragvsft.cli.options import JsonOption, day_of

N_SHOWN = 20


def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A dataset folder.", show_default=False)],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="Its newer version; may be the same folder.")],
    old_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="OLD as it stood then; else at its last snapshot.")
    ] = None,
    new_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="NEW as it stood then; else at its last snapshot.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Say which documents and facts changed between two versions of a dataset.

    \b
    Examples:
      ragvsft data diff data/handbook-june data/handbook-july
      ragvsft data diff data/demo data/demo --old-at 2024-01-01 --new-at 2024-07-01
      ragvsft data diff OLD NEW --json | jq '.affected_questions'

    Compared by document id and fact id. Affected are the questions whose fact is not as it was, and those whose gold
    document is not; the others have no reason to be answered otherwise than before.
    """
    from ragvsft.data.difference import difference
    from ragvsft.data.read import read_dataset

    older = read_dataset(old)
    newer = older if new.resolve() == old.resolve() else read_dataset(new)
    found = difference(older, newer, old_at=day_of("--old-at", old_at), new_at=day_of("--new-at", new_at))
    if json:
        print_json(found.to_json())
        return
    print_line(f"{older.name} at {found.old_at} against {newer.name} at {found.new_at}")
    print_line(
        f"documents: {len(found.documents_changed):,} changed, {len(found.documents_added):,} added, "
        f"{len(found.documents_removed):,} removed, {found.n_documents_unchanged:,} as they were"
    )
    counts = [(kind, sum(one.change == kind for one in found.facts)) for kind in ("changed", "new", "removed")]
    told = ", ".join(f"{n:,} {kind}" for kind, n in counts)
    print_line(f"facts: {told}, {found.n_facts_unchanged:,} as they were")
    print_line(f"questions affected: {len(found.affected_questions):,} of {found.n_questions:,}")
    for one in found.facts[:N_SHOWN]:
        before, now = " | ".join(one.before) or "no answer", " | ".join(one.now) or "no answer"
        print_line(f"  {one.change}: {one.question}  {before} → {now}")
    if len(found.facts) > N_SHOWN:
        print_line(f"  … and {len(found.facts) - N_SHOWN:,} more; --json has all")
    if found.facts or found.documents_changed or found.documents_added or found.documents_removed:
        say("Next: add the new date to lab.waves of the experiment and run it again: only the new wave is done.")
    else:
        say("Nothing changed: there is no reason to run anything again.")
