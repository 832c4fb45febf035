"""From files to the types of `experiment.py`: YAML 1.2, overrides, paths, and errors that name file and line."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq, TaggedScalar
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ragvsft.config.experiment import Experiment, IndexFile, Strict
from ragvsft.core.errors import UsageError

MAX_FILE_BYTES = 1_000_000
MAX_NODES = 100_000

Model = TypeVar("Model", bound=BaseModel)
KeyPath = tuple[str | int, ...]


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
    tree, lines = _read_yaml(path)
    for override in overrides:
        _apply(tree, override)
    experiment = _validate(Experiment, tree, lines, path)
    indexes = {name: load_index(path.parent / use.file) for name, use in experiment.lab.indexes.items()}
    return LoadedExperiment(experiment=experiment, path=path.resolve(), indexes=indexes)


def load_index(path: Path) -> IndexFile:
    """Read an index definition file.

    Raises:
        UsageError: as `load_experiment`.
    """
    tree, lines = _read_yaml(path)
    return _validate(IndexFile, tree, lines, path)


def _read_yaml(path: Path) -> tuple[dict[str, Any], dict[KeyPath, int]]:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"{path} is larger than {MAX_FILE_BYTES:,} bytes", hint="Is it a settings file?")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = difflib.get_close_matches(path.name, [p.name for p in _siblings(path)], n=1)
        hint = f"Did you mean {path.parent / near[0]}?" if near else "`ragvsft init` writes one to start from."
        raise UsageError(f"there is no file {path}", hint=hint) from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start})", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    try:
        loaded = YAML(typ="rt", pure=True).load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UsageError(f"{path}, line {line}: {error.problem}", hint="Mend the YAML there.") from None
    except (YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} is no valid YAML: {error}") from None
    if not isinstance(loaded, CommentedMap):
        raise UsageError(f"{path} holds no settings", hint="It must be a mapping of key: value.")
    lines: dict[KeyPath, int] = {}
    tree = _plain(loaded, (), lines, path, iter(range(MAX_NODES)))
    return tree, lines


def _siblings(path: Path) -> list[Path]:
    return sorted(path.parent.iterdir()) if path.parent.is_dir() else []


def _plain(node: Any, at: KeyPath, lines: dict[KeyPath, int], path: Path, budget: Iterator[int]) -> Any:  # noqa: ANN401
    """The node without ruamel's types; notes the line of every key; refuses tags and alias bombs."""
    if next(budget, None) is None:
        raise UsageError(f"{path} has more than {MAX_NODES:,} nodes", hint="Are there nested aliases?")
    match node:
        case CommentedMap():
            plain: dict[Any, Any] = {}
            for key, value in node.items():
                lines[(*at, str(key))] = node.lc.key(key)[0] + 1 if key in (node.lc.data or {}) else 1
                plain[str(key)] = _plain(value, (*at, str(key)), lines, path, budget)
            return plain
        case CommentedSeq():
            for position in range(len(node)):
                lines[(*at, position)] = node.lc.item(position)[0] + 1
            return [_plain(value, (*at, i), lines, path, budget) for i, value in enumerate(node)]
        case TaggedScalar():
            raise UsageError(f"{path}, line {_line(lines, at)}: the tag {node.tag.value} is not allowed here")
        case bool() | None:
            return node
        case int():
            return int(node)
        case float():
            return float(node)
        case str():
            return str(node)
    return node


def _apply(tree: dict[str, Any], override: str) -> None:
    key, sign, raw = override.partition("=")
    if not sign or not key.strip():
        raise UsageError(f"--set {override!r} is not key=value", hint="Write --set lab.search.tries=4")
    try:
        value = YAML(typ="safe", pure=True).load(raw)
    except YAMLError:
        raise UsageError(f"--set {override!r}: the value is no valid YAML") from None
    node = tree
    *parents, last = key.strip().split(".")
    for parent in parents:
        child = node.setdefault(parent, {})
        if not isinstance(child, dict):
            raise UsageError(f"--set {override!r}: {parent} holds a value and no keys")
        node = child
    node[last] = value


def _validate(model: type[Model], tree: dict[str, Any], lines: dict[KeyPath, int], path: Path) -> Model:
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        problems = [_problem(detail, lines) for detail in error.errors(include_url=False)]
        raise UsageError(
            f"{path}: " + "; ".join(problems[:5]), hint="`ragvsft schema` prints every key with its meaning."
        ) from None


def _problem(detail: Any, lines: dict[KeyPath, int]) -> str:  # noqa: ANN401
    where = _without_tags(detail["loc"], lines)
    message = str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(detail["loc"][-1]), _known_keys(), n=1)
        message = f"no such key, did you mean {near[0]}?" if near else "no such key"
    elif detail["type"] == "missing":
        message = "this key is missing"
    elif not isinstance(detail["input"], dict | list):
        message += f" (it is {detail['input']!r})"
    key = ".".join(str(part) for part in where)
    return f"line {_line(lines, where)}: {key}: {message}" if key else message


def _without_tags(loc: KeyPath, lines: dict[KeyPath, int]) -> KeyPath:
    """An error's place in the file: pydantic puts the chosen member of a union into it, the file does not."""
    where: KeyPath = ()
    for position, part in enumerate(loc):
        if (*where, part) in lines or position == len(loc) - 1:
            where = (*where, part)
    return where


def _line(lines: dict[KeyPath, int], where: KeyPath) -> int:
    while where and where not in lines:
        where = where[:-1]
    return lines.get(where, 1)


def _known_keys() -> list[str]:
    return sorted({name for model in _models(Strict) for name in model.model_fields})


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)
