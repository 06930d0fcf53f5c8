"""What viewers and logs see of phone numbers in any text."""

import codecs
import html
import json
import quopri
import re
import sys
import time
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.domain import country_codes, e164, masking
from shared.runtime import observability
from tests.unit import wild
from tests.unit.spellings import SPELLINGS, VISIBLE

MAX_VISIBLE = 6
UUID = "3f2a91c4-7d10-4b6e-9c55-0a8e2f6b1d07"

# Text in which digits, separators and letters are as likely as anything else.
numeric = st.text("0123456789\u0664\u096a\uff19\xb2\u2466 -.x+()\u200b\u3164%&;#Dab", max_size=60)


def _digits(text: str) -> int:
    return sum(each.isdigit() for each in text)


def _joined(text: str) -> list[str]:
    """Return the digit runs of a text, across everything that is not a letter."""
    kept = "".join(c for c in text if c.isdigit() or c.isalpha())
    return "".join(c if c.isdigit() else " " for c in kept).split()


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_number_is_masked_in_every_spelling(spelling: str) -> None:
    masked = masking.mask_text(f"call {spelling} or mail")

    is_plain = not any(sign in spelling for sign in "&<%")
    assert masked.startswith("call ") or (masked == masking.HIDDEN and not is_plain)
    assert masked.endswith(" or mail") or masked == masking.HIDDEN
    assert _digits(masked) <= 4
    assert masking.has_number(spelling)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155552671", "••• 2671"),
        ("(415) 555-2671", "••• 2671"),
        ("call (415 555 2671) now", "call (••• 2671) now"),
        ("5552671", "••• 2671"),
        ("555267", "555267"),
        ("zip 94110, age 7", "zip 94110, age 7"),
        ("9 lives from 94110 on", "9 lives from 94110 on"),
        ("94110 and 7", "94110 and 7"),
        ("94110 and 72", "••• 1072"),
        ("+44 20 7946 0958 and +14155552671", "••• 2671"),
        ("from +442079460958 until +14155552671", "from ••• 0958 until ••• 2671"),
        ("", ""),
    ],
)
def test_a_viewer_sees_four_digits_of_a_number(text: str, masked: str) -> None:
    assert masking.mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("+14155552671", "+1***71"),
        ("+442079460958", "+44***58"),
        ("+35318765432", "+353***32"),
        ("4155552671", "***71"),
        ("/callers/+14155552671***2345", "/callers/+1***45"),
        ("sip:+14155552671@pbx.example.com", "sip:+1***71@pbx.example.com"),
        ("1764539315.90210", "***10"),
        ("extension 555267", "extension 555267"),
    ],
)
def test_a_log_line_has_the_country_code_and_the_last_two_digits(text: str, masked: str) -> None:
    assert masking.mask_for_logs(text) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("+15551234567", "+1***67"),
        ("+12345678", "+1***78"),
        ("+1234567", "+1***"),
        ("+35312345", "+353***"),
        ("+3531234567", "+353***67"),
        ("5551234567", "***67"),
        ("123456", "***"),
        ("", "***"),
    ],
)
def test_a_number_too_short_to_hide_keeps_fewer_digits(number: str, masked: str) -> None:
    assert e164.mask(number) == masked


@pytest.mark.parametrize("code", sorted(country_codes.PLANS))
def test_every_country_code_stays_in_logs(code: str) -> None:
    assert e164.mask(f"+{code}23456789") == f"+{code}***89"


@pytest.mark.parametrize(
    ("call_id", "shown"),
    [
        (UUID, UUID),
        ("CA3f2a91c47d104b6e9c550a8e2f6b1d07", "CA3f2a91c47d104b6e9c550a8e2f6b1d07"),
        ("CA00000000000000000000014155552671", "CA***71"),
        ("sip:+14155552671@example.com", "sip:+1***71@example.com"),
        ("in-4155552671", "in-***71"),
        ("in-415_555_2671", "in-***71"),
        ("", ""),
        (None, None),
    ],
)
def test_a_call_id_in_a_log_line_has_no_number(call_id: str | None, shown: str | None) -> None:
    assert observability.shown_id(call_id) == shown


def _each(template: str) -> Callable[[str], str]:
    return lambda text: "".join(template.format(ord(c), c) for c in text)


def _percent(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _quoted_printable(text: str) -> str:
    return "".join(f"={byte:02X}" for byte in text.encode())


def _from_quoted_printable(text: str) -> str:
    return quopri.decodestring(text.encode()).decode(errors="replace")


def _in_json(text: str) -> str:
    escaped = "".join(f"\\u{unit:04x}" for unit in _utf_16(text))
    assert json.loads(f'"{escaped}"') == text
    return escaped


def _utf_16(text: str) -> list[int]:
    raw = text.encode("utf-16-be")
    return [int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2)]


def _from_json(text: str) -> str:
    units = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), text)
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_python(text: str) -> str:
    short = r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})|\\U([0-9a-f]{8})"
    return re.sub(short, lambda match: chr(int(match[match.lastindex or 0], 16)), text)


def _in_python(text: str) -> str:
    return codecs.encode(text, "unicode_escape").decode("ascii")


