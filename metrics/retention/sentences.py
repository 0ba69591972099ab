"""Sentences of a text, over prose, Markdown, tables and whatever else agents write."""

import re

__all__ = ["MAXIMUM_SENTENCE_CHARACTERS", "SHORT_SENTENCE_CHARACTERS", "find_clause", "split_sentences"]

MAXIMUM_SENTENCE_CHARACTERS = 1_200
"""Longer stretches without an end are cut at blanks: a minified file is not one sentence."""

SHORT_SENTENCE_CHARACTERS = 160
"""Up to here a sentence is about one thing; a longer one often lists several."""

_CLAUSE_END = re.compile(r"[,;](?=\s)|:(?=\s)|\s[\u2014\u2013-](?=\s)|\u2014|\)(?=[\s,;.])")
_CLAUSE_START = re.compile(r"[,;](?=\s)|:(?=\s)|\s[\u2014\u2013-](?=\s)|\u2014")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs", "etc", "inc", "ltd", "co", "corp", "approx", "dept"}
    | {"bzw", "mio", "mrd"}
    | {"est", "gov", "sen", "rep", "gen", "lt", "col", "sgt", "capt", "e.g", "i.e", "u.s", "u.k", "u.n", "a.m", "p.m"}
    | {"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec"}
)
_BEFORE_NUMBERS = frozenset({"art", "ca", "ch", "eq", "fig", "no", "nr", "pp", "sec", "temp", "vol"})
"""Abbreviations only before a number: "no" and "art" may well end a sentence."""
_END = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)\]*_]*\s+(?=\S)|(?<=[\u3002\uff01\uff1f])")
_BULLET = re.compile(r"^\s*(?:[-*+\u2013\u2022\u2023\u25aa\u25cf\u27a4]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\)|#{1,6}|>)\s+")
_CONTINUES = frozenset("(\u2014\u2013-/,;:|")
"""What follows a quoted question or an abbreviation inside a sentence."""
_LAST_WORD = re.compile(r"([\w.'\u2019]+)\.[\"'\u201d\u2019)\]*_]*$")


def split_sentences(text: str) -> list[str]:
    """Cut a text into sentences; every line of it ends one, so bullets and table rows stand alone.

    Markers of bullets and headings are taken off, the text is otherwise left as it stands. Empty input
    gives an empty list.
    """
    sentences: list[str] = []
    for line in text.splitlines():
        body = _BULLET.sub("", line).strip()
        if any(character.isalnum() for character in body):
            sentences.extend(_sentences_of_line(body))
    return sentences


def find_clause(sentence: str, start: int, end: int) -> str:
    """Return the clause of a long sentence around some characters; a short sentence is one clause.

    What stands in brackets belongs to the clause before them: "revenue of $7.91B (+11.4%)".
    """
    if len(sentence) <= SHORT_SENTENCE_CHARACTERS:
        return sentence
    opens = max(
        (match.end() for match in _CLAUSE_START.finditer(sentence, 0, start + 1) if match.end() <= start), default=0
    )
    closing = _CLAUSE_END.search(sentence, end)
    return sentence[opens : closing.start() if closing else len(sentence)].strip()


def _sentences_of_line(line: str) -> list[str]:
    found: list[str] = []
    start = 0
    has_capitals = any(character.isupper() for character in line[:400])
    for match in _END.finditer(line):
        before = line[max(start, match.start() - 40) : match.start()]
        following = line[match.end() : match.end() + 1]
        if _ends_sentence(before, following if has_capitals else following.upper()):
            found.extend(_cut_long(line[start : match.end()].strip()))
            start = match.end()
    found.extend(_cut_long(line[start:].strip()))
    return [sentence for sentence in found if any(character.isalnum() for character in sentence)]


def _ends_sentence(before: str, following: str) -> bool:
    if before.endswith((" .", " !", " ?")):  # text cut into tokens, often in lower case
        return True
    if following.islower() or following in _CONTINUES:
        return False
    last = _LAST_WORD.search(before)
    if last is None:
        return True
    word = last.group(1).lower()
    is_letter = len(word) == 1 and word.isalpha()  # an initial, z. B., p. 12
    is_counted = word in _BEFORE_NUMBERS and following.isdigit()
    return word not in _ABBREVIATIONS and not is_letter and not is_counted


def _cut_long(sentence: str) -> list[str]:
    pieces: list[str] = []
    start = 0
    while len(sentence) - start > MAXIMUM_SENTENCE_CHARACTERS:
        cut = sentence.rfind(" ", start + MAXIMUM_SENTENCE_CHARACTERS // 2, start + MAXIMUM_SENTENCE_CHARACTERS)
        cut = cut if cut > 0 else start + MAXIMUM_SENTENCE_CHARACTERS
        pieces.append(sentence[start:cut].strip())
        start = cut
    pieces.append(sentence[start:].strip())
    return [piece for piece in pieces if piece]
