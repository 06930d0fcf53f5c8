"""A second reading of caller numbers: slow and straightforward, from the rules in
docs/publishers.md, with the phonenumbers library and without the project's code."""

import html
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote

import phonenumbers

from tests.unit import oracle_plans

FOREIGN_PREFIXES = (
    "0011", "001", "002", "000", "005", "006", "007", "008", "009", "0012", "0014", "0015", "0021",
    "00700", "010", "011", "810", "119", "00",
)  # fmt: skip
WITHHELD = ("266696687", "7378742833", "86282452253", "2562533", "8656696")
WITHHELD_WORDS = ("anonymous", "unknown", "private", "restricted", "unavailable", "blocked")
OTHER_NUMBERS = (
    "fax", "id", "order", "wrong", "account", "case", "to", "konto", "zero", "two",
)  # fmt: skip
EXTENSION = r"(?i)[\s,;(.-]*(?:;ext=|extension|ext|x|#)[\s.:=]*([0-9]{1,6})?[\s.:)#]*$"


def read(text: str, region: str) -> str | None:
    """Return the number in E.164, or None for text that is refused."""
    text = _plain(_decoded(text))
    if any(word in text.lower() for word in WITHHELD_WORDS):
        return None
    parts = _parts(text)
    numbers = {_read_one(part, region) for part in parts}
    number = numbers.pop() if len(numbers) == 1 else None
    return number if number and 8 <= _count(number) <= 15 else None


def _decoded(text: str) -> str:
    if re.search("%[0-9A-Fa-f]{2}", text):
        text = unquote(text)
    text = re.sub(r"(?i)&(?:amp;)?(?:#43|#x2b|plus)(?![;0-9a-z])", "+", text)
    text = re.sub(r"(?i)&(?:amp;)?(#43|#x2b|plus)(?=[0-9])", "+", text)
    return html.unescape(html.unescape(text)).replace("\\u002b", "+").replace("\\u002B", "+")


def _plain(text: str) -> str:
    characters = []
    for character in text:
        category = unicodedata.category(character)
        if category in ("Cf", "Mn"):
            continue
        if category == "Nd":
            characters.append(str(unicodedata.decimal(character)))
        elif category in ("Zs", "Cc"):
            characters.append(" ")
        elif category == "Pd" or character == "\u2212":
            characters.append("-")
        else:
            characters.append(unicodedata.normalize("NFKC", character))
    return "".join(characters).strip()


def _parts(text: str) -> Sequence[str]:
    """Return the numbers of a list, of HTML or of a formula, or the text itself."""
    if re.search("(?i)</?[a-z]+[ />]", text):
        links = re.findall("href=[\"']([^\"']+)[\"']", text)
        parts = [*links, re.sub("<[^>]*>", " ", text)]
        return [part for part in parts if _count(part) >= 7]
    if match := re.fullmatch("=[A-Z]+\\([\"']?([^\"']*?)[\"']?\\)", text):
        return [match[1]]
    identities = [each for each in re.findall("<([^<>]+)>", text) if _count(each) >= 7]
    if identities:
        return identities
    if "=" not in text:
        parts = [part for part in re.split(r"[,/|]| (?:or|and|o|oder) ", text) if _count(part) >= 7]
        if len(parts) > 1:
            return parts
    return [text]


def _count(text: str) -> int:
    return len(re.findall("[0-9]", text))


def _read_one(text: str, region: str) -> str | None:
    text = text.strip(" '\"=")
    if re.search(r"@(?:lid|g\.us)$", text):
        return None
    if match := re.match(r"(?i)(?:https://)?wa\.me/([0-9]+)", text):
        text = match[1]
    text = re.sub(r"(?i)^(?:tel|sips?|client|whatsapp|sms):", "", text)
    text = re.sub(r"(?::[0-9]+)?@.*$", "", text)
    text = re.sub(r"(?i);(?:user|tgrp|trunk-context|verstat|phone-context)=[^;]*", "", text)
    if re.fullmatch(r"\+?[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.0+)?", text):
        text = text.partition(".")[0].replace(",", "")
    if re.fullmatch(r"\+?[0-9]{7,}\.0+", text):
        text = text.partition(".")[0]
    if match := re.search(EXTENSION, text):
        text = text[: match.start()] if _count(text[: match.start()]) >= 7 else text
    number = _without_words(text)
    if number is None:
        return None
    digits = "".join(re.findall("[0-9]", number))
    if digits.removeprefix("1") in WITHHELD or digits in WITHHELD or len(set(digits)) < 2:
        return None
    if number.startswith(("8~10", "0~0")):
        return oracle_plans.in_plan(digits.removeprefix("810").removeprefix("00"))
    return _read_digits(number, digits, region)


