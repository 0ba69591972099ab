"""How a text is read before a unit is looked for in it."""

from tierscope.metrics.retention.claim_pieces import find_lines
from tierscope.metrics.retention.markup import strip_markup
from tierscope.metrics.retention.sentences import split_sentences

__all__ = ["read_sentences"]


def read_sentences(text: str) -> list[str]:
    """Cut a text of any layout into sentences, so that what is said weighs the same in prose, bullets, JSON and HTML.

    Args:
        text: Markdown, HTML, JSON or plain, of any size and language.

    Returns:
        The sentences in order, without markup; a value of JSON carries its key. Empty where nothing is said.
    """
    return [sentence for line in find_lines(text) for sentence in split_sentences(strip_markup(line))]
