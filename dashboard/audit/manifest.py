"""The manifest of an audit bundle: every file with its hash and size, and what made them."""

import hashlib
import io
from datetime import datetime
from typing import Final, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict

__all__ = ["FILE_NAME", "BundleFile", "Manifest", "count_rows", "describe_file", "render_manifest"]

FILE_NAME: Final = "manifest.json"

_STRICT: Final = ConfigDict(extra="forbid", frozen=True)


class BundleFile(BaseModel):
    """One file of a bundle."""

    model_config = _STRICT

    path: str
    """From the bundle's folder, with forward slashes."""
    sha256: str
    """64 lower-case hex digits."""
    size: int
    """In bytes."""
    rows: int | None = None
    """Of a Parquet file; None for any other."""


class Manifest(BaseModel):
    """What a bundle holds and where it comes from."""

    model_config = _STRICT

    format: Literal["tierscope-audit-1"] = "tierscope-audit-1"
    generated_at: datetime
    """The one thing that differs between two exports of the same runs."""
    tierscope_version: str
    libraries: dict[str, str]
    """Of the libraries and the scorer that made the figures: name -> version."""
    runs: int
    first_run_at: datetime | None
    last_run_at: datetime | None
    public_key: str | None
    """Ed25519 key that signed, 64 hex digits; None for an unsigned bundle."""
    files: list[BundleFile]
    """By path; all but the manifest and what vouches for it."""


def describe_file(path: str, content: bytes) -> BundleFile:
    """Hash, size and, for Parquet, number of rows of a file.

    Args:
        path: where it will stand in the bundle.
        content: its bytes.
    """
    rows = count_rows(content) if path.endswith(".parquet") else None
    return BundleFile(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content), rows=rows)


def count_rows(parquet: bytes) -> int:
    """Rows of a Parquet file.

    Raises:
        polars.exceptions.PolarsError: it is not one.
    """
    return int(pl.scan_parquet(io.BytesIO(parquet)).select(pl.len()).collect().item())


def render_manifest(manifest: Manifest) -> bytes:
    """A manifest as the bytes that are hashed and signed."""
    return (manifest.model_dump_json(indent=2) + "\n").encode()
