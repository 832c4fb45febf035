"""`ragvsft weaviate`: install a server, leave one running, stop it, see how it stands."""

import os
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ragvsft.cli.console import print_json, progress_bar, say

app = typer.Typer(
    help="Install, start and stop a Weaviate server of our own.", no_args_is_help=True, rich_markup_mode=None
)
StoreOption = Annotated[Path, typer.Option("--store", help="The folder of the server's files.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on stdout.")]
STORE = Path("indexes/.store")


class Source(StrEnum):
    """Where a server may come from."""

    AUTO = "auto"
    RELEASE = "release"
    MODULE = "module"


@app.command("install")
def install(
    source: Annotated[
        Source,
        typer.Option("--from", help="The official release, a build from the Go module, or the first that works."),
    ] = Source.AUTO,
    json: JsonOption = False,
) -> None:
    """Put the pinned server into the user's cache folder; a build takes 4 to 8 minutes, once."""
    from ragvsft.lab.retrieval.install import install_server

    with progress_bar() as bar:
        installation = install_server(source=source.value, progress=bar)
    if json:
        print_json(asdict(installation))
        return
    for reason in installation.given_up:
        say(f"Gave up on the {reason}")
    say(f"Weaviate {installation.version} ({installation.origin}, {installation.seconds:,.0f} s) is installed:")
    typer.echo(installation.path)


@app.command("up")
def up(store: StoreOption = STORE, json: JsonOption = False) -> None:
    """Leave a server running that several runs can use, until `down`."""
    from ragvsft.lab.retrieval.server import leave_running, server_status
    from ragvsft.lab.retrieval.server_settings import KEY_FILE

    leave_running(store)
    status = asdict(server_status(store)) | {"key_file": str(store / KEY_FILE)}
    if json:
        print_json(status)
        return
    typer.echo(_line(status))
    say(f"Its key is in {store / KEY_FILE}. `ragvsft weaviate down` stops it.")
    if os.environ.get("WEAVIATE_URL"):
        say("WEAVIATE_URL is set, and runs use that server; unset it to use this one.")


@app.command("down")
def down(store: StoreOption = STORE, json: JsonOption = False) -> None:
    """Stop the server that was left running."""
    from ragvsft.lab.retrieval.server import stop_left_running

    pid = stop_left_running(store)
    if json:
        print_json({"stopped": pid is not None, "pid": pid})
    else:
        say(f"Stopped: process {pid}" if pid is not None else f"No server runs for {store}.")


@app.command("status")
def status(store: StoreOption = STORE, json: JsonOption = False) -> None:
    """Tell how the store's own server stands, and which one a run would use."""
    from ragvsft.lab.retrieval.server import ServerAddress, find_server, server_status

    found = find_server(url=None, store_folder=store)
    of_store = asdict(server_status(store))
    used = None
    if found is not None:
        place = found.url if isinstance(found, ServerAddress) else str(found.path)
        used = {"origin": found.origin, "place": place}
    if json:
        print_json({"own": of_store, "used_by_a_run": used})
        return
    typer.echo(_line(of_store))
    if used is None:
        say("A run would use the exact in-process index: no server is installed. → ragvsft weaviate install")
    else:
        say(f"A run would use: {used['place']} ({used['origin']})")


def _line(status: dict[str, Any]) -> str:
    if status["pid"] is None:
        return "stopped"
    kind = "left running" if status["left_running"] else f"stops with process {status['owner_pid']}"
    memory = f"{(status['memory_bytes'] or 0) / 1e6:,.0f} MB"
    version = f"Weaviate {status['version']}" if status["version"] else "Weaviate, not answering"
    return (
        f"{version} at {status['url']}, gRPC port {status['grpc_port']}, process {status['pid']} "
        f"({kind}), {memory}, since {status['started_at']}"
    )
