"""Spans without what must not be stored."""

import logging
from collections.abc import Sequence

from tierscope.instrumentation.redaction.detectors import Detector, make_detectors
from tierscope.instrumentation.redaction.function import RedactFunction, load_function
from tierscope.instrumentation.redaction.naming import NameRules
from tierscope.instrumentation.redaction.rewriting import SpanRewriter, bare_span
from tierscope.instrumentation.redaction.texts import clean_texts
from tierscope.instrumentation.redaction.visitors import Collecting, Replacing
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.spans import AttributeValue, Span

__all__ = ["Redactor", "make_redactor"]

_log = logging.getLogger(__name__)


def make_redactor(
    settings: Settings, *, function: RedactFunction | None = None, capture_content: bool | None = None
) -> "Redactor | None":
    """The redactor that settings ask for.

    Args:
        settings: ``capture_content`` and ``[redaction]``.
        function: a function of the caller, in place of the one that the settings name.
        capture_content: the caller's word, in place of the settings'.

    Returns:
        None where nothing is to be redacted, so that doing so costs nothing.

    Raises:
        SettingsError: a pattern that RE2 does not accept, or a function that cannot be imported.
    """
    section = settings.redaction
    if function is None and section.function is not None:
        function = load_function(section.function)
    detectors = make_detectors(section)
    captures = settings.capture_content if capture_content is None else capture_content
    if captures and function is None and not detectors and not section.fields:
        return None
    secrets = "all" in section.detect or "password" in section.detect
    return Redactor(NameRules(captures, tuple(field.lower() for field in section.fields), secrets), detectors, function)


class Redactor:
    """Takes content, personal data and secrets out of spans; ids, times, kinds and numbers stay.

    What it did is counted in attributes of each span (``tierscope.redaction.*``). It never raises: where a user's
    function fails on a value, that value is not stored; where anything else fails, nothing of the span is stored but
    its place in the tree and its times.

    Args:
        rules: what goes by its name.
        detectors: what is replaced wherever it stands.
        function: asked about every text after the detectors.
    """

    def __init__(
        self, rules: NameRules, detectors: Sequence[Detector] = (), function: RedactFunction | None = None
    ) -> None:
        self._rules = rules
        self._detectors = tuple(detectors)
        self._function = function
        self._reported: set[str] = set()

    def redact(self, spans: Sequence[Span]) -> list[Span]:
        """Redact spans.

        Args:
            spans: any number.

        Returns:
            As many, in the same order.
        """
        try:
            return self._redact(spans)
        except Exception:  # one of them is to blame: the others are stored whole
            return [self._redact_alone(span) for span in spans]

    def _redact_alone(self, span: Span) -> Span:
        try:
            return self._redact([span])[0]
        except Exception as error:  # whatever it was, none of the content may be stored
            self._report(f"redacting failed ({type(error).__name__}): a span is stored without names and attributes")
            return bare_span(span)

    def _redact(self, spans: Sequence[Span]) -> list[Span]:
        parsed: dict[str, AttributeValue] = {}
        found = Collecting()
        own_texts = self._collect(spans, found, parsed)
        cleaned = clean_texts(found.texts, self._detectors)
        replacing = Replacing(cleaned, self._function)
        rewriter = SpanRewriter(self._rules, replacing, parsed)
        redacted = [
            rewriter.rewrite_resource(span)
            if texts is not None and cleaned.keys().isdisjoint(texts)
            else rewriter.rewrite(span)
            for span, texts in zip(spans, own_texts, strict=True)
        ]
        for problem in replacing.problems:
            self._report(f"the redaction function failed ({problem}): the values are not stored")
        return redacted

    def _collect(
        self, spans: Sequence[Span], found: Collecting, parsed: dict[str, AttributeValue]
    ) -> list[list[str] | None]:
        """Note the texts of all spans; returns those of each, None where more than they decides about the span."""
        if not self._detectors:
            return [None] * len(spans)
        collector = SpanRewriter(self._rules, found, parsed)
        own: list[list[str] | None] = []
        for span in spans:
            collector.rewrite(span)
            own.append(None if self._function is not None else found.take_own())
        return own

    def _report(self, problem: str) -> None:
        """Log a problem the first time it occurs; it names no content."""
        if problem not in self._reported:
            self._reported.add(problem)
            _log.error("%s; this is said once", problem)
