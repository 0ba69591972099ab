"""What this process records with: the tracer, the clock, and whether texts are captured.

Telemetry never breaks the host: everything that touches a span runs inside ``shielded``, which logs and
counts an error instead of raising it.
"""

import logging
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import TracebackType
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import NoOpTracerProvider, ProxyTracerProvider, Span, Tracer, TracerProvider

from tierscope.errors import SettingsError

MAX_EVENTS: Final = 10_000
"""Events on one span of a provider made here: the SDK keeps 128, and a wide fan-out has a handoff for every member."""

_log: Final = logging.getLogger("tierscope.recording")


@dataclass(frozen=True, slots=True)
class Recorder:
    """Where and how spans are recorded."""

    tracer: Tracer
    capture_content: bool = True
    """False leaves the texts of inputs, outputs and signals out of the spans; hashes and numbers stay."""
    project: str | None = None
    version: str | None = None
    """Version of the system under observation."""
    clock: Callable[[], int] | None = None
    """Unix time in nanoseconds; None for the clock of the OpenTelemetry SDK."""

    def start(self, name: str, attributes: dict[str, str | bool | int | float]) -> Span:
        """Start a span under the current one, without making it current."""
        return self.tracer.start_span(name, attributes=attributes, start_time=self.now())

    def end(self, span: Span) -> None:
        """End ``span`` by this recorder's clock."""
        span.end(end_time=self.now())

    def now(self) -> int | None:
        """The time by ``clock``; None leaves it to the SDK."""
        return None if self.clock is None else self.clock()


class _Shield:
    """Counts and logs what goes wrong in telemetry, so that the host never sees it."""

    def __init__(self) -> None:
        self.errors = 0

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        self.errors += 1
        if isinstance(error, SettingsError):  # a person's mistake: no traceback should hide the sentence
            _log.error("tierscope records nothing until this is mended and the program started again: %s", error)
        else:
            _log.warning("a telemetry call failed and was left out: %s", error, exc_info=error)
        return True


shielded: Final = _Shield()
"""``with shielded:`` around telemetry; ``shielded.errors`` counts what it kept from the host."""


@dataclass(slots=True)
class _Configured:
    """What ``configure`` was told; the provider is OpenTelemetry's global one."""

    project: str | None = None
    version: str | None = None
    capture_content: bool = True
    cache: tuple[TracerProvider, Recorder] | None = None


_configured: Final = _Configured()
_override: ContextVar[Recorder | None] = ContextVar("tierscope_recorder", default=None)


def set_facts(project: str | None, version: str | None, *, capture_content: bool) -> None:
    """Set what every recorder of this process says about the system under observation."""
    _configured.project = project
    _configured.version = version
    _configured.capture_content = capture_content
    _configured.cache = None


def active_recorder() -> Recorder | None:
    """The recorder to use here and now; None where no tracer provider is configured."""
    override = _override.get()
    if override is not None:
        return override
    provider = trace.get_tracer_provider()
    if _configured.cache is not None and _configured.cache[0] is provider:
        return _configured.cache[1]
    if isinstance(provider, ProxyTracerProvider | NoOpTracerProvider):
        return None
    recorder = Recorder(
        tracer=provider.get_tracer("tierscope"),
        capture_content=_configured.capture_content,
        project=_configured.project,
        version=_configured.version,
    )
    _configured.cache = (provider, recorder)
    return recorder


@contextmanager
def using(recorder: Recorder) -> Generator[Recorder, None, None]:
    """Record with ``recorder`` inside the block, whatever provider is configured."""
    token = _override.set(recorder)
    try:
        yield recorder
    finally:
        _override.reset(token)
