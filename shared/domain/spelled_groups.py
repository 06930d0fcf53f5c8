"""Finds a second meaning in digits by their groups: a number of the key's region with more digits
beside it, such as 212-555-0142 12, which is also possible in Morocco.

Imported only for digits without a country code that is marked by a plus.
"""

import re
from itertools import accumulate

from shared.domain import numbering_plans
from shared.domain.errors import InvalidCallerNumber
from shared.domain.spelled_digits import DIGITS_BEHIND, Spelled

MORE_DIGITS = (
    "could be a number of region {} with more digits beside it, or another country's number; send "
    "one number as + followed by country code and number, without an extension or a dialing prefix"
)

TWO_COUNTRIES = (
    "could be a number of region {} or another country's number; send it as + followed by country "
    "code and number"
)

NATIONAL = (
    "was read as a number of region {}, and could be another country's number; send it as + "
    "followed by country code and number"
)

_TEN, _AREA_CODE = 10, 3
"""Digits of a North American number, and of its area code."""
_AREA_CODE_BEHIND = (7, 3)
_FOR_FICTION = re.compile(r"\+447700900[0-9]{3}")
"""Mobile numbers that the library does not know, because nobody may have one."""
_NORTH_AMERICAN_GROUPS = ((3, 3, 4), (3, 7), (6, 4), (10,))
_NORTH_AMERICAN = re.compile("[2-9][0-9]{2}[2-9][0-9]{6}")
_OUTSIDE_LINE = re.compile("[89]1([2-9][0-9]{2}[2-9][0-9]{6})")
"""What offices dial: 9 or 8 for an outside line, 1, and a number of ten digits."""


def check(
    spelled: Spelled, number: str, region: str, repairs: list[str], *, is_national: bool
) -> None:
    """Refuse digits that could also be a number of the region with more digits beside it, or as
    well another country's number."""
    if is_national:
        _check_national(spelled, number, region, repairs)
    else:
        _check_foreign(spelled, number, region)


def _check_national(spelled: Spelled, number: str, region: str, repairs: list[str]) -> None:
    """Check digits that are possible in the region, or begin like one of its numbers.

    Raises InvalidCallerNumber for a number of the region with more digits behind it.
    """
    groups = spelled.groups
    if numbering_plans.is_north_american(region):
        has_more = len(spelled.digits) > _TEN + 1 and _starts_north_american(groups)
        if tuple(map(len, groups)) == _AREA_CODE_BEHIND:
            raise InvalidCallerNumber(DIGITS_BEHIND)
    else:
        has_more = not numbering_plans.is_valid(number, region) and _starts_with_national(
            groups, region
        )
        if not has_more:
            _check_abroad(spelled, number, region, repairs)
    if has_more:
        raise InvalidCallerNumber(MORE_DIGITS.format(region))


def _check_abroad(spelled: Spelled, number: str, region: str, repairs: list[str]) -> None:
    """Check whether digits that are possible in the region could be another country's number.

    Some plans are so wide that 44 7911 123456 could be a German landline. Elsewhere, what the
    region assigns is its own.
    """
    digits = spelled.digits
    if digits.startswith("0") or number == f"+{digits}" or numbering_plans.is_mobile(number):
        return
    is_valid, is_wide = numbering_plans.is_valid(number, region), numbering_plans.is_wide(region)
    if is_valid and not is_wide:
        return
    abroad = numbering_plans.international(digits)
    if abroad is None or not _is_somebodys(abroad):
        return
    if (is_wide and not is_valid) or _is_rather_foreign(spelled.groups, abroad, region):
        raise InvalidCallerNumber(TWO_COUNTRIES.format(region))
    repairs.append(NATIONAL.format(region))


def _is_somebodys(number: str) -> bool:
    return numbering_plans.is_assigned(number) or _FOR_FICTION.fullmatch(number) is not None


def _is_rather_foreign(groups: tuple[str, ...], abroad: str, region: str) -> bool:
    """Whether digits are a foreign mobile number, or written like a foreign number.

    Most callers have a mobile phone, and people write a landline with the 0 that they dial.
    """
    if numbering_plans.is_mobile(abroad) or not numbering_plans.is_assigned(abroad):
        return True
    is_code_first = groups[0] == numbering_plans.country_code_of(abroad[1:])
    return is_code_first and numbering_plans.has_trunk_zero(region)


def _check_foreign(spelled: Spelled, number: str, region: str) -> None:
    """Check digits without a plus that are possible in another country only, as `number`.

    Raises InvalidCallerNumber if their groups show a number of the region.
    """
    groups, digits = spelled.groups, spelled.digits
    code = numbering_plans.country_code_of(digits)
    # One of three digits, such as 212, may be an area code.
    is_code_first = groups[0] == code and len(code) < _AREA_CODE
    if numbering_plans.is_north_american(region):
        has_more = (
            spelled.is_area_code_in_parentheses
            or _starts_north_american(groups)
            or _has_outside_line(digits, number)
        )
        # Digits in one group are taken at their word.
        if len(groups) > 1 and not is_code_first:
            has_more = has_more or _is_rather_north_american(digits, number)
    else:
        is_sure = is_code_first and numbering_plans.is_assigned(number)
        has_more = not is_sure and _starts_with_national(groups, region)
    if has_more or _divides(groups, code):
        raise InvalidCallerNumber(MORE_DIGITS.format(region))


def _divides(groups: tuple[str, ...], code: str) -> bool:
    """Whether the groups divide the country code: 9-1-212-555-0142. Groups of one size, such as
    35 38 71 23 45 67, show nothing."""
    *sizes, last = map(len, groups)
    is_uniform = len(sizes) > 1 and len(set(sizes)) == 1 and last <= sizes[0]
    return len(groups[0]) < len(code) and not is_uniform


def _starts_north_american(groups: tuple[str, ...]) -> bool:
    """Whether the first groups are a whole number, as North Americans divide it."""
    sizes = tuple(map(len, groups))
    is_divided = any(sizes[: len(form)] == form for form in _NORTH_AMERICAN_GROUPS)
    return is_divided and _NORTH_AMERICAN.match("".join(groups)) is not None


def _has_outside_line(digits: str, number: str) -> bool:
    match = _OUTSIDE_LINE.fullmatch(digits)
    if match is None or not numbering_plans.is_assigned(f"+1{match[1]}"):
        return False
    return not numbering_plans.is_mobile(number)


def _is_rather_north_american(digits: str, number: str) -> bool:
    first = digits[:_TEN]
    return (
        len(digits) > _TEN
        and _NORTH_AMERICAN.match(first) is not None
        and numbering_plans.is_assigned(f"+1{first}")
        and not numbering_plans.is_assigned(number)
    )


def _starts_with_national(groups: tuple[str, ...], region: str) -> bool:
    """Whether the first groups are a whole number of the region: 612 345 678 12 in Spain."""
    wholes = accumulate(groups[:-1])
    nationals = (numbering_plans.national(whole, region) for whole in wholes)
    return any(number and numbering_plans.is_valid(number, region) for number in nationals)
