"""`ragvsft gate`: whether a run is no worse than a baseline run, as an exit code for continuous integration."""

from pathlib import Path
from typing import Annotated

import typer

from ragvsft.cli.compare import AllowOption, ArmOption, MetricOption, WaveOption, read_comparison, write_told
from ragvsft.cli.console import print_json
from ragvsft.cli.options import RUNS, JsonOption, RunArgument, RunsOption

EXIT_CODES = {"no_worse": 0, "worse": 5, "cannot_tell": 6}


def gate(
    run: RunArgument,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="RUN", help="The run that it must keep up with.", show_default=False)
    ],
    margin: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="The loss that is accepted, a fraction: 0.02 is two points.")
    ] = 0.02,
    arm: ArmOption = None,
    metric: MetricOption = None,
    wave: WaveOption = None,
    allow: AllowOption = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit XML to this file.", show_default=False)
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a summary for a pull request to this file.", show_default=False),
    ] = None,
    runs: RunsOption = RUNS,
    json: JsonOption = False,
) -> int:
    """Say whether a run is no worse than a baseline run.

    \b
    Examples:
      ragvsft gate demo --baseline main/runs/demo-0123456789ab
      ragvsft gate demo --baseline main/runs/demo-0123456789ab --arm rag --margin 0.03 --junit gate.xml

    Exit 0: no arm is worse by more than the margin. Exit 5: an arm is significantly worse. Exit 6: it cannot tell.
    Every arm that both runs have is judged, or those that --arm names. No model, no server, nothing is generated.
    """
    from ragvsft.report.comparison_json import gate_data
    from ragvsft.report.comparison_junit import gate_junit
    from ragvsft.report.comparison_markdown import gate_markdown
    from ragvsft.report.comparison_terminal import print_gate
    from ragvsft.report.comparison_words import gate_sentence
    from ragvsft.verdict.gating import gate as judged

    comparison = read_comparison([baseline, run], runs, arms=arm, metric=metric, wave=wave, allow=allow)
    found = judged(comparison, margin)
    code = EXIT_CODES[found.result]
    sentence = gate_sentence(found)
    if junit is not None:
        write_told(junit, gate_junit(found))
    if markdown is not None:
        write_told(markdown, gate_markdown(found, sentence))
    if json:
        print_json(gate_data(found, code))
    else:
        print_gate(found, sentence)
    return code
