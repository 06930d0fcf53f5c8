"""Phone numbers as web forms, spreadsheets, CRMs and phone systems spell them. Each kind has
similar spellings that are read differently or refused."""

import pytest

from shared.domain import caller_numbers, spelled_digits, spelled_numbers
from shared.domain.errors import InvalidCallerNumber

N = "+15551230142"
UK = "+447700900142"

READ = {
    "a country code twice": [
        ("+1 1 555 123 0142", N),
        ("1+15551230142", N),
        ("+1+1 (555) 123-0142", N),
        ("+44 44 7700 900142", UK),
        ("44+447700900142", UK),
        ("+353 353 87 123 4567", "+353871234567"),
        ("0044 44 7700 900142", UK),
        # German numbers may be this long: it is read unchanged.
        ("+49 49151123456", "+4949151123456"),
    ],
    "another country code before the plus": [("+1+447700900142", UK)],
    "something before the plus": [
        ("\t+5016180142", "+5016180142"),
        ("\u00a0+6591230142", "+6591230142"),
        ("\ufeff+6591230142", "+6591230142"),
        ("(+1) 555-123-0142", N),
        ("( + 1 ) 555 123 0142", N),
        ("[+1] 555.123.0142", N),
    ],
    "a plus without a country code": [
        ("+5551230142", N),
        ("+(555) 123-0142", N),
        ("+(516) 555-0142", "+15165550142"),
        # A valid country code and number take precedence.
        ("+516 55550142", "+5165555 0142".replace(" ", "")),
        ("+(51) 965 550 142", "+51965550142"),
        # It has a country code, but a digit is missing: adding another code would not help.
        ("+155512301", "+155512301"),
        ("+1555123014", "+1555123014"),
    ],
    "a space is not a plus": [(" 5551230142", N), ("  (555) 123-0142", N)],
    "the trunk zero": [
        ("+44 (0)7700 900142", UK),
        ("+4407700900142", UK),
        ("0044 (0) 7700 900142", UK),
        ("+49 (0)30 123456", "+4930123456"),
        ("+34 (0)911 234 567", "+34911234567"),
        # In Italy the zero is part of the number.
        ("+39 02 1234 5678", "+390212345678"),
        ("+39 (0)2 1234 5678", "+390212345678"),
    ],
    "an international prefix": [
        ("00447700900142", UK),
        ("+00447700900142", UK),
        ("011 44 7700 900142", UK),
        ("+011 44 7700 900142", UK),
    ],
    "invisible characters and other dashes": [
        ("\u202d+1 (555) 123-0142\u202c", N),
        ("\u200e5551230142", N),
        ("555\u2014123\u20140142", N),
        ("555\u2212123\u22120142", N),
        ("\uff0b1\uff08555\uff09123\uff0d0142", N),
        ("\uff15\uff15\uff15-\uff11\uff12\uff13-\uff10\uff11\uff14\uff12", N),
    ],
    "an extension": [
        ("(555) 123-0142 x7", N),
        ("555-123-0142 ext. 123", N),
        ("555-123-0142 Extension 12", N),
        ("5551230142;ext=12", N),
        ("5551230142 #12", N),
        ("5551230142,,12", N),
        ("+15551230142x12", N),
        ("5551230142#", N),
        ("5551230142;12", N),
        ("5551230142,123456", N),
    ],
    "a spreadsheet or a float": [
        ("5551230142.0", N),
        ("5551230142.00", N),
        ("5.551230142E9", N),
        ("5,551230142e+09", N),
        ("1.5551230142E+10", N),
        ("'5551230142", N),
        ('="5551230142"', N),
        ('"5551230142"', N),
        ("555.123.0142", N),
        ("555.123.0100", "+15551230100"),
    ],
    "Mexico's mobile 1": [
        ("+521 55 5555 0142", "+525555550142"),
        ("5215555550142", "+525555550142"),
        ("+52 55 5555 0142", "+525555550142"),
    ],
    "a URI or a display name": [
        ("tel:+1-555-123-0142", N),
        ("TEL:5551230142", N),
        ("tel:5551230142;phone-context=+1", N),
        ("tel:07700-900142;phone-context=+44", UK),
        ("tel:+447700900142;phone-context=+1", UK),
        ("sip:+15551230142@198.51.100.7:5060;user=phone", N),
        ("sips:15551230142:secret@pbx.example", N),
        ("sip:%2B15551230142@pbx.example", N),
        ('"Jo Doe 2nd" <sip:5551230142@pbx.example>;tag=8a', N),
        ("Jo <+15551230142>", N),
        ("<tel:5551230142>", N),
        ('"Jo" <sip:5551230142>', N),
        ("sip:5551230142", N),
        ("sip:555.123.0142@198.51.100.7", N),
        ("15551230142@c.us", N),
        ("whatsapp:+15551230142", N),
    ],
    "encoded twice": [("%2B15551230142", N), ("%2B1%20555%20123%200142", N)],
    "taken at its word": [
        ("+10123456789", "+10123456789"),
        ("+3569878933094", "+3569878933094"),
        ("003569878933094", "+3569878933094"),
        ("+999 123 45678", "+99912345678"),
    ],
}

