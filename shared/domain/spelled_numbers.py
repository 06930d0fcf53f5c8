"""Reads phone numbers in unusual spellings: decides which number the digits mean that
`spelled_digits` finds, by the rules of `numbering_plans`."""

import re
from collections.abc import Iterator

from shared.domain import numbering_plans, spelled_digits, unplanned_numbers
from shared.domain.e164 import DOCUMENTED, MAX_DIGITS, MIN_DIGITS, Reading, is_withheld
from shared.domain.errors import InvalidCallerNumber
from shared.domain.spelled_digits import TWO_PLUSES, WITHHELD, Spelled, is_within

_SEPARATORS = frozenset(",;/|\n&<")
"""Characters between several numbers."""
_WORD_BETWEEN = re.compile(r"[0-9)\]][^\w+]{1,9}[^\W\d_][^0-9]*[0-9]")

_TWO_WAYS = (
    "could be read as two numbers; send it as + followed by country code and number, without a "
    "domestic dialing prefix"
)

TWICE = "has the country code twice, and one was ignored; send it once"
NO_COUNTRY_CODE = (
    "has no country code after the plus, and was read as a number of region {}; send the country "
    "code after the plus"
)
FOREIGN_PREFIX = (
    "has an international dialing prefix, which was read as a plus; send a plus before the country "
    "code"
)
NATIONAL_PREFIX = (
    "has a domestic dialing prefix, which was ignored; send the number without the prefix"
)


_NORTH_AMERICA = "1"
_TEN = 10
"""Digits of a North American number after its country code."""


def read(text: str, region: str) -> Reading:
    """Read a phone number, as `caller_numbers.read` does."""
    if len(text) > spelled_digits.MAX_LENGTH or _is_whole(text):
        return _read_one(text, region)
    from shared.domain import spelled_parts

    return spelled_parts.read(text, lambda part: _read_one(part, region))


def _is_whole(text: str) -> bool:
    """Whether text can only be a single number, without HTML or a formula around it."""
    has_separators = not _SEPARATORS.isdisjoint(text) or text.startswith("=")
    return not has_separators and not _WORD_BETWEEN.search(text)


def _read_one(text: str, region: str) -> Reading:
    repairs: list[str] = []
    spelled = spelled_digits.read(text, repairs)
    if spelled.has_digits_behind:
        raise InvalidCallerNumber(spelled_digits.DIGITS_BEHIND)
    number = _number(spelled, region, repairs)
    _check(number, spelled, region)
    return Reading(number, tuple(dict.fromkeys(repairs)))


def _number(spelled: Spelled, region: str, repairs: list[str]) -> str:
    if spelled.inner is not None:
        return _after_second_plus(spelled.digits, spelled.inner, repairs)
    digits = spelled.digits
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    if spelled.is_area_code_first and (number := numbering_plans.national(digits, region)):
        repairs.append(NO_COUNTRY_CODE.format(region))
        return number
    if spelled.prefix:
        return _after_marked_prefix(digits.removeprefix(spelled.prefix), digits, region, repairs)
    abroad = _without_prefix(spelled, region, repairs)
    if abroad is not None and spelled.groups[0] == "0":
        raise InvalidCallerNumber(_TWO_WAYS)  # 0-07700 900142: an outside line, not 00
    if spelled.has_plus:
        if spelled.is_first_in_parentheses:
            _check_groups(spelled, f"+{digits}", region, repairs, is_national=True)
        digits = digits if abroad is None else abroad
        return _with_plus(digits, region, repairs, has_trunk_zero=spelled.has_trunk_zero)
    if abroad is not None:
        number = _repaired(abroad, repairs, has_trunk_zero=spelled.has_trunk_zero)
        return number or unplanned_numbers.kept(abroad, repairs)
    national = _national(digits, region)
    number = national or _international(digits, repairs)
    if number is None:
        raise InvalidCallerNumber(_impossible(digits, region))
    _check_groups(spelled, number, region, repairs, is_national=national is not None)
    return number


