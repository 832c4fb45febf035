"""A run's searches as TREC files: what each arm retrieved, and which passages state an answer."""

from collections.abc import Iterable
from pathlib import Path

from ragvsft.metrics.trec import qrels_lines, run_lines
from ragvsft.runs.atomic import whole_file
from ragvsft.runs.database import translated
from ragvsft.runs.reading import RunReader


def export_trec(run: RunReader, folder: Path) -> tuple[Path, ...]:
    """Write `run.ARM.WAVE.txt` for each arm that searches, and `qrels.INDEX.WAVE.txt` for each index it searches.

    By passage, whole to the depth of the search, for trec_eval and ir_measures. A question without a gold passage has
    no judgement. Arms that share a search have the same ranking under their own tag.

    Raises:
        RagvsftError: the run cannot be read, or a file cannot be written.
    """
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    done = run.retrieved_waves()
    written: list[Path] = []
    for wave in sorted({day for _, day in done}):
        arms = [arm for arm in run.arms().values() if arm.retrieval_key and (arm.retrieval_key, wave) in done]
        for arm in arms:
            assert arm.retrieval_key is not None
            hits = run.hits(arm.retrieval_key, wave)
            lines = (
                line
                for question_id, found in hits.items()
                for line in run_lines(question_id, [hit.passage.passage_id for hit in found], arm.arm)
            )
            written.append(_write(folder / f"run.{arm.arm}.{wave}.txt", lines))
        for index in sorted({arm.index for arm in arms if arm.index is not None}):
            gold = run.gold_passages(wave, index)
            lines = (line for question_id, ids in gold.items() for line in qrels_lines(question_id, ids))
            written.append(_write(folder / f"qrels.{index}.{wave}.txt", lines))
    return tuple(written)


def _write(path: Path, lines: Iterable[str]) -> Path:
    with (
        translated(path),
        whole_file(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(lines)
    return path
