"""Fixtures for what a machine may lack: a browser, and recordings that are not part of the repository."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("patient", settings(), deadline=None)  # how long an example takes says how busy a machine is
settings.load_profile("patient")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of recordings beside the repository; the test is skipped where there is none."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("there is no folder ../shared with recordings beside the repository")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Chromium's executable; where there is none the test is skipped, or with CI=true fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        reason = "no Chromium on PATH (Debian: apt-get install chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Path(found)
