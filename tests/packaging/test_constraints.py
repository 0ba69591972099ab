"""constraints.txt pins every package that an install brings, with versions that any index has."""

import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [re.fullmatch(r"([\w.-]+)==(\S+)", line) for line in lines if not line.startswith("#")]
    return {canonicalize_name(pin[1]): Version(pin[2]) for pin in pinned if pin}


def test_versions_are_exact_and_of_no_single_index(pins: dict[str, Version]) -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(pins) == sum(not line.startswith("#") for line in lines)
    assert [name for name, version in pins.items() if version.local] == []


def test_everything_that_an_install_brings_is_pinned(pins: dict[str, Version]) -> None:
    brought: set[str] = set()
    waiting = [Requirement("tierscope[all,dev]")]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        try:
            needs = distribution(name).requires or []
        except PackageNotFoundError:  # an extra that is not installed here
            continue
        for need in map(Requirement, needs):
            wanted = need.marker is None or any(
                need.marker.evaluate({"extra": extra}) for extra in {"", *requirement.extras}
            )
            key = f"{canonicalize_name(need.name)}[{','.join(sorted(need.extras))}]"
            if wanted and key not in brought:
                brought.add(key)
                waiting.append(need)
    names = {key.partition("[")[0] for key in brought} - {"tierscope"}
    # What torch brings depends on the build: one for GPUs brings a dozen packages that the tests never use.
    assert {name for name in names - pins.keys() if not name.startswith(("nvidia-", "cuda-", "triton"))} == set()
