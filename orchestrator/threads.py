"""Sync callables in threads that hold up neither the run nor the end of the program."""

import asyncio
import contextvars
import inspect
import threading
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar, cast

R = TypeVar("R")

_Returned: TypeAlias = tuple[Any, BaseException | None]


async def in_thread(function: Callable[[], R], on_abandoned: Callable[[], None]) -> R:
    """Call ``function`` in a daemon thread, in the context of the caller, and wait for it.

    The threads of ``concurrent.futures`` are joined when Python ends, so that one call that hangs keeps the process
    for ever; these are left alone.

    Args:
        function: what to call.
        on_abandoned: called where the caller is cancelled meanwhile: nobody can stop the thread, so it is left behind.
    """
    loop = asyncio.get_running_loop()
    returned: asyncio.Future[_Returned] = loop.create_future()
    context = contextvars.copy_context()

    def hand_over(result: _Returned) -> None:
        if not returned.done():
            returned.set_result(result)

    def work() -> None:
        result: _Returned = (None, None)
        try:
            result = (context.run(function), None)
        except BaseException as error:  # it belongs to whoever waits
            result = (None, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(hand_over, result)

    threading.Thread(target=work, name="tierscope", daemon=True).start()
    try:
        value, error = await returned
    except asyncio.CancelledError:
        on_abandoned()
        raise
    if error is not None:
        raise error
    return cast("R", value)


def is_async(function: Callable[..., object]) -> bool:
    """Whether calling ``function`` gives a coroutine; asked for every leaf, hence by its flags where it has code."""
    code = getattr(function, "__code__", None)
    if code is not None:
        return bool(code.co_flags & inspect.CO_COROUTINE)
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__)
