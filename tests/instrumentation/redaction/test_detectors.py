"""What the detectors find in a text, what they leave alone, and that no pattern can hang them."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tierscope.errors import SettingsError
from tierscope.instrumentation.redaction import RedactionSettings
from tierscope.instrumentation.redaction.detectors import make_detectors, names_secret
from tierscope.instrumentation.redaction.texts import clean_texts

ALL = make_detectors(RedactionSettings(detect=("all",)))
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r_wW1g"


def _clean(text: str) -> str:
    return clean_texts([text], ALL).get(text, text)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("to jane.doe+x@mail.example.org, now", "to [redacted:email], now"),
        ("jürgen@müller.de", "[redacted:email]"),
        ("?mail=jane%40example.org&x=1", "?mail=[redacted:email]&x=1"),
        ("card 4111 1111 1111 1111.", "card [redacted:credit_card]."),
        ("card_5500005555555559", "card_[redacted:credit_card]"),
        ("12 3782-822463-10005 7", "12 [redacted:credit_card] 7"),
        ("4111111111111111,340000000000009", "[redacted:credit_card],[redacted:credit_card]"),
        ("to DE89 3704 0044 0532 0130 00 USD 5", "to [redacted:iban] USD 5"),
        ("gb82west12345698765432", "[redacted:iban]"),
        ("AB12 FR14 2004 1010 0505 0001 3M02 606", "AB12 [redacted:iban]"),
        ("call +1 (415) 555-0132 or 415-555-0132", "call [redacted:phone] or [redacted:phone]"),
        ("key sk-proj-Zk3v9Qw8Er7Ty6Ui5Op4!", "key [redacted:api_key]!"),
        ("AKIAIOSFODNN7EXAMPLE", "[redacted:api_key]"),
        ("Authorization: Bearer abcdefghijklmnop.QRST", "Authorization: [redacted:bearer_token]"),
        (f"t={JWT}", "t=[redacted:bearer_token]"),
        ("API_KEY=hush, next", "API_KEY=[redacted:password], next"),
        ('"client_secret": "hush"', '"client_secret": "[redacted:password]"'),
        ("postgres://jane:hush@db.local/x", "postgres://jane:[redacted:password]@db.local/x"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted:private_key]\nb"),
        ("-----BEGIN PRIVATE KEY-----\nMII, cut off here", "[redacted:private_key]"),
    ],
)
def test_finding_is_replaced_and_the_rest_of_the_text_stays(text: str, cleaned: str) -> None:
    assert _clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112",  # Luhn's check fails
        "1790000000000000000 ns, 20261120160455",
        "0.4111111111111111",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736, span 00f067aa0ba902b7",
        "DE88 3704 0044 0532 0130 00",  # a remainder other than 1
        "churn fell from 5.1 to 4.8 percent in 2026-11-20, see page 415-555",
        "http://127.0.0.1:33761/v1/",
        "a@b, @decorator, user@localhost",
        "max_tokens: 4096 and finish_reason: stop",
        "task sk-1, ghp_short",
        "[redacted:email]",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert _clean(text) == text


@given(st.text(max_size=40), st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.(?:org|example)", fullmatch=True), st.text())
@example("", "a@a.org", "\ud800")
def test_address_is_found_between_any_texts(before: str, address: str, after: str) -> None:
    assert address not in _clean(f"{before} {address} {after}")


@given(
    st.text(alphabet="abc, ;:\n\u00e9", max_size=30),
    st.integers(10**13, 10**14 - 1),
    st.sampled_from(["", " ", "-", "\u00a0"]),
    st.text(alphabet="abc, ;:\n\u00e9", max_size=30),
)
def test_card_with_a_valid_check_digit_is_found_in_any_grouping(before: str, body: int, gap: str, after: str) -> None:
    partial = f"4{body}"
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in partial[::-2]]
    number = f"{partial}{-(sum(doubled) + sum(map(int, partial[-2::-2]))) % 10}"
    grouped = gap.join(re.findall("....", number))
    cleaned = _clean(f"{before} {grouped} {after}")
    assert grouped not in cleaned
    assert "[redacted:credit_card]" in cleaned


@given(st.text())
@example("-----BEGIN PRIVATE KEY-----")
@example("password=x")
@example("://a:b@c")
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    once = _clean(text)
    assert _clean(once) == once


@pytest.mark.parametrize(
    "text", ["a" * 200_000 + "!", "1 " * 100_000, "://:" * 50_000, "DE89" * 50_000, "@." * 100_000]
)
def test_hostile_text_takes_time_in_proportion_to_its_length(text: str) -> None:
    evil = make_detectors(RedactionSettings(detect=("all",), patterns={"evil": "(a+)+$", "worse": "(1|1 )*x"}))
    assert clean_texts([text], evil).get(text, text)  # an exponential or quadratic search would not return


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(?<=a)b", "is no regular expression of RE2"),
        (r"(a)\1", "is no regular expression of RE2"),
        (r"(a", "is no regular expression of RE2"),
        (r"a*", "matches even an empty text"),
    ],
)
def test_pattern_that_cannot_be_used_is_named(pattern: str, why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)) as refused:
        make_detectors(RedactionSettings(patterns={"mine": pattern}))
    assert "redaction.patterns.mine" in str(refused.value)


def test_own_pattern_replaces_by_its_name_after_the_built_in_ones() -> None:
    detectors = make_detectors(RedactionSettings(detect=("email",), patterns={r"case\1": r"CASE-(\d+)"}))
    texts = ["CASE-1 of jane@example.org", "nothing"]
    assert clean_texts(texts, detectors) == {texts[0]: r"[redacted:case\1] of [redacted:email]"}


@given(st.lists(st.text()))
def test_only_changed_texts_are_returned(texts: list[str]) -> None:
    assert all(old != new and old in texts for old, new in clean_texts(texts, ALL).items())


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        ("password", True),
        ("db.password", True),
        ("X-Api-Key", True),
        ("OPENAI_API_KEY", True),
        ("refresh_token", True),
        ("Set-Cookie", True),
        ("tokens", False),
        ("max_tokens", False),
        ("password_hint_shown", False),
        ("secretary", False),
    ],
)
def test_field_that_holds_a_secret_is_told_by_its_name(name: str, is_secret: bool) -> None:
    assert names_secret(name) is is_secret
