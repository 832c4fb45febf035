"""The shipped experiment and index files load, fit the committed schemas, and tell editors which schema is theirs."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from ragvsft.cli.schema import NAMES, schema_text
from ragvsft.config.loading import load_experiment, load_index

ROOT = Path(__file__).parents[2]
EXPERIMENTS = sorted((ROOT / "experiments").glob("*.yaml"))
INDEXES = sorted((ROOT / "indexes").glob("*.yaml"))
MODELINE = re.compile(r"^# yaml-language-server: \$schema=(\S+)$", re.MULTILINE)


def schema(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "schema" / f"{name}.schema.json").read_text(encoding="utf-8"))


def as_json(path: Path) -> dict[str, Any]:
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")), default=str))


@pytest.mark.parametrize("name", NAMES)
def test_committed_schemas_are_in_step_with_the_code(name: str) -> None:
    committed = (ROOT / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(name), "`make schema` writes them anew"
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.name)
def test_shipped_experiments_load_and_fit_the_schema(path: Path) -> None:
    assert load_experiment(path).experiment.lab.arms
    jsonschema.validate(as_json(path), schema("experiment"))
    assert f"ragvsft run experiments/{'mine' if path.stem == 'starter' else path.stem}.yaml" in path.read_text("utf-8")


@pytest.mark.parametrize("path", INDEXES, ids=lambda path: path.name)
def test_shipped_indexes_load_and_fit_the_schema(path: Path) -> None:
    assert load_index(path).chunking.max_tokens
    jsonschema.validate(as_json(path), schema("index"))


@pytest.mark.parametrize("path", [*EXPERIMENTS, *INDEXES], ids=lambda path: path.name)
def test_shipped_files_name_their_schema(path: Path) -> None:
    (named,) = MODELINE.findall(path.read_text(encoding="utf-8"))
    kind = "experiment" if path in EXPERIMENTS else "index"
    assert (path.parent / named).resolve() == ROOT / "schema" / f"{kind}.schema.json"


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    good = as_json(ROOT / "experiments" / "demo.yaml")
    validator = jsonschema.Draft202012Validator(schema("experiment"))
    assert validator.is_valid(good)
    for change in ({"nmae": "x"}, {"split": {"seed": "seven"}}, {"lab": {**good["lab"], "arms": {"a": {"kind": "b"}}}}):
        assert not validator.is_valid({**good, **change}), change
