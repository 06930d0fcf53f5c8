"""Parameters as they stand on the wire, in a query string or a form, and what is meant by them."""

import codecs
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote_to_bytes

from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

KEY = "key"
CALLER_NUMBER = "caller_number"
CALL_UUID = "call_uuid"
OURS = frozenset((KEY, CALLER_NUMBER, CALL_UUID))
"""What is no tag."""

MOST_PARAMETERS = 2000
"""Of a query string, a form or a multipart body, repeats included: their number is what costs."""

Pairs = Sequence[tuple[str, str]]

WINDOWS = "cp1252"
_CHARSETS = ("ascii", "big5", "cp", "euc", "gb", "iso8859", "koi8", "mac", "shift_jis", "utf-16")
"""What the names of charsets that are read begin with."""


def parse_urlencoded(
    text: str, warnings: list[PostingWarning], charset: str | None = None
) -> Pairs:
    """The parameters of a query string or a form, in their order, repeats included.

    What is not UTF-8 is read as Windows-1252, unless another charset is given. Bytes come as
    surrogates. Raises InvalidInput for more parameters than are ever read.
    """
    if ";" in text:
        text = _with_ampersands(text, warnings)
    if text.count("&") >= MOST_PARAMETERS:
        raise too_many()
    pairs = []
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            name = decode(name, charset, warnings, None)
            if "+" in value and (ours := _folded(name.partition("[")[0])) in OURS:
                value = _with_escaped_plus(ours, value)
            pairs.append((name, decode(value, charset, warnings, name)))
    return pairs


def too_many() -> InvalidInput:
    message = f"there are more than {MOST_PARAMETERS} parameters; send {postings.MAX_TAGS} at most"
    return InvalidInput(Problem(None, f"{message}, the rest in another posting"))


