"""`ragvsft schema`: the JSON Schemas of the experiment, index, price and report files."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ragvsft.cli.console import say
from ragvsft.core.errors import RagvsftError

NAMES = ("experiment", "index", "prices", "report")


def schema(
    name: Annotated[str, typer.Argument(metavar="NAME", help="experiment, index, prices or report.")] = "experiment",
    write: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Write all of them into a folder.", show_default=False)
    ] = None,
) -> None:
    """Print the JSON Schema of a file.

    \b
    Examples:
      ragvsft schema                    every key of an experiment file, with its meaning
      ragvsft schema index
      ragvsft schema --write schema

    An editor that knows it completes and checks: # yaml-language-server: $schema=../schema/experiment.schema.json
    """
    if name not in NAMES:
        raise typer.BadParameter(f"there is no schema {name!r}; there are: {', '.join(NAMES)}")
    if write is None:
        typer.echo(schema_text(name), nl=False)
        return
    try:
        write.mkdir(parents=True, exist_ok=True)
        for each in NAMES:
            (write / f"{each}.schema.json").write_text(schema_text(each), encoding="utf-8", newline="\n")
    except OSError as error:
        raise RagvsftError(
            f"{write} cannot be written: {error.strerror}", hint="Name a folder that may be written."
        ) from error
    say(f"Written: {', '.join(f'{each}.schema.json' for each in NAMES)} in {write}")


def schema_text(name: str) -> str:
    """The schema as JSON text, with a final line break."""
    if name == "report":
        from ragvsft.report.json import report_schema

        return json.dumps(report_schema(), indent=2, ensure_ascii=False) + "\n"
    from pydantic import BaseModel

    from ragvsft.config.experiment import Experiment, IndexFile
    from ragvsft.config.prices import PriceSheet

    models: dict[str, type[BaseModel]] = {"experiment": Experiment, "index": IndexFile, "prices": PriceSheet}
    model = models[name]
    tree = {"$schema": "https://json-schema.org/draft/2020-12/schema", **_without_titles(model.model_json_schema())}
    return json.dumps(tree, indent=2, ensure_ascii=False) + "\n"


def _without_titles(node: Any) -> Any:  # noqa: ANN401
    """The schema without the titles that pydantic makes of the keys' names: they tell an editor's user nothing."""
    if isinstance(node, dict):
        return {key: _without_titles(value) for key, value in node.items() if key != "title"}
    return [_without_titles(value) for value in node] if isinstance(node, list) else node