def _read_digits(number: str, digits: str, region: str) -> str | None:
    if re.search(r"[0-9][^0-9]*[(\[][0-9]+[)\]]?$", number.strip()) and _has_whole_before(number):
        return None
    first = number.index(digits[0])
    if "+" in number[:first]:
        return _with_plus(digits, region)
    found = _without_plus(digits, region)
    is_area_code_first = re.match(r"[ 1.-]*[(\[][2-9][0-9]{2}[)\]]", number)
    if is_area_code_first and oracle_plans.is_north_american(region):
        found = oracle_plans.in_plan_here(digits, region)
    groups = re.findall("[0-9]+", number)
    return None if found and _shows_more(groups, found, region) else found


def _has_whole_before(number: str) -> bool:
    return _count(number[: max(number.rfind("("), number.rfind("["))]) >= 7


def _shows_more(groups: Sequence[str], found: str, region: str) -> bool:
    """Whether the groups of digits without a plus show a number of the region and more digits."""
    digits = "".join(groups)
    if digits.startswith("0"):
        is_abroad = oracle_plans.in_plan_here(digits, region) != found
        return groups[0] == "0" and is_abroad
    code = oracle_plans.country_code(digits) or ""
    starts = ["".join(groups[:end]) for end in range(1, len(groups))]
    if oracle_plans.in_plan_here(digits, region) == found:
        if oracle_plans.is_north_american(region):
            return [len(group) for group in groups] == [7, 3]
        if not oracle_plans.is_valid(found, region) and any(
            _is_number_of(s, region) for s in starts
        ):
            return True
        return found != f"+{digits}" and _is_rather_foreign(groups, found, region)
    if digits.startswith(("011", "00", "810", "119", "010")) and not oracle_plans.in_plan(digits):
        return False
    rest = [len(group) for group in groups]
    is_even = len(rest) > 2 and len({*rest[:-1]}) == 1 and rest[-1] <= rest[0]
    if len(groups[0]) < len(code) and not is_even:
        return True
    is_code_first = groups[0] == code and len(code) < 3
    if not oracle_plans.is_north_american(region):
        is_sure = is_code_first and oracle_plans.is_valid(found, None)
        return not is_sure and any(_is_number_of(start, region) for start in starts)
    if re.match("[2-9][0-9]{2}[2-9]", digits) and re.match(
        r"([0-9]{3} [0-9]{3} [0-9]{4}|[0-9]{3} [0-9]{7}|[0-9]{6} [0-9]{4}|[0-9]{10})( |$)",
        " ".join(groups),
    ):
        return True
    if re.fullmatch("[89]1[2-9][0-9]{2}[2-9][0-9]{6}", digits) and oracle_plans.is_valid(
        f"+{digits[1:]}", None
    ):
        return not oracle_plans.is_mobile(found)
    is_grouped = len(groups) > 1 and not is_code_first and re.match("[2-9]..[2-9]", digits)
    starts_whole = len(digits) > 10 and oracle_plans.is_valid(f"+1{digits[:10]}", None)
    return bool(is_grouped) and starts_whole and not oracle_plans.is_valid(found, None)


def _is_rather_foreign(groups: Sequence[str], found: str, region: str) -> bool:
    """Whether digits without a 0 before them are rather another country's number."""
    abroad = oracle_plans.in_plan("".join(groups))
    if abroad is None or oracle_plans.is_mobile(found):
        return False
    is_here, is_there = oracle_plans.is_valid(found, region), oracle_plans.is_valid(abroad, None)
    is_wide = oracle_plans.has_many_lengths(region)
    is_for_fiction = abroad.startswith("+447700900")
    if not (is_there or is_for_fiction) or (is_here and not is_wide):
        return False
    is_code_first = groups[0] == oracle_plans.country_code(abroad[1:])
    return (
        (is_wide and not is_here)
        or is_for_fiction
        or oracle_plans.is_mobile(abroad)
        or (is_code_first and oracle_plans.is_dialed_with_zero(region))
    )


def _is_number_of(digits: str, region: str) -> bool:
    number = oracle_plans.in_plan_here(digits, region)
    return number is not None and oracle_plans.is_valid(number, region)


