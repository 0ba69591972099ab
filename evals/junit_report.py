"""What a gate found, as JUnit XML, which CI systems show beside the tests."""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from tierscope.evals.results import SuiteResult
from tierscope.evals.verdict import Outcome
from tierscope.evals.wording import Finding, list_findings

__all__ = ["render_junit"]

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold; recorded text may."""

_TYPES: Final = {"mistake": "could not be computed", "unjudged": "could not be judged"}


def render_junit(results: Sequence[SuiteResult]) -> str:
    """One test suite for each suite, one test case for each finding.

    A check that could not be judged is an error and not a skipped test: CI systems show skipped tests as fine, and the
    exit code says otherwise.

    Args:
        results: one for each suite.

    Returns:
        An XML document.
    """
    root = ElementTree.Element(
        "testsuites", {"name": "tierscope"} | _count([outcome for result in results for outcome in result.outcomes])
    )
    for result in results:
        suite = ElementTree.SubElement(root, "testsuite", {"name": _legal(result.suite)} | _count(result.outcomes))
        properties = ElementTree.SubElement(suite, "properties")
        for run in result.runs:
            ElementTree.SubElement(properties, "property", name="run", value=_legal(run.run_id))
        for finding in list_findings(result):
            _add_case(suite, result, finding)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ElementTree.Element, result: SuiteResult, finding: Finding) -> None:
    names = {"name": finding.name, "classname": f"{result.suite}.{finding.topic}", "file": result.file}
    case = ElementTree.SubElement(suite, "testcase", {key: _legal(name) for key, name in names.items()})
    text = _legal("\n".join([finding.reason, *finding.details]))
    if finding.outcome == "passed":
        ElementTree.SubElement(case, "system-out").text = text
        return
    failed = finding.outcome == "failed"
    kind, label = ("failure", finding.topic) if failed else ("error", _TYPES[finding.outcome])
    ElementTree.SubElement(case, kind, message=_legal(finding.reason), type=_legal(label)).text = text


def _count(outcomes: Sequence[Outcome]) -> dict[str, str]:
    failures = sum(outcome == "failed" for outcome in outcomes)
    errors = sum(outcome in _TYPES for outcome in outcomes)
    return {"tests": str(len(outcomes)), "failures": str(failures), "errors": str(errors), "skipped": "0"}


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
