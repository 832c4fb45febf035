"""From files to the types of `experiment.py`: overrides, paths, and errors that name file and line."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ragvsft.config.experiment import Experiment, IndexFile
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
        indexes[name] = _load_named(path.parent / use.file, f"{path}, {place}: lab.indexes.{name}.file")
    return LoadedExperiment(experiment=experiment, path=path.resolve(), indexes=indexes)


def load_index(path: Path) -> IndexFile:
    """Read an index definition file.

    Raises:
        UsageError: as `load_experiment`.
    """
    tree, places = read_tree(path)
    return _validate(IndexFile, tree, places, path)


def _load_named(path: Path, named_by: str) -> IndexFile:
    path = Path(os.path.normpath(path))
    if "\0" in str(path) or not path.exists():
        try:
            read_tree(path)
        except UsageError as error:
            raise UsageError(f"{named_by}: {error.message}", hint=error.hint) from None
    return load_index(path)


def _validate(model: type[Model], tree: Tree, places: Places, path: Path) -> Model:
    # As JSON and strict: a list is a tuple and a text a date, but no text is a number and no truth value is 1.
    try:
        return model.model_validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        found = list(dict.fromkeys(problem(detail, model, places) for detail in error.errors(include_url=False)))
    hint = "`ragvsft schema` prints every key with its meaning."
    if model is IndexFile:
        hint = "`ragvsft schema index` prints every key with its meaning."
    if len(found) == 1:
        raise UsageError(found[0] if found[0].startswith("--set") else f"{path}, {found[0]}", hint=hint)
    rest = len(found) - MAX_PROBLEMS
    listed = [*found[:MAX_PROBLEMS], *([f"and {rest} more"] if rest > 0 else [])]
    raise UsageError("\n  ".join([f"{path} has {len(found)} problems:", *listed]), hint=hint)
