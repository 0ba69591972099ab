"""An audit bundle: the report, every frame behind it, the queries, and a manifest that vouches for all of them."""

import io
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from tierscope import __version__
from tierscope.dashboard.audit.computing import Audited, compute_audited
from tierscope.dashboard.audit.manifest import FILE_NAME, Manifest, describe_file, render_manifest
from tierscope.dashboard.audit.page import check_extra, render_page
from tierscope.dashboard.audit.report import Report, make_report
from tierscope.dashboard.audit.signing import public_key_of
from tierscope.dashboard.audit.verifying import CHECKSUM_NAME, SIGNATURE_NAME, render_checksum
from tierscope.errors import InputError, NotEnoughDataError
from tierscope.instrumentation.store import Store
from tierscope.metrics.sql import load_query

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["REPORT_NAME", "Bundle", "export_bundle"]

REPORT_NAME: Final = "report.html"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was exported."""

    folder: Path
    manifest: Manifest
    manifest_sha256: str
    """What to keep elsewhere, for an unsigned bundle."""


def export_bundle(
    store: Store,
    run_ids: Sequence[str],
    folder: Path,
    *,
    generated_at: datetime,
    key: "Ed25519PrivateKey | None" = None,
    progress: Callable[[int, int], None] | None = None,
) -> Bundle:
    """Compute, render and write a bundle; the folder appears whole or not at all.

    Two exports of the same runs of an unchanged store with the same ``generated_at`` have the same bytes.

    Args:
        store: where the runs are.
        run_ids: the runs to report on.
        folder: is made; it must not hold anything yet.
        generated_at: the time to state.
        key: signs the manifest where given.
        progress: told (metrics computed, metrics in all) after each.

    Raises:
        NotEnoughDataError: there is no run.
        InputError: the folder holds something already, or cannot be written.
        MissingExtraError: the ``audit`` extra is not installed.
    """
    if not run_ids:
        raise NotEnoughDataError(f"There is no run to report on in {store.path}; `tierscope runs` lists those it has.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder} holds something already; name another folder, or empty it first.")
    check_extra()
    audited = compute_audited(store, run_ids, progress)
    report = make_report(audited, generated_at)
    contents = _render_contents(audited, report)
    manifest = _make_manifest(contents, report, None if key is None else public_key_of(key))
    rendered = render_manifest(manifest)
    checksum = render_checksum(rendered)
    contents |= {FILE_NAME: rendered, CHECKSUM_NAME: checksum}
    if key is not None:
        contents[SIGNATURE_NAME] = key.sign(rendered)
    _write_whole(folder, contents)
    return Bundle(folder, manifest, checksum.decode().split()[0])


def _render_contents(audited: Audited, report: Report) -> dict[str, bytes]:
    contents = {REPORT_NAME: render_page(report).encode()}
    for name, computed in audited.metrics.items():
        if computed.frame is not None:
            contents[f"metrics/{name}.parquet"] = _render_parquet(computed.frame)
    for query, frame in audited.records.items():
        contents[f"records/{query}.parquet"] = _render_parquet(frame)
        contents[f"queries/{query}.sql"] = load_query(query).encode()
    return contents


def _render_parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer)
    return buffer.getvalue()


def _make_manifest(contents: Mapping[str, bytes], report: Report, public_key: str | None) -> Manifest:
    return Manifest(
        generated_at=report.generated_at,
        tierscope_version=__version__,
        libraries=report.libraries,
        runs=report.run_count,
        first_run_at=report.first_run_at,
        last_run_at=report.last_run_at,
        public_key=public_key,
        files=[describe_file(path, contents[path]) for path in sorted(contents)],
    )


def _write_whole(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write beside the folder and rename, so that a crash leaves no half bundle under its name."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        try:
            for path, content in contents.items():
                file = draft / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            draft.chmod(0o755)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror}.") from error
