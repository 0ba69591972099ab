"""The section ``[alerts]`` of the settings: who is told what goes wrong in runs, and of what."""

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["AlertRule", "AlertSettings", "Comparison"]

Comparison: TypeAlias = Literal["<", "<=", ">", ">="]
_Url: TypeAlias = Annotated[str, Field(pattern=r"^(https?://[^/@]+(/.*)?|env:\w+)$")]
_Value: TypeAlias = str | bool | int | float


class AlertRule(BaseModel):
    """An alert of one's own: a metric's figure beyond a threshold, in one run."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    """What the alert is called; also what tells it from others of the same run."""
    metric: str
    column: str | None = None
    """Of the metric's frame; its key figure where None."""
    comparison: Comparison
    threshold: float
    where: Mapping[str, _Value] = Field(default_factory=dict[str, _Value])
    """Column -> value: only rows that have it."""
    by: tuple[str, ...] = ()
    """Columns in place of the metric's grain, where the metric can be grouped so."""
    least_n: int = Field(default=1, ge=0)
    """Rows that rest on less than this are passed over."""


class AlertSettings(BaseModel):
    """Channels, and what goes through them. Without a channel nothing is looked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: tuple[_Url, ...] = ()
    """Addresses that get a POST, or ``env:NAME`` for one in an environment variable."""
    command: tuple[str, ...] = ()
    """A program and its arguments; it gets the alert as JSON on its standard input."""
    meter: str | None = Field(default=None, pattern=r"^https?://")
    """An OTLP/HTTP endpoint, such as a Collector's: alerts are counted there in ``tierscope.alerts``."""
    kinds: tuple[str, ...] = ("depth_breach", "critical_signal_lost", "failure_token")
    """Integrity alerts that are sent."""
    rules: tuple[AlertRule, ...] = ()
    """Alerts of one's own."""
    timeout_s: float = Field(default=10.0, gt=0)
    """How long a webhook or a command may take."""
    give_up_after_s: float = Field(default=86_400.0, gt=0)
    """How long an alert is tried again."""
    max_waiting: int = Field(default=1000, gt=0)
    """Alerts that may wait for a channel; what comes beyond is listed, but not sent."""

    @property
    def has_channel(self) -> bool:
        """Whether there is anybody to tell."""
        return bool(self.webhooks or self.command or self.meter)
