"""Alerts as a metric of OpenTelemetry, for those who watch dashboards of their own."""

import importlib.util
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

import orjson
from opentelemetry.metrics import Counter, MeterProvider
from opentelemetry.util.types import AttributeValue

from tierscope import __version__
from tierscope.errors import SettingsError

__all__ = ["MeterChannel", "open_meter_channel"]

COUNTER: Final = "tierscope.alerts"
_PACKAGE: Final = "opentelemetry-exporter-otlp-proto-http"


class MeterChannel:
    """Counts alerts in ``tierscope.alerts``, by kind, severity, project and tier.

    Args:
        open_provider: gives the provider whose meter counts; called at the first alert.
        name: what deliveries are recorded under.
    """

    def __init__(self, open_provider: Callable[[], MeterProvider], name: str = "meter") -> None:
        self.name = name
        self._open_provider = open_provider

    @cached_property
    def _provider(self) -> MeterProvider:
        return self._open_provider()

    @cached_property
    def _counter(self) -> Counter:
        meter = self._provider.get_meter("tierscope", __version__)
        return meter.create_counter(COUNTER, unit="{alert}", description="Alerts found in runs.")

    def send(self, notice_id: str, body: str) -> None:  # noqa: ARG002 - a counter knows no ids
        """Count one alert, and pass the count on at once."""
        notice: dict[str, Any] = orjson.loads(body)
        facts = {
            "tierscope.alert.kind": notice["kind"],
            "tierscope.alert.severity": notice["severity"],
            "tierscope.run.project": notice["run"]["project"],
            "tierscope.tier": notice["tier"],
        }
        attributes: dict[str, AttributeValue] = {name: value for name, value in facts.items() if value is not None}
        self._counter.add(1, attributes)
        # What cannot be delivered now stands in the count that is passed on the next time.
        flush = getattr(self._provider, "force_flush", None)
        if flush is not None:
            flush()


def open_meter_channel(endpoint: str) -> MeterChannel:
    """A channel with a provider of its own, which exports to an OTLP/HTTP endpoint.

    Args:
        endpoint: such as ``http://localhost:4318``.

    Raises:
        SettingsError: the package that exports is not installed.
    """
    if importlib.util.find_spec("opentelemetry.exporter.otlp.proto.http") is None:
        raise SettingsError(
            f"setting 'alerts.meter' needs another package: run  pip install {_PACKAGE}  and try again."
        )
    return MeterChannel(lambda: _open_provider(endpoint), f"meter {endpoint}")


def _open_provider(endpoint: str) -> MeterProvider:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(f"{endpoint.rstrip('/')}/v1/metrics")
    return SdkMeterProvider([PeriodicExportingMetricReader(exporter)])
