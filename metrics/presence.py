"""Whether a signal still stands in a text, decided by its words alone: exact, cheap, and the same everywhere.

Critical signals are judged this way and no other: a probability is no answer to whether a warning was passed on.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal, TypeAlias

__all__ = ["Presence", "judge_presence", "plain_words"]

Presence: TypeAlias = Literal["verbatim", "rephrased", "absent"]

_ESCAPED: Final = re.compile(r"\\[nrt]|\\(?=[\"'/\\])")
"""Line ends and quotes of a text that was put into JSON as a text."""
_MARKUP: Final = re.compile(r"[*_`~#>|\\\u200b\ufeff]+|</?[a-zA-Z][^<>]{0,200}>")
_MARKER: Final = re.compile(
    r"^\W*(?:critical|alert|urgent|warning)(?:\s+(?:signal|alert|finding))?\s*[:\-\u2013\u2014!]+\s*"
)
_EDGES: Final = " \t.,;:!?\"'()[]{}-"
_SIGNS: Final = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2212": "-"}
)


def judge_presence(signal: str, text: str) -> Presence:
    """Find a signal in a text.

    Args:
        signal: one piece of information.
        text: what an agent returned.

    Returns:
        ``verbatim`` where its words stand in order, whatever the case, white space, markup, punctuation at its ends,
        and a marker such as "CRITICAL:" before it; ``rephrased`` where the lexical scorer finds the words scattered and
        all numbers; else ``absent``. A signal without words is absent from everything.
    """
    wanted = _MARKER.sub("", plain_words(signal)).strip(_EDGES)
    if not wanted:
        return "absent"
    if re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _plain_words_once(text)):
        return "verbatim"
    # Imported here: a run without signals, or with all of them word for word, needs none of its vocabularies.
    from tierscope.metrics.retention.lexical import LexicalScorer

    (score,) = LexicalScorer().score([(signal, text)])
    return "rephrased" if score.verdict == "retained" else "absent"


def plain_words(text: str) -> str:
    """A text in lower case, without markup, with single blanks and plain quotes and dashes."""
    bare = _MARKUP.sub("", _ESCAPED.sub(" ", unicodedata.normalize("NFKC", text)))
    return " ".join(bare.translate(_SIGNS).casefold().split())


@lru_cache(maxsize=256)
def _plain_words_once(text: str) -> str:
    return plain_words(text)
