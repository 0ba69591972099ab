"""Tools that hand work to another agent, recognised by the names that frameworks give them."""

import re
from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation.spans import AttributeValue
from tierscope.instrumentation.tiers.texts import decode

_PREFIXED: Final = re.compile(
    r"^(?:\w+-)?(?:transfer_to|handoff_to|hand_off_to|delegate_to|transfer_control_to)_(?P<agent>.+)$", re.IGNORECASE
)
"""OpenAI Agents, LangGraph supervisor and swarm, AutoGen, Agent Framework; Semantic Kernel puts a plugin before it."""
_NAMED: Final = frozenset({"transfer_to_agent", "handoff_to_agent"})
"""Google ADK, Strands: the agent is an argument."""
_NOBODY: Final = re.compile(
    r"coworker mentioned not found|^\W*(?:Error\b.{0,20})?(?:We )?cannot invoke subagent\b"
    r"|^\W*(?:Error\b.{0,20})?(?:agent|member)\b.{0,60}\bnot found",
    re.IGNORECASE | re.DOTALL,
)
"""What CrewAI, deepagents and others answer where nobody bears the name that was asked for."""
_ERROR_LENGTH: Final = 300
"""Such an answer comes at the beginning; an agent's own answer may speak of members that were not found."""
_ARGUMENTS: Final = ("agent_name", "agent", "subagent_type", "coworker", "assistant", "name")


def transfer_target(tool: str | None, arguments: AttributeValue) -> str | None:
    """The agent that a transfer tool transfers to; None where the tool is none.

    Args:
        tool: the tool's name.
        arguments: what it was called with, as text or parsed.
    """
    if tool is None:
        return None
    if tool in _NAMED:
        return argument(arguments, _ARGUMENTS)
    match = _PREFIXED.match(tool)
    return match["agent"] if match is not None else None


def names_nobody(answer: str | None) -> bool:
    """Whether the answer to a delegation is that there is no such agent."""
    return answer is not None and _NOBODY.search(answer[:_ERROR_LENGTH]) is not None


def argument(arguments: AttributeValue, names: tuple[str, ...]) -> str | None:
    """The first of the arguments that is a text."""
    found = decode(arguments)
    if isinstance(found, Mapping):
        for name in names:
            value = found.get(name)
            if isinstance(value, str) and value:
                return value
    return None
