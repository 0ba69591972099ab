"""Claims of real runs against what a person found of them in the syntheses; texts are read beside the repository."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tierscope.metrics.retention import score_retention, split_claims

ANNOTATIONS = Path(__file__).resolve().parents[3] / "datasets" / "golden" / "tradingagents.yaml"


class Checked(NamedTuple):
    run: str
    claim: str
    synthesis: str
    expected: tuple[str, ...]


@pytest.fixture(scope="module")
def checked(shared: Path) -> list[Checked]:
    runs = shared / "traces" / "tradingagents" / "runs"
    if not runs.is_dir():
        pytest.skip("the runs of ../shared/traces/tradingagents are not on this machine")
    return list(_read(runs))


def _read(runs: Path) -> Iterator[Checked]:
    for case in yaml.safe_load(ANNOTATIONS.read_text(encoding="utf-8")):
        folder = runs / case["run"]
        synthesis = (folder / case["synthesis"]).read_text(encoding="utf-8")
        for row in case["claims"]:
            claims = _claims(folder / "1_analysts" / f"{row['leaf']}.md")
            yield Checked(case["run"], claims[row["claim"]], synthesis, _expected(row))


def _claims(path: Path) -> dict[str, str]:
    texts = [claim.text for claim in split_claims(path.read_text(encoding="utf-8"))]
    return {hashlib.blake2b(text.encode(), digest_size=4).hexdigest(): text for text in texts}


def _expected(row: dict[str, Any]) -> tuple[str, ...]:
    return (row["expect"],) if isinstance(row["expect"], str) else tuple(row["expect"])


def test_verdicts_agree_with_a_reader_about_as_often_as_documented(checked: list[Checked]) -> None:
    verdicts = _verdicts(checked)
    agreed = sum(verdict in row.expected for row, verdict in zip(checked, verdicts, strict=True))
    assert len({row.run for row in checked}) >= 3
    assert agreed / len(checked) >= 0.75, f"{agreed} of {len(checked)}"


def test_no_claim_that_a_reader_found_is_called_distorted_and_none_changed_is_called_retained(
    checked: list[Checked],
) -> None:
    verdicts = _verdicts(checked)
    for row, verdict in zip(checked, verdicts, strict=True):
        assert verdict != "distorted" or "distorted" in row.expected, row.claim
        assert verdict != "retained" or row.expected != ("distorted",), row.claim


def test_inventory_growth_that_a_manager_restated_wrongly_is_distorted(checked: list[Checked]) -> None:
    (row,) = [row for row in checked if row.expected == ("distorted",) and "+20.5% sequential" in row.claim]
    (score,) = score_retention([row.claim], [row.synthesis])
    assert score.verdict == "distorted"
    assert score.reasons[0] == "number changed: +20.5% -> +20.6%"


def _verdicts(checked: list[Checked]) -> list[str | None]:
    scores = score_retention([row.claim for row in checked], [row.synthesis for row in checked])
    return [score.verdict for score in scores]