def _without_tags(text: str) -> str:
    return re.sub("<[^>]*>", "", text)


ENCODINGS: Sequence[tuple[Callable[[str], str], Callable[[str], str]]] = [
    (_each("&#{0};"), html.unescape),
    (_each("&#x{0:X}"), html.unescape),
    (html.escape, html.unescape),
    (_percent, unquote),
    (quote, unquote),
    (_quoted_printable, _from_quoted_printable),
    (_in_json, _from_json),
    (_in_python, _from_python),
    (_each('{1}<td class="wide column">'), _without_tags),
]
"""Encodings, each with a decoder that is not the product's."""
ZEROS = "0\u0660\u0966\uff10\uabf0\U0001d7ce\U0001fbf0\U0001ccf0\U00011f50"
ENTITIES = [f"&{name}" for name in ("ndash;", "mdash;", "middot;", "lpar;", "hairsp;", "NewLine;")]


@given(
    st.sampled_from(ZEROS),
    st.sampled_from(["", " ", "-", "\u2013", "\u200b", ") ", *ENTITIES]),
    st.lists(st.sampled_from(ENCODINGS), max_size=6),
)
def test_no_number_can_be_decoded_from_a_masked_text(
    zero: str,
    separator: str,
    encodings: Sequence[tuple[Callable[[str], str], Callable[[str], str]]],
) -> None:
    number = "6465550187"
    text = separator.join(chr(ord(zero) + int(digit)) for digit in number)
    for encode, _ in encodings:
        text = encode(text)[:20_000]

    for read in (masking.mask_text(text), masking.mask_for_logs(text)):
        for _, decode in reversed(encodings):
            read = decode(read)  # noqa: PLW2901
        read = html.unescape(read)  # noqa: PLW2901
        digits = [str((ord(c) - ord(zero)) % 0x110000) if c >= zero else c for c in read]
        shown = "".join(c for c in digits if c in "0123456789")
        assert [number[at:][:7] for at in range(4) if number[at:][:7] in shown] == []


@pytest.mark.parametrize(
    "text",
    [
        "64655…",
        "a: 64655 …",
        "九一七八二六〇一四七",
        "ⅨⅠⅦⅧⅡⅥⅠ",
        "917</td><td>826</td><td>0147",
        '917<img src="x" alt="abcdef">826 0',
        "&amp;" * 3 + "amp;" * 12 + "#57;",
        "&#x26;#" + "%EF%BC%99" * 5000 + ";",
    ],
)
def test_what_may_be_a_number_is_hidden(text: str) -> None:
    assert masking.has_number(text)
    assert _digits(masking.mask_text(text)) == 0


@pytest.mark.parametrize(
    "text",
    [
        "646555",
        "Café & Söhne <b>since 1998</b>: all organic",
        "https://example.com/a?b=c&d=%C3%A9&e=12",
        "C:\\users\\u1",
        "二月一日",
        "Chapter Ⅳ…",
        "no number…",
        "\U0001d4d7ello \U0001f44d\U0001f3fd",
        "&amp;amp;lt;b&amp;amp;gt;",
    ],
)
def test_a_text_without_a_number_stays_as_it_is(text: str) -> None:
    assert masking.mask_text(text) == masking.mask_for_logs(text) == text


def test_every_digit_of_unicode_counts() -> None:
    every = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isdigit()]

    assert [c for c in every if not masking.has_number(c * (MAX_VISIBLE + 1))] == []


@given(numeric | wild.text)
@example("1" * 7)
@example("4155 552671")
@example("555267\u3164" + "1")
def test_no_text_keeps_seven_digits_in_a_row(text: str) -> None:
    for masked in (masking.mask_text(text), masking.mask_for_logs(text)):
        assert all(len(run) <= MAX_VISIBLE for run in _joined(masked))
        assert not masking.has_number(masked)


@given(numeric | wild.text)
def test_masking_again_changes_nothing_and_invents_no_digit(text: str) -> None:
    masked = masking.mask_text(text)

    assert masking.mask_text(masked) == masked
    assert _digits(masked) <= _digits(text) + sum(unicodedata.category(c) == "No" for c in text)
    if not masking.has_number(text):
        assert masked == text


@pytest.mark.parametrize(
    "pattern",
    [
        *("-", "1", "1-", "1abcd", "1x", "+", "(", "1(", "a", "1 ext ", "\u200b", "1\u200b"),
        *(
            "<",
            "<a>",
            "&amp;",
            "amp;",
            "&#",
            "%25",
            "\\u",
            "=3D",
            "é",
            "\u0315\u0300",
            "九",
            "\ufdfa",
        ),
    ],
)
def test_masking_takes_time_in_proportion_to_the_text(pattern: str) -> None:
    def seconds(length: int) -> float:
        text = pattern * (length // len(pattern))
        started = time.thread_time()
        masking.mask_text(text)
        return time.thread_time() - started

    long = min(seconds(400_000) for _ in range(3))

    assert long < 12 * min(seconds(100_000) for _ in range(3)) + 0.01


def test_the_last_four_digits_are_the_numbers() -> None:
    assert {masking.mask_text(each)[-len(VISIBLE) :] for each in SPELLINGS[:3]} == {VISIBLE}
