"""`ragvsft schema`: the JSON Schemas of the experiment, index and report files."""

import json
from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.console import say
from ragvsft.core.errors import UsageError

NAMES = ("experiment", "index", "report")


def schema(
    name: Annotated[str, typer.Argument(help="experiment, index or report.")] = "experiment",
    write: Annotated[Path | None, typer.Option(help="Write all of them into this folder.", show_default=False)] = None,
) -> None:
    """Print a schema; an editor that knows it completes and checks the file."""
    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for each in NAMES:
            (write / f"{each}.schema.json").write_text(schema_text(each), encoding="utf-8")
        say(f"Written: {', '.join(f'{each}.schema.json' for each in NAMES)} in {write}")
    elif name in NAMES:
        typer.echo(schema_text(name), nl=False)
    else:
        raise UsageError(f"there is no schema {name!r}", hint=f"There are: {', '.join(NAMES)}")


def schema_text(name: str) -> str:
    """The schema as JSON text, with a final line break."""
    if name == "report":
        from ragvsft.report.json import report_schema

        return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
    from ragvsft.config.experiment import Experiment, IndexFile

    model = Experiment if name == "experiment" else IndexFile
    tree = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"
