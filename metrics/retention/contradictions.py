"""Does a text contradict a statement? It may say more besides: only what stands where the unit's own should counts."""

from collections.abc import Sequence

from tierscope.metrics.retention.changes import Change, find_changes, is_seen_from_other_side
from tierscope.metrics.retention.gist import find_gist, recall_gist
from tierscope.metrics.retention.name_forms import is_short_for
from tierscope.metrics.retention.number_context import PERIODS, find_bases, is_level, neighbours
from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity
from tierscope.metrics.retention.sentences import SHORT_SENTENCE_CHARACTERS, find_clause
from tierscope.metrics.retention.wording import load_wording
from tierscope.metrics.retention.words import content_stems, split_words, stem

__all__ = ["find_contradiction", "find_misstated_number"]

_ABOUT_THE_SAME = 0.6
"""Share of a unit's remaining content that a sentence must have before the two can contradict each other."""
_NEARLY_ALL = 0.75
_NEGATION_RECALL = 0.8
_NAMED_RECALL = 0.9
"""Two records of different things are alike; only where nearly all else is the same was a name exchanged."""
_NAME_WORDS = 2
_EXCHANGED_WORDS = 3
_RARE_IDF = 2.5
_ROW_FIGURES = 3
_LABEL_CHARACTERS = 8
_LABEL_WORDS = 2
_POINTS = ("", "date", "year", "quarter", "time", "ordinal")
"""Kinds of number of which one close by is simply another one."""


def find_contradiction(unit: str, sentence: str, missing: Sequence[Quantity] | None = None) -> Change | None:
    """Find what of a unit a sentence says otherwise; the sentence may say more besides.

    Unlike for two versions of one statement, what is added or left out is no contradiction here: only a number, word or
    polarity that stands where the unit's should.

    Args:
        unit: one atomic statement.
        sentence: the sentence of a text that comes nearest to it.
        missing: the unit's numbers that the whole text does not state; where None, those that the sentence does not.
    """
    if missing is None:
        there = find_quantities(sentence)
        missing = [one for one in find_quantities(unit) if not any(is_same_quantity(one, other) for other in there)]
    return _number_contradiction(unit, sentence, missing) or _word_contradiction(unit, sentence)


def find_misstated_number(
    unit: str, missing: Sequence[Quantity], sentences: Sequence[str]
) -> tuple[Change, str] | None:
    """Find a number that a text gives almost, but not quite, as the unit has it, about the same thing.

    A figure that is one off in its last place is hardly another figure, so one rare word of the unit beside it is
    enough, where a contradiction otherwise needs most of the unit.

    Args:
        unit: one atomic statement.
        missing: its numbers that the text does not state.
        sentences: of the text.

    Returns:
        The change and the sentence that has it.
    """
    exact = [quantity for quantity in missing if _is_exact(quantity)]
    if not exact or _opens_with_other_period(missing):
        return None
    rare = {key for key, weight in find_gist(unit).items() if weight >= _RARE_IDF}
    own = find_quantities(unit)
    for sentence in sentences:
        for other in find_quantities(sentence):
            near = [quantity for quantity in exact if _is_near_miss(quantity, other)]
            if not near or any(is_same_quantity(other, one) for one in own) or not rare & neighbours(sentence, other):
                continue
            for quantity in near:
                if _is_comparable(unit, quantity, sentence, other):
                    return Change("number changed", quantity.text, other.text), sentence
    return None


def _is_exact(quantity: Quantity) -> bool:
    """Say whether a number has a unit, a decimal point and three digits or more, and is not rough."""
    if quantity.kind in _POINTS or quantity.is_approximate:
        return False
    return "." in quantity.text and abs(quantity.value) >= 100 * quantity.step


def _is_near_miss(exact: Quantity, other: Quantity) -> bool:
    """Same unit, same places after the point, not rough either, and one off in the last place."""
    if exact.kind != other.kind or other.is_approximate or exact.step != other.step:
        return False
    return abs(abs(exact.value) - abs(other.value)) == exact.step


def _is_comparable(unit: str, quantity: Quantity, sentence: str, other: Quantity) -> bool:
    """Rule out a figure on another basis (trailing, quarterly), and a threshold against a finding."""
    if is_level(sentence, other) and not is_level(unit, quantity):
        return False
    own, others = find_bases(unit), find_bases(find_clause(sentence, other.start, other.end))
    if _is_in_points(quantity) != _is_in_points(other):
        return False  # a change in basis points is no level in percent
    if find_gist(unit).keys() <= own:
        return False  # "Trailing: 5.58" does not say what of
    if len(find_gist(unit)) <= _LABEL_WORDS and others - own:
        return False  # "CapEx: $91.4B" does not say of which period it is
    return not own or not others or bool(own & others)


def _is_in_points(quantity: Quantity) -> bool:
    return quantity.kind == "%" and quantity.text.rstrip("s").endswith(("bp", "pp", "point"))


def _number_contradiction(unit: str, sentence: str, missing: Sequence[Quantity]) -> Change | None:
    if not missing or recall_gist(unit, sentence) < _NEARLY_ALL or _is_other_record(unit, sentence, missing):
        return None
    wanted = find_quantities(unit)
    free = [one for one in find_quantities(sentence) if not any(is_same_quantity(one, own) for own in wanted)]
    for quantity in missing:
        around = neighbours(unit, quantity)
        for other in free:
            if other.kind != quantity.kind or not around & neighbours(sentence, other):
                continue
            is_same_thing = recall_gist(unit, find_clause(sentence, other.start, other.end)) >= _NEARLY_ALL
            if is_same_thing and _is_comparable(unit, quantity, sentence, other):
                return Change("number changed", quantity.text, other.text)
    return None