REFUSED = {
    "two pluses": ["+5551230142+5551230143", "+1+2+3", "+999+5551230142"],
    "two numbers": [
        "5551230142 / 5551230143",
        "5551230142,5551230143",
        "5551230142;5551230143",
        "5551230142 or 5551230143",
    ],
    "two numbers, the second without its area code": [
        "5551230142,5551230",
        "5551230142; 5551230",
        "5551230142 / 5551230",
    ],
    "a machine": ["sip:198.51.100.142", "sip:198.51.100.142:5060", "sips:198.51.100.142;lr"],
    "a rounded float": ["4.479E+11", "5.55123E+09", "5.5512301E9", "1E10"],
    "a fraction": ["5551230142.5", "15551230142.25", "5.5512301425E9"],
    "a withheld number": [
        "+266696687",
        "266696687",
        "1266696687",
        "+7378742833",
        "17378742833",
        "+86282452253",
        "2562533",
        "+12562533",
        "8656696",
        "0",
        "0000000000",
        "10000000000",
        "9999999999",
        "+11111111111",
        "Anonymous",
        "Restricted",
        "UNAVAILABLE",
        "No Caller ID",
        "Private Number",
        "unknown",
        "sip:anonymous@anonymous.invalid",
        '"Anonymous" <sip:anonymous@anonymous.invalid>',
    ],
    "a placeholder": [
        "--A--phone--B--",
        "{{contact.phone}}",
        "{{ contact.phone | raw }}",
        "{phone}",
        "${phone}",
        "[phone_number]",
        "[[phone]]",
        "#s1#",
        "%phone%",
        "<phone>",
        "<%= phone %>",
        "*|PHONE|*",
        "undefined",
        "null",
        "[object Object]",
        "+1{{phone}}",
        "<tel:{{phone}}>",
        "Jo <[phone]>",
    ],
    "no number": ["1-800-FLOWERS", "jo@example.com", "n/a", "", "+", "tel:", "sip:jo@example.com"],
    "no number that a phone can have": ["5551234", "+1234567", "+1234567890123456"],
    "a digit that nobody sent": ["+54 11 15 2345 6789", "+261 (0) 5400142"],
    "a context that it is not of": [
        "tel:5551230142;phone-context=+965",
        "tel:5550142;phone-context=+1",
    ],
    "something behind it": ["5551230142;zip=30301", "5551230142&zip=30301", "5551230142?zip=1"],
}


@pytest.mark.parametrize(
    ("sent", "number"), [each for cases in READ.values() for each in cases], ids=repr
)
def test_a_number_is_read_as_meant(sent: str, number: str) -> None:
    assert caller_numbers.normalize(sent, "US") == number


@pytest.mark.parametrize("sent", [each for cases in REFUSED.values() for each in cases], ids=repr)
def test_text_that_is_not_one_number_is_refused_without_repeating_it(sent: str) -> None:
    with pytest.raises(InvalidCallerNumber) as refusal:
        caller_numbers.normalize(sent, "US")

    digits = "".join(filter(str.isdigit, sent))
    assert len(digits) < 7 or digits not in str(refusal.value)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("a withheld number", spelled_digits.WITHHELD),
        ("a placeholder", spelled_digits.UNFILLED),
        ("two pluses", spelled_digits.TWO_PLUSES),
        ("a rounded float", "is a rounded number: its last "),
        ("a fraction", "is not a whole number"),
    ],
)
def test_a_refusal_names_the_likely_mistake(kind: str, reason: str) -> None:
    for sent in REFUSED[kind]:
        with pytest.raises(InvalidCallerNumber) as refusal:
            caller_numbers.normalize(sent, "US")

        assert str(refusal.value).startswith(reason), sent


@pytest.mark.parametrize(
    ("sent", "region", "number"),
    [
        ("07700 900142", "GB", UK),
        ("+07700900142", "GB", UK),
        # Sheffield's area code starts like North America's international prefix.
        ("0114 496 0142", "GB", "+441144960142"),
        ("011 44 7700 900142", "US", UK),
        ("0011 44 7700 900142", "AU", UK),
        ("0412 345 142", "AU", "+61412345142"),
        ("8 912 345 01 42", "RU", "+79123450142"),
        ("+12025550142", "GB", "+12025550142"),
    ],
)
def test_dialing_prefixes_depend_on_the_keys_region(sent: str, region: str, number: str) -> None:
    assert caller_numbers.normalize(sent, region) == number


@pytest.mark.parametrize(
    ("sent", "repair"),
    [
        ("+1 1 555 123 0142", spelled_numbers.TWICE),
        ("+1+15551230142", spelled_numbers.SECOND_PLUS),
        ("+5551230142", spelled_numbers.NO_COUNTRY_CODE.format("US")),
        ("5551230142 x7", spelled_digits.EXTENSION),
        ("5551230142.0", spelled_digits.FLOAT),
        ("%2B15551230142", spelled_digits.ENCODED_TWICE),
        ("+44 (0)7700 900142", spelled_numbers.NATIONAL_PREFIX),
    ],
)
def test_each_repair_is_reported(sent: str, repair: str) -> None:
    assert caller_numbers.read(sent, "US").repairs == (repair,)


@pytest.mark.parametrize(
    "sent",
    [N, "5551230142", "15551230142", "(555) 123-0142", "+10123456789", "tel:+15551230142", UK],
)
def test_a_usual_spelling_needs_no_repair(sent: str) -> None:
    assert caller_numbers.read(sent, "US").repairs == ()