def _national(digits: str, region: str) -> str | None:
    """Return digits in E.164 as dialed in the region, or after its own country code."""
    number = numbering_plans.national(digits, region)
    if number is None or numbering_plans.is_north_american(region):
        return number
    return numbering_plans.with_own_code(digits, number, region) or number


def _check_groups(
    spelled: Spelled, number: str, region: str, repairs: list[str], *, is_national: bool
) -> None:
    is_plain = len(spelled.groups) == 1 and is_national
    if not is_plain or not numbering_plans.is_north_american(region):
        # Imported here: most numbers have a plus.
        from shared.domain import spelled_groups

        spelled_groups.check(spelled, number, region, repairs, is_national=is_national)


def _impossible(digits: str, region: str) -> str:
    what = f"is not a valid phone number in region {region}, or internationally"
    national = digits[1:] if digits.startswith("1") and len(digits) > _TEN else digits
    if len(national) == _TEN and national[0] in "01" and numbering_plans.is_north_american(region):
        what = f"is not a phone number of region {region}: none begins with {national[0]}"
    return f"{what}; send + followed by the country code and number"


def _after_marked_prefix(following: str, digits: str, region: str, repairs: list[str]) -> str:
    number = numbering_plans.international(following)
    if number is None:
        raise InvalidCallerNumber(_impossible(digits, region))
    if numbering_plans.without_international_prefix(digits, region) != following:
        repairs.append(FOREIGN_PREFIX)
    return number


def _without_prefix(spelled: Spelled, region: str, repairs: list[str]) -> str | None:
    """Return the digits after an international prefix; None without one.

    After a plus, leading zeros can only be such a prefix: no country code starts with a zero.
    Raises InvalidCallerNumber for a prefix of another region before digits that are not a number.
    """
    digits, has_plus = spelled.digits, spelled.has_plus
    if has_plus and not digits.startswith("0"):
        return None
    followings = [*_after_prefixes(digits, region, has_plus=has_plus)]
    for following in followings:
        is_long = (
            has_plus or digits.startswith("00") or len(following) >= numbering_plans.MIN_ABROAD
        )
        if is_long and (number := numbering_plans.international(following)):
            _check_only(number, following, digits)
            return following
    found = numbering_plans.after_foreign_prefixes(digits)
    if found and (has_plus or not _is_valid(digits, region)):
        if len(found) > 1 or numbering_plans.international(digits):
            raise InvalidCallerNumber(_TWO_WAYS)
        repairs.append(FOREIGN_PREFIX)
        return found.pop()[1:]
    return _after_own_prefix(spelled, region, followings)


def _check_only(number: str, following: str, digits: str) -> None:
    """Refuse digits of which only a repair makes a number, if another prefix makes another one."""
    if number != f"+{following}" and numbering_plans.after_foreign_prefixes(digits) - {number}:
        raise InvalidCallerNumber(_TWO_WAYS)


def _is_valid(digits: str, region: str) -> bool:
    number = numbering_plans.national(digits, region)
    return number is not None and numbering_plans.is_valid(number, region)


def _after_own_prefix(spelled: Spelled, region: str, followings: list[str]) -> str | None:
    """Return digits that are in no plan as they are, after a prefix that has no other meaning."""
    if not followings or not (spelled.has_plus or spelled.digits.startswith("00")):
        return None
    following = followings[0]
    is_own = numbering_plans.without_international_prefix(spelled.digits, region) == following
    if spelled.has_plus or is_own or f"+{following}" in DOCUMENTED:
        return following
    has_trunk_zero = spelled.has_trunk_zero
    return following if _repaired(following, [], has_trunk_zero=has_trunk_zero) else None


