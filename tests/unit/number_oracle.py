"""A second reading of caller numbers: slow and straightforward, from the rules in
docs/publishers.md, with the phonenumbers library and without the project's code."""

import html
import re
import unicodedata
from collections.abc import Sequence
from urllib.parse import unquote

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat

DOCUMENTED = ("+10123456789", "+3569878933094")
FOREIGN_PREFIXES = (
    "0011", "001", "002", "000", "005", "006", "007", "008", "009", "0012", "0014", "0015", "0021",
    "00700", "010", "011", "810", "119", "00",
)  # fmt: skip
WITHHELD = ("266696687", "7378742833", "86282452253", "2562533", "8656696")
WITHHELD_WORDS = ("anonymous", "unknown", "private", "restricted", "unavailable", "blocked")
OTHER_NUMBERS = ("fax", "id", "order", "wrong", "account")
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
    """Return the numbers of a list, or the text itself."""
    identities = [each for each in re.findall("<([^<>]+)>", text) if _count(each) >= 7]
    if identities:
        return identities
    if "=" not in text:
        parts = [part for part in re.split(r"[,/|]", text) if _count(part) >= 7]
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
        return in_plan(digits.removeprefix("810").removeprefix("00"))
    return _read_digits(number, digits, region)


def _read_digits(number: str, digits: str, region: str) -> str | None:
    if re.search(r"[0-9][^0-9]*[(\[][0-9]+[)\]]?$", number.strip()) and _has_whole_before(number):
        return None
    first = number.index(digits[0])
    if "+" in number[:first]:
        return _with_plus(digits, region)
    found = _without_plus(digits, region)
    groups = re.findall("[0-9]+", number)
    return None if found and _shows_more(groups, found, region) else found


def _has_whole_before(number: str) -> bool:
    return _count(number[: max(number.rfind("("), number.rfind("["))]) >= 7


def _shows_more(groups: Sequence[str], found: str, region: str) -> bool:
    """Whether the groups of digits without a plus show a number of the region and more digits."""
    digits = "".join(groups)
    if digits.startswith("0"):
        is_abroad = in_plan_here(digits, region) != found
        return groups[0] == "0" and is_abroad
    code = _country_code(digits) or ""
    starts = ["".join(groups[:end]) for end in range(1, len(groups))]
    if in_plan_here(digits, region) == found:
        if _is_north_american(region):
            return [len(group) for group in groups] == [7, 3]
        return not _is_valid(found, region) and any(_is_number_of(s, region) for s in starts)
    if digits.startswith(("011", "00", "810", "119", "010")) and not in_plan(digits):
        return False
    rest = [len(group) for group in groups]
    is_even = len(rest) > 2 and len({*rest[:-1]}) == 1 and rest[-1] <= rest[0]
    if len(groups[0]) < len(code) and not is_even:
        return True
    is_code_first = groups[0] == code and len(code) < 3
    if not _is_north_american(region):
        is_sure = is_code_first and _is_valid(found, None)
        return not is_sure and any(_is_number_of(start, region) for start in starts)
    if re.match("[2-9][0-9]{2}[2-9]", digits) and re.match(
        r"([0-9]{3} [0-9]{3} [0-9]{4}|[0-9]{3} [0-9]{7}|[0-9]{6} [0-9]{4}|[0-9]{10})( |$)",
        " ".join(groups),
    ):
        return True
    if re.fullmatch("[89]1[2-9][0-9]{2}[2-9][0-9]{6}", digits) and _is_valid(
        f"+{digits[1:]}", None
    ):
        kind = phonenumbers.number_type(phonenumbers.parse(found))
        return kind != phonenumbers.PhoneNumberType.MOBILE
    is_grouped = len(groups) > 1 and not is_code_first and re.match("[2-9]..[2-9]", digits)
    starts_whole = len(digits) > 10 and _is_valid(f"+1{digits[:10]}", None)
    return bool(is_grouped) and starts_whole and not _is_valid(found, None)


def _is_number_of(digits: str, region: str) -> bool:
    number = in_plan_here(digits, region)
    return number is not None and _is_valid(number, region)


def _is_valid(number: str, region: str | None) -> bool:
    parsed = phonenumbers.parse(number)
    if region:
        return phonenumbers.is_valid_number_for_region(parsed, region)
    return phonenumbers.is_valid_number(parsed)


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
        return in_plan_here(digits, region) or written
    if number := in_plan(digits) or _without_trunk_zero(digits) or _with_code_twice(digits):
        return number
    if _is_north_american(region) and re.fullmatch("[2-9][0-9]{9}", digits):
        return f"+1{digits}"
    return _without_country_code(digits, region) or _as_written(digits)


