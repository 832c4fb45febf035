"""The gate's word as JUnit XML: a test case for each arm; worse is a failure, cannot tell an error."""

import re
from xml.etree import ElementTree

from ragvsft.report import comparison_rows as cells
from ragvsft.report import figures
from ragvsft.report.escaping import without_controls
from ragvsft.verdict.gating import Gate

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 has no form for."""


def gate_junit(found: Gate) -> str:
    """JUnit XML text without a final line break, as continuous integration servers read it."""
    results = [check.result for check in found.checks]
    counts = {
        "tests": str(len(results)),
        "failures": str(results.count("worse")),
        "errors": str(results.count("cannot_tell")),
        "skipped": "0",
        "time": "0",
    }
    comparison = found.comparison
    root = ElementTree.Element("testsuites", {"name": "ragvsft gate", **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": _safe(f"gate {comparison.runs[-1]}"), **counts})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (
        ("run", comparison.runs[-1]),
        ("baseline", comparison.baseline),
        ("wave", str(comparison.wave)),
        ("metric", comparison.metric),
        ("margin", str(found.margin)),
        ("n_questions", str(comparison.n_questions)),
        ("n_facts", str(comparison.n_facts)),
    ):
        ElementTree.SubElement(properties, "property", {"name": name, "value": _safe(value)})
    for check in found.checks:
        name = f"{cells.name_of(check.pair, comparison)}: {figures.words(comparison.metric)} is no worse"
        case = ElementTree.SubElement(
            suite,
            "testcase",
            {"classname": _safe(f"ragvsft.gate.{comparison.runs[-1]}"), "name": _safe(name), "time": "0"},
        )
        told = (
            f"{figures.interval(check.pair.before.score)} in {comparison.baseline}, "
            f"{figures.interval(check.pair.now.score)} now, points {cells.scores(check.pair)[0]}: {check.why}"
        )
        if check.result == "no_worse":
            ElementTree.SubElement(case, "system-out").text = _safe(told)
        else:
            kind = "failure" if check.result == "worse" else "error"
            ElementTree.SubElement(case, kind, {"message": _safe(check.why), "type": check.result}).text = _safe(told)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}'


def _safe(text: str) -> str:
    return _NO_XML.sub("\ufffd", without_controls(text))
