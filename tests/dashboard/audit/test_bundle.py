"""What an export writes, and that it writes the same again."""

import hashlib
import subprocess
from pathlib import Path

import polars as pl
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.dashboard.audit.conftest import GENERATED_AT, export_runs, write_public
from tierscope.dashboard.audit import Bundle, export_bundle, verify_bundle
from tierscope.errors import InputError, NotEnoughDataError
from tierscope.instrumentation.importers import import_paths
from tierscope.instrumentation.store import Store
from tierscope.metrics import compute, load_registry


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_bundle_holds_the_report_and_the_frame_of_every_metric(unsigned: Bundle, store: Store) -> None:
    for name in load_registry():
        assert (unsigned.folder / f"metrics/{name}.parquet").is_file()
    written = pl.read_parquet(unsigned.folder / "metrics/tier_completion.parquet")
    assert written.equals(compute("tier_completion", store))
    assert (unsigned.folder / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_manifest_lists_every_file_with_hash_size_and_rows(unsigned: Bundle) -> None:
    listed = {file.path: file for file in unsigned.manifest.files}
    found = contents(unsigned.folder)
    assert set(found) == set(listed) | {"manifest.json", "manifest.json.sha256"}
    for path, file in listed.items():
        assert file.sha256 == hashlib.sha256(found[path]).hexdigest()
        assert file.size == len(found[path])
    assert listed["records/runs.parquet"].rows == unsigned.manifest.runs == 2
    assert listed["report.html"].rows is None


def test_same_runs_at_the_same_time_give_the_same_bytes(
    store: Store, signed: Bundle, key: Ed25519PrivateKey, tmp_path: Path
) -> None:
    assert contents(export_runs(store, tmp_path / "again", key).folder) == contents(signed.folder)


def test_only_report_and_manifest_carry_the_time_of_the_export(store: Store, unsigned: Bundle, tmp_path: Path) -> None:
    later = export_bundle(store, ["run-1", "run-2"], tmp_path / "later", generated_at=GENERATED_AT.replace(hour=13))
    one, two = contents(unsigned.folder), contents(later.folder)
    changed = {path for path in one if one[path] != two[path]}
    assert changed == {"report.html", "manifest.json", "manifest.json.sha256"}
    report = one["report.html"].replace(b"2026-01-31 12:00:00", b"2026-01-31 13:00:00")
    assert report == two["report.html"]


def test_other_tools_confirm_hash_and_signature(signed: Bundle, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    folder = signed.folder
    subprocess.run(["sha256sum", "-c", "manifest.json.sha256"], cwd=folder, check=True, capture_output=True)
    public = write_public(key, tmp_path / "public.pem")
    command = f"openssl pkeyutl -verify -pubin -inkey {public} -rawin -in manifest.json -sigfile manifest.json.sig"
    done = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_folder_that_holds_something_is_left_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle/mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(InputError, match="holds something already; name another folder, or empty it first"):
        export_runs(store, tmp_path / "bundle")
    assert contents(tmp_path / "bundle") == {"mine.txt": b"mine"}


def test_failed_export_leaves_nothing_behind(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        export_bundle(store, ["run-1"], tmp_path / "file/bundle", generated_at=GENERATED_AT)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_run_is_too_little_data(store: Store, tmp_path: Path) -> None:
    with pytest.raises(NotEnoughDataError, match="There is no run to report on"):
        export_bundle(store, [], tmp_path / "bundle", generated_at=GENERATED_AT)


def test_recordings_of_frameworks_can_be_audited(shared: Path, tmp_path: Path) -> None:
    recorded = Store(tmp_path / "recorded.duckdb")
    import_paths((shared / "traces/frameworks").glob("*_fail.otlp.json"), recorded)
    bundle = export_runs(recorded, tmp_path / "bundle")
    assert verify_bundle(bundle.folder).is_unchanged
    assert 'id="tier-1"' in (bundle.folder / "report.html").read_text(encoding="utf-8")