def _after_prefixes(digits: str, region: str, *, has_plus: bool) -> Iterator[str]:
    following = numbering_plans.without_international_prefix(digits, region)
    if following:
        yield following
    for prefix in ("00", "011") if has_plus else ("00",):
        if digits.startswith(prefix) and digits[len(prefix) :] != following:
            yield digits[len(prefix) :]


def _repaired(digits: str, repairs: list[str], *, has_trunk_zero: bool) -> str | None:
    """Return a number that is in its plan, also without a trunk zero or a second country code."""
    if number := _international(digits, repairs):
        return number
    code = numbering_plans.country_code_of(digits)
    if not code:
        return None
    # North America has no trunk zero. Between digits it is more likely a typo.
    if digits.startswith(f"{code}0") and (has_trunk_zero or code != _NORTH_AMERICA):
        without = code + digits[len(code) + 1 :]
        number = numbering_plans.international(without) or _with_code_once(without, code, repairs)
        if number:
            repairs.append(NATIONAL_PREFIX)
            return number
    return _with_code_once(digits, code, repairs)


def _with_code_once(digits: str, code: str, repairs: list[str]) -> str | None:
    if not digits.startswith(code + code):
        return None
    number = numbering_plans.international(digits[len(code) :])
    if number:
        repairs.append(TWICE)
    return number


def _with_plus(digits: str, region: str, repairs: list[str], *, has_trunk_zero: bool) -> str:
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    if number := _repaired(digits, repairs, has_trunk_zero=has_trunk_zero):
        return number
    number = numbering_plans.national(digits, region)
    if number and _lacks_country_code(digits, number, region):
        repairs.append(NO_COUNTRY_CODE.format(region))
        return number
    return unplanned_numbers.kept(digits, repairs)


def _lacks_country_code(digits: str, number: str, region: str) -> bool:
    # If the region's own code or a 1 follows the plus, what is missing is a digit.
    if digits.startswith(("1", str(numbering_plans.country_code(region)))):
        return False
    if digits.startswith("0") or numbering_plans.is_north_american(region):
        return True
    # In some countries almost any number of digits is possible.
    return not numbering_plans.is_length_known(digits) and numbering_plans.is_valid(number, region)


def _international(digits: str, repairs: list[str]) -> str | None:
    number = numbering_plans.international(digits)
    if number and number != f"+{digits}":
        code = numbering_plans.country_code_of(digits)
        is_twice = code and digits == code + number[1:]
        repairs.append(TWICE if is_twice else NATIONAL_PREFIX)
    return number


def _after_second_plus(before: str, after: str, repairs: list[str]) -> str:
    """Return the number after a second plus, with or without the country code before it."""
    code = before.removeprefix("00")
    if not numbering_plans.is_country_code(code):
        raise InvalidCallerNumber(TWO_PLUSES)
    found = {
        number
        for digits in (after, code + after)
        if (number := numbering_plans.international(digits))
    }
    if len(found) != 1 or is_withheld(after):
        raise InvalidCallerNumber(TWO_PLUSES)
    repairs.append(spelled_digits.SECOND_PLUS)
    return found.pop()


def _check(number: str, spelled: Spelled, region: str) -> None:
    """Refuse a number that its E.164 form would not find again, or with digits that were not sent.

    Some plans allow more or fewer digits than E.164, and some add a digit to the national form. The
    platform reports E.164: tags for such a number would wait for a call that never comes.
    """
    digits = number[1:]
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise InvalidCallerNumber(
            f"has {unplanned_numbers.count(digits)} including the country code; "
            f"send {MIN_DIGITS} to {MAX_DIGITS}"
        )
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    sent = spelled.digits + (spelled.inner or "")
    if not is_within(digits, sent):
        code = str(numbering_plans.country_code(region))
        if not (digits.startswith(code) and is_within(digits.removeprefix(code), sent)):
            raise InvalidCallerNumber(_TWO_WAYS)
    if _with_plus(digits, region, [], has_trunk_zero=False) != number:
        raise InvalidCallerNumber(_TWO_WAYS)