def _without_country_code(digits: str, region: str) -> str | None:
    """Return a number of the region that nobody can take for one with a country code."""
    own = str(phonenumbers.country_code_for_region(region))
    if _is_north_american(region) or digits.startswith(("1", own)) or is_length_known(f"+{digits}"):
        return None
    number = in_plan_here(digits, region)
    parsed = _parsed(number, None) if number else None
    is_valid = parsed and phonenumbers.is_valid_number_for_region(parsed, region)
    return number if is_valid else None


def _with_code_twice(digits: str) -> str | None:
    code = _country_code(digits)
    return in_plan(digits[len(code) :]) if code and digits.startswith(code * 2) else None


def _without_trunk_zero(digits: str) -> str | None:
    code = _country_code(digits)
    if not code or code == "1" or not digits.startswith(f"{code}0"):
        return None
    without = code + digits[len(code) + 1 :]
    return in_plan(without) or _with_code_twice(without)


def _as_written(digits: str) -> str | None:
    if digits.startswith("0") or (digits.startswith("1") and len(digits) != 11):
        return None
    return f"+{digits}" if 8 <= len(digits) <= 15 else None


def _without_plus(digits: str, region: str) -> str | None:
    for prefix in (_own_prefix(region), "00"):
        following = digits.removeprefix(prefix)
        is_long = prefix.startswith("00") or len(following) >= 9
        if following != digits and is_long and (number := in_plan(following)):
            return number
    if found := _after_prefixes(digits):
        return found[0] if len(found) == 1 and not in_plan(digits) else None
    if digits.startswith("00"):
        following = digits[2:]
        if number := _without_trunk_zero(following) or _with_code_twice(following):
            return number
    is_own = digits.startswith("00") and _own_prefix(region) == "00"
    if is_own or (digits.startswith("00") and f"+{digits[2:]}" in DOCUMENTED):
        number = _as_written(digits[2:])
        return number if number == _with_plus(digits[2:], region) else None
    return in_plan_here(digits, region) or in_plan(digits)


def _after_prefixes(digits: str) -> list[str]:
    numbers = {
        number
        for prefix in FOREIGN_PREFIXES
        if digits.startswith(prefix) and len(digits) - len(prefix) >= 9
        if (number := in_plan(digits[len(prefix) :]))
    }
    return sorted(numbers)


def in_plan(digits: str) -> str | None:
    """Return digits with a country code in E.164, if their length and pattern are in its plan."""
    if match := re.fullmatch("52(?:1|01|02|044|045)([0-9]{10})", digits):
        digits = f"52{match[1]}"
    if re.fullmatch("560[2-9][0-9]{8}", digits):
        digits = f"56{digits[3:]}"
    if digits.startswith("1") and len(digits) != 11:
        return None
    number = _parsed(f"+{digits}", None)
    if number is None or not phonenumbers.is_possible_number(number):
        return None
    national = phonenumbers.national_significant_number(number)
    code = number.country_code or 0
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code]:
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
        pattern = (
            metadata and metadata.general_desc and metadata.general_desc.national_number_pattern
        )
        if pattern and re.fullmatch(pattern, national):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


def in_plan_here(digits: str, region: str) -> str | None:
    """Return digits as dialed in the region in E.164, if they are possible there."""
    if _is_north_american(region):
        match = re.fullmatch("1?([2-9][0-9]{9})", digits)
        return f"+1{match[1]}" if match else None
    code = phonenumbers.country_code_for_region(region)
    if re.fullmatch("0(?:1|2|44|45)[0-9]{10}", digits) and region == "MX":
        return in_plan(f"{code}{digits}")
    number = _parsed(digits, region)
    if number is None:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != 0:
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, region)
    except NumberParseException:
        return None


def is_length_known(number: str) -> bool:
    """Whether the library knows numbers of this length, or the vendor documents the number."""
    parsed = _parsed(number, None)
    return number in DOCUMENTED or bool(parsed and phonenumbers.is_possible_number(parsed))


def _country_code(digits: str) -> str | None:
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return next((digits[:n] for n in (1, 2, 3) if digits[:n] and int(digits[:n]) in codes), None)


def _own_prefix(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region, None)
    prefix = metadata.international_prefix if metadata else None
    if region == "AU":
        return "0011"  # the library also knows those of single carriers
    return prefix if prefix and prefix.isdecimal() else "00"


def _is_north_american(region: str) -> bool:
    return phonenumbers.country_code_for_region(region) == 1
