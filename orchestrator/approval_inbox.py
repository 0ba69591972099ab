"""Approvals through the store: requests wait in a folder beside it, where a dashboard or a command can answer them.

One folder a request, ``<store>.approvals/<key>/``: ``request.json``, and one file a vote. Every file is written under a
temporary name and renamed, so that nobody reads half of one; no database, and no lock, is held while people think.
"""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

from pydantic import TypeAdapter

from tierscope.errors import UnknownNameError
from tierscope.orchestrator.approvals import ApprovalRequest, Vote

_REQUEST: Final = TypeAdapter(ApprovalRequest)
_VOTE: Final = TypeAdapter(Vote)


class ApprovalInbox:
    """Requests that wait for an answer.

    Args:
        store: path of the span store; it need not exist.
    """

    def __init__(self, store: str | Path) -> None:
        self._folder = Path(f"{store}.approvals")

    def put(self, request: ApprovalRequest) -> str:
        """Add a request and return its key."""
        key = f"{time.time_ns():020d}-{uuid4().hex[:12]}"
        (self._folder / key).mkdir(parents=True)
        _write(self._folder / key / "request.json", _REQUEST.dump_json(request))
        return key

    def pending(self) -> dict[str, ApprovalRequest]:
        """Open requests by key, oldest first."""
        requests: dict[str, ApprovalRequest] = {}
        for path in sorted(self._folder.glob("*/request.json")):
            with suppress(FileNotFoundError):  # withdrawn meanwhile
                requests[path.parent.name] = _REQUEST.validate_json(path.read_bytes())
        return requests

    def vote(self, key: str, vote: Vote) -> None:
        """Answer a request.

        Raises:
            UnknownNameError: it is no longer open, or never was.
        """
        if not (self._folder / key / "request.json").exists():
            raise UnknownNameError(f"there is no open approval request {key!r}: it was decided, withdrawn or mistyped.")
        _write(self._folder / key / f"vote-{time.time_ns():020d}-{uuid4().hex[:8]}.json", _VOTE.dump_json(vote))

    def votes(self, key: str) -> list[Vote]:
        """Votes on a request so far, in order; none once it is withdrawn."""
        votes: list[Vote] = []
        for path in sorted((self._folder / key).glob("vote-*.json")):
            with suppress(FileNotFoundError):
                votes.append(_VOTE.validate_json(path.read_bytes()))
        return votes

    def withdraw(self, key: str) -> None:
        """Take a request away, decided or not."""
        shutil.rmtree(self._folder / key, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class StoreGateway:
    """Puts requests into the inbox of a store and watches for votes."""

    store: str | Path
    poll_s: float = 0.2
    """How often it looks."""

    async def votes(self, request: ApprovalRequest) -> AsyncGenerator[Vote, None]:
        """Votes as they come; the request is withdrawn when nobody listens any more."""
        inbox = ApprovalInbox(self.store)
        key = inbox.put(request)
        seen = 0
        try:
            while True:
                votes = inbox.votes(key)
                for vote in votes[seen:]:
                    yield vote
                seen = len(votes)
                await asyncio.sleep(self.poll_s)
        finally:
            inbox.withdraw(key)


def read_time_ns(key: str) -> int:
    """When a request was made, in Unix nanoseconds.

    Args:
        key: as ``put`` made it.
    """
    return int(key.partition("-")[0])


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.writing")
    temporary.write_bytes(content)
    temporary.replace(path)
