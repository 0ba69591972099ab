"""A plugin for pytest: suites are collected like test files, and every check of a suite is one test.

pytest loads it by itself once tierscope is installed; nothing else of tierscope is imported before a suite is met.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tierscope.evals.suite import Suite
    from tierscope.evals.wording import Finding

__all__ = ["pytest_addoption", "pytest_collect_file"]

SUITE_NAMES: Final = ("tierscope-suite.yaml", "*.tierscope.yaml")
"""How files are named that are collected wherever pytest looks; any other suite is named on the command line."""

BASELINE: Final = "baseline"
"""Topic of the findings that compare with a baseline."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer ``--tierscope-baseline``."""
    group = parser.getgroup("tierscope", "gates on multi-tier agent systems")
    group.addoption(
        "--tierscope-baseline",
        metavar="FILE",
        type=Path,
        help="also compare suites with what `tierscope eval baseline save` kept",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Take a file that is named like a suite, and any YAML file that was named on the command line."""
    named = parent.session.isinitpath(file_path) and file_path.suffix in {".yaml", ".yml"}
    if named or any(file_path.match(pattern) for pattern in SUITE_NAMES):
        return SuiteFile.from_parent(parent, path=file_path)  # pyright: ignore[reportUnknownMemberType] - pytest leaves **kw untyped
    return None


class SuiteFile(pytest.File):
    """One suite; its runs are gathered once, when the first of its checks runs."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test per check, and one for all comparisons with the baseline where one was given."""
        for check in self._suite.checks:
            yield GateItem.from_parent(self, name=check.name)  # pyright: ignore[reportUnknownMemberType] - pytest leaves **kw untyped
        if self.config.getoption("--tierscope-baseline") is not None:
            yield GateItem.from_parent(self, name=BASELINE, of_baseline=True)  # pyright: ignore[reportUnknownMemberType] - as above

    @cached_property
    def findings(self) -> list[Finding]:
        """What the suite found: its checks in their order, then the comparisons."""
        from tierscope.evals import load_baseline, run_suite
        from tierscope.evals.wording import list_findings

        kept: Path | None = self.config.getoption("--tierscope-baseline")
        baseline = None if kept is None else load_baseline(kept)
        return list_findings(run_suite(self._suite, self.path, baseline=baseline))

    @cached_property
    def _suite(self) -> Suite:
        from tierscope.errors import TierscopeError
        from tierscope.evals import load_suite

        try:
            return load_suite(self.path)
        except TierscopeError as error:
            raise self.CollectError(str(error)) from error


class GateItem(pytest.Item):
    """A test that passes where the gate does: what could not be judged is no pass, and no skip that looks like one.

    Args:
        of_baseline: whether it stands for all comparisons with the baseline, rather than for the check of its name.
        names: as every pytest item has them.
    """

    def __init__(self, *, of_baseline: bool = False, **names: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**names)  # pyright: ignore[reportUnknownMemberType] - as above
        self._of_baseline = of_baseline

    def runtest(self) -> None:
        """Judge the suite, once for all its checks.

        Raises:
            CheckError: a finding is not a pass.
        """
        findings = [one for one in cast("SuiteFile", self.parent).findings if self._is_about(one)]
        missed = [one for one in findings if one.outcome != "passed"]
        if missed:
            raise CheckError("\n".join(line for one in missed for line in self._describe(one)))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:  # noqa: ANN401
        """What was found, without a traceback, which says nothing of the system that was checked."""
        from tierscope.errors import TierscopeError

        if isinstance(excinfo.value, CheckError | TierscopeError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands, for pytest's headings."""
        return self.path, None, f"{self.path.name}: {self.name}"

    def _is_about(self, finding: Finding) -> bool:
        if self._of_baseline:
            return finding.topic == BASELINE
        return finding.topic != BASELINE and finding.name == self.name

    def _describe(self, finding: Finding) -> list[str]:
        reason = finding.reason if finding.outcome == "failed" else f"{finding.outcome}: {finding.reason}"
        return [f"{finding.name}: {reason}" if self._of_baseline else reason, *finding.details]


class CheckError(Exception):
    """A check did not pass; the text says what was found."""
