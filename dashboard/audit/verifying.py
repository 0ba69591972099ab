"""Whether an audit bundle is as it was exported, and who vouches for that."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from polars.exceptions import PolarsError
from pydantic import ValidationError

from tierscope.dashboard.audit.manifest import FILE_NAME, BundleFile, Manifest, count_rows
from tierscope.dashboard.audit.signing import is_signed_by
from tierscope.errors import UnreadableFileError

__all__ = ["CHECKSUM_NAME", "SIGNATURE_NAME", "Verification", "render_checksum", "verify_bundle"]

CHECKSUM_NAME: Final = f"{FILE_NAME}.sha256"
"""Hash of the manifest, in the form that ``sha256sum -c`` reads."""
SIGNATURE_NAME: Final = f"{FILE_NAME}.sig"
"""Ed25519 signature of the manifest's bytes, 64 bytes, as ``openssl pkeyutl -verify -rawin`` reads."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What the verification of a bundle found."""

    problems: tuple[str, ...]
    """One sentence for each change; empty for an unchanged bundle."""
    notes: tuple[str, ...]
    """What an unchanged bundle does and does not prove."""
    manifest: Manifest | None
    """None where it cannot be read."""

    @property
    def is_unchanged(self) -> bool:
        """Whether everything is as it was exported."""
        return not self.problems


def verify_bundle(folder: Path, public_key: str | None = None) -> Verification:
    """Check every file of a bundle against its manifest, and the manifest against its hash and signature.

    Args:
        folder: what ``export_bundle`` made.
        public_key: 64 hex digits of the key that has to have signed; where None, a signature is still checked, but
            nothing says whose it is.

    Raises:
        UnreadableFileError: there is no such folder, or no manifest in it.
        MissingExtraError: the bundle is signed and the ``audit`` extra is not installed.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            f"{folder} holds no audit bundle: {FILE_NAME} cannot be read ({error.strerror})."
        ) from error
    problems = list(_check_checksum(folder, content))
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError:
        problems.append(f"{FILE_NAME} was changed: it is no manifest of an audit bundle any more.")
        return Verification(tuple(problems), (), None)
    forged = list(_check_signature(folder, content, manifest, public_key))
    problems += forged
    for file in manifest.files:
        problems += _check_file(folder, file)
    problems += _find_extra_files(folder, manifest)
    notes = () if forged else tuple(_describe_trust(manifest, public_key))
    return Verification(tuple(problems), notes, manifest)


def _check_checksum(folder: Path, manifest: bytes) -> Iterator[str]:
    path = folder / CHECKSUM_NAME
    if not path.is_file():
        yield f"{CHECKSUM_NAME} is missing."
    elif path.read_bytes() != render_checksum(manifest):
        yield f"{FILE_NAME} or {CHECKSUM_NAME} was changed: the manifest's hash is another."


def render_checksum(manifest: bytes) -> bytes:
    """Content of the checksum file for a manifest."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {FILE_NAME}\n".encode()


def _check_signature(folder: Path, content: bytes, manifest: Manifest, public_key: str | None) -> Iterator[str]:
    path = folder / SIGNATURE_NAME
    if manifest.public_key is None:
        if public_key is not None:
            yield "The bundle is not signed, so the given key cannot vouch for it."
        return
    if not path.is_file():
        yield f"{SIGNATURE_NAME} is missing, though the manifest says that the bundle was signed."
        return
    if not is_signed_by(manifest.public_key, path.read_bytes(), content):
        yield f"The signature does not fit: {FILE_NAME} or {SIGNATURE_NAME} was changed after signing."
    elif public_key is not None and public_key != manifest.public_key:
        yield f"The bundle was signed with another key ({manifest.public_key[:16]}…) than the given one."


def _check_file(folder: Path, file: BundleFile) -> Iterator[str]:
    relative = PurePosixPath(file.path)
    path = folder / relative
    if relative.is_absolute() or ".." in relative.parts:
        yield f"{file.path} leads out of the bundle."
        return
    try:
        if path.is_symlink():
            yield _say_linked(file.path)
            return
        if not path.is_file():
            yield f"{file.path} is missing."
            return
        content = path.read_bytes()
    except OSError as error:
        yield f"{file.path} cannot be read: {error.strerror}."
        return
    if hashlib.sha256(content).hexdigest() != file.sha256:
        size = f" ({len(content):,} bytes where {file.size:,} were exported)" if len(content) != file.size else ""
        yield f"{file.path} was changed: its SHA-256 is another{size}."
    elif len(content) != file.size or _rows_of(file, content) != file.rows:
        yield f"{FILE_NAME} was changed: what it says about the size or rows of {file.path} is not so."


def _say_linked(path: str) -> str:
    return f"{path} was replaced by a link."


def _rows_of(file: BundleFile, content: bytes) -> int | None:
    if not file.path.endswith(".parquet"):
        return None
    try:
        return count_rows(content)
    except PolarsError:
        return -1


def _find_extra_files(folder: Path, manifest: Manifest) -> Iterator[str]:
    vouching = {FILE_NAME, CHECKSUM_NAME} | ({SIGNATURE_NAME} if manifest.public_key is not None else set[str]())
    known = {file.path for file in manifest.files} | vouching
    for parent, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in sorted([*files, *links]):
            path = (Path(parent) / name).relative_to(folder).as_posix()
            if path not in known:
                yield f"{path} was added: the manifest does not list it."
            elif path in vouching and (folder / path).is_symlink():
                yield _say_linked(path)


def _describe_trust(manifest: Manifest, public_key: str | None) -> Iterator[str]:
    if manifest.public_key is None:
        yield (
            "The bundle is not signed: whoever can change its files can make a fitting manifest too. "
            "Compare the manifest's SHA-256 with one that you got another way, or export with --sign."
        )
    elif public_key is None:
        yield (
            f"Signed with the key {manifest.public_key}. Only --public-key, with a key that you got from the signer, "
            "shows whose it is."
        )
    else:
        yield f"Signed with the given key {public_key}."
