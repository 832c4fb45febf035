"""docs/bad-input.md: what it shows in `console` blocks is what the commands say, to the letter."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from calling import Call, run_command

PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
SHOWN_FOLDER = "/home/me/demo"


def first_command(block: str) -> str:
    return next(line for line in block.splitlines() if line.startswith("$ ragvsft")).removeprefix("$ ")


@pytest.mark.parametrize("block", BLOCKS, ids=first_command)
def test_the_page_shows_what_is_said(block: str, call: Call, tmp_path: Path) -> None:
    """Runs a block's commands in one shell, after what `init --demo` makes."""
    assert call("init", tmp_path, "--demo").code == 0
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    lines = ["exec 2>&1", f'ragvsft() {{ {shlex.quote(sys.executable)} -m ragvsft "$@"; }}']
    for command in commands:
        lines += [f"s=$?; printf '%s\\n' {shlex.quote(f'$ {command}')}; (exit $s)", command]
    said = run_command(["bash", "-c", "\n".join(lines)], cwd=tmp_path)
    assert said.out.replace(str(tmp_path.resolve()), SHOWN_FOLDER) == block
