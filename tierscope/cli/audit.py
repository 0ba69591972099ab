"""``tierscope audit``: export a per-tier audit bundle, and verify one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._options import JsonOption, StoreOption, open_store, takes_runs
from tierscope.cli._output import print_json, progress_bar, safe

if TYPE_CHECKING:
    from tierscope.metrics import RunFilter

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Export a per-tier audit bundle, and verify one.")


@app.command(
    epilog="Example:  tierscope audit export --project research --since 30d --out audit-2026-01 --sign key.pem"
)
@takes_runs
def export(
    *,
    store: StoreOption = None,
    runs: RunFilter,
    out: Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Where to write; new, or empty.")] = Path(
        "tierscope-audit"
    ),
    sign: Annotated[
        Path | None,
        typer.Option("--sign", metavar="KEY", help="Ed25519 private key (PEM): openssl genpkey -algorithm ed25519."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write the report, the frames behind it, and a manifest that shows any change."""
    from datetime import UTC, datetime

    from tierscope.dashboard.audit import export_bundle, load_private_key
    from tierscope.metrics import select_runs
    from tierscope.metrics.format import format_value

    key = load_private_key(sign) if sign else None
    opened = open_store(store)
    run_ids = select_runs(opened, runs)
    now = datetime.now(UTC).replace(microsecond=0)
    with progress_bar("Computing metrics") as progress:
        bundle = export_bundle(opened, run_ids, out, generated_at=now, key=key, progress=progress)
    if as_json:
        print_json({"folder": str(out), "manifest_sha256": bundle.manifest_sha256, **bundle.manifest.model_dump()})
        return
    files = bundle.manifest.files
    runs_told = format_value(bundle.manifest.runs, "runs")
    print(f"Wrote {len(files)} files on {runs_told} to {out}. Open {out / 'report.html'}")
    print(f"SHA-256 of the manifest: {bundle.manifest_sha256}")
    if bundle.manifest.public_key:
        print(f"Signed with the key {bundle.manifest.public_key}")


@app.command(epilog="Example:  tierscope audit verify audit-2026-01 --public-key signer.pem")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="What `audit export` wrote.")],
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="KEY", help="Ed25519 public key (PEM) that must have signed.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether a bundle is as it was exported. Exit code: 0 unchanged, 1 changed."""
    from tierscope.dashboard.audit import load_public_key, verify_bundle

    found = verify_bundle(folder, load_public_key(public_key) if public_key else None)
    if as_json:
        print_json({"unchanged": found.is_unchanged, "problems": found.problems, "notes": found.notes})
    else:
        for problem in found.problems:
            print(safe(problem))
        files = len(found.manifest.files) if found.manifest else 0
        print(f"{folder}: unchanged, {files} files." if found.is_unchanged else f"{folder}: CHANGED since its export.")
        for note in found.notes:
            print(note)
    raise typer.Exit(0 if found.is_unchanged else 1)