def _is_other_record(unit: str, sentence: str, missing: Sequence[Quantity]) -> bool:
    """Recognise figures of another period, or a row of figures of which the text has none: left out, not misstated."""
    periods = [one for one in missing if one.kind in PERIODS]
    if periods and len(periods) < len(missing):
        return True
    figures = [one for one in find_quantities(unit) if one.kind not in PERIODS]
    is_row_apart = len(figures) >= _ROW_FIGURES and all(one in missing for one in figures)
    return is_row_apart or (bool(periods) and len(find_quantities(sentence)) > 1) or _opens_with_other_period(missing)


def _opens_with_other_period(missing: Sequence[Quantity]) -> bool:
    return any(one.kind in PERIODS and one.start <= _LABEL_CHARACTERS for one in missing)


def _word_contradiction(unit: str, sentence: str) -> Change | None:
    if recall_gist(unit, sentence) < _ABOUT_THE_SAME:
        return None
    turned = _direction_contradiction(unit, sentence)
    if turned is not None:
        return turned
    for change in find_changes(unit, sentence):
        if change.kind in ("opposite word", "other of its kind", "hedge removed"):
            is_short = max(len(change.before.split()), len(change.after.split())) <= _EXCHANGED_WORDS
            if is_short and _stands_alike(unit, change.before, sentence, change.after):
                return change
        elif change.kind == "name changed":
            exchanged = _exchanged_name(unit, change.before.split(", "), sentence, change.after.split(", "))
            if exchanged is not None:
                return exchanged
        elif change.kind.startswith("negation") and _is_negated_alike(unit, sentence) is False:
            return change
    return None


def _direction_contradiction(unit: str, sentence: str) -> Change | None:
    """One direction in the unit, only the other in the sentence, and nearly all else the same."""
    directions = load_wording().directions
    words, other_words = split_words(unit), split_words(sentence)
    own = [word for word in words if word in directions]
    others = [word for word in other_words if word in directions]
    sides, other_sides = {directions[word] for word in own}, {directions[word] for word in others}
    if len(sides) != 1 or len(other_sides) != 1 or sides == other_sides:
        return None
    at = max(0, sentence.lower().find(others[0]))
    if recall_gist(unit, find_clause(sentence, at, at + len(others[0])), own) < _NEARLY_ALL:
        return None
    if is_seen_from_other_side(words, words.index(own[0]), other_words, other_words.index(others[0])):
        return None
    return Change("opposite word", own[0], others[0])


def _stands_alike(unit: str, before: str, sentence: str, after: str) -> bool:
    """Say whether the exchanged words have a neighbour in common, and the unit's other content is nearly all there."""
    at = max(0, sentence.lower().find(after.lower()))
    clause = find_clause(sentence, at, at + len(after))
    if recall_gist(unit, clause, before.split()) < _NEARLY_ALL or _has_other_figures(unit, clause):
        return False
    return bool(_next_to(unit, before) & _next_to(sentence, after))


def _exchanged_name(unit: str, gone: Sequence[str], sentence: str, new: Sequence[str]) -> Change | None:
    """Find a name of the unit that the sentence lacks, and another one in its place, all else being nearly the same."""
    if len(gone) > _NAME_WORDS or recall_gist(unit, sentence, gone) < _NAMED_RECALL:
        return None
    for before in gone:
        for after in new:
            is_in_its_place = bool(_between(unit, before) & _between(sentence, after))
            if is_in_its_place and not is_short_for(before, after) and _stands_alike(unit, before, sentence, after):
                return Change("name changed", before, after)
    return None


def _has_other_figures(unit: str, clause: str) -> bool:
    """Say whether both state figures and share none: "52-week high 134" and "52-week low 75" are two facts."""
    own, others = find_quantities(unit), find_quantities(clause)
    measured = [one for one in own if one.kind not in PERIODS]
    if not measured or not others:
        return False
    return not any(is_same_quantity(one, other) for one in measured for other in others)


def _next_to(text: str, phrase: str) -> set[tuple[int, str]]:
    """Words right before (-1) and right after (1) a phrase in a text, as stems."""
    words, wanted = [stem(word) for word in split_words(text)], [stem(word) for word in split_words(phrase)]
    places = [at for at in range(len(words)) if words[at : at + len(wanted)] == wanted]
    before = {(-1, words[at - 1]) for at in places if at > 0}
    after = {(1, words[at + len(wanted)]) for at in places if at + len(wanted) < len(words)}
    return before | after


def _between(text: str, name: str) -> set[tuple[str, str]]:
    """Stems of the words before and after a name, where it stands in a text; "" at its ends."""
    words = ["", *map(stem, split_words(text)), ""]
    return {(words[at - 1], words[at + 1]) for at in range(1, len(words) - 1) if words[at] == stem(name)}


def _is_negated_alike(unit: str, sentence: str) -> bool | None:
    """Compare the negations close to the words that unit and sentence share; None where that cannot be said.

    A long sentence shares words with anything, and negates in one clause what another one states.
    """
    if len(sentence) > SHORT_SENTENCE_CHARACTERS or recall_gist(unit, sentence) < _NEGATION_RECALL:
        return None
    wording = load_wording()
    shared = content_stems(unit).keys() & {stem(word) for word in split_words(sentence)}

    def negated(text: str) -> set[str]:
        words = split_words(text)
        return {
            stem(word)
            for index, word in enumerate(words)
            if stem(word) in shared and any(wording.is_negation(other) for other in words[max(0, index - 2) : index])
        }

    return negated(unit) == negated(sentence)
