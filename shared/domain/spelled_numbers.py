"""Phone numbers in any other spelling than the usual: which number the digits mean that
`spelled_digits` finds. What a number may be, `numbering_plans` says."""

from collections.abc import Iterator

from shared.domain import numbering_plans, spelled_digits
from shared.domain.e164 import MAX_DIGITS, MIN_DIGITS, Reading, is_withheld
from shared.domain.errors import InvalidCallerNumber
from shared.domain.spelled_digits import TWO_PLUSES, WITHHELD, Spelled

_TWO_WAYS = (
    "could be read as two numbers; send it as + followed by country code and number, without any "
    "prefix that is dialed within the country"
)

SECOND_PLUS = "has two pluses, of which one was left out; send one, before the country code"
TWICE = "the country code stands there twice, and was read once; send it once"
NO_COUNTRY_CODE = (
    "no country code follows the plus, so it was read as a number of region {}; send the country "
    "code after the plus"
)
NATIONAL_PREFIX = (
    "digits that are dialed only within the country were left out; send it without them"
)


def read(text: str, region: str) -> Reading:
    """As `caller_numbers.read`."""
    repairs: list[str] = []
    spelled = spelled_digits.read(text, repairs)
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
    abroad = _without_prefix(digits, region, has_plus=spelled.has_plus)
    if spelled.has_plus or abroad is not None:
        digits = digits if abroad is None else abroad
        return _with_plus(digits, region, repairs, has_trunk_zero=spelled.has_trunk_zero)
    number = numbering_plans.national(digits, region) or _international(digits, repairs)
    if number:
        return number
    raise InvalidCallerNumber(
        f"is not a possible phone number in region {region}, nor with a plus before it; "
        "send it as + followed by country code and number"
    )


def _without_prefix(digits: str, region: str, *, has_plus: bool) -> str | None:
    """What follows the digits that stand for a plus; None if none do.

    After a plus written out they stand for nothing else: no country code starts with a zero.
    """
    if has_plus and not digits.startswith("0"):
        return None
    followings = [*_after_prefixes(digits, region, has_plus=has_plus)]
    for following in followings:
        if numbering_plans.international(following):
            return following
    # Nor does a number as it is dialed in North America, nor one anywhere with two.
    is_only_reading = has_plus or digits.startswith("00") or _is_north_american(region)
    return followings[0] if followings and is_only_reading else None


def _after_prefixes(digits: str, region: str, *, has_plus: bool) -> Iterator[str]:
    following = numbering_plans.without_international_prefix(digits, region)
    if following:
        yield following
    for prefix in ("00", "011") if has_plus else ("00",):
        if digits.startswith(prefix) and digits[len(prefix) :] != following:
            yield digits[len(prefix) :]


def _is_north_american(region: str) -> bool:
    return numbering_plans.country_code(region) == 1


def _with_plus(digits: str, region: str, repairs: list[str], *, has_trunk_zero: bool) -> str:
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    if number := _international(digits, repairs):
        return number
    code = numbering_plans.country_code_of(digits)
    if has_trunk_zero and code and digits.startswith(f"{code}0"):
        number = numbering_plans.international(code + digits[len(code) + 1 :])
        if number:
            repairs.append(NATIONAL_PREFIX)
            return number
    if code and digits.startswith(code + code):
        number = numbering_plans.international(digits[len(code) :])
        if number:
            repairs.append(TWICE)
            return number
    # Where the region's own code follows the plus, it is not what is missing: a digit is.
    has_own_code = digits.startswith(str(numbering_plans.country_code(region)))
    if not has_own_code and (number := numbering_plans.national(digits, region)):
        repairs.append(NO_COUNTRY_CODE.format(region))
        return number
    return _taken_at_its_word(digits)


def _international(digits: str, repairs: list[str]) -> str | None:
    number = numbering_plans.international(digits)
    if number and number != f"+{digits}":
        code = numbering_plans.country_code_of(digits)
        is_twice = code and digits == code + number[1:]
        repairs.append(TWICE if is_twice else NATIONAL_PREFIX)
    return number


def _after_second_plus(before: str, after: str, repairs: list[str]) -> str:
    """A number that somebody put behind a country code that it may have had already."""
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
    repairs.append(SECOND_PLUS)
    return found.pop()


def _taken_at_its_word(digits: str) -> str:
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise InvalidCallerNumber(
            f"has {len(digits)} digits after the plus; {MIN_DIGITS} to {MAX_DIGITS} are needed, "
            "country code included"
        )
    if digits.startswith("0"):
        raise InvalidCallerNumber(
            "has a zero after the plus, and no country code starts with one; send the country code"
        )
    return f"+{digits}"


def _check(number: str, spelled: Spelled, region: str) -> None:
    """Refuse what would not be found again by its E.164 form, or has digits that nobody sent.

    Some plans allow more digits or fewer than E.164, and some add a digit to a number's national
    form. The platform sends a plus: tags for such a number would wait for a call that never comes.
    """
    digits = number[1:]
    if not MIN_DIGITS <= len(digits) <= MAX_DIGITS:
        raise InvalidCallerNumber(
            f"has {len(digits)} digits with its country code; {MIN_DIGITS} to {MAX_DIGITS} are "
            "needed"
        )
    if is_withheld(digits):
        raise InvalidCallerNumber(WITHHELD)
    sent = spelled.digits + (spelled.inner or "")
    if not _is_within(digits, sent):
        code = str(numbering_plans.country_code(region))
        if not (digits.startswith(code) and _is_within(digits.removeprefix(code), sent)):
            raise InvalidCallerNumber(_TWO_WAYS)
    if _with_plus(digits, region, [], has_trunk_zero=False) != number:
        raise InvalidCallerNumber(_TWO_WAYS)


def _is_within(part: str, whole: str) -> bool:
    """Whether the digits of `part` are among those of `whole`, in that order."""
    remaining = iter(whole)
    return all(digit in remaining for digit in part)
