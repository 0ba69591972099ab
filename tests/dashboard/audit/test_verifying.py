"""Every change to a bundle is found, and said in plain words."""

import hashlib
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.dashboard.audit.conftest import write_private, write_public
from tierscope.dashboard.audit import Bundle, load_private_key, load_public_key, verify_bundle
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


def test_untouched_bundle_is_unchanged_and_says_what_that_proves(folder: Path) -> None:
    found = verify_bundle(folder)
    assert found.is_unchanged
    assert found.notes[0].startswith("The bundle is not signed: whoever can change its files")


def test_edited_file_is_named(folder: Path) -> None:
    with (folder / "report.html").open("a", encoding="utf-8") as report:
        report.write(" ")
    assert problems(folder).startswith("report.html was changed: its SHA-256 is another (")


def test_missing_added_and_linked_files_are_named(folder: Path, tmp_path: Path) -> None:
    (folder / "metrics/alerts.parquet").unlink()
    (folder / "queries/extra.sql").write_text("", encoding="utf-8")
    (folder / "queries/runs.sql").rename(tmp_path / "runs.sql")
    (folder / "queries/runs.sql").symlink_to(tmp_path / "runs.sql")
    assert problems(folder).splitlines() == [
        "metrics/alerts.parquet is missing.",
        "queries/runs.sql was replaced by a link.",
        "queries/extra.sql was added: the manifest does not list it.",
    ]


@pytest.mark.parametrize("name", ["manifest.json", "manifest.json.sha256", "manifest.json.sig"])
def test_what_vouches_for_the_files_must_not_be_a_link(name: str, signed_folder: Path, tmp_path: Path) -> None:
    (signed_folder / name).rename(tmp_path / name)
    (signed_folder / name).symlink_to(tmp_path / name)
    assert problems(signed_folder) == f"{name} was replaced by a link."


def test_path_that_no_file_can_have_is_a_problem_of_the_bundle(folder: Path) -> None:
    forge_manifest(folder, "queries/runs.sql", "q" * 5_000)
    assert f"{'q' * 5_000} cannot be read: File name too long." in problems(folder)


def test_edited_manifest_is_found_by_its_checksum(folder: Path) -> None:
    path = folder / "manifest.json"
    path.write_text(path.read_text(encoding="utf-8").replace('"runs": 2', '"runs": 3'), encoding="utf-8")
    assert "manifest.json or manifest.json.sha256 was changed" in problems(folder)
    path.write_text("{}", encoding="utf-8")
    assert "it is no manifest of an audit bundle any more" in problems(folder)


def test_row_count_that_the_file_does_not_have_is_found(folder: Path) -> None:
    rows = pl.read_parquet(folder / "records/runs.parquet").height
    forge_manifest(folder, f'"rows": {rows}\n', '"rows": 9\n')
    assert "what it says about the size or rows of" in problems(folder)


def test_signature_finds_a_manifest_made_to_fit_the_forged_files(signed_folder: Path) -> None:
    folder = signed_folder
    old = (folder / "report.html").read_bytes()
    new = old.replace(b"47 percent", b"74 percent")
    (folder / "report.html").write_bytes(new)
    forge_manifest(folder, hashlib.sha256(old).hexdigest(), hashlib.sha256(new).hexdigest())
    said = problems(folder)
    assert said == "The signature does not fit: manifest.json or manifest.json.sig was changed after signing."
    assert not verify_bundle(folder).notes


def test_signature_taken_away_is_missed(signed_folder: Path) -> None:
    (signed_folder / "manifest.json.sig").unlink()
    assert (
        problems(signed_folder) == "manifest.json.sig is missing, though the manifest says that the bundle was signed."
    )


def test_signature_of_another_key_does_not_vouch(
    signed: Bundle, unsigned: Bundle, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    own = load_public_key(write_public(key, tmp_path / "own.pem"))
    other = load_public_key(write_public(Ed25519PrivateKey.generate(), tmp_path / "other.pem"))
    assert verify_bundle(signed.folder, own).notes == (f"Signed with the given key {own}.",)
    assert "was signed with another key" in problems(signed.folder, other)
    assert problems(unsigned.folder, own) == "The bundle is not signed, so the given key cannot vouch for it."


def test_path_that_leads_out_of_the_bundle_is_refused(folder: Path, tmp_path: Path) -> None:
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


def test_encrypted_key_is_opened_with_the_passphrase_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, path = Ed25519PrivateKey.generate(), tmp_path / "key.pem"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame")))
    with pytest.raises(InputError, match=r"key\.pem is encrypted: set TIERSCOPE_AUDIT_PASSPHRASE"):
        load_private_key(path)
    monkeypatch.setenv("TIERSCOPE_AUDIT_PASSPHRASE", "open sesame")
    with pytest.raises(InputError, match="does not open with the passphrase in TIERSCOPE_AUDIT_PASSPHRASE"):
        load_private_key(path)
    monkeypatch.setenv("TIERSCOPE_AUDIT_PASSPHRASE", "sesame")
    assert load_private_key(path).public_key() == key.public_key()
    assert load_private_key(write_private(key, path)).public_key() == key.public_key()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_of_any_file_is_found(signed_folder: Path, data: st.DataObject) -> None:
    files = sorted(path for path in signed_folder.rglob("*") if path.is_file())
    victim = data.draw(st.sampled_from(files))
    content = victim.read_bytes()
    changed = bytearray(content)
    changed[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    victim.write_bytes(bytes(changed))
    assert not verify_bundle(signed_folder).is_unchanged
    victim.write_bytes(content)
