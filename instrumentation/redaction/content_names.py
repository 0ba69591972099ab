"""Which attributes hold content, told by their names, whatever convention they belong to.

Content is what people and models said: messages, prompts, instructions, tool arguments and results, texts of signals
and errors. The GenAI conventions, OpenInference, Traceloop, LangSmith, Logfire and the frameworks' own spans name it
with a few words (``gen_ai.input.messages``, ``input.value``, ``traceloop.entity.output``, ``tool_arguments``), and what
merely describes it ends otherwise (``gen_ai.request.model``, ``input.mime_type``, ``message.type``).
"""

import re
from functools import lru_cache
from typing import Final

__all__ = ["LONGEST_FACT", "is_content", "is_fact"]

LONGEST_FACT: Final = 256
"""Characters; a longer text is taken for content whatever its name, unless it is surely a fact."""

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_CONTENT_WORDS: Final = """
    answer answers arg args argument arguments backstory body choice choices command completion completions content
    contents data definition definitions document documents error events exception explanation goal history input
    inputs instruction instructions kwargs log logs memory message messages msg observation output outputs parameter
    parameters params partial payload prompt prompts query question reason reasoning request response responses result
    results schema stacktrace statement stderr stdout task tasks text texts thinking thought thoughts traceback
    transcript value values variables
"""
_FACT_WORDS: Final = """
    address agent agents class code confidence context count critical depth description edges escaped format group hash
    host id ids index key kind limit member metadata method mime model name names node nodes ns number operation parent
    path phase port provider raw role size source status system template time tokens triggers type types unit usage
    verified version
"""
"""Last words of names that describe content without being it."""
_CONTENT: Final = frozenset(_CONTENT_WORDS.split())
_FACT: Final = frozenset(_FACT_WORDS.split())
_SURELY_CONTENT: Final = re.compile(r"task[._]description|tool\.task_name|url[._]full")
"""Last words notwithstanding."""
_FINISHED: Final = re.compile(r"finish_?reasons?$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_content(name: str) -> bool:
    """Whether a text under this name is content.

    Args:
        name: of an attribute, or a key in its JSON.
    """
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or _FINISHED.search(name):
        return False
    if _SURELY_CONTENT.search(name):
        return True
    return words[-1] not in _FACT and not _CONTENT.isdisjoint(words)


@lru_cache(maxsize=4096)
def is_fact(name: str) -> bool:
    """Whether a name ends like that of a fact, so that a long text under it is kept."""
    words = _WORD.findall(name)
    return bool(words) and words[-1].lower() in _FACT and not is_content(name)
