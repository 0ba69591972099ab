"""A run's results on disk, so that one that stopped goes on without doing finished work again."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import orjson
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.content import content_hash, text_of
from tierscope.orchestrator.messages import Brief, Result, Signal, Synthesis

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

_log: Final = logging.getLogger(__name__)
_KINDS: Final[dict[str, type[Result]]] = {kind.__name__: kind for kind in (Result, Synthesis, Brief)}


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of an invocation that need not be repeated."""

    result: Result
    critical: Sequence[tuple[str, Signal]]
    """Critical signals of it and of those below it, each with the path of who declared it."""


class Journal:
    """One line of JSON for every finished invocation; pass it to ``run`` again and those are not repeated.

    A result belongs to the place in the tree and to all that the member was given, so a changed task is done anew.
    A result that cannot be written, since JSON cannot say it or the disk is full, is not kept, with a warning; its
    member is run again.

    Args:
        path: the file; made where there is none.

    Raises:
        UnreadableFileError: the file is no journal. A last line that a crash cut short is passed over.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._kept = _load(self.path) if self.path.exists() else {}
        self._file: IO[bytes] | None = None

    def find(self, call: "Call") -> Kept | None:
        """What an earlier run recorded of this very invocation, if it did."""
        kept = self._kept.get(key_of(call))
        returns = call.member.returns
        if kept is None or returns is None:
            return kept
        try:
            typed = kept.result.model_copy(update={"value": returns.model_validate(kept.result.value)})
        except ValidationError:  # the member returns something else by now
            return None
        return Kept(typed, kept.critical)

    def keep(self, call: "Call", result: Result, critical: Sequence[tuple[str, Signal]]) -> None:
        """Write down a result; it is on its way to the disk when this returns.

        Args:
            call: the invocation.
            result: what it returned.
            critical: critical signals of it and of those below it, each with the path of who declared it.
        """
        kind = next(kind for kind in type(result).__mro__ if kind.__name__ in _KINDS).__name__
        try:
            line = orjson.dumps(
                {
                    "key": key_of(call),
                    "path": call.path,
                    "kind": kind,
                    "result": result.model_dump(mode="json"),
                    "critical": [(path, signal.model_dump(mode="json")) for path, signal in critical],
                }
            )
            if self._file is None:
                self._file = _open_to_append(self.path)
            self._file.write(line + b"\n")
            self._file.flush()
        except (PydanticSerializationError, orjson.JSONEncodeError, OSError) as error:
            _log.warning("the result of %s is not kept for a later run: %s", call.path, error)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):  # on a full disk, say; whose result is not on it was told
                self._file.close()
            self._file = None


def key_of(call: "Call") -> str:
    """What identifies an invocation over several runs: where it stands, and all that it was given."""
    task = call.task
    given = [
        call.path,
        call.member.name,
        task.brief,
        text_of(dict(task.artifacts)),
        text_of({name: _written(result) for name, result in task.inputs.items()}),
    ]
    return content_hash("\x00".join(given))


def _written(result: Result) -> object:
    """A result as it is kept; of one that cannot be, what may never be the same again."""
    try:
        return result.model_dump(mode="json")
    except PydanticSerializationError:
        return repr(result)


def _open_to_append(path: Path) -> IO[bytes]:
    """Open the file at its end, without the line that a crash cut short."""
    file = path.open("a+b")
    file.seek(0)
    content = file.read()
    file.truncate(content.rfind(b"\n") + 1)
    return file


def _load(path: Path) -> dict[str, Kept]:
    lines = path.read_bytes().splitlines()
    kept: dict[str, Kept] = {}
    for number, line in enumerate(lines, start=1):
        try:
            entry = orjson.loads(line)
            result = _KINDS[entry["kind"]].model_validate(entry["result"])
            critical = [(place, Signal.model_validate(signal)) for place, signal in entry["critical"]]
            kept[entry["key"]] = Kept(result, critical)
        except (orjson.JSONDecodeError, KeyError, TypeError, ValidationError) as error:
            if number == len(lines):
                break
            raise UnreadableFileError(
                f"{path}: line {number} is no line of a journal: {error}; use a new file."
            ) from error
    return kept
