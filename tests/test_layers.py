"""Imports point down only, heavy libraries are loaded late, and `--help` is quick: the house, held up by tests."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "ragvsft"
DASHBOARDS = Path(__file__).parents[1] / "dashboards"

ALLOWED = {
    "core": set(),
    "config": {"core"},
    "metrics": {"core"},
    "data": {"core", "config", "metrics"},
    "runs": {"core", "config", "metrics"},
    "lab.prompts": {"core", "config"},
    "lab.energy": set(),
    "lab.meter": {"core", "lab.energy"},
    "lab.number_format": set(),
    "lab.choices": set(),
    "lab.generation": {"core", "config", "metrics", "data", "runs", "lab.prompts", "lab.number_format", "lab.choices"},
    "lab.retrieval": {"core", "config", "metrics", "data", "runs"},
    "lab.finetuning": {"core", "config", "metrics", "data", "runs", "lab.prompts", "lab.number_format", "lab.choices"},
    "lab.arms": {"core", "config", "lab.prompts"},
    "lab": {"core", "config", "metrics", "data", "runs", "lab.prompts", "lab.meter", "lab.number_format",
            "lab.choices", "lab.generation", "lab.retrieval", "lab.finetuning", "lab.arms"},
    "verdict": {"core", "config", "metrics", "data", "runs"},
    "report": {"core", "config", "metrics", "data", "runs", "verdict"},
}  # fmt: skip
HEAVY = {
    "torch",
    "transformers",
    "peft",
    "trl",
    "sentence_transformers",
    "weaviate",
    "evaluate",
    "streamlit",
    "datasets",
}


def layer_of(module: str) -> str:
    """`ragvsft.lab.generation.models` is in layer `lab.generation`; `ragvsft.lab.asking` in `lab`."""
    parts = module.split(".")[1:]
    if parts and parts[0] == "lab" and len(parts) > 1 and f"lab.{parts[1]}" in ALLOWED:
        return f"lab.{parts[1]}"
    return parts[0] if parts else ""


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, at its head or inside its functions."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_down(path: Path) -> None:
    module = ".".join(["ragvsft", *path.relative_to(SOURCE).with_suffix("").parts]).removesuffix(".__init__")
    layer = layer_of(module)
    if layer in ("", "cli", "__main__"):
        return
    mine = {name for name in imports_of(path) if name.split(".")[0] == "ragvsft"}
    wrong = {name for name in mine if layer_of(name) not in ALLOWED[layer] | {layer, ""}}
    assert not wrong, f"{module} ({layer}) must not import {sorted(wrong)}"


def loaded_by(statement: str) -> set[str]:
    """The heavy libraries in `sys.modules` after a statement in a fresh interpreter."""
    code = f"{statement}\nimport sys, json\nprint(json.dumps(sorted(sys.modules)))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    return HEAVY & set(json.loads(out.splitlines()[-1]))


@pytest.mark.parametrize(
    "statement",
    [
        "import ragvsft.verdict.judging, ragvsft.report.markdown, ragvsft.report.json",
        "import ragvsft.cli",
        "import ragvsft.config.loading",
        "import ragvsft.runs.reading, ragvsft.data.read",
    ],
)
def test_the_light_half_loads_nothing_heavy(statement: str) -> None:
    assert loaded_by(statement) == set()


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nsys.argv = ['ragvsft', '--help']\nfrom ragvsft.cli import main\n"
        "try:\n    main()\nexcept SystemExit as stop:\n    assert not stop.code, stop.code"
    )
    assert loaded_by(code) == set()


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda p: str(p.relative_to(SOURCE)))
def test_every_file_says_its_purpose(path: Path) -> None:
    purpose = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert purpose
    assert len(purpose.splitlines()[0]) > 15
