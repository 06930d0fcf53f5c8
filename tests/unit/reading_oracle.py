"""A second, slow and straightforward reading of parameters, which tests compare with the service's.

It knows parameters as pairs that were decoded already, and shares no code with the service. A
warning is its kind and its parameter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

Pairs = Sequence[tuple[str, str]]

OURS = ("call_uuid", "caller_number", "key")
HEX = "0123456789abcdefABCDEF"
MISSING = [
    "undefined", "null", "NaN", "nil", "N/A", "n/a", "#N/A", "#REF!", "#DIV/0!",
]  # fmt: skip
MISSING_IN_PARENTHESES = ["null", "none", "nil", "not set"]
BRACKETS = [("{{", "}}"), ("{", "}"), ("${", "}"), ("[", "]"), ("%", "%"), ("<", ">"), ("*|", "|*")]


@dataclass
class Reading:
    """The parameters, and the warnings about them."""

    parameters: dict[str, str] = field(default_factory=dict)
    warnings: set[tuple[str, str | None]] = field(default_factory=set)

    @property
    def tags(self) -> dict[str, str]:
        tags = {name: v for name, v in self.parameters.items() if name not in OURS}
        if len(tags) > 1 and "" in tags:
            del tags[""]
        return tags


def read(query: Pairs, body: Pairs, path_key: str | None) -> Reading:
    reading = Reading()
    sent_in_query = _one_value_each(query, reading)
    sent_in_body = _one_value_each(body, reading)
    for name, value in [*sent_in_query.items(), *sent_in_body.items()]:
        known = reading.parameters.get(name, "")
        if name in OURS and known.strip():
            if not value.strip():
                continue
            if not _is_one(name, known, value):
                reading.warnings.add(("parameter_repeated", name))
        reading.parameters[name] = value
    if path_key is not None:
        sent = reading.parameters.get("key", "")
        if sent.strip() and not _is_one("key", sent, path_key):
            reading.warnings.add(("parameter_repeated", "key"))
        reading.parameters["key"] = path_key
    _warn_of_lost_characters(reading)
    _rename(reading)
    _clean_key(reading)
    _warn_about_tags(reading)
    return reading


def _one_value_each(pairs: Pairs, reading: Reading) -> dict[str, str]:
    names = list(dict.fromkeys(_plain_name(name)[0] for name, _ in pairs))
    return {name: _value_of(name, pairs, reading) for name in names}


def _value_of(name: str, pairs: Pairs, reading: Reading) -> str:
    single = [v for sent, v in pairs if _plain_name(sent) == (name, None)]
    numbers = sorted(
        {n for sent, _ in pairs for own, n in [_plain_name(sent)] if own == name and n}
    )
    items = []
    for number in numbers:
        same = [v for sent, v in pairs if _plain_name(sent) == (name, number)]
        if number == "at the end":
            items += same
        else:
            items.append(_last(f"{name}[{number}]", same, reading))
    joined = ",".join(items)
    if not numbers or (single and name in OURS and not joined.strip()):
        return _last(name, single, reading)
    if single and any(value != joined for value in single):
        reading.warnings.add(("parameter_repeated", name))
    return joined


def _plain_name(sent: str) -> tuple[str, str | None]:
    """Return a as it is, a[b] as a.b, and a[] and a[0] as a with its place in the list."""
    if sent.endswith("[]"):
        return sent[:-2], "at the end"
    if sent.endswith("]") and "[" in sent[1:]:
        name, _, inner = sent[:-1].partition("[")
        return (name, inner) if inner.isdecimal() else (f"{name}.{inner}", None)
    return sent, None


def _last(name: str, values: list[str], reading: Reading) -> str:
    if [value.lower() for value in values] == ["true", "false"]:
        return values[0]
    if any(value != values[0] for value in values):
        reading.warnings.add(("parameter_repeated", name))
    if name in OURS:
        values = [value for value in values if value.strip()] or [""]
    return values[-1]


def _is_one(name: str, one: str, other: str) -> bool:
    """Whether two values are one in two spellings."""
    if name == "caller_number":
        digits = [
            "".join(c for c in text if c in "0123456789").lstrip("0") for text in (one, other)
        ]
        short, long = sorted(digits, key=len)
        return one == other or (len(short) > 6 and long[len(long) - len(short) :] == short)
    letters = ["".join(c for c in text if c.isalnum()).lower() for text in (one, other)]
    return letters[0] == letters[1]


def _warn_of_lost_characters(reading: Reading) -> None:
    for name, value in reading.parameters.items():
        if "\ufffd" in name or "\ufffd" in value:
            reading.warnings.add(("charset_guessed", name))


def _rename(reading: Reading) -> None:
    for ours in OURS:
        alike = [name for name in reading.parameters if name.strip().lower() == ours]
        if ours in alike and ours != "key":
            used = reading.parameters[ours]
            others = [reading.parameters[name] for name in alike]
            if any(other.strip() and not _is_one(ours, used, other) for other in others):
                reading.warnings.add(("parameter_repeated", ours))
        if ours not in alike and len(alike) == 1:
            reading.parameters = {
                ours if name == alike[0] else name: v for name, v in reading.parameters.items()
            }
            reading.warnings.add(("name_repaired", ours))


def _clean_key(reading: Reading) -> None:
    sent = reading.parameters.get("key", "")
    found = [i for i, c in enumerate(sent) if c.isalnum()]
    if not found:
        return
    inner = sent[found[0] : found[-1] + 1]
    groups = inner.replace("\u2013", "-").split("-")
    if all(c in HEX for c in "".join(groups)):
        if [len(group) for group in groups] == [32]:
            text = groups[0]
            groups = [text[:8], text[8:12], text[12:16], text[16:20], text[20:]]
        if [len(group) for group in groups] == [8, 4, 4, 4, 12] and "-".join(groups) != sent:
            reading.parameters["key"] = "-".join(groups)
            reading.warnings.add(("name_repaired", "key"))


def _warn_about_tags(reading: Reading) -> None:
    if len(reading.tags) != len([name for name in reading.parameters if name not in OURS]):
        reading.warnings.add(("left_out", None))
    for name, value in reading.tags.items():
        if _is_missing(value.strip()):
            reading.warnings.add(("placeholder_not_filled_in", name))


def _is_missing(value: str) -> bool:
    words = value.replace(",", " ").split()
    if value in MISSING or (value[:1] not in ("", ",") and all(word in MISSING for word in words)):
        return True
    if value[:1] == "(" and value[-1:] == ")":
        return value[1:-1].lower().replace("_", " ") in MISSING_IN_PARENTHESES
    return all(
        any(
            part.startswith(start) and part.endswith(end) and part[len(start) : -len(end)].isalpha()
            for start, end in BRACKETS
        )
        for part in value.split(",")
    )
