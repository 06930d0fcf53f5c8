"""Spellings of all kinds, drawn at random, are read as meant and as by a second reading."""

from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from shared.domain import caller_numbers
from shared.domain.e164 import Reading
from shared.domain.errors import InvalidCallerNumber
from tests.unit import number_oracle, oracle_plans

REGIONS = ["US", "CA", "GB", "DE", "FR", "AU", "MX", "IT", "ES", "IN", "AT", "SE", "FI", "LU"]
OTHER_REGIONS = [*REGIONS, "RU", "BR", "CL", "NZ", "IE", "NL", "DK", "ZA", "SG", "JM"]


def _examples(region: str) -> list[str]:
    kinds = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
    numbers = (phonenumbers.example_number_for_type(region, kind) for kind in kinds)
    return [phonenumbers.format_number(n, PhoneNumberFormat.E164) for n in numbers if n]


EXAMPLES = [number for region in OTHER_REGIONS for number in _examples(region)]


@dataclass(frozen=True, slots=True)
class Spelling:
    """A spelling, the number that is meant, or None for a refusal, and whether it is warned of."""

    text: str
    number: str | None
    is_warned: bool = False


numbers = st.one_of(
    st.from_regex(r"\+1[2-9][0-9]{2}55501[0-9]{2}", fullmatch=True),
    st.builds("{0}{1:02}".format, st.sampled_from([e[:-2] for e in EXAMPLES]), st.integers(0, 99)),
).filter(lambda number: oracle_plans.in_plan(number[1:]) == number)
regions = st.sampled_from(REGIONS)
names = st.sampled_from(["Jo", "Jo Doe", "O'Brien", "Zo\u00eb", "Juan de la Cruz", "M\u00fcller"])
labels = st.sampled_from(
    ["cell", "Mobile", "home", "Tel.", "work", "Phone", "T\u00e9l.", "\u0442\u0435\u043b."]
)
separators = st.sampled_from([" ", "-", ".", " - ", "\u2011", "\u00a0", "/", ""])
pluses = st.sampled_from(
    ["&#43;", "&#43", "&#x2b;", "&#X2B;", "&plus;", "&amp;#43;", "%2B", "%26%2343%3B", "\\u002B"]
)


@st.composite
def _grouped(draw: st.DrawFn, number: str) -> str:
    """Draw separators between the groups of the number."""
    form = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    return form.replace(" ", draw(separators)).replace("-", draw(separators))


def _after(
    text: Callable[[str], st.SearchStrategy[str]], *, is_warned: bool
) -> st.SearchStrategy[Spelling]:
    return numbers.flatmap(
        lambda number: text(number).map(lambda sent: Spelling(sent, number, is_warned))
    )


def _refused(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Spelling]:
    return texts.map(lambda text: Spelling(text, None))


def _in_thousands(number: str) -> st.SearchStrategy[str]:
    text = f"{int(number):,}"
    return st.sampled_from([f"+{text}", f"+{text}.00"])


def _beside(number: str) -> st.SearchStrategy[str]:
    forms = ["{} {}", "{}: {}", "({}) {}", "{} - {}", "[{}] {}", "{}:{}"]
    before = st.builds(str.format, st.sampled_from(forms), labels | names, _grouped(number))
    forms = ["{} ({})", "{} {}", "{}, {}", "{} / {}", "{} [{}]"]
    return before | st.builds(str.format, st.sampled_from(forms), _grouped(number), labels | names)


def _identities(number: str) -> st.SearchStrategy[str]:
    forms = [
        "<sip:{0}@ims.example;user=phone>, <tel:{0}>",
        '"Jo Doe" <sip:{0}@ims.example>,<tel:{0}>',
        "{0}, {0}",
        "{0} / {0}",
        "{0} or {0}",
        "{0} oder {0}",
    ]
    return st.sampled_from([form.format(number) for form in forms])


def _in_uris(number: str) -> st.SearchStrategy[str]:
    forms = [
        "tel:{}", "sip:{}@pbx.example", "sips:{}@192.0.2.7:5061;user=phone", "client:{}",
        "whatsapp:{}", "{};tgrp=t7;trunk-context=pbx.example", "{};verstat=No-TN-Validation",
        '"Jo" <{}>', "<tel:{}>", "'{}", '="{}"', "\u202d{}\u202c",
    ]  # fmt: skip
    return st.sampled_from([form.format(number) for form in forms])


def _in_html(number: str) -> st.SearchStrategy[str]:
    forms = [
        '<a href="tel:{0}">{0}</a>', "<a href='tel:{0}'>Call me</a>", "<b>{0}</b>", "{0}<br />",
        "&lt;b&gt;{0}&lt;/b&gt;", "&lt;a href=&quot;tel:{0}&quot;&gt;{0}&lt;/a&gt;",
        '=T("{0}")', "=VALUE({0})",
    ]  # fmt: skip
    return st.sampled_from([form.format(number) for form in forms])


def _of_a_messenger(number: str) -> st.SearchStrategy[str]:
    return st.builds(
        f"{number}:{{}}@{{}}".format,
        st.integers(1, 99),
        st.sampled_from(["c.us", "s.whatsapp.net"]),
    )


def _with_extension(number: str) -> st.SearchStrategy[str]:
    words = st.sampled_from([" ext.", " ext", " x", " extension", ";ext=", " (ext.)", ", Ext:"])
    digits = st.sampled_from([" x7", " ext. 123", ";ext=12", " #12", " extension 9"])
    return st.builds("{}{}".format, _grouped(number), words | digits)


