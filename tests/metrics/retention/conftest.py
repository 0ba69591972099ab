"""A vector cache of the test session's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[4] / "shared" / "retention"


@pytest.fixture(autouse=True, scope="session")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keeps vectors in a temporary folder instead of the user's cache."""
    folder = tmp_path_factory.mktemp("vectors")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERSCOPE_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture
def labelled() -> Path:
    """The folder of human-labelled data beside the repository."""
    if not SHARED.is_dir():
        pytest.skip("the human-labelled data of ../shared/retention is not on this machine")
    return SHARED
