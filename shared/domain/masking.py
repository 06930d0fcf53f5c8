"""Hides phone numbers in text: for viewers, and in log lines. Pure, in linear time.

A run of digits continues across separators and invisible characters, and across a few letters: a
number may be spelled 415.555.2671, 415x555x2671 or 415%20555%202671. A text that still has a number
once it is decoded is hidden as a whole.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from shared.domain import e164

HIDDEN = "(hidden)"
"""The text that replaces one with an encoded number."""
CUT = "…"
"""The end of a text that was cut, perhaps within a number."""

MAX_VISIBLE = 6
"""Maximum digits of a run that stays as it is."""
_LAST_DIGITS = 4
"""Digits that a viewer sees of a number."""

_DIGITS = re.compile(
    r"[\d\xb2\xb3\xb9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u249b\u24ea-\u24ff"
    r"\u2776-\u2793\u3251-\u325f\u32b1-\u32bf\U00010a40-\U00010a43\U00010e60-\U00010e68"
    r"\U00011052-\U0001105a\U0001f100-\U0001f10a]+"
)
"""Digits of all scripts, also raised, lowered and enclosed ones."""
_WORDS = re.compile(r"[^\W\d_\u115f\u1160\u3164\uffa0]+")
"""Letters, without the Hangul fillers, which are letters and invisible."""
_MAX_LETTERS_BETWEEN = 3
"""Maximum letters between two digits of one number, such as x, ext or the D of %2D."""
_WORDS_BETWEEN = frozenset(
    (
        "x", "ext", "extn", "extension", "br", "nbsp", "ensp", "emsp", "thinsp", "zwsp", "zwnj",
        "shy", "hyphen", "minus", "dash", "dot", "point", "space", "comma", "slash", "plus",
        "then", "and", "poste", "anexo", "ramal", "interno", "interna", "span", "div", "font",
    )
)  # fmt: skip
"""Words that are written between the digits of one number."""
_LONGEST_BETWEEN = max(map(len, _WORDS_BETWEEN))
_SIGNS = re.compile(r"[&%\\<=]|[uU]\+|0[xX]|[^\x00-\x7f]")
"""Every encoded text has at least one of these."""
_PLUS = "+\uff0b\ufe62\u207a\u208a"


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of digits: where it stands, and its digits in ASCII; none if it may be incomplete."""

    start: int
    end: int
    digits: str


def mask_text(text: str) -> str:
    """Return a text as viewers see it: of each number only the last four digits."""
    return _masked(text, lambda run: f"••• {run.digits[-_LAST_DIGITS:]}".strip())


def mask_for_logs(text: str) -> str:
    """Return a text as log lines show it: of each number the country code, which is known only
    after a plus, and the last two digits."""
    return _masked(text, lambda run: e164.mask(_international(text, run)))


def has_number(text: str) -> bool:
    """Whether the text has a run of digits that viewers must not see."""
    return next(_runs(text), None) is not None or _has_encoded_number(text)


def _masked(text: str, shown: Callable[[_Run], str]) -> str:
    masked = _with_runs_masked(text, shown)
    if _has_encoded_number(masked) or (masked != text and _shows_more(masked, text, shown)):
        return HIDDEN
    return masked


def _with_runs_masked(text: str, shown: Callable[[_Run], str]) -> str:
    parts, done = [], 0
    for run in _runs(text):
        parts += [text[done : _beginning(text, run, done)], shown(run)]
        done = run.end
    return "".join([*parts, text[done:]]) if parts else text


def _has_encoded_number(text: str) -> bool:
    """Whether a number appears once the text is decoded, or the text cannot be decoded."""
    readings = _readings(text)
    return readings is None or any(next(_runs(each), None) for each in readings)


def _shows_more(masked: str, text: str, shown: Callable[[_Run], str]) -> bool:
    """Whether more digits can be decoded than if the text had been decoded first.

    A mask may spoil an escape between the digits of another number.
    """
    before, after = _readings(text), _readings(masked)
    if before is None or after is None:
        return True
    decoded = _with_runs_masked([text, *before][-1], shown)
    return _count([masked, *after][-1]) > _count(decoded)


def _readings(text: str) -> Sequence[str] | None:
    """Return the text as it can be read, layer by layer; None if it cannot be decoded."""
    if not _SIGNS.search(text):
        return ()
    from shared.domain import escapes  # noqa: PLC0415  # few texts are encoded

    try:
        return tuple(escapes.readings(text))
    except escapes.UnreadableText:
        return None


def _count(text: str) -> int:
    return sum(map(text.count, "0123456789"))


def _runs(text: str) -> Iterator[_Run]:
    """Yield the runs of more than MAX_VISIBLE digits, and one at which the text was cut."""
    if text.isascii() and _count(text) <= MAX_VISIBLE:
        return  # as most texts, without reading them digit by digit
    start, end, count = 0, 0, 0
    parts: list[str] = []
    for match in _DIGITS.finditer(text):
        if not (parts and _is_within_number(text[end : match.start()])):
            if count > MAX_VISIBLE:
                yield _Run(start, end, "".join(parts))
            start, count, parts = match.start(), 0, []
        parts.append(_to_ascii(match[0]))
        count += len(match[0])
        end = match.end()
    if parts and text.endswith(CUT) and _is_within_number(text[end:]):
        yield _Run(start, end, "")
    elif count > MAX_VISIBLE:
        yield _Run(start, end, "".join(parts))


def _is_within_number(gap: str) -> bool:
    """Whether the digits before and after this text can be one number."""
    if len(gap) <= _MAX_LETTERS_BETWEEN:
        return True
    letters = 0
    for match in _WORDS.finditer(gap):
        if len(match[0]) <= _LONGEST_BETWEEN and match[0].casefold() in _WORDS_BETWEEN:
            continue
        letters += len(match[0])
        if letters > _MAX_LETTERS_BETWEEN:
            return False
    return True


def _to_ascii(digits: str) -> str:
    if digits.isascii():
        return digits
    return "".join(str(unicodedata.digit(each, 0)) for each in digits)


def _beginning(text: str, run: _Run, after: int) -> int:
    """Return where the number begins: at a plus or a parenthesis that belongs to its digits."""
    start = run.start
    spelled = text[start : run.end]
    is_open = spelled.count(")") > spelled.count("(")
    while start > after and (text[start - 1] in _PLUS or (is_open and text[start - 1] == "(")):
        start -= 1
    return start


def _international(text: str, run: _Run) -> str:
    """Return the run's digits, with the plus before them if there is one."""
    before = text[max(0, run.start - 1) : run.start]
    return f"+{run.digits}" if before and before in _PLUS else run.digits
