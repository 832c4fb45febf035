"""The command line: one command a file; each parses, makes one call and prints."""

import sys


def main() -> None:
    """Entry point of `ragvsft`; the process ends with a documented exit code."""
    from ragvsft.cli.ending import run_cli

    sys.exit(run_cli(sys.argv[1:]))


__all__ = ["main"]
