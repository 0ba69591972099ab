"""What an invocation was given, what it answered, and how it ended."""

from collections.abc import Iterator
from typing import Final

from tierscope.instrumentation.runs import InvocationStatus
from tierscope.instrumentation.semconv import ERROR_TYPE, TIERSCOPE_STATUS
from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers import texts
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.forest import Node

MODEL_INPUTS: Final = (
    "gen_ai.input.messages",
    "input.value",
    "gen_ai.prompt",
    "traceloop.entity.input",
    "raw_input",
    "input",
    "gcp.vertex.agent.llm_request",
    "ai.prompt.messages",
    "all_messages_events",
    "events",
)
MODEL_OUTPUTS: Final = (
    "gen_ai.output.messages",
    "output.value",
    "gen_ai.completion",
    "response",
    "output",
    "gcp.vertex.agent.llm_response",
    "ai.response.text",
    "traceloop.entity.output",
    "event:gen_ai.choice",
)
TOOL_INPUTS: Final = (
    "gen_ai.tool.call.arguments",
    "input.value",
    "gen_ai.prompt",
    "traceloop.entity.input",
    "tool_arguments",
    "gcp.vertex.agent.tool_call_args",
    "ai.toolCall.args",
    "input",
    "event:gen_ai.tool.message",
)
TOOL_OUTPUTS: Final = (
    "gen_ai.tool.call.result",
    "output.value",
    "gen_ai.completion",
    "traceloop.entity.output",
    "tool_response",
    "gcp.vertex.agent.tool_response",
    "ai.toolCall.result",
    "output",
    "event:gen_ai.choice",
)
_PROMPTS: Final = ("gen_ai.system_instructions",)
_CONTROL_FLOW: Final = ("ParentCommand", "Command(graph=", "GraphInterrupt", "GraphBubbleUp", "NodeInterrupt")
"""LangGraph steers with exceptions; these are no errors."""
_STATUSES: Final[dict[str, InvocationStatus]] = {
    "ok": "ok",
    "error": "error",
    "timeout": "timeout",
    "cancelled": "cancelled",
    "running": "running",
    "abandoned": "abandoned",
}


def output_of(draft: Draft) -> str | None:
    """The invocation's answer, from its own span, its last model call or the tool call that it answered."""
    convention = draft.node.convention
    own_span = None
    if draft.node.reading.delegated:
        return texts.result(texts.first_value(draft.node.span, TOOL_OUTPUTS))
    if convention is not None and convention.outputs:
        for node in draft.nodes:
            own_span = texts.answer(texts.first_value(node.span, convention.outputs), draft.name) or own_span
    if draft.calls and (own_span is None or (convention is not None and convention.answers_in_model)):
        last = _model_answer(draft.calls[-1])
        if last is not None:
            return last
        if convention is not None and convention.answers_in_model and draft.tools:
            return None
    if own_span is None and draft.said is not None:
        own_span = draft.said.text
    if own_span is not None and draft.calls and _is_error_of(draft.calls[-1].span, own_span):
        return None
    return own_span if own_span is not None else _tool_result(draft)


def _is_error_of(call: Span, text: str) -> bool:
    """Whether a text that stands where an answer should be is only the message of the model call's failure."""
    return span_failed(call) and text in f"{call.status_message} {_exception(call, 'exception.message')}"


def input_of(draft: Draft) -> str | None:
    """What the invocation was asked."""
    convention = draft.node.convention
    if draft.node.reading.delegated:
        return texts.question(texts.first_value(draft.node.span, TOOL_INPUTS))
    if convention is not None and convention.inputs:
        asked = texts.question(texts.first_value(draft.node.span, convention.inputs))
        if asked is not None:
            return asked
    tool = tool_answered(draft)
    if tool is not None:
        asked = texts.question(texts.first_value(tool.span, TOOL_INPUTS))
        if asked is not None:
            return asked
    if draft.calls:
        return texts.question(texts.first_value(draft.calls[0].span, MODEL_INPUTS))
    return None


