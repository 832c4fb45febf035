"""PubMedQA JSON: questions answered yes, no or maybe. An abstract without its conclusion is a document.

`test_ground_truth.json` beside `ori_pqal.json` names the official test questions; dev comes out of the rest. The
abstract's title is the question itself, so documents have none.
"""

from collections.abc import Mapping
from pathlib import Path

from ragvsft.core.errors import DataError
from ragvsft.core.values import Dataset, Split, Task
from ragvsft.data.importing.columns import word
from ragvsft.data.importing.files import part
from ragvsft.data.importing.intake import Intake
from ragvsft.data.importing.options import ImportOptions
from ragvsft.data.importing.report import LeftOut
from ragvsft.data.jsonfiles import read_json

LABELS = ("yes", "no", "maybe")
_ROWS, _TEST = "ori_pqal.json", "test_ground_truth.json"
_HINT = 'PubMedQA JSON is {PMID: {"QUESTION": …, "CONTEXTS": […], "LABELS": […], "final_decision": "yes"}}'


def looks_like_pubmedqa(source: Path, peek: object) -> bool:
    """Whether a folder has the file of PubMedQA, or a JSON value its outline."""
    if source.is_dir():
        return (source / _ROWS).exists()
    first = next(iter(peek.values()), None) if isinstance(peek, dict) else None
    return isinstance(first, dict) and {"QUESTION", "CONTEXTS"} <= set(first)


def pubmedqa_dataset(source: Path, name: str, options: ImportOptions, left_out: LeftOut) -> Dataset:
    """PubMedQA as a dataset of the task `label`; with the task `long_form` the abstract's conclusion is the answer.

    Raises:
        DataError: a file is missing or is not PubMedQA; the message names the place.
    """
    folder = source if source.is_dir() else source.parent
    path = part(folder, _ROWS) if source.is_dir() else source
    if path is None:
        raise DataError(f"{source} has no {_ROWS}", hint="name the file, or the folder that holds it")
    value = read_json(path)
    if not looks_like_pubmedqa(path, value) or not isinstance(value, Mapping):
        raise DataError(f"{path.name} is not PubMedQA JSON", hint=_HINT)
    test = _test_labels(folder, left_out)
    intake = Intake(path.name, options, left_out)
    task = options.task or Task.LABEL
    for pmid, row in value.items():
        where = f"{path.name}, {pmid!r}"
        if not isinstance(row, Mapping):
            raise DataError(f"{where}: an object with fields is expected here", hint=_HINT)
        label = word(row.get("final_decision")).lower()
        if pmid in test and test[pmid] != label:
            left_out.add("test question whose two files have different labels", where)
            continue
        if label not in LABELS:
            left_out.add("question without the label yes, no or maybe", where)
            continue
        doc_id = intake.document(
            where, _text(row, where), doc_id=pmid, source=f"PMID {pmid}", metadata={"year": word(row.get("YEAR"))}
        )
        if doc_id is None:
            continue
        intake.question(
            where,
            pmid,
            word(row.get("QUESTION")),
            [word(row.get("LONG_ANSWER")) if task is Task.LONG_FORM else label],
            split=None if not test else Split.TEST if pmid in test else Split.TRAIN,
            gold_doc_ids=[doc_id],
            slice={"label": label},
        )
    for pmid in sorted(set(test) - set(value)):
        left_out.add(f"test question that {path.name} does not hold", pmid)
    return intake.dataset(name, what="PubMedQA: a document is an abstract", task=task, labels=LABELS, hint=_HINT)


def _test_labels(folder: Path, left_out: LeftOut) -> Mapping[str, str]:
    path = part(folder, _TEST)
    if path is None:
        left_out.note(f"there is no {_TEST} beside it: the questions were dealt anew, not by the official split")
        return {}
    value = read_json(path)
    if not isinstance(value, Mapping):
        raise DataError(f"{_TEST} is not an object of labels", hint='it is {PMID: "yes"}')
    return {pmid: word(label).lower() for pmid, label in value.items()}


def _text(row: Mapping[str, object], where: str) -> str:
    """The abstract's sections, each after its label."""
    contexts, labels = row.get("CONTEXTS"), row.get("LABELS")
    if not isinstance(contexts, list) or not all(isinstance(context, str) for context in contexts):
        raise DataError(f"{where}: 'CONTEXTS' must be a list of texts", hint=_HINT)
    if not isinstance(labels, list) or len(labels) != len(contexts):
        labels = [""] * len(contexts)
    return "\n\n".join(
        f"{word(label)}: {text}" if word(label) else text for label, text in zip(labels, contexts, strict=True)
    )
