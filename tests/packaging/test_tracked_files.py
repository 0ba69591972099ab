"""What is committed says nothing about the machines it was made on."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MACHINE = re.compile(
    r"(?<![\w.\-])/(?:work|root|home/\w+|opt/pypi[\w-]*|Users/\w+)/"
    r"|(?:files\.pythonhosted|registry\.npmjs|deb\.debian)\.(?:org)\b"
)


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git clone, so nothing says which files are committed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_no_tracked_file_names_a_path_or_registry_of_a_machine(tracked: list[Path]) -> None:
    found: list[str] = []
    for path in tracked:
        text = path.read_bytes().decode("utf-8", errors="replace")
        found += [f"{path.relative_to(ROOT)}: {match.group()}" for match in MACHINE.finditer(text)]
    assert found == []


def test_links_of_the_face_are_tracked_as_relative_links(tracked: list[Path]) -> None:
    links = {path.name: path.readlink() for path in (ROOT / "tierscope").iterdir() if path.is_symlink()}
    assert links == {name: Path("..") / name for name in links}
    assert len(links) == 6
