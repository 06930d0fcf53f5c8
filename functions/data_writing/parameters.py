"""Reads parameters from a query string or a form, and repairs what has only one meaning."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

from shared.domain import postings
from shared.domain.errors import InvalidInput, Problem
from shared.domain.posting_warnings import PostingWarning, WarningKind

KEY = "key"
CALLER_NUMBER = "caller_number"
CALL_UUID = "call_uuid"
RESERVED = frozenset((KEY, CALLER_NUMBER, CALL_UUID))
"""Parameter names that are never tags."""

MAX_PARAMETERS = 2000
"""Maximum parameters of a query string, form or multipart body, with repeats: each costs time."""

Pairs = Sequence[tuple[str, str]]

QUERY_STRING, BODY = "query string", "body"
"""The places of parameters, as warnings name them."""

WINDOWS = "cp1252"
REPLACEMENT = "\ufffd"
"""Stands for characters that could not be read, here or on the way here."""
_CHARSETS = ("ascii", "big5", "cp", "euc", "gb", "iso8859", "koi8", "mac", "shift_jis", "utf-16")
"""Prefixes of the supported charsets' names."""


def parse_urlencoded(
    text: str, warnings: list[PostingWarning], charset: str | None = None
) -> Pairs:
    """Return the parameters of a query string or a form in their order, with repeats.

    Text is UTF-8 or else Windows-1252, unless a charset is given. Raw bytes in `text` are surrogate
    escapes. Raises InvalidInput for more than MAX_PARAMETERS.
    """
    if ";" in text or "?" in text or "%u" in text:
        from functions.data_writing import separators  # noqa: PLC0415

        text = separators.to_ampersands(text, warnings)
    if "=" not in text and "%3" in text:
        from functions.data_writing import separators  # noqa: PLC0415

        text = separators.decoded(text, warnings)
    if text.count("&") >= MAX_PARAMETERS:
        raise too_many()
    pairs = []
    for field in text.split("&"):
        if field:
            name, _, value = field.partition("=")
            name = decode(name, charset, warnings, None)
            if "+" in value and (reserved := folded(name.partition("[")[0])) in RESERVED:
                value = _with_escaped_plus(reserved, value)
            pairs.append((name, decode(value, charset, warnings, name)))
    return pairs


def too_many() -> InvalidInput:
    message = (
        f"more than {MAX_PARAMETERS:,} parameters were sent, and a posting can have "
        f"{postings.MAX_TAGS} tags; split them into several postings"
    )
    return InvalidInput(Problem(None, message))


def decode(text: str, charset: str | None, warnings: list[PostingWarning], name: str | None) -> str:
    """Percent-decode a name or a value."""
    if text.isascii() and "%" not in text:
        return text.replace("+", " ")
    text = text.replace("+", " ")
    try:
        data = unquote_to_bytes(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        # Has half of a surrogate pair, which is replaced later.
        data = unquote_to_bytes(text.encode("utf-8", "surrogatepass"))
    return decode_bytes(data, charset, warnings, name)


def known_charset(declared: str) -> str | None:
    """Return the codec of a declared charset; None for UTF-8, the default, and unknown charsets."""
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):  # a NUL is a ValueError
        return None
    if not name.startswith(_CHARSETS):
        return None
    # As in browsers: declared Latin-1 is Windows-1252.
    return WINDOWS if name in ("iso8859-1", "ascii") else name


def decode_bytes(
    data: bytes, charset: str | None, warnings: list[PostingWarning], name: str | None
) -> str:
    """Decode as the declared charset, or else as UTF-8, or else as Windows-1252."""
    if charset is None:
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
    # Imported here to keep cold starts short: most postings are UTF-8.
    from functions.data_writing import charsets  # noqa: PLC0415

    return charsets.decode(data, charset, warnings, name)


def as_plain_text(parameters: dict[str, str], warnings: list[PostingWarning]) -> dict[str, str]:
    """Return the parameters without characters that a tag cannot have."""
    text = "".join((*parameters, *parameters.values()))
    if text.isprintable() and REPLACEMENT not in text:
        return parameters
    # Imported here to keep cold starts short: most postings have no such characters.
    from functions.data_writing import text_repairs  # noqa: PLC0415

    return text_repairs.repaired(parameters, warnings)


