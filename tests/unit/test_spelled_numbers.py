"""Phone numbers as web forms, spreadsheets, CRMs and phone systems spell them. Each kind has
similar spellings that are read differently or refused."""

import pytest

from shared.domain import (
    caller_numbers,
    number_labels,
    spelled_addresses,
    spelled_digits,
    spelled_groups,
    spelled_numbers,
    spelled_parts,
    spelled_words,
    unplanned_numbers,
)
from shared.domain.e164 import Reading
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
    ],
    "a space is not a plus": [(" 5551230142", N), ("  (555) 123-0142", N)],
    "the trunk zero": [
        ("+44 (0)7700 900142", UK),
        ("+4407700900142", UK),
        ("0044 (0) 7700 900142", UK),
        ("+49 (0)30 123456", "+4930123456"),
        ("+34 (0)911 234 567", "+34911234567"),
        ("+91 091 98765 43210", "+919876543210"),
        ("+420 0777 123 456", "+420777123456"),
        ("+34 0911 234 567", "+34911234567"),
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
        ("5551230142 (x4)", N),
        ("5551230142 [ext. 4]", N),
        ("5551230142ext12", N),
        ("5551230142p12", N),
        ("5551230142 \u0434\u043e\u0431. 12", N),
        ("5551230142 \u5206\u673a 12", N),
        ("5551230142\u5185\u7dda4", N),
        ("5551230142 Nebenstelle 12", N),
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
    "a plus as an HTML entity or an escape sequence": [
        ("&#43;15551230142", N),
        ("&#43 1 555 123 0142", N),
        ("&#4315551230142", N),
        ("&#x2b;15551230142", N),
        ("&#X2B;44 7700 900142", UK),
        ("&plus;15551230142", N),
        ("&amp;#43;15551230142", N),
        ("&#43;1&#32;555&nbsp;123&#45;0142", N),
        ("\\u002B15551230142", N),
        ("%26%2343%3B15551230142", N),
    ],
    "thousands separators": [
        ("15,551,230,142", N),
        ("5,551,230,142", N),
        ("+15,551,230,142.00", N),
        ("15.551.230.142,00", N),
        ("15\u066c551\u066c230\u066c142", N),
        ("15_551_230_142", N),
        ("15,55,12,30,142", N),
        ("555,123,0142", N),
        ("1,555,123,0142", N),
        ("447,700,900,142", UK),
    ],
    "an extension's word without an extension": [
        ("+1 (555) 123-0142 ext.", N),
        ("+1 (555) 123\u20110142 extension", N),
        ("5551230142x", N),
        ("5551230142;ext=", N),
        ("555-123-0142 (Ext:)", N),
        ("5551230142 Ext. #", N),
        ("5551230142 \u0434\u043e\u0431.", N),
    ],
    "unusual separators": [
        ("555_123_0142", N),
        ("555\u00b7123\u00b70142", N),
        ("(555) \u2022 123 \u2022 0142", N),
        ("+1_555_123_0142", N),
    ],
    "a parameter with its name": [
        ("tel=5551230142", N),
        ("phone=+15551230142", N),
        ("caller_number=5551230142", N),
        ("phoneNumber = 5551230142", N),
    ],
    "words beside the number": [
        ("555-123-0142 (cell)", N),
        ("(home) 555-123-0142", N),
        ("Mobile: 555-123-0142", N),
        ("Mobile:5551230142", N),
        ("Mobile (555) 123-0142", N),
        ("home - 555-123-0142", N),
        ("Tel.: +1 (555) 123-0142", N),
        ("Phone #: 555-123-0142", N),
        ("5551230142 (Jo Doe)", N),
        ("Juan de la Cruz 5551230142", N),
        ("5551230142 [work]", N),
        ("555-123-0142, O'Brien", N),
        ("\U0001f4de 5551230142", N),
        ("\U0001f1fa\U0001f1f8+15551230142", N),
        ("T\u00e9l. : +44 7700 900142", UK),
        ("UK +44 7700 900142", UK),
        ("cell: +1 (555) 123-0142 ext. 5", N),
        ("plus 44 7700 900142", UK),
    ],
    "a messenger's address": [
        ("15551230142:7@c.us", N),
        ("15551230142.0:7@s.whatsapp.net", N),
        ("15551230142@s.whatsapp.net", N),
        ("https://wa.me/15551230142?text=hello", N),
        ("https://api.whatsapp.com/send?phone=15551230142&text=hello", N),
    ],
    "parameters of a URI without the URI": [
        ("+15551230142;tgrp=trunk7;trunk-context=pbx.example", N),
        ("+15551230142;verstat=TN-Validation-Passed", N),
        ("07700900142;phone-context=+44", UK),
        ("+15551230142;npdi;rn=+15551230000", N),
    ],
    "the same number more than once": [
        ("<sip:+15551230142@ims.example;user=phone>, <tel:+15551230142>", N),
        ("sip:+15551230142@ims.example,tel:+1-555-123-0142", N),
        ("<sip:jo@ims.example>, <tel:+15551230142>", N),
        ("5551230142, +15551230142", N),
        ("5551230142/5551230142", N),
    ],
    "HTML and formulas": [
        ('<a href="tel:+15551230142">', N),
        ("&lt;b&gt;555-123-0142&lt;/b&gt;", N),
        ("&amp;lt;b&amp;gt;555-123-0142&amp;lt;/b&amp;gt;", N),
        ("&lt;a href=&quot;tel:+15551230142&quot;&gt;Call&lt;/a&gt;", N),
        ('<a href="tel:+15551230142">Call us</a>', N),
        ("<a class='x' href='tel:+15551230142'>(555) 123-0142</a>", N),
        ("<b>5551230142</b>", N),
        ("5551230142<br>", N),
        ('=T("5551230142")', N),
        ('=TEXT(5551230142,"(000) 000-0000")', N),
        ("=+15551230142", N),
    ],
    "a display name with digits": [
        ('"(555) 123-0142" <sip:+15551230142@pbx.example>', N),
        ('"1007" <sip:+15551230142@pbx.example>', N),
        ('"Jo 20250101123456789" <sip:+15551230142@pbx.example>', N),
    ],
    "a plus before and behind": [("+15551230142+", N)],
    "a client that is a number": [("client:+15551230142", N), ("client:15551230142", N)],
    "another region's international prefix": [
        ("0011 44 7700 900142", UK),
        ("0011 1 555 123 0142", N),
        ("010 44 7700 900142", UK),
        ("8~10 44 7700 900142", UK),
        ("810447700900142", UK),
        ("001 44 7700 900142", UK),
        ("002 44 7700 900142", UK),
        ("0021 44 7700 900142", UK),
        ("00700 44 7700 900142", UK),
        ("119 44 7700 900142", UK),
        ("000 44 7700 900142", UK),
        ("+0011 44 7700 900142", UK),
        # Flint, Michigan, not Russia's prefix.
        ("810 555 0142", "+18105550142"),
    ],
    "a prefix that is no longer dialed": [
        ("+52 044 55 5555 0142", "+525555550142"),
        ("+52 045 55 5555 0142", "+525555550142"),
        ("+52 01 55 5555 0142", "+525555550142"),
        ("0052 044 55 5555 0142", "+525555550142"),
        ("+56 09 8765 4321", "+56987654321"),
    ],
    "taken at its word": [
        ("+10491570142", "+10491570142"),
        ("+4477009001423", "+4477009001423"),
        ("+10123456789", "+10123456789"),
        ("+3569878933094", "+3569878933094"),
        ("003569878933094", "+3569878933094"),
        ("+999 123 45678", "+99912345678"),
        ("+45 012 345 678", "+45012345678"),
        ("+91 0987 654 321", "+910987654321"),
    ],
    "another country's number without a plus": [
        ("447700900142", UK),
        ("44 7700 900142", UK),
        ("(44) 7700 900142", UK),
        ("353-87-123-4567", "+353871234567"),
        ("35 38 71 23 45 67", "+353871234567"),
        ("212 661 234 567", "+212661234567"),
        ("91-987-654-3210", "+919876543210"),
        ("919876543210", "+919876543210"),
        ("63 917 123 4567", "+639171234567"),
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
        "unknown 5551230142",
        "<sip:anonymous@anonymous.invalid>, <tel:+15551230142>",
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
    "no number of North America": [
        "0491570142",
        "10491570142",
        "(049) 157-0142",
        "1234567890",
        "11234567890",
    ],
    "a North American number of another length": [
        "+1555123014",
        "+1 555 123 01",
        "+155512301423",
        "+1 1 555 123 01",
        "001555123014",
    ],
    "another region's prefix before digits that are no number": [
        "0011 44 7700 900",
        "010 44 7700 900",
        "8~10 44 7700 900",
        "0044 7700 90014",
        "00999123456789",
        "81 0 50 1234 5678",  # of Japan, or of Belize after Russia's prefix
        # British numbers, whose area codes begin like prefixes.
        "0113 496 0142",
        "0114 961 2345",
        "01349 612345",
    ],
    "digits of something else": [
        "Fax: 5551230142",
        "ID 5551230142",
        "order #5551230142",
        "wrong number 5551230142",
        "DID: 5551230142",
        "TFN 5551230142",
        "Toll-free: 5551230142",
        "To: 5551230142",
        "called: 5551230142",
        "Tracking number 5551230142",
        "order_id=5551230142",
        "T\u00e9l\u00e9copie : 5551230142",
        "Faxnummer 5551230142",
        "Kontonr. 5551230142",
        "num\u00e9ro vert 5551230142",
        "pedido 5551230142",
        "zam\u00f3wienie 5551230142",
        "\u0444\u0430\u043a\u0441 5551230142",
        "\u4f20\u771f\u53f7\u7801 5551230142",
        "\u30d5\u30a1\u30c3\u30af\u30b9 5551230142",
    ],
    "another country's number without its code": ["UK 7700900142", "India: 9876543210"],
    "words within the number, or more digits beside it": [
        "555-CALL-NOW",
        "1 800 555 BIKE",
        "+49 800 330 AUTO",
        "800-555-0100-CALL",
        "lead5551230142",
        "5551230142abc",
        "5551230142 (2pm)",
        "Phone 1: 5551230142",
        "cell 5551230142 home 5551230143",
        "a+b 5551230142",
    ],
    "a number with more digits beside it": [
        "2125550142 12",
        "(212) 555-0142 12",
        "212-555-0142/43",
        "347-555-0142-1",
        "212-555-014233",
        "+(212) 555-0142 12",
        "9-1-212-555-0142",
        "9 12125550142",
        "8-1-212-555-0142",
        "912125550142",
    ],
    "more digits behind a number": [
        "5550142 (212)",
        "555-0142 (212)",
        "5550142 212",
        "+1 212 555 0142 (12)",
        "+44 7700 900142 [12]",
    ],
    "an email address": [
        "5551230142@gmail.com",
        "5551230142@qq.com",
        "5551230142@yahoo.co.uk",
        "jo.5551230142@example.com",
        "5551230142jo@example.com",
    ],
    "an at sign before a number": ["@5551230142"],
    "a plus behind": ["15551230142+"],
    "two identities": [
        '"5551230143" <sip:5551230142@pbx.example>',
        '<a href="tel:+15551230142">555-123-0143</a>',
        "&lt;a href='tel:+15551230142'&gt;555-123-0143&lt;/a&gt;",
        "<sip:+15551230142@ims.example>, <tel:+15551230143>",
    ],
    "an account of a messenger": [
        "15551230142@lid",
        "15551230142-1612345678@g.us",
        "120363025555555555@g.us",
    ],
    "a client that is no number": ["client:jo", "client:1001"],
    "an area code in parentheses and another length": [
        "(336) 555-01423",
        "(352) 555-01423",
        "(917) 555-014234",
        "[469] 555-014",
    ],
    "two numbers with a word between": [
        "555-123-0142 or 555-123-0143",
        "+15551230142 and +15551230143",
        "(555) 123-0142 oder (555) 123-0143",
        "555-123-0142 (cell) 555-123-0143 (work)",
        "cell 555-123-0142 home 555-123-0143",
        "555-123-0142 \u0438\u043b\u0438 555-123-0143",
    ],
    "digits in words": [
        "zero 7700 900142",
        "one 555 123 0142",
        "555 123 0142 nine",
        "null eins 5551230142",
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
        ("no number of North America", "is not a phone number of region US: none begins with "),
        ("digits of something else", "says that its digits are not the caller's own number"),
        ("another country's number without its code", "names a country"),
        ("two identities", "has more than one number"),
        (
            "an area code in parentheses and another length",
            "could be a number of region US with more digits",
        ),
        ("two numbers with a word between", "has more than one number"),
        ("digits in words", "has digits in words"),
        ("an email address", "is an email address"),
        ("an at sign before a number", "has an @ before the number"),
        ("a plus behind", spelled_digits.PLUS_BEHIND),
        ("a number with more digits beside it", "could be a number of region US with more digits"),
        ("more digits behind a number", spelled_digits.DIGITS_BEHIND),
        ("an account of a messenger", "is the address of a group or an account"),
    ],
)
def test_a_refusal_names_the_likely_mistake(kind: str, reason: str) -> None:
    for sent in REFUSED[kind]:
        with pytest.raises(InvalidCallerNumber) as refusal:
            caller_numbers.normalize(sent, "US")

        assert str(refusal.value).startswith(reason), sent


def test_a_north_american_number_of_another_length_is_refused_with_its_length() -> None:
    with pytest.raises(InvalidCallerNumber) as refusal:
        caller_numbers.normalize("+1555123014", "US")

    assert str(refusal.value) == (
        "+1 numbers have 10 digits after the country code; this one has 9"
    )


@pytest.mark.parametrize(
    ("sent", "region", "number"),
    [
        ("0491 570 142", "AU", "+61491570142"),
        ("011 44 7700 900142", "GB", UK),
        ("011 44 7700 900142", "AU", UK),
        ("8~10 44 7700 900142", "RU", UK),
        ("010 4477 0142", "KR", "+821044770142"),
        ("044 55 5555 0142", "MX", "+525555550142"),
        ("09 8765 4321", "CL", "+56987654321"),
        ("876 555 0142", "JM", "+18765550142"),
        ("00 44 7700 900", "DE", "+447700900"),
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


def test_an_identity_of_seven_digits_is_a_number_and_one_of_six_is_not() -> None:
    assert caller_numbers.normalize("<sip:ana@pbx.example>, <tel:5550142>", "IS") == "+3545550142"
    with pytest.raises(InvalidCallerNumber):
        caller_numbers.normalize("<sip:ana@pbx.example>, <tel:555014>", "IS")


@pytest.mark.parametrize(
    ("sent", "region"),
    [
        ("612 345 678 12", "ES"),
        ("612 34 56 78 90", "FR"),
        ("9123 4567 12", "SG"),
        ("20 12 34 56 78", "DK"),
        ("98765 43210 12", "IN"),
        ("0412 345 142 9", "AU"),
        ("0-07700 900142", "GB"),
    ],
)
def test_more_digits_beside_a_number_of_another_region_are_refused(sent: str, region: str) -> None:
    with pytest.raises(InvalidCallerNumber):
        caller_numbers.normalize(sent, region)


@pytest.mark.parametrize(
    ("sent", "region"),
    [
        ("44 7911 123142", "DE"),
        ("447911123142", "DE"),
        ("447700900142", "DE"),
        ("44 20 7946 0142", "DE"),
        ("1 202 555 0142", "DE"),
        ("33 6 12 34 56 42", "AT"),
        ("4915123456742", "AT"),
        ("919876543142", "ID"),
        ("447911123142", "SE"),
        ("43664437014", "LU"),
    ],
)
def test_digits_that_may_be_a_foreign_mobile_number_are_refused(sent: str, region: str) -> None:
    with pytest.raises(InvalidCallerNumber) as refusal:
        caller_numbers.normalize(sent, region)

    assert str(refusal.value) == spelled_groups.TWO_COUNTRIES.format(region)


@pytest.mark.parametrize(
    ("sent", "region", "number"),
    [
        ("0447 911123", "DE", "+49447911123"),
        ("030 12345642", "DE", "+493012345642"),
        ("3012345642", "DE", "+493012345642"),
        ("15123456742", "DE", "+4915123456742"),
        ("6641234542", "AT", "+436641234542"),
        ("347 123 4542", "IT", "+393471234542"),
        ("701234542", "SE", "+46701234542"),
        ("22 65 64 42", "LU", "+35222656442"),
        # With the region's own country code.
        ("4915123456742", "DE", "+4915123456742"),
        ("49 (151) 23456742", "DE", "+4915123456742"),
        ("491771234542", "DE", "+491771234542"),
        ("436641234542", "AT", "+436641234542"),
        ("81 14 45 42", "LU", "+35281144542"),
        # The region's own number, although the digits fit in Gabon, Cuba and Singapore.
        ("241 397 8942", "MX", "+522413978942"),
        ("(53) 5581-4642", "BR", "+555355814642"),
        ("6728 4042", "SG", "+6567284042"),
        ("44 7911 123142", "NZ", "+447911123142"),
    ],
)
def test_a_national_number_without_its_0_is_read_in_its_region(
    sent: str, region: str, number: str
) -> None:
    assert caller_numbers.read(sent, region) == Reading(number)


@pytest.mark.parametrize(
    ("sent", "region", "number"),
    [
        ("4524272542", "DE", "+494524272542"),
        ("4532123442", "GB", "+444532123442"),
    ],
)
def test_digits_that_may_be_a_foreign_landline_have_a_warning(
    sent: str, region: str, number: str
) -> None:
    repair = spelled_groups.NATIONAL.format(region)

    assert caller_numbers.read(sent, region) == Reading(number, (repair,))


@pytest.mark.parametrize("region", ["US", "DK"])
def test_digits_with_two_international_prefixes_are_refused(region: str) -> None:
    """00, 1 twice and a number of Virginia, or Australia's 0011 and one of Denmark."""
    with pytest.raises(InvalidCallerNumber):
        caller_numbers.normalize("00114534412342", region)
    assert caller_numbers.normalize("00114534412342", "AU") == "+4534412342"


@pytest.mark.parametrize(
    ("sent", "repair"),
    [
        ("+1 1 555 123 0142", spelled_numbers.TWICE),
        ("+1+15551230142", spelled_digits.SECOND_PLUS),
        ("+5551230142", spelled_numbers.NO_COUNTRY_CODE.format("US")),
        ("5551230142 x7", spelled_digits.EXTENSION),
        ("5551230142.0", spelled_digits.FLOAT),
        ("%2B15551230142", spelled_addresses.ENCODED_TWICE),
        ("15551230142:7@c.us", spelled_addresses.DEVICE),
        ("5551230142@example.com", spelled_addresses.HOST),
        ("+15551230142@tenant-7.example.com", spelled_addresses.HOST),
        ('"Jo Doe" <5551230142@example.com>', spelled_addresses.HOST),
        ("5551230142@voicemail.example.com", spelled_addresses.HOST),
        ("&#43;15551230142", spelled_words.ENTITY),
        ("15,551,230,142", spelled_words.THOUSANDS),
        ("5551230142 (cell)", spelled_words.BESIDE),
        ("5551230142 (Jo Doe)", spelled_words.BESIDE),
        ("Handynummer: 5551230142", spelled_words.BESIDE),
        ("\u624b\u673a 5551230142", spelled_words.BESIDE),
        ("Jo Doe 5551230142", spelled_words.UNKNOWN.format("Jo Doe")),
        ("Fairfax 5551230142", spelled_words.UNKNOWN.format("Fairfax")),
        ("cell of Toni: 5551230142", spelled_words.UNKNOWN.format("of Toni")),
        ("555_123_0142", spelled_words.SEPARATORS),
        ("<b>5551230142</b>", spelled_parts.HTML),
        ('=T("5551230142")', spelled_parts.FORMULA),
        ("+15551230142+", spelled_digits.SECOND_PLUS),
        ("5551230142 ext.", spelled_digits.EXTENSION),
        ("5551230142, 5551230142", spelled_words.TWICE_SENT),
        ("0011 44 7700 900142", spelled_numbers.FOREIGN_PREFIX),
        ("+52 044 55 5555 0142", spelled_numbers.NATIONAL_PREFIX),
        ("555-123-0142 or 5551230142", spelled_words.TWICE_SENT),
        ("555-123-0142 (cell) 555-123-0142", spelled_words.TWICE_SENT),
        ("&#60;5551230142&#62;", spelled_words.ENTITY),
        ("+4477009001423", unplanned_numbers.LENGTH.format(44)),
        ("+99912345678", unplanned_numbers.NO_SUCH_CODE),
        ("+910987654321", unplanned_numbers.NOT_IN_PLAN.format(91)),
        ("+420 0777 123 456", spelled_numbers.NATIONAL_PREFIX),
        ("+44 (0)7700 900142", spelled_numbers.NATIONAL_PREFIX),
    ],
)
def test_each_repair_is_reported(sent: str, repair: str) -> None:
    assert caller_numbers.read(sent, "US").repairs == (repair,)


def test_every_listed_word_is_folded_and_in_one_list() -> None:
    own, anothers = number_labels.OWN, number_labels.ANOTHERS

    assert not own & anothers
    assert {word for word in own | anothers if number_labels.fold(word) != word} == set()


@pytest.mark.parametrize(
    "sent",
    [
        N,
        "5551230142",
        "15551230142",
        "(555) 123-0142",
        "+10123456789",
        "+3569878933094",
        "tel:+15551230142",
        "+15551230142;user=phone",
        "sip:5551230142@example.com",
        "5551230142@pbx-2.example.com",
        "5551230142@sip.example.com",
        "5551230142@198.51.100.7",
        "5551230142@example.com:5061",
        "5551230142@example.com;user=phone",
        UK,
    ],
)
def test_a_usual_spelling_needs_no_repair(sent: str) -> None:
    assert caller_numbers.read(sent, "US").repairs == ()
