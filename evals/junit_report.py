"""What a gate found, as JUnit XML, which CI systems show beside the tests."""

import re
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from tierscope.evals.results import CheckResult, SuiteResult
from tierscope.evals.wording import describe_details

__all__ = ["render_junit"]

_ILLEGAL: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold; recorded text may."""

_TYPES: Final = {"mistake": "could not be computed", "unjudged": "could not be judged"}


def render_junit(results: Sequence[SuiteResult]) -> str:
    """One test suite for each suite, one test case for each check.

    A check that could not be judged is an error and not a skipped test: CI systems show skipped tests as fine, and the
    exit code says otherwise.

    Args:
        results: one for each suite.

    Returns:
        An XML document.
    """
    root = ElementTree.Element("testsuites", {"name": "tierscope"} | _count([c for r in results for c in r.checks]))
    for result in results:
        suite = ElementTree.SubElement(root, "testsuite", {"name": _legal(result.suite)} | _count(result.checks))
        properties = ElementTree.SubElement(suite, "properties")
        for run in result.runs:
            ElementTree.SubElement(properties, "property", name="run", value=_legal(run.run_id))
        for check in result.checks:
            _add_case(suite, result, check)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_case(suite: ElementTree.Element, result: SuiteResult, check: CheckResult) -> None:
    name, group = _legal(check.name), _legal(f"{result.suite}.{check.metric}")
    case = ElementTree.SubElement(suite, "testcase", name=name, classname=group, file=_legal(result.file))
    details = _legal("\n".join([check.reason, *describe_details(check)]))
    if check.outcome == "passed":
        ElementTree.SubElement(case, "system-out").text = details
        return
    kind, label = ("failure", check.metric) if check.outcome == "failed" else ("error", _TYPES[check.outcome])
    ElementTree.SubElement(case, kind, message=_legal(check.reason), type=label).text = details


def _count(checks: Sequence[CheckResult]) -> dict[str, str]:
    failures = sum(check.outcome == "failed" for check in checks)
    errors = sum(check.outcome in _TYPES for check in checks)
    return {"tests": str(len(checks)), "failures": str(failures), "errors": str(errors), "skipped": "0"}


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