def json_text(value: str | bool | None) -> str:
    """Return a JSON value other than an object or a list as a tag's value."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def collect(
    pairs: Pairs, warnings: list[PostingWarning], place: str = QUERY_STRING
) -> dict[str, str]:
    """Return one value per name: x[]=a&x[]=b is x = a,b; a[b] is a.b; otherwise the last wins.

    `place` is where they were sent, for the warnings.
    """
    collected = dict(pairs)
    if len(collected) == len(pairs) and not any("[" in name for name in collected):
        return collected
    # Imported here to keep cold starts short: most postings have neither lists nor repeats.
    from functions.data_writing import repeats  # noqa: PLC0415

    return repeats.collect(pairs, warnings, place)


def merge(
    query: Mapping[str, str], body: Mapping[str, str], warnings: list[PostingWarning]
) -> dict[str, str]:
    """Merge the parameters. The body's win, except an empty key, caller number or call ID."""
    merged = {**query, **body}
    for name in sorted(RESERVED & query.keys()):
        if not merged[name].strip():
            merged[name] = query[name]
        elif name in body:
            warn_of_override(name, body[name], BODY, query[name], QUERY_STRING, warnings)
    return merged


def warn_of_override(
    name: str, used: str, place: str, ignored: str, other: str, warnings: list[PostingWarning]
) -> None:
    """Warn if a key, caller number or call ID was sent in two places, with different values."""
    if used != ignored and ignored.strip():
        from functions.data_writing import repeats  # noqa: PLC0415

        repeats.warn_of_override(name, used, place, ignored, other, warnings)


def with_reserved_names(
    parameters: dict[str, str], warnings: list[PostingWarning]
) -> dict[str, str]:
    """Rename misspellings such as `Key` or ` Caller_Number ` if the right name was not sent."""
    misspelled = [name for name in parameters if name not in RESERVED and folded(name) in RESERVED]
    for name in sorted(RESERVED) if misspelled else ():  # the order of the warnings
        alike = [other for other in misspelled if folded(other) == name]
        if name in parameters:
            for other in alike if name != KEY else ():  # many things are called Key
                place = f"parameter {postings.shown_name(other)}"
                warn_of_override(name, parameters[name], name, parameters[other], place, warnings)
        elif len(alike) == 1:
            shown = postings.shown_name(alike[0])
            message = f"was sent as {shown}; send it as {name}, in lower case"
            warnings.append(PostingWarning(WarningKind.NAME, name, message))
            parameters = {name if n == alike[0] else n: v for n, v in parameters.items()}
    return parameters


INVISIBLE = (
    "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufe0e\ufe0f\ufeff"
)
"""Characters that get copied along with a link: soft hyphens, zero-width characters, marks of the
writing direction, variation selectors and byte order marks."""


def folded(name: str) -> str:
    return name.strip().strip(INVISIBLE).strip().lower().removesuffix("[]")


_BEFORE_DIGITS = "(?:%[0-9A-Fa-f]{2}|[^0-9%])*"
_SCHEME = r"(?i)(?:callto|phone|sips?|sms|tel|whatsapp)(?::|%3A)\+"
"""The start of an address, such as tel:+1…, where a plus follows the colon."""
_NORTH_AMERICAN_GROUPS = r"[2-9][0-9]{2}\)?[-.+]{1,2}[2-9][0-9]{2}[-.+][0-9]{4}"


def _with_escaped_plus(name: str, value: str) -> str:
    """Escape a plus that must be a plus and not a space: before a number, or in a call ID."""
    if name == CALL_UUID:
        # At the ends it means a space; no call ID contains a space.
        return value.strip("+").replace("+", "%2B")
    if name == CALLER_NUMBER and (match := re.match(_BEFORE_DIGITS, value)):
        if _means_space(match[0], value):
            return value
        return match[0].replace("+", "%2B") + value[match.end() :]
    return value


def _means_space(before: str, value: str) -> bool:
    """Whether a plus before the first digit is a form's space: behind a label or an escape of the
    form's encoder, or before a number that is grouped as in North America.

    `before` is the part of the value before its first digit.
    """
    rest = value[len(before) :]
    is_usual = before == "+" and rest.isdecimal()
    if is_usual or "+" not in before or "%20" in value:
        return False
    if re.fullmatch(_NORTH_AMERICAN_GROUPS, rest):
        return True
    if re.fullmatch(_SCHEME, before):
        # An encoder that escapes the colon, and writes spaces as pluses, wrote this one, too.
        return "%" in before and "+" in rest
    return before.strip("+(") != ""
