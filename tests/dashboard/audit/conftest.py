"""A small store, bundles of it, and a key."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from tierscope.dashboard.audit import Bundle, export_bundle
from tierscope.instrumentation.store import Store
from tierscope.metrics import select_runs
from tierscope.metrics.testing import RunBuilder, save_runs

GENERATED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
FOOTNOTE = "The regulator opened an inquiry into revenue of 12 million dollars."
HOSTILE = "</td><script>document.title='broken'</script><img src=http://example.com/x onerror=alert(1)>"


def research(run_id: str = "run-1") -> RunBuilder:
    """Root, two domains, two leaves each; a footnote is lost at the company, an agent has a hostile name."""
    run = RunBuilder(run_id, label=f"label of {run_id}", spawn_limit=3)
    run.agent("root", ms=(0, 200), output="Margins rose to 47 percent.", tokens=(50, 9))
    for domain, end in (("macro", 90.0), ("company", 180.0)):
        run.agent(domain, "root", ms=(10, end), output="Margins rose to 47 percent.", tokens=(20, 5))
    run.agent("rates", "macro", ms=(20, 80), output="Margins rose to 47 percent.", tokens=(1, 1))
    run.agent(HOSTILE, "macro", ms=(20, 60), output=f"{HOSTILE} fell to 3 percent.", status="error")
    run.agent("filings", "company", ms=(20, 170), output=FOOTNOTE)
    run.signal("filings", FOOTNOTE, critical=True)
    run.gap("macro", HOSTILE, "error")
    return run


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("store") / "runs.duckdb")
    save_runs(made, [research("run-1"), research("run-2")])
    return made


def export_runs(store: Store, folder: Path, key: Ed25519PrivateKey | None = None) -> Bundle:
    """Export every run of a store at a fixed time."""
    return export_bundle(store, select_runs(store), folder, generated_at=GENERATED_AT, key=key)


@pytest.fixture(scope="session")
def unsigned(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A bundle to look at; whoever changes one takes a copy."""
    return export_runs(store, tmp_path_factory.mktemp("unsigned") / "bundle")


@pytest.fixture(scope="session")
def signed(store: Store, key: Ed25519PrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The same, signed."""
    return export_runs(store, tmp_path_factory.mktemp("signed") / "bundle", key)


@pytest.fixture
def folder(unsigned: Bundle, tmp_path: Path) -> Path:
    """A copy of the unsigned bundle, to be changed."""
    return Path(shutil.copytree(unsigned.folder, tmp_path / "bundle"))


@pytest.fixture
def signed_folder(signed: Bundle, tmp_path: Path) -> Path:
    """A copy of the signed bundle, to be changed."""
    return Path(shutil.copytree(signed.folder, tmp_path / "signed"))


@pytest.fixture(scope="session")
def key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def write_private(key: Ed25519PrivateKey, path: Path) -> Path:
    """Write a private key as OpenSSL does."""
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def write_public(key: Ed25519PrivateKey, path: Path) -> Path:
    """Write a public key as OpenSSL does."""
    path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path
