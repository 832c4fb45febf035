"""From files to the types of `experiment.py`: overrides, paths, and errors that name file and line."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ragvsft.config.experiment import Experiment, IndexFile
from ragvsft.config.prices import PriceSheet
from ragvsft.config.problems import problem
from ragvsft.config.yaml_tree import Places, Tree, place_of, read_tree, set_key
from ragvsft.core.errors import UsageError

MAX_PROBLEMS = 5

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedExperiment:
    """An experiment file with everything it names in reach."""

    experiment: Experiment
    path: Path
    indexes: Mapping[str, IndexFile]
    """By the experiment's own index name."""

    def beside(self, name: str) -> Path:
        """A path of the file, resolved against the file's own folder."""
        return (self.path.parent / name).resolve()

    def model(self, name: str) -> str:
        """A model's name as the file gives it; a folder beside the file as its whole path."""
        return name if name.startswith("bundled/") or not self.beside(name).is_dir() else str(self.beside(name))


def load_experiment(path: Path, overrides: Sequence[str] = ()) -> LoadedExperiment:
    """Read an experiment file and the index files that it names.

    Args:
        path: the YAML file.
        overrides: `dotted.key=value`; the value is read as YAML.

    Raises:
        UsageError: a file is missing, is no YAML, or holds what the schema does not know; names file and line.
    """
    tree, places = read_tree(path)
    for override in overrides:
        set_key(tree, places, override)
    experiment = _validate(Experiment, tree, places, path)
    indexes: dict[str, IndexFile] = {}
    for name, use in experiment.lab.indexes.items():
        place = place_of(places, ("lab", "indexes", name, "file"))
        indexes[name] = _load_named(IndexFile, path.parent / use.file, f"{path}, {place}: lab.indexes.{name}.file")
    prices = experiment.verdict.prices
    if isinstance(prices, str):
        # A run keeps the prices that it was read with, not the path of one machine.
        place = place_of(places, ("verdict", "prices"))
        sheet = _load_named(PriceSheet, path.parent / prices, f"{path}, {place}: verdict.prices")
        verdict = experiment.verdict.model_copy(update={"prices": sheet})
        experiment = experiment.model_copy(update={"verdict": verdict})
    return LoadedExperiment(experiment=experiment, path=path.resolve(), indexes=indexes)


def load_index(path: Path) -> IndexFile:
    """Read an index definition file.

    Raises:
        UsageError: as `load_experiment`.
    """
    return _load(IndexFile, path)


def load_prices(path: Path) -> PriceSheet:
    """Read a price sheet.

    Raises:
        UsageError: as `load_experiment`.
    """
    return _load(PriceSheet, path)


def _load(model: type[Model], path: Path) -> Model:
    tree, places = read_tree(path)
    return _validate(model, tree, places, path)


def _load_named(model: type[Model], path: Path, named_by: str) -> Model:
    path = Path(os.path.normpath(path))
    if "\0" in str(path) or not path.exists():
        try:
            read_tree(path)
        except UsageError as error:
            raise UsageError(f"{named_by}: {error.message}", hint=error.hint) from None
    return _load(model, path)


def _validate(model: type[Model], tree: Tree, places: Places, path: Path) -> Model:
    # As JSON and strict: a list is a tuple and a text a date, but no text is a number and no truth value is 1.
    try:
        return model.model_validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        found = list(dict.fromkeys(problem(detail, model, places) for detail in error.errors(include_url=False)))
    command = {IndexFile: "ragvsft schema index", PriceSheet: "ragvsft schema prices"}.get(model, "ragvsft schema")
    hint = f"`{command}` prints every key with its meaning."
    if len(found) == 1:
        raise UsageError(found[0] if found[0].startswith("--set") else f"{path}, {found[0]}", hint=hint)
    rest = len(found) - MAX_PROBLEMS
    listed = [*found[:MAX_PROBLEMS], *([f"and {rest} more"] if rest > 0 else [])]
    raise UsageError("\n  ".join([f"{path} has {len(found)} problems:", *listed]), hint=hint)
