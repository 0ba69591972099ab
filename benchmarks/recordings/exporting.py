"""Write finished spans as one OTLP/JSON file, and as gzip where the name says so."""

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

PLACES = re.compile(r"(?:/[\w.-]+)+/(?=site-packages/|python3\.\d+/|recordings/)")
"""Where this machine keeps Python and the programs: no matter in a recording."""


class Collected(SpanExporter):
    """Keeps every span that ends."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep them."""
        self.spans += spans
        return SpanExportResult.SUCCESS

    def write(self, path: Path) -> None:
        """As OTLP/JSON, ids in hex as the format wants them."""
        found = MessageToDict(encode_spans(self.spans))
        for resource in found["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    _hex_ids(span)
                    for link in span.get("links", ()):
                        _hex_ids(link)
        text = PLACES.sub("", json.dumps(found)).encode()
        path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def _hex_ids(item: dict[str, str]) -> None:
    import base64

    for key in ("traceId", "spanId", "parentSpanId"):
        if key in item:
            item[key] = base64.b64decode(item[key]).hex()


def collect() -> tuple[TracerProvider, Collected]:
    """A tracer provider whose spans are kept."""
    collected = Collected()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(collected))
    return provider, collected
