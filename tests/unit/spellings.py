"""Forty ways to spell a phone number in a text, for tests that look for it in what viewers get."""

COUNTRY, AREA, EXCHANGE, LINE = "1", "415", "555", "2671"
DIGITS = f"{COUNTRY}{AREA}{EXCHANGE}{LINE}"
VISIBLE = LINE
"""The digits that a viewer may see."""

_SEPARATORS = (
    " ", "-", ".", "_", ",", ":", "/", "x", "*", "~", "|", "\t", "\n", ", ", " - ", " ext. ", "..",
    "\u200b", "\u2011", "\u00a0", "\u202f", "\u00ad", "\ufeff", "\u3164", "\u2060\u2060", "%20",
    "%2D", "&nbsp;", "&#x2011;", "<br>", "</span><span>", " dash ", "O",
    "&ndash;", "&amp;middot;", "%26mdash%3B", "</td><td>", '<i class="wide">',
)  # fmt: skip


def _in_script(zero: str) -> str:
    return "".join(chr(ord(zero) + int(digit)) for digit in DIGITS)


SPELLINGS = (
    *(separator.join((COUNTRY, AREA, EXCHANGE, LINE)) for separator in _SEPARATORS),
    f"+{DIGITS}",
    f"+{COUNTRY} ({AREA}) {EXCHANGE}-{LINE}",
    f"sip:+{DIGITS}@example.com",
    " ".join(DIGITS),
    "\u200d".join(DIGITS),
    "".join(f"&#{ord(digit)};" for digit in DIGITS),
    "".join(f"%{ord(digit):02X}" for digit in DIGITS),
    "".join(f"{digit}\ufe0f\u20e3" for digit in DIGITS),
    _in_script("\uff10"),
    _in_script("\u0660"),
    _in_script("\U0001d7ce"),
    "".join("\u2070\xb9\xb2\xb3\u2074\u2075\u2076\u2077\u2078\u2079"[int(d)] for d in DIGITS),
)
"""The number's spellings. In none of them may a viewer read the area code and the exchange."""