def decode(text: str, charset: str | None, warnings: list[PostingWarning], name: str | None) -> str:
    """A name or a value, percent-decoded."""
    if text.isascii() and "%" not in text:
        return text.replace("+", " ")
    try:
        data = unquote_to_bytes(text.replace("+", " ").encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text  # with half a character in it, for which it will be refused
    return decode_bytes(data, charset, warnings, name)


def known_charset(declared: str) -> str | None:
    """The codec of a declared charset; None for UTF-8, which is read anyway, and unknown ones."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        return None
    if not name.startswith(_CHARSETS):
        return None
    # As browsers have it: who declares Latin-1 sends Windows-1252.
    return WINDOWS if name in ("iso8859-1", "ascii") else name


def decode_bytes(
    data: bytes, charset: str | None, warnings: list[PostingWarning], name: str | None
) -> str:
    """Text in the charset that was declared, or else UTF-8, or else Windows-1252."""
    if charset is not None:
        return _decode_as(data, charset, name)
    try:
        return data.decode()
    except UnicodeDecodeError:
        what = "is" if name else "a name, or the body, is"
        shown = postings.shown_name(name) if name else None
        message = f"{what} not UTF-8, and was read as Windows-1252; send UTF-8"
        warnings.append(PostingWarning(WarningKind.CHARSET, shown, message))
        return _decode_as(data, WINDOWS, name)


def _decode_as(data: bytes, charset: str, name: str | None) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        if charset == WINDOWS:
            # Five bytes mean nothing in it; they become control characters, to be refused.
            return data.decode("latin-1")
        message = f"is not valid {charset}, which its Content-Type declares; send UTF-8"
        raise InvalidInput(Problem(postings.shown_name(name) if name else None, message)) from error


def collect(pairs: Pairs, warnings: list[PostingWarning]) -> dict[str, str]:
    """One value for each name: x[]=a&x[]=b is x = a,b; a[b] is a.b; the last of others wins."""
    collected = dict(pairs)
    if len(collected) == len(pairs) and not any("[" in name for name in collected):
        return collected
    values: dict[str, list[str]] = {}
    lists: dict[str, dict[int, list[str]]] = {}
    for sent, value in pairs:
        name, index = _dotted(sent)
        values.setdefault(name, [])
        if index is None:
            values[name].append(value)
        else:
            lists.setdefault(name, {}).setdefault(index, []).append(value)
    for name, items in lists.items():
        joined = [
            each
            for index, sent_there in sorted(items.items())
            for each in _items(name, index, sent_there, warnings)
        ]
        values[name].append(",".join(joined))
    return {name: _one_of(name, sent, warnings) for name, sent in values.items()}


def _items(
    name: str, index: int, sent: Sequence[str], warnings: list[PostingWarning]
) -> Sequence[str]:
    """What x[] was sent in their order; at one place of a list, x[0], there is one."""
    return sent if index == _ANY_PLACE else [_one_of(f"{name}[{index}]", sent, warnings)]


def merge(query: Mapping[str, str], body: Mapping[str, str]) -> dict[str, str]:
    """The parameters of both; those of the body win, but for an empty one that cannot be meant."""
    merged = {**query, **body}
    for name in OURS:
        if not merged.get(name, "").strip() and name in query:
            merged[name] = query[name]
    return merged


def with_our_names(parameters: dict[str, str], warnings: list[PostingWarning]) -> dict[str, str]:
    """With `Key` or ` Caller_Number ` as what they must mean, where the right name is missing."""
    for name in sorted(OURS):  # the order of the warnings
        if name in parameters:
            continue
        alike = [other for other in parameters if _folded(other) == name]
        if len(alike) == 1:
            shown = postings.shown_name(alike[0])
            message = f"was sent as {shown}; names are in lower-case letters: send {name}"
            warnings.append(PostingWarning(WarningKind.NAME, name, message))
            parameters = {name if n == alike[0] else n: v for n, v in parameters.items()}
    return parameters


_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
"""What comes along when a link is copied."""


def _folded(name: str) -> str:
    return name.strip().strip(_INVISIBLE).strip().lower().removesuffix("[]")


# Patterns are compiled when a parameter first asks for them: most starts need none.
_SEMICOLON = r"(?<!&amp)(?<!^amp);(?=[^&;=\s]+=)"
_OURS_BEHIND = (
    # Much is called a key; a postback key is a UUID.
    r"(?i)(?<!&amp)(?<!^amp);(?:key=[0-9a-f]{8}|(?:caller_number|call_uuid)=)"
)
_OURS_BEFORE = (
    r"(?i)(?:^|&)(?:key|caller_number|call_uuid)=(?!(?:tel|sips?)(?::|%3a)|[^&]*(?:<|%3c|@|%40))"
    r"[^&;]*(?<!&amp)(?<!^amp);(?!ext=)[a-z_][\w.-]*="
)


def _with_ampersands(text: str, warnings: list[PostingWarning]) -> str:
    """With & for the ; that some senders put between parameters, if it can be nothing else."""
    if not (re.search(_OURS_BEHIND, text) or re.search(_OURS_BEFORE, text)):
        return text
    message = "there were semicolons between parameters, read as &; send &"
    warnings.append(PostingWarning(WarningKind.SEPARATOR, None, message))
    return re.sub(_SEMICOLON, "&", text)


_BEFORE_DIGITS = "(?:%[0-9A-Fa-f]{2}|[^0-9%])*"


def _with_escaped_plus(name: str, value: str) -> str:
    """With a plus that was not escaped as the plus that is meant: before a number, in an id."""
    if name == CALL_UUID:
        # At its ends it is the space that it stands for; within, no id has one.
        return value.strip("+").replace("+", "%2B")
    if name == CALLER_NUMBER and (match := re.match(_BEFORE_DIGITS, value)):
        return match[0].replace("+", "%2B") + value[match.end() :]
    return value


_ANY_PLACE = 1_000_000
"""In a list, behind all that are numbered."""

_BRACKETS = r"([^\[\]]+)((?:\[[^\[\]]*\])+)"


def _dotted(name: str) -> tuple[str, int | None]:
    """a[b] as a.b, with its place in a list, if it says that it is in one."""
    match = re.fullmatch(_BRACKETS, name)
    if match is None:
        return name, None
    parts = match[2][1:-1].split("][")
    index = None
    if not parts[-1] or (parts[-1].isdecimal() and len(parts[-1]) <= 6):
        index = int(parts.pop() or _ANY_PLACE)
    elif "" in parts:
        index = _ANY_PLACE
    return ".".join((match[1], *filter(None, parts))), index


def _one_of(name: str, sent: Sequence[str], warnings: list[PostingWarning]) -> str:
    if len(sent) == 1:
        return sent[0]
    if [value.lower() for value in sent] == ["true", "false"]:
        return sent[0]  # a ticked box of ASP.NET, and the hidden field beside it
    meant: Iterable[str] = reversed(sent)
    if name in OURS:
        meant = filter(str.strip, meant)
    value = next(iter(meant), "")
    if len(set(sent)) > 1:
        message = f"was sent {len(sent)} times, and the last one counts; send it once"
        warnings.append(PostingWarning(WarningKind.REPEATED, postings.shown_name(name), message))
    return value