def input_values(draft: Draft) -> Iterator[AttributeValue]:
    """Everything that the invocation's model calls, or its own span, are known to have read."""
    convention = draft.node.convention
    if convention is not None:
        yield from (v for n in draft.nodes if (v := texts.first_value(n.span, convention.inputs)) is not None)
    for call in draft.calls:
        for keys in (MODEL_INPUTS, _PROMPTS):
            value = texts.first_value(call.span, keys)
            if value is not None:
                yield value
        yield from _flat_prompts(call.span)
        yield from _message_events(call.span)


def status_of(draft: Draft, root_ended: bool, output: str | None) -> tuple[InvocationStatus, str | None]:
    """How the invocation ended, and the error's message.

    Args:
        draft: the invocation.
        root_ended: whether its run's root was seen to end.
        output: its answer.
    """
    declared = _STATUSES.get(str(draft.node.span.attributes.get(TIERSCOPE_STATUS)))
    message = next((n.span.status_message for n in draft.nodes if n.span.status_message), None)
    if draft.end_ns is None and not draft.node.missing:
        return ("abandoned" if root_ended else "running"), message
    if declared is not None:
        return declared, message
    failed = next((n.span for n in draft.nodes if span_failed(n.span)), None)
    if failed is None and output is None and draft.calls and span_failed(draft.calls[-1].span):
        failed = draft.calls[-1].span
    if failed is not None:
        return _failure(failed), failed.status_message or _exception(failed, "exception.message")
    if draft.node.missing:
        return ("abandoned" if root_ended else "running"), "its own span never came"
    return "ok", None


def span_failed(span: Span) -> bool:
    """Whether the span ended in an error that is not control flow."""
    if span.status != "error":
        return False
    kinds = (_exception(span, "exception.type"), str(span.attributes.get(ERROR_TYPE)))
    messages = (span.status_message[:80], (_exception(span, "exception.message") or "")[:80])
    thrown = " ".join(text for text in (*kinds, *messages) if text)
    return not any(name in thrown for name in _CONTROL_FLOW)


def _failure(span: Span) -> InvocationStatus:
    kind = f"{span.attributes.get(ERROR_TYPE)} {_exception(span, 'exception.type')} {span.status_message[:80]}".lower()
    if "timeout" in kind or "deadline" in kind:
        return "timeout"
    return "cancelled" if "cancel" in kind else "error"


def _exception(span: Span, key: str) -> str | None:
    for event in span.events:
        value = event.attributes.get(key)
        if isinstance(value, str):
            return value
    return None


def _model_answer(call: Node) -> str | None:
    span = call.span
    flat = span.attributes.get(
        "llm.output_messages.0.message.content", span.attributes.get("gen_ai.completion.0.content")
    )
    if isinstance(flat, str) and flat.strip():
        return flat.strip()
    if "llm.output_messages.0.message.role" in span.attributes:
        flat = span.attributes.get("llm.output_messages.0.message.contents.0.message_content.text")
        return flat.strip() if isinstance(flat, str) and flat.strip() else None
    return texts.answer(texts.first_value(span, MODEL_OUTPUTS))


def tool_answered(draft: Draft) -> Node | None:
    """The tool call that this invocation answers: above it, or the one that gave it its work."""
    given = draft.given_by
    if given is not None and given.reading.role == "tool" and given.reading.kind == "tool":
        return given
    above = draft.node.parent
    while above is not None and above.draft is None:
        if above.reading.role == "tool":
            return above
        above = above.parent
    return None


def _tool_result(draft: Draft) -> str | None:
    """What its caller got from it; of a failure that is the caller's words, not its own."""
    if any(span_failed(node.span) for node in (*draft.nodes, *draft.calls[-1:])):
        return None
    tool = tool_answered(draft)
    return texts.result(texts.first_value(tool.span, TOOL_OUTPUTS)) if tool is not None else None


def _flat_prompts(span: Span) -> Iterator[AttributeValue]:
    """Messages in an attribute each, as OpenLLMetry wrote them at first."""
    position = 0
    while f"gen_ai.prompt.{position}.role" in span.attributes:
        yield span.attributes.get(f"gen_ai.prompt.{position}.content")
        position += 1


def _message_events(span: Span) -> Iterator[AttributeValue]:
    for event in span.events:
        if event.name.endswith(".message"):
            yield event.attributes.get("content")
