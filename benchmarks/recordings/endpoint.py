"""A model's endpoint inside this process, as OpenAI's chat and responses interfaces, that answers by the scenario."""

import itertools
import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from scenario import ROOT, RefusedError, Script, next_calls, tokens, who

USED: dict[str, list[tuple[int, int]]] = {}
"""Tokens of every call, by agent: for the truth beside the recording."""
_COUNT = itertools.count(1)


def serve(one_by_one: bool = False, renamed: dict[str, str] | None = None, speakers: Sequence[str] = ()) -> str:
    """Start it.

    Args:
        one_by_one: whether an agent's model calls one member at a time.
        renamed: arguments under other names than the scenario's.
        speakers: whom the root calls on in a group chat, one at each of its turns.

    Returns:
        The base address for a client.
    """
    script = _Chair(speakers) if speakers else Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = _answer(body, "responses" in self.path, script, one_by_one, renamed or {})
            streamed = status == 200 and bool(body.get("stream"))
            text = (_as_stream(answer) if streamed else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/event-stream" if streamed else "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


class _Chair(Script):
    """The root's model names the next speaker, as Agent Framework's group chat wants it, and closes at the end."""

    def __init__(self, speakers: Sequence[str]) -> None:
        super().__init__()
        self._speakers = iter(speakers)

    def answer(self, name: str) -> str:
        if name != ROOT:
            return super().answer(name)
        speaker = next(self._speakers, None)
        final = None if speaker else super().answer(name)
        return json.dumps({"terminate": not speaker, "reason": "turn", "next_speaker": speaker, "final_message": final})


def _answer(
    body: dict[str, Any], responses: bool, script: Script, one_by_one: bool, renamed: dict[str, str]
) -> tuple[int, dict[str, Any]]:
    name = who(body.get("instructions") or "\n".join(str(m.get("content")) for m in body["messages"]))
    USED.setdefault(name, [])
    offered = {t["name"] if responses else t["function"]["name"] for t in body.get("tools") or ()}
    given = json.dumps(body["input"] if responses else body["messages"][1:])
    calls = next_calls(name, offered, given, one_by_one)
    calls = [(tool, {renamed.get(k, k): v for k, v in arguments.items()}) for tool, arguments in calls]
    try:
        answer = "" if calls else script.answer(name)
    except RefusedError as error:
        return 400, {"error": {"message": str(error), "type": "refused"}}
    used = (tokens(given), tokens(answer) + 9 * len(calls))
    USED[name].append(used)
    return 200, (_responses if responses else _chat)(answer, calls, used)


def _responses(answer: str, calls: list[tuple[str, dict[str, str]]], used: tuple[int, int]) -> dict[str, Any]:
    n = next(_COUNT)
    output: list[dict[str, Any]] = [
        {
            "type": "function_call",
            "id": f"fc_{n}_{i}",
            "call_id": f"call_{n}_{i}",
            "name": t,
            "arguments": json.dumps(a),
            "status": "completed",
        }
        for i, (t, a) in enumerate(calls)
    ]
    if answer:
        content = [{"type": "output_text", "text": answer, "annotations": []}]
        output.append(
            {"type": "message", "id": f"msg_{n}", "role": "assistant", "status": "completed", "content": content}
        )
    usage: dict[str, Any] = {"input_tokens": used[0], "output_tokens": used[1], "total_tokens": sum(used)}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    return {
        "id": f"resp_{n}", "object": "response", "created_at": 1, "model": "scripted-1", "status": "completed",
        "output": output, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "usage": usage,
    }  # fmt: skip


def _chat(answer: str, calls: list[tuple[str, dict[str, str]]], used: tuple[int, int]) -> dict[str, Any]:
    n = next(_COUNT)
    message: dict[str, Any] = {"role": "assistant", "content": answer or None}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{n}_{i}", "type": "function", "function": {"name": t, "arguments": json.dumps(a)}}
            for i, (t, a) in enumerate(calls)
        ]
    usage = {"prompt_tokens": used[0], "completion_tokens": used[1], "total_tokens": sum(used)}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    return {
        "id": f"chatcmpl-{n}",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted-1",
        "choices": [choice],
        "usage": usage,
    }


def _as_stream(answer: dict[str, Any]) -> str:
    """A chat completion as the events of a stream: its message in one piece, then its usage."""
    choice = answer["choices"][0]
    delta = dict(choice["message"])
    if "tool_calls" in delta:
        delta["tool_calls"] = [call | {"index": n} for n, call in enumerate(delta["tool_calls"])]
    about = {key: answer[key] for key in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [
        about | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        about | {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]},
        about | {"choices": [], "usage": answer["usage"]},
    ]
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