def _damaged(number: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{number[:2]}{number}", f"{number[:-2]}.0", f"+{number}"])


PLACEHOLDERS = [
    "{{phone}}", "{{ $json.phone }}", "[phone]", "<?=$phone?>", "~phone~", "undefined",
    "%phone%", "{0}", "|phone|", "+1{{phone}}",
]  # fmt: skip
OTHER_LABELS = ["Fax:", "ID", "order", "wrong number", "Case", "To:", "Konto", "zero", "two"]
mexican = st.from_regex("55[1-9][0-9]{7}", fullmatch=True)
KINDS = {
    "E.164": _after(st.just, is_warned=False),
    "groups": _after(_grouped, is_warned=False),
    "a URI or a name": _after(_in_uris, is_warned=False),
    "a plus in another spelling": _after(
        lambda number: pluses.map(lambda plus: plus + number[1:]), is_warned=True
    ),
    "thousands separators": _after(_in_thousands, is_warned=True),
    "an extension": _after(_with_extension, is_warned=True),
    "words beside it": _after(_beside, is_warned=True),
    "a messenger's device": _after(_of_a_messenger, is_warned=True),
    "HTML or a formula": _after(_in_html, is_warned=True),
    "twice": _after(_identities, is_warned=True),
    "a prefix of Mexico": st.builds(
        lambda prefix, rest: Spelling(f"+52 {prefix} {rest}", f"+52{rest}", True),
        st.sampled_from(["1", "01", "044", "045"]),
        mexican,
    ),
    "no number of North America": _refused(
        st.from_regex(r"\+1[2-9][0-9]{6,8}|\+1[2-9][0-9]{10,12}", fullmatch=True)
    ),
    "two numbers": _refused(
        st.lists(numbers, min_size=2, max_size=2, unique=True).flatmap(
            lambda two: st.sampled_from([", ", " / ", "|", " or ", " and ", " o "]).map(
                lambda between: between.join(two)
            )
        )
    ),
    "a placeholder": _refused(st.sampled_from(PLACEHOLDERS)),
    "another number": _refused(st.builds("{} {}".format, st.sampled_from(OTHER_LABELS), numbers)),
    "an account": _refused(st.builds("{}@{}".format, numbers, st.sampled_from(["lid", "g.us"]))),
    "a word in it": _refused(
        st.sampled_from(["1-800-FLOWERS", "555-CALL-NOW", "5551230142abc", "a5551230142"])
    ),
}


def _national(number: str) -> str:
    return phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.NATIONAL)


more_digits = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "", "9-", "9-1-", "8 ", "0-", "1 "]),
    numbers.map(_national),
    separators,
    st.sampled_from(["", "1", "12", "(12)", "0", "123"]),
)
"""Numbers of a region with more digits beside them."""


def _read(text: str, region: str) -> Reading | None:
    try:
        return caller_numbers.read(text, region)
    except InvalidCallerNumber:
        return None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=40)
@given(data=st.data(), region=regions)
def test_a_spelling_of_every_kind_is_read_as_meant(
    kind: str, data: st.DataObject, region: str
) -> None:
    spelling = data.draw(KINDS[kind])
    reading = _read(spelling.text, region)

    assert (reading.number if reading else None) == spelling.number
    assert reading is None or bool(reading.repairs) == spelling.is_warned


dialed = st.one_of(
    st.builds(
        "{}{}".format, st.sampled_from(number_oracle.FOREIGN_PREFIXES), numbers.map(lambda n: n[1:])
    ),
    st.builds("{}{}".format, st.sampled_from(["8~10 ", "0~0 "]), numbers.map(lambda n: n[1:])),
    numbers.map(lambda number: number[1:]),
    st.from_regex("[0-9]{7,13}", fullmatch=True),
    st.from_regex(r"(0|00|011|0011|010|\+|\+0|\+1|1|10|11)[0-9]{7,12}", fullmatch=True),
    more_digits,
    st.lists(st.from_regex("[0-9]{1,4}", fullmatch=True), min_size=3, max_size=5).map("-".join),
    st.builds("{}{}".format, st.sampled_from(["", *OTHER_LABELS]), numbers.map(_national)),
    *(kind.map(lambda spelling: spelling.text) for kind in KINDS.values()),
)


@settings(max_examples=400)
@given(dialed, regions)
def test_a_second_reading_finds_the_same_number(text: str, region: str) -> None:
    reading = _read(text, region)

    assert (reading.number if reading else None) == number_oracle.read(text, region)


@settings(max_examples=200)
@given(dialed, regions)
def test_what_is_read_without_a_warning_has_a_length_that_its_plan_knows(
    text: str, region: str
) -> None:
    reading = _read(text, region)
    assume(reading is not None and not reading.repairs)

    assert reading
    assert oracle_plans.is_length_known(reading.number)


@settings(max_examples=200)
@given(dialed, regions, regions)
def test_a_number_that_was_read_reads_as_itself_with_any_key(
    text: str, region: str, other: str
) -> None:
    """With a key of another region, only what is in no plan may be read otherwise."""
    reading = _read(text, region)
    if reading is None:
        return
    is_in_plan = oracle_plans.in_plan(reading.number[1:]) == reading.number
    again = _read(reading.number, other if is_in_plan else region)

    assert again
    assert again.number == reading.number
