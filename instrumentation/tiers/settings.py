"""Settings of tier inference: the ``[tiers]`` table of ``tierscope.toml``."""

import re
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_FROZEN: Final = ConfigDict(extra="forbid", frozen=True)


class CustomConvention(BaseModel):
    """Agents in spans of one's own making, described without code: ``[[tiers.conventions]]``."""

    model_config = _FROZEN

    name: str
    """What runs recognised by it are said to be recorded by."""
    scope: str | None = None
    """Only spans of this instrumentation scope; a trailing ``*`` matches any ending."""
    agent_attribute: str | None = None
    """A span that has it is an agent's; its value is the agent's name."""
    agent_span: str | None = None
    """Regular expression for the whole span name of an agent; a group ``agent`` is its name, else the whole is."""
    tier_attribute: str | None = None
    domain_attribute: str | None = None
    parent_attribute: str | None = None
    """Name of the parent agent, where the span tree does not tell."""
    input_attribute: str | None = None
    output_attribute: str | None = None
    model_span: str | None = None
    """Regular expression for the whole span name of a model call, which carries the tokens."""
    tool_span: str | None = None
    critical_pattern: str | None = None
    """Regular expression for the lines of an output that are critical signals."""
    depth_limit: int | None = Field(default=None, ge=0)
    """Deepest tier that may be spawned; the root is 0."""

    @field_validator("agent_span", "model_span", "tool_span", "critical_pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                re.compile(value)
            except re.error as error:
                raise ValueError(f"not a regular expression: {error}") from error
        return value

    @model_validator(mode="after")
    def _finds_agents(self) -> Self:
        if self.agent_attribute is None and self.agent_span is None:
            raise ValueError("a convention needs agent_attribute or agent_span, by which agents are found")
        return self


class TierSettings(BaseModel):
    """How tiers are inferred."""

    model_config = _FROZEN

    conventions: tuple[CustomConvention, ...] = ()
    """Looked at before the built-in ones, in this order."""
    critical_pattern: str | None = None
    """As in a convention, for all runs."""