def _without_words(text: str) -> str | None:
    """Return the part of the text from the first to the last digit, with a plus before it."""
    match = re.fullmatch(r"([^0-9+]*?)([+(\[ ]*[0-9][-+0-9 ().\[\]/~]*?)([^0-9]*)", text)
    if match is None:
        return None
    before, number, after = match.groups()
    words = re.findall(r"[^\W\d_]+", f"{before} {after}".lower())
    if any(word in OTHER_NUMBERS for word in words):
        return None
    if (
        (before[-1:].isalpha() and number[0].isdigit())
        or after[:1].isalpha()
        or re.search(r"[=&?@*_!{}$%<>]", before + after)
    ):
        return None
    return number if number.count("+") <= 1 else None


def _with_plus(digits: str, region: str) -> str | None:
    if digits.startswith("0"):
        found = _after_prefixes(digits)
        if len(found) == 1:
            return found[0]
        written = _as_written(digits[2:]) if digits.startswith("00") else None
        return oracle_plans.in_plan_here(digits, region) or written
    if (
        number := oracle_plans.in_plan(digits)
        or _without_trunk_zero(digits)
        or _with_code_twice(digits)
    ):
        return number
    if oracle_plans.is_north_american(region) and re.fullmatch("[2-9][0-9]{9}", digits):
        return f"+1{digits}"
    return _without_country_code(digits, region) or _as_written(digits)


def _without_country_code(digits: str, region: str) -> str | None:
    """Return a number of the region that nobody can take for one with a country code."""
    own = str(phonenumbers.country_code_for_region(region))
    if (
        oracle_plans.is_north_american(region)
        or digits.startswith(("1", own))
        or oracle_plans.is_length_known(f"+{digits}")
    ):
        return None
    number = oracle_plans.in_plan_here(digits, region)
    return number if number and oracle_plans.is_valid(number, region) else None


def _with_code_twice(digits: str) -> str | None:
    code = oracle_plans.country_code(digits)
    return (
        oracle_plans.in_plan(digits[len(code) :]) if code and digits.startswith(code * 2) else None
    )


def _without_trunk_zero(digits: str) -> str | None:
    code = oracle_plans.country_code(digits)
    if not code or code == "1" or not digits.startswith(f"{code}0"):
        return None
    without = code + digits[len(code) + 1 :]
    return oracle_plans.in_plan(without) or _with_code_twice(without)


def _as_written(digits: str) -> str | None:
    if digits.startswith("0") or (digits.startswith("1") and len(digits) != 11):
        return None
    return f"+{digits}" if 8 <= len(digits) <= 15 else None


def _without_plus(digits: str, region: str) -> str | None:
    for prefix in (oracle_plans.own_prefix(region), "00"):
        following = digits.removeprefix(prefix)
        is_long = prefix.startswith("00") or len(following) >= 9
        if following != digits and is_long and (number := oracle_plans.in_plan(following)):
            return number
    if found := _after_prefixes(digits):
        return found[0] if len(found) == 1 and not oracle_plans.in_plan(digits) else None
    if digits.startswith("00"):
        following = digits[2:]
        if number := _without_trunk_zero(following) or _with_code_twice(following):
            return number
    is_own = digits.startswith("00") and oracle_plans.own_prefix(region) == "00"
    if is_own or (digits.startswith("00") and f"+{digits[2:]}" in oracle_plans.DOCUMENTED):
        number = _as_written(digits[2:])
        return number if number == _with_plus(digits[2:], region) else None
    national = oracle_plans.in_plan_here(digits, region)
    if national and _has_own_code(digits, national, region):
        return f"+{digits}"
    return national or oracle_plans.in_plan(digits)


def _has_own_code(digits: str, national: str, region: str) -> bool:
    """Whether the digits are a number of the region after its own country code."""
    own = oracle_plans.in_plan(digits)
    if own != f"+{digits}" or not oracle_plans.is_valid(own, region):
        return False
    is_doubtful = oracle_plans.is_mobile(own) or not oracle_plans.is_valid(national, region)
    return is_doubtful and not oracle_plans.is_mobile(national)


def _after_prefixes(digits: str) -> list[str]:
    numbers = {
        number
        for prefix in FOREIGN_PREFIXES
        if digits.startswith(prefix) and len(digits) - len(prefix) >= 9
        if (number := oracle_plans.in_plan(digits[len(prefix) :]))
    }
    return sorted(numbers)
