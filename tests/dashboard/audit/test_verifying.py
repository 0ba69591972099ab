"""Every change to a bundle is found, and said in plain words."""

import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dashboard.audit.conftest import Export, write_private, write_public
from tierscope.dashboard.audit import load_private_key, load_public_key, verify_bundle
from tierscope.errors import InputError, UnreadableFileError


def problems(folder: Path, public_key: str | None = None) -> str:
    found = verify_bundle(folder, public_key)
    assert not found.is_unchanged
    return "\n".join(found.problems)


def forge_manifest(folder: Path, old: str, new: str) -> None:
    """Edit the manifest as someone would who knows about the checksum beside it."""
    path = folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "manifest.json.sha256").write_text(f"{digest}  manifest.json\n", encoding="utf-8")


def test_untouched_bundle_is_unchanged_and_says_what_that_proves(export: Export) -> None:
    found = verify_bundle(export().folder)
    assert found.is_unchanged
    assert found.notes[0].startswith("The bundle is not signed: whoever can change its files")


def test_edited_file_is_named(export: Export) -> None:
    folder = export().folder
    with (folder / "report.html").open("a", encoding="utf-8") as report:
        report.write(" ")
    assert problems(folder).startswith("report.html was changed: its SHA-256 is another (")


def test_missing_added_and_linked_files_are_named(export: Export, tmp_path: Path) -> None:
    folder = export().folder
    (folder / "metrics/alerts.parquet").unlink()
    (folder / "queries/extra.sql").write_text("", encoding="utf-8")
    (folder / "queries/runs.sql").rename(tmp_path / "runs.sql")
    (folder / "queries/runs.sql").symlink_to(tmp_path / "runs.sql")
    assert problems(folder).splitlines() == [
        "metrics/alerts.parquet is missing.",
        "queries/runs.sql was replaced by a link.",
        "queries/extra.sql was added: the manifest does not list it.",
    ]


def test_edited_manifest_is_found_by_its_checksum(export: Export) -> None:
    folder = export().folder
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"runs": 2', '"runs": 3'), encoding="utf-8")
    assert "manifest.json or manifest.json.sha256 was changed" in problems(folder)
    path.write_text("{}", encoding="utf-8")
    assert "it is no manifest of an audit bundle any more" in problems(folder)


def test_row_count_that_the_file_does_not_have_is_found(export: Export) -> None:
    folder = export().folder
    rows = pl.read_parquet(folder / "records/runs.parquet").height
    forge_manifest(folder, f'"rows": {rows}\n', '"rows": 9\n')
    assert "what it says about the size or rows of" in problems(folder)


def test_signature_finds_a_manifest_made_to_fit_the_forged_files(export: Export, key: Ed25519PrivateKey) -> None:
    folder = export(key=key).folder
    old = (folder / "report.html").read_bytes()
    new = old.replace(b"47 percent", b"74 percent")
    (folder / "report.html").write_bytes(new)
    forge_manifest(folder, hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())
    said = problems(folder)
    assert said == "The signature does not fit: manifest.json or manifest.json.sig was changed after signing."
    assert not verify_bundle(folder).notes


def test_signature_taken_away_is_missed(export: Export, key: Ed25519PrivateKey) -> None:
    folder = export(key=key).folder
    (folder / "manifest.json.sig").unlink()
    assert problems(folder) == "manifest.json.sig is missing, though the manifest says that the bundle was signed."


def test_signature_of_another_key_does_not_vouch(export: Export, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    signed, unsigned = export("signed", key).folder, export("unsigned").folder
    own = load_public_key(write_public(key, tmp_path / "own.pem"))
    other = load_public_key(write_public(Ed25519PrivateKey.generate(), tmp_path / "other.pem"))
    assert verify_bundle(signed, own).notes == (f"Signed with the given key {own}.",)
    assert "was signed with another key" in problems(signed, other)
    assert problems(unsigned, own) == "The bundle is not signed, so the given key cannot vouch for it."


def test_path_that_leads_out_of_the_bundle_is_refused(export: Export, tmp_path: Path) -> None:
    folder = export().folder
    (tmp_path / "runs.sql").write_bytes((folder / "queries/runs.sql").read_bytes())
    forge_manifest(folder, '"queries/runs.sql"', '"../runs.sql"')
    assert "../runs.sql leads out of the bundle." in problems(folder)


def test_folder_without_a_manifest_is_no_bundle(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match=r"holds no audit bundle: manifest\.json cannot be read"):
        verify_bundle(tmp_path / "nothing")


def test_file_without_such_a_key_is_named_with_the_command_that_writes_one(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    with pytest.raises(UnreadableFileError, match="cannot be read: No such file"):
        load_private_key(path)
    path.write_text("no key", encoding="utf-8")
    with pytest.raises(InputError, match="openssl genpkey -algorithm ed25519"):
        load_private_key(path)
    with pytest.raises(InputError, match=r"openssl pkey -in key\.pem -pubout"):
        load_public_key(write_private(Ed25519PrivateKey.generate(), path))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_of_any_file_is_found(
    signed_bundle: dict[str, bytes], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("flipped")
    victim = data.draw(st.sampled_from(sorted(signed_bundle)))
    place = data.draw(st.integers(0, len(signed_bundle[victim]) - 1))
    for path, content in signed_bundle.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        changed = bytearray(content)
        if path == victim:
            changed[place] ^= data.draw(st.integers(1, 255))
        (folder / path).write_bytes(bytes(changed))
    assert not verify_bundle(folder).is_unchanged


@pytest.fixture
def signed_bundle(export: Export, key: Ed25519PrivateKey) -> dict[str, bytes]:
    folder = export(key=key).folder
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["public_key"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
