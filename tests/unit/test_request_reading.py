"""What publishers' tools make of parameters on the way here, and how it is read: each kind with its
neighbor that looks alike."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, unquote_plus, urlencode

import pytest

from functions.data_writing import refusals, request
from functions.data_writing.request import Request, Resource
from shared.domain.errors import InvalidInput
from shared.domain.posting_warnings import WarningKind
from tests.unit import gateway
from tests.unit.gateway import KEY

FORM = "application/x-www-form-urlencoded"
N = "+15551230142"
CALL_UUID = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
K = KEY.key


def _read(
    query: str = "", *, body: str | None = None, path: str = "/data_writing", **headers: str
) -> Request:
    event: dict[str, Any] = {
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "requestContext": {
            "http": {"method": "GET" if body is None else "POST"},
            "requestId": "r",
            "timeEpoch": 1_741_608_000_007,
        },
    }
    if body is not None:
        event |= {"body": body, "headers": {"content-type": FORM} | event["headers"]}
    return gateway.read(event)


def _kinds(read: Request) -> list[WarningKind]:
    return [warning.kind for warning in read.warnings]


LISTS = [
    ("x[]=a&x[]=b", {"x": "a,b"}),
    ("x[]=a", {"x": "a"}),
    ("x%5B%5D=a&x%5B%5D=b", {"x": "a,b"}),
    ("x[0]=a&x[1]=b", {"x": "a,b"}),
    ("x[1]=b&x[0]=a", {"x": "a,b"}),
    ("a[b]=1&a[c]=2", {"a.b": "1", "a.c": "2"}),
    ("a[b][c]=1", {"a.b.c": "1"}),
    ("a[b][]=1&a[b][]=2", {"a.b": "1,2"}),
    ("items[0][name]=x&items[1][name]=y", {"items.0.name": "x", "items.1.name": "y"}),
    ("x[]=b&x[0]=a&x[]=c", {"x": "a,b,c"}),
    ("x[0]=true&x[0]=false&x[1]=false", {"x": "true,false"}),
    ("caller_number[]=5551230142", {"caller_number": "5551230142"}),
    # No lists: brackets that do not belong to a name, or do not close.
    ("[x]=1", {"[x]": "1"}),
    ("x[=1", {"x[": "1"}),
    ("x[a]b=1", {"x[a]b": "1"}),
    ("x=[]", {"x": "[]"}),
]


@pytest.mark.parametrize(("sent", "parameters"), LISTS)
def test_lists_and_members_in_forms_are_read(sent: str, parameters: dict[str, str]) -> None:
    for read in (_read(sent), _read(body=sent)):
        assert read.parameters == parameters
        assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "value", "kinds"),
    [
        ("c=true&c=false", "true", []),
        ("c=True&c=False", "True", []),
        ("c=false&c=true", "true", [WarningKind.REPEATED]),
        ("c=0&c=1", "1", [WarningKind.REPEATED]),
        ("c=true&c=false&c=false", "false", [WarningKind.REPEATED]),
        ("c=1&c=", "", [WarningKind.REPEATED]),
        ("c=1&c=1", "1", []),
        ("c[0]=1&c[0]=2&c[1]=3", "2,3", [WarningKind.REPEATED]),
        ("c[]=2&c=1", "2", [WarningKind.REPEATED]),
        ("c=true&C=false", "true", []),
    ],
)
def test_a_ticked_box_is_ticked_and_of_other_repeats_the_last_counts(
    sent: str, value: str, kinds: Sequence[WarningKind]
) -> None:
    read = _read(sent)

    assert read.parameters["c"] == value
    assert _kinds(read) == kinds


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        ("c[]=2&c=1", "2"),
        ("c=1&c[]=2", "2"),
        ("c[]=2&c=1&c[]=3", "2,3"),
        ("c=1&c=4&c[0]=2", "2"),
        ("c[]=2&c=", "2"),
    ],
)
def test_a_list_wins_over_a_single_value_and_the_warning_says_so(sent: str, value: str) -> None:
    read = _read(sent)

    assert read.parameters == {"c": value}
    (warning,) = read.warnings
    assert warning.message == (
        "was sent as a list and as a single value, and the list was used; send one of them"
    )


@pytest.mark.parametrize("sent", ["c[]=2&c=2", "c=2,3&c[]=2&c[]=3"])
def test_a_list_that_equals_the_single_value_needs_no_warning(sent: str) -> None:
    assert _read(sent).warnings == []


def test_an_empty_list_never_hides_a_caller_number() -> None:
    read = _read("caller_number=5551230142&caller_number[]=&zip=1")

    assert read.caller_number(KEY) == N
    assert read.warnings == []


@pytest.mark.parametrize(
    ("query", "body", "place"),
    [
        ("caller_number=5551230142&caller_number=5551230143", None, "2 times in the query string"),
        ("", "caller_number=5551230142&caller_number=5551230143", "2 times in the body"),
        ("caller_number=5551230142", "caller_number=5551230143", "in the body and in the query"),
        ("caller_number=5551230142", "caller_number=%2B445551230143", "in the body and in the"),
    ],
)
def test_of_two_callers_the_last_is_used_and_the_warning_names_the_places(
    query: str, body: str | None, place: str
) -> None:
    read = _read(query, body=body)

    (warning,) = read.warnings
    assert (warning.kind, warning.param) == (WarningKind.REPEATED, "caller_number")
    assert place in warning.message
    assert read.parameters["caller_number"] != "5551230142"


@pytest.mark.parametrize(
    ("in_query", "in_body"),
    [
        ("5551230142", "%2B1+(555)+123-0142"),
        ("00447700900123", "%2B447700900123"),
        ("07700+900123", "%2B447700900123"),
        ("5551230142", "5551230142"),
        ("", "5551230142"),
        ("5551230142", ""),
    ],
)
def test_one_caller_in_two_spellings_needs_no_warning(in_query: str, in_body: str) -> None:
    read = _read(f"caller_number={in_query}&zip=1", body=f"caller_number={in_body}")

    assert read.warnings == []


@pytest.mark.parametrize(
    ("query", "body", "path_key", "places"),
    [
        ("key=blue", None, K, "in the path and in the parameters"),
        ("", "key=blue", K, "in the path and in the parameters"),
        (f"key={K}", "key=blue", None, "in the body and in the query string"),
        (f"key={K.upper()}", None, K, None),
        ("key=", None, K, None),
    ],
)
def test_of_two_keys_the_warning_names_the_places(
    query: str, body: str | None, path_key: str | None, places: str | None
) -> None:
    path = f"/data_writing/{path_key}" if path_key else "/data_writing"
    read = _read(query, body=body, path=path)

    assert [w.param for w in read.warnings] == (["key"] if places else [])
    assert all(places in w.message for w in read.warnings if places)


@pytest.mark.parametrize(
    ("call_uuid", "is_told"),
    [("abc-def-2", True), (f"%7B{CALL_UUID}%7D", False), (CALL_UUID.upper(), False)],
)
def test_of_two_call_ids_the_warning_names_the_places(call_uuid: str, is_told: bool) -> None:
    read = _read(f"call_uuid={CALL_UUID}", body=f"call_uuid={call_uuid}&zip=1")

    assert [w.param for w in read.warnings] == (["call_uuid"] if is_told else [])


@pytest.mark.parametrize("sent", ["=1&zip=30301", "zip=30301&=", "=1&=2&zip=30301"])
def test_a_value_without_a_name_is_left_out_with_a_warning(sent: str) -> None:
    posting = _read(f"caller_number={N}&{sent}").to_posting(KEY)

    assert posting.tags == {"zip": "30301"}
    assert (WarningKind.LEFT_OUT, None) in [(w.kind, w.param) for w in posting.warnings]


@pytest.mark.parametrize("sent", ["=1", "="])
def test_a_value_without_a_name_is_no_tag(sent: str) -> None:
    with pytest.raises(InvalidInput, match="a tag has no name"):
        _read(f"caller_number={N}&{sent}").to_posting(KEY)


def test_each_unfilled_placeholder_has_its_warning_up_to_the_maximum() -> None:
    tags = {f"t{i:03}": "{{x}}" for i in range(60)}
    for many, told in ((11, 11), (50, 50), (60, 50)):
        sent = dict(list(tags.items())[:many])
        warnings = _read(urlencode({"caller_number": N, **sent})).to_posting(KEY).warnings
        assert len(warnings) == told
    assert warnings[-1].message == "there are 11 more warnings like these, not listed here"


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("caller_number=5551230142&caller_number=", None),
        ("caller_number=5551230142", "caller_number="),
        ("caller_number=", "caller_number=5551230142"),
    ],
)
def test_an_empty_caller_number_never_hides_one_that_was_sent(query: str, body: str | None) -> None:
    assert _read(query, body=body).caller_number(KEY) == N


@pytest.mark.parametrize(
    "name",
    [
        "Caller_Number",
        "CALLER_NUMBER",
        "caller_number%20",
        "+caller_number",
        "%E2%80%8Bcaller_number",
        "%EF%BB%BFcaller_number",
    ],
)
def test_a_name_in_other_letters_is_read_where_the_right_one_is_missing(name: str) -> None:
    read = _read(f"{name}=5551230142&zip=1")

    assert read.caller_number(KEY) == N
    assert read.tags == {"zip": "1"}
    assert _kinds(read) == [WarningKind.NAME]


def test_a_name_in_other_letters_is_a_tag_where_the_right_one_is_there() -> None:
    read = _read("caller_number=5551230142&Caller_Number=5551230143")

    assert read.tags == {"Caller_Number": "5551230143"}
    assert read.caller_number(KEY) == N


@pytest.mark.parametrize(
    ("query", "body", "is_told"),
    [
        ("caller_number=5551230142&Caller_Number=5551230143", None, True),
        ("caller_number=5551230142", "Caller_Number=5551230143", True),
        ("call_uuid=abc-def-1&Call_UUID=abc-def-2", None, True),
        ("caller_number=5551230142&Caller_Number=%2B15551230142", None, False),
        ("caller_number=5551230142&Caller_Number=", None, False),
    ],
)
def test_another_caller_under_a_name_in_other_letters_has_a_warning(
    query: str, body: str | None, is_told: bool
) -> None:
    read = _read(query, body=body)

    assert _kinds(read) == ([WarningKind.REPEATED] if is_told else [])
    assert len(read.tags) == 1


def test_a_name_in_other_letters_is_a_tag_beside_a_key_in_the_path() -> None:
    read = _read("caller_number=5551230142&Key=blue", path=f"/data_writing/{KEY.key}")

    assert read.tags == {"Key": "blue"}
    assert read.parameters["key"] == KEY.key
    assert read.warnings == []


def test_of_two_names_in_other_letters_neither_is_read() -> None:
    assert _read("Caller_Number=5551230142&CALLER_NUMBER=5551230143").caller_number(KEY) is None


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        (
            "key=k;caller_number=5551230142;zip=1",
            {"key": "k", "caller_number": "5551230142", "zip": "1"},
        ),
        (
            "key=k&caller_number=5551230142;zip=1",
            {"key": "k", "caller_number": "5551230142", "zip": "1"},
        ),
        (
            "key=k;caller_number=5551230142;note=a;b",
            {"key": "k", "caller_number": "5551230142", "note": "a;b"},
        ),
    ],
)
def test_semicolons_between_parameters_are_read_as_ampersands_with_a_warning(
    sent: str, parameters: dict[str, str]
) -> None:
    read = _read(sent)

    assert read.parameters == parameters
    assert _kinds(read) == [WarningKind.SEPARATOR]


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("a=1;b=2", {"a": "1;b=2"}),
        ("note=use;key=value", {"note": "use;key=value"}),
        ("caller_number=5551230142&note=a;b=c", {"caller_number": "5551230142", "note": "a;b=c"}),
        ("caller_number=5551230142;ext=12", {"caller_number": "5551230142;ext=12"}),
        (
            "caller_number=tel:5551230142;phone-context=+1",
            {"caller_number": "tel:5551230142;phone-context= 1"},
        ),
        ("a=1&amp;caller_number=5551230142", {"a": "1", "amp;caller_number": "5551230142"}),
    ],
)
def test_a_semicolon_in_a_value_stays(sent: str, parameters: dict[str, str]) -> None:
    read = _read(sent)

    assert read.parameters == parameters
    assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "number"),
    [
        ("+15551230142", "+15551230142"),
        ("+6591230142", "+6591230142"),
        ("%2B6591230142", "+6591230142"),
        ("%252B15551230142", "+15551230142"),
        ("%20+6591230142", "+6591230142"),
        ("(+1)+555-123-0142", "+15551230142"),
        ("tel:+6591230142", "+6591230142"),
        ("+5551230142", "+15551230142"),
        ("%205551230142", "+15551230142"),
        ("Jo+Doe+%3C5551230142%3E", "+15551230142"),
        ("555+123+0142", "+15551230142"),
        # A form's spaces are pluses, too: before a number grouped as in North America, and behind
        # a label. Read as a plus, +917 is India's.
        ("+917+555+0142", "+19175550142"),
        ("+917-555-0142", "+19175550142"),
        ("+(917)+555-0142", "+19175550142"),
        ("+917.555.0142", "+19175550142"),
        ("%22+917+555+0142%22", "+19175550142"),
        ("Tel%3A+917+555+0142", "+19175550142"),
        ("Cell%3A+9175550142", "+19175550142"),
        ("Tel:+1+917+555+0142", "+19175550142"),
        ("Tel%3A+%2B917025550142", "+917025550142"),
        ("tel%3A+6591230142", "+6591230142"),
        ("Tel:+6591230142", "+6591230142"),
        ("sip%3A+6591230142%40pbx.example", "+6591230142"),
        ("+65+9123+0142", "+6591230142"),
    ],
)
def test_a_plus_that_was_not_escaped_is_one_before_a_number_and_else_a_space(
    sent: str, number: str
) -> None:
    assert _read(f"caller_number={sent}&zip=1").caller_number(KEY) == number
    assert _read(body=f"caller_number={sent}&zip=1").caller_number(KEY) == number


@pytest.mark.parametrize("name", ["caller_number[]", "caller_number[0]", "Caller_Number"])
def test_a_plus_is_one_however_the_number_is_named(name: str) -> None:
    assert _read(f"{name}=+6591230142&zip=1").caller_number(KEY) == "+6591230142"


UA = "Mozilla/5.0%20(Windows%20NT%2010.0;%20Win64;%20x64;%20rv:143.0)%20Firefox/143.0"


@pytest.mark.parametrize(
    "ua",
    [
        UA,
        UA.replace("%20", "+"),
        UA.replace("%20", ""),
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) [FBAN/FBIOS;FBAV/530.0]",
        "Mozilla/5.0 (Linux; U; Android 16; en-us; SM-S931U Build/BP2A) Version/4.0",
        "Mozilla/5.0 (compatible; a=b; c=d)",
    ],
)
@pytest.mark.parametrize(
    "sent", ["key=k&caller_number=5551230142&ua={}", "ua={}&caller_number=5551230142&key=k"]
)
def test_the_semicolons_of_a_user_agent_stay(ua: str, sent: str) -> None:
    read = _read(sent.format(ua))

    assert read.parameters == {
        "key": "k",
        "caller_number": "5551230142",
        "ua": unquote_plus(ua),
    }
    assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        (f"key%3D{K}%26zip%3D1", {"key": K, "zip": "1"}),
        ("caller_number%3D%2B15551230142%26zip%3D1", {"caller_number": "+15551230142", "zip": "1"}),
        ("zip%3d1%26city%3DS%25C3%25A3o+Paulo", {"zip": "1", "city": "S\u00e3o Paulo"}),
        ("%3Fzip%3D1", {"zip": "1"}),
        ("zip%3D1&age%3D39", {"zip": "1", "age": "39"}),
        ("x%5B%5D%3Da%26x%5B%5D%3Db", {"x": "a,b"}),
        ("city%3D%E9", {"city": "\u00e9"}),
    ],
)
def test_parameters_that_were_encoded_as_a_whole_are_decoded_once_more(
    sent: str, parameters: dict[str, str]
) -> None:
    for read in (_read(sent), _read(body=sent)):
        assert read.parameters == parameters
        assert _kinds(read)[0] == WarningKind.SEPARATOR


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("a%3Db=", {"a=b": ""}),
        ("zip=1&a%3Db", {"zip": "1", "a=b": ""}),
        ("flag", {"flag": ""}),
        ("100%3", {"100%3": ""}),
        ("%3D1", {"=1": ""}),
        ("what%3F", {"what?": ""}),
        ("a+b%3Dc", {"a b=c": ""}),
    ],
)
def test_an_encoded_equals_sign_in_a_name_stays(sent: str, parameters: dict[str, str]) -> None:
    read = _read(sent)

    assert read.parameters == parameters
    assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("name=O&#39;Brien&zip=1", {"name": "O&#39;Brien", "zip": "1"}),
        ("name=O&#x27;Brien", {"name": "O&#x27;Brien"}),
        ("zip=1&city=S&atilde;o+Paulo", {"zip": "1", "city": "S&atilde;o Paulo"}),
        ("note=&lt;b&gt;&zip=1", {"note": "&lt;b&gt;", "zip": "1"}),
        ("note=x&#61;y=z", {"note": "x&#61;y=z"}),
        ("caller_number=&#43;15551230142", {"caller_number": "&#43;15551230142"}),
    ],
)
def test_an_html_entity_is_part_of_its_value(sent: str, parameters: dict[str, str]) -> None:
    for read in (_read(sent), _read(body=sent)):
        assert read.parameters == parameters
        assert _kinds(read) == [WarningKind.SEPARATOR]


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("a=1&lt;=5", {"a": "1", "lt;": "5"}),
        ("a=1&flag;&b=2", {"a": "1", "flag;": "", "b": "2"}),
        ("a=1&#39", {"a": "1", "#39": ""}),
        ("a=1&lt", {"a": "1", "lt": ""}),
    ],
)
def test_a_name_that_only_resembles_an_entity_stays(sent: str, parameters: dict[str, str]) -> None:
    read = _read(sent)

    assert read.parameters == parameters
    assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "value", "is_told"),
    [
        ("Jos%u00E9", "Jos\u00e9", True),
        ("%u4F60%u597D", "\u4f60\u597d", True),
        ("Hi%uD83D%uDE00%21", "Hi\U0001f600!", True),
        ("a%u0026b%u003Dc", "a&b=c", True),
        ("100%unit", "100%unit", False),
        ("%u12", "%u12", False),
        ("%25u00E9", "%u00E9", False),
    ],
)
def test_what_the_old_escape_function_writes_is_read(sent: str, value: str, is_told: bool) -> None:
    read = _read(f"a={sent}&zip=1")

    assert read.parameters == {"a": value, "zip": "1"}
    assert _kinds(read) == ([WarningKind.CHARSET] if is_told else [])


def test_json_in_the_link_is_refused_with_the_way_out() -> None:
    for sent in ('{"caller_number":"5551230142"}', "%5B%7B+%22caller_number%22%3A%221%22%7D%5D"):
        with pytest.raises(InvalidInput, match="JSON is read from the body of a POST"):
            _read(sent).to_posting(KEY)


@pytest.mark.parametrize(
    "path", ["//data_writing//{}", "/data_writing/{}//", "/v1//data_writing/{}/"]
)
def test_repeated_slashes_in_the_path_do_no_harm(path: str) -> None:
    assert _read("zip=1", path=path.format(K)).parameters == {"key": K, "zip": "1"}


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("?caller_number=5551230142&zip=1", {"caller_number": "5551230142", "zip": "1"}),
        ("??zip=1", {"zip": "1"}),
        ("zip=1&?age=39", {"zip": "1", "age": "39"}),
        (f"key={K}?caller_number=5551230142", {"key": K, "caller_number": "5551230142"}),
        (f"key={K}?zip=1?age=39", {"key": K, "zip": "1", "age": "39"}),
        (f"key={K}??zip=1", {"key": K, "zip": "1"}),
        (f"key={K}?", {"key": K}),
        (f"zip=1?key={K}", {"zip": "1", "key": K}),
        (f"city=Reno?key={K}&zip=1", {"city": "Reno", "key": K, "zip": "1"}),
        ("city=Reno?caller_number=5551230142", {"city": "Reno", "caller_number": "5551230142"}),
        ("city=Reno?Call_UUID=abcdef", {"city": "Reno", "call_uuid": "abcdef"}),
        ("caller_number=5551230142?zip=1", {"caller_number": "5551230142", "zip": "1"}),
        ("Caller_Number=+1555?zip=1", {"caller_number": "+1555", "zip": "1"}),
        ("caller_number=555.123.0142?zip=1", {"caller_number": "555.123.0142", "zip": "1"}),
        ("call_uuid=abc@host?zip=1", {"call_uuid": "abc@host", "zip": "1"}),
        ("age=39?zip=1", {"age": "39", "zip": "1"}),
        ("consent=true?zip=1?age=39", {"consent": "true", "zip": "1", "age": "39"}),
        ("bid=-1.50?zip=1&age=39", {"bid": "-1.50", "zip": "1", "age": "39"}),
        (f"key={K}%3Fzip%3D1%26age%3D39", {"key": K, "zip": "1", "age": "39"}),
    ],
)
def test_question_marks_between_parameters_are_read_as_ampersands_with_a_warning(
    sent: str, parameters: dict[str, str]
) -> None:
    read = _read(sent)

    assert read.parameters == parameters
    assert WarningKind.SEPARATOR in _kinds(read)


@pytest.mark.parametrize(
    ("sent", "parameters"),
    [
        ("lp=https://lp.example/?gclid=1&zip=1", {"lp": "https://lp.example/?gclid=1", "zip": "1"}),
        ("lp=/a?caller_number=5551230142", {"lp": "/a?caller_number=5551230142"}),
        (f"lp=a.php?key={K}", {"lp": f"a.php?key={K}"}),
        ("lp=https%3A%2F%2Fa?call_uuid=abcdef", {"lp": "https://a?call_uuid=abcdef"}),
        ("page=offer?aff=12", {"page": "offer?aff=12"}),
        ("q=really?", {"q": "really?"}),
        ("q=39?&zip=1", {"q": "39?", "zip": "1"}),
        ("q=39?yes", {"q": "39?yes"}),
        ("q=what%3Fzip=1", {"q": "what?zip=1"}),
        ("name=?zip=1", {"name": "?zip=1"}),
        ("really?=1", {"really?": "1"}),
        ("note=use?key=value", {"note": "use?key=value"}),
        (
            "caller_number=sip:5551230142@a?zip=1",
            {"caller_number": "sip:5551230142@a?zip=1"},
        ),
    ],
)
def test_a_question_mark_in_a_value_stays(sent: str, parameters: dict[str, str]) -> None:
    for read in (_read(sent), _read(body=sent)):
        assert read.parameters == parameters
        assert read.warnings == []


@pytest.mark.parametrize(
    "around",
    [
        "{} ",
        "\n{}\t",
        "\u200b{}",
        "{}\u200d\u200c",
        "\ufeff{}",
        "\u00a0{}\u202f",
        "\u200e{}\u200f",
        "\u202a{}\u202c",
        "\u2066{}\u2069",
        '"{}"',
        "'{}'",
        "`{}`",
        "\u201c{}\u201d",
        "\u201e{}\u201c",
        "\u00ab {} \u00bb",
        "\u200b\u2018 {}\u2019 ",
        "{}.",
        "{},",
        "({})",
        "<{}>",
        "{{{}}}",
        "[{}]:",
        "**{}**",
        "{}\\",
        '{}">',
        "{}\u2026",
    ],
)
@pytest.mark.parametrize(
    "letters",
    [K, K.upper(), K.replace("-", "-\u00ad"), K.replace("-", ""), K.replace("-", "\u2013")],
)
def test_a_key_is_read_without_what_was_copied_along(around: str, letters: str) -> None:
    sent = around.format(letters)
    path = f"/data_writing/{sent}"
    for read in (
        _read(urlencode({"key": sent, "zip": "1"})),
        _read(body=urlencode({"key": sent, "zip": "1"})),
        _read(body=json.dumps({"key": sent, "zip": "1"}), content_type="application/json"),
        _read("zip=1", path=path),
        _read("zip=1", path=f"/data_writing/{quote(sent)}.json"),
    ):
        assert read.parameters["key"].lower() == K
        assert read.tags == {"zip": "1"}
        assert _kinds(read) == [WarningKind.NAME]


@pytest.mark.parametrize("letters", [K.replace("-", ""), K.replace("-", "\u2011")])
def test_a_key_with_other_hyphens_or_none_is_read(letters: str) -> None:
    read = _read(urlencode({"key": letters, "zip": "1"}))

    assert read.parameters["key"] == K
    assert _kinds(read) == [WarningKind.NAME]


@pytest.mark.parametrize(
    "sent",
    [
        f"{K}0",
        f"x{K}",
        K[1:],
        f"<b>{K}</b>",
        "' '",
        '"',
        f"{K} {K}",
        f"{K}.0",
        f"key={K}",
        K.replace("-", "--"),
        K.replace("-", " "),
        "." * 300,
    ],
)
def test_a_key_with_anything_else_stays_as_sent(sent: str) -> None:
    read = _read(urlencode({"key": sent, "zip": "1"}))

    assert read.parameters["key"] == sent
    assert read.warnings == []


@pytest.mark.parametrize(
    ("sent", "call_uuid"),
    [
        ("v3:ab+cd_efg", "v3:ab+cd_efg"),
        ("+AbC/4+dEf+", "AbC/4+dEf"),
        ("%2BAbC/42dEf%2B", "+AbC/42dEf+"),
        ("%20v3:abcdef%20", "v3:abcdef"),
        (f"+{CALL_UUID}+", CALL_UUID),
        (f"+{CALL_UUID.replace('-', '').upper()}", CALL_UUID),
        (f"urn:uuid:{CALL_UUID}", CALL_UUID),
        (f"%7B{CALL_UUID}%7D", CALL_UUID),
    ],
)
def test_a_plus_within_the_id_of_a_call_stays_one_and_around_it_is_a_space(
    sent: str, call_uuid: str
) -> None:
    assert _read(f"call_uuid={sent}&zip=1").call_uuid == call_uuid


UNFILLED = [
    "undefined",
    "null",
    "NaN",
    "--A--call_uuid--B--",
    "{{call.id}}",
    "call-{{call.id}}",
    "[call_uuid]",
    "__call_id__",
    "@call_id@",
    "%recordid%",
    "[object Object]",
    "None",
    "nil",
    "(none)",
    "n/a",
    "0",
    "-",
]


@pytest.mark.parametrize("sent", UNFILLED)
def test_an_unfilled_call_id_is_ignored_beside_a_good_number(sent: str) -> None:
    posting = _read(urlencode({"call_uuid": sent, "caller_number": N, "zip": "1"})).to_posting(KEY)

    assert (posting.caller_number, posting.call_uuid, posting.tags) == (N, None, {"zip": "1"})
    (warning,) = posting.warnings
    assert (warning.kind, warning.param) == (WarningKind.PLACEHOLDER, "call_uuid")


@pytest.mark.parametrize("sent", UNFILLED)
@pytest.mark.parametrize("number", [None, "", "12", "anonymous", "{{phone}}"])
def test_an_unfilled_call_id_is_refused_without_a_good_number(
    sent: str, number: str | None
) -> None:
    others = {"zip": "1"} if number is None else {"zip": "1", "caller_number": number}

    with pytest.raises(InvalidInput) as refusal:
        _read(urlencode({"call_uuid": sent, **others})).to_posting(KEY)

    (problem,) = refusal.value.problems
    assert problem.param == "call_uuid"
    assert problem.message.startswith("looks like an unfilled placeholder")


@pytest.mark.parametrize("sent", ["12", "call#12", "none (of them)"])
def test_an_invalid_call_id_is_refused_even_beside_a_good_number(sent: str) -> None:
    with pytest.raises(InvalidInput):
        _read(urlencode({"call_uuid": sent, "caller_number": N, "zip": "1"})).to_posting(KEY)


ALIASES = [
    "phone",
    "Phone",
    "callerid",
    "caller_id",
    "callerNumber",
    "caller-number",
    "No Label caller_number",
    "fields[caller_number][value]",
    "contact.phone",
    "phone_number",
    "mobile",
    "ani",
    "cli",
    "fromNumber",
    "cell",
    "from",
    "amp;caller_number",
]


@pytest.mark.parametrize("name", ALIASES)
def test_the_refusal_of_a_misnamed_number_shows_the_name(name: str) -> None:
    read = _read(body=f"{name.replace('&', '%26')}=5551230142&zip=30301")

    with pytest.raises(InvalidInput) as refusal:
        read.to_posting(KEY)

    (problem,) = refusal.value.problems
    assert problem.param == "caller_number"
    assert f"{name} was sent" in problem.message


NEAR_MISSES = [
    ("caler_number", "caller_number"),
    ("callr_number", "caller_number"),
    ("caller_numer", "caller_number"),
    ("caller_nubmer", "caller_number"),
    ("Caller Nunber", "caller_number"),
    ("calller-numberr", "caller_number"),
    ("clalernumber", "caller_number"),
    ("collar_number", "caller_number"),
    ("call_number", "caller_number"),
    ("callUuid", "call_uuid"),
    ("call-uuid", "call_uuid"),
    ("call_uid", "call_uuid"),
    ("call_id", "call_uuid"),
    ("CALLID", "call_uuid"),
    ("cal_uuid", "call_uuid"),
    ("call_guid", "call_uuid"),
    ("call_uudi", "call_uuid"),
]


@pytest.mark.parametrize(("name", "meant"), NEAR_MISSES)
def test_a_name_within_two_edits_is_named(name: str, meant: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _read(urlencode({"zip": "30301", "phone_type": "cell", name: "x"})).to_posting(KEY)

    (problem,) = refusal.value.problems
    assert problem.param == "caller_number"
    assert f"{name} was sent; did you mean {meant}?" in problem.message


def test_the_nearest_of_several_names_is_named() -> None:
    read = _read("cllr_number=1&call_id=1&caller_numbr=1")

    with pytest.raises(InvalidInput, match=r"caller_numbr was sent; did you mean caller_number\?"):
        read.to_posting(KEY)


@pytest.mark.parametrize(
    "name",
    ["cllr_numbr", "caller_name", "called_number", "call_us", "call_quality", "uuid", "Ca\u0142l"],
)
def test_a_name_further_away_is_only_listed(name: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _read(urlencode({name: "x"})).to_posting(KEY)

    (problem,) = refusal.value.problems
    assert problem.message.endswith(f"send caller_number or call_uuid; received: {name}")


@pytest.mark.parametrize(
    ("sent", "listed"),
    [
        ("zip=1&age=39", "; received: zip, age"),
        ("zip=1&zip=2&caller_number=&call_uuid=", "; received: zip"),
        ("&".join(f"t{n}=1" for n in range(10)), ", ".join(f"t{n}" for n in range(10))),
        ("&".join(f"t{n}=1" for n in range(11)), "t8, t9 and 1 more"),
        ("a%00b=1", r"; received: a\x00b"),
        (f"{'n' * 129}=1", f"; received: {'n' * 128}"),
        ("caller_number=", "send caller_number or call_uuid"),
    ],
)
def test_the_refusal_lists_ten_of_the_names_that_were_sent(sent: str, listed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        _read(sent).to_posting(KEY)

    assert refusal.value.problems[0].message.endswith(listed)


def test_a_misspelled_number_tells_the_log_whose_the_posting_is() -> None:
    assert refusals.find_number(_read("caler_number=5551230142"), "US") == N
    assert refusals.find_number(_read("call_id=5551230142"), "US") is None


@pytest.mark.parametrize("name", ["zip", "form_id", "zip_from_lead", "planned"])
def test_a_tag_is_not_taken_for_a_number(name: str) -> None:
    with pytest.raises(InvalidInput, match="is missing or empty; send caller_number or call_uuid"):
        _read(f"{name}=5551230142").to_posting(KEY)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (_read("api_key=k&caller_number=5551230142"), "api_key was sent"),
        (_read("amp;key=k"), "amp;key was sent"),
        (_read("", x_api_key="k"), "the header x-api-key is ignored"),
        (_read("", authorization="Bearer k"), "the header authorization is ignored"),
        (_read("zip=1"), "is missing; use your posting link"),
    ],
)
def test_a_key_elsewhere_is_hinted_at(read: Request, said: str) -> None:
    assert said in refusals.missing_key(read)


def test_the_message_says_that_the_body_of_a_get_is_not_read() -> None:
    event = {
        "rawPath": "/data_writing",
        "rawQueryString": "zip=1",
        "headers": {"content-type": FORM},
        "body": "caller_number=5551230142",
        "requestContext": {"http": {"method": "GET"}, "requestId": "r", "timeEpoch": 1},
    }
    read = gateway.read(event)

    hint = "the body of a GET request is ignored, so use POST"
    assert hint in refusals.missing_number(read, "US")
    assert hint in refusals.missing_key(read)


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("pbk_b3x6m2c7hqod", "is the ID of a key"),
        ("{{key}}", "looks like an unfilled placeholder"),
        (
            "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f?caller_number=5551230142",
            "has parameters attached",
        ),
        ("nonsense", None),
    ],
)
def test_an_impossible_key_is_explained(sent: str, said: str | None) -> None:
    hint = refusals.unknown_key(sent)

    assert (hint is None) if said is None else (hint or "").startswith(said)


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        ("{{zip}}", True),
        ("--A--zip--B--", True),
        ("[zip]", True),
        ("#s1#", True),
        ("undefined", True),
        ("${lead.zip}", True),
        ("%zip%", True),
        ("{{ $json.zip }}", True),
        ('{{ $node["Form"].json["zip"] }}', True),
        ("{{ zip | default: '{none}' }}", True),
        ("{{first_name}} {{last_name}}", True),
        ("{{1}}", True),
        ("{0}", True),
        ("{!Lead.Zip}", True),
        ("{% zip %}", True),
        ("${lead?.zip ?? ''}", True),
        ("#{zip}", True),
        ("$(zip)", True),
        ('[field id="zip"]', True),
        ("[[zip]]", True),
        ("<%= @lead.zip %>", True),
        ("<?=$zip?>", True),
        ("<? echo $zip; ?>", True),
        ("<<zip>>", True),
        ("\u00abzip\u00bb", True),
        ("%%zip%%", True),
        ("%lead-zip%", True),
        ("~zip~", True),
        ("~Contact.Zip~", True),
        ("#zip#", True),
        ("--zip--", True),
        ("*|ZIP|*", True),
        ("|zip|", True),
        ("|*zip*|", True),
        ("NaN", True),
        ("null", True),
        ("undefined undefined", True),
        ("[object Object]", True),
        ("[object HTMLInputElement]", True),
        ("<zip>", True),
        ("{}", False),
        ("[]", False),
        ("[ ]", False),
        ("[1]", False),
        ('["auto"]', False),
        ("['auto', 'home']", False),
        ("{'zip': 30301}", False),
        ("{3F2B1C7E-8D4A-4E6F-9B0C-1A2B3C4D5E6F}", False),
        ("<b>", False),
        ("<br/>", False),
        ("</b>", False),
        ("<p class='x'>", False),
        ("<3", False),
        ("50%", False),
        ("5% to 10%", False),
        ("~5", False),
        ("#1 and #2", False),
        ("C# and F#", False),
        ("# of rooms #", False),
        ("$5", False),
        ("-5", False),
        ("-----", False),
        ("[urgent] call back [today]", False),
        ("{{a}} or {{b}}", False),
        ("nullable", False),
        ("Hello {{name}}, welcome", False),
        ('{"zip": 1}', False),
        ("[1, 2]", False),
        ("[1],[2]", False),
        ("{},{}", False),
        ("[a],[b]", True),
        ("{{zip}},[1]", False),
        ('[zip],{"a": 1}', False),
        ("<first> <last>", True),
        ("<zip>,<city>", True),
        ("<br> <br>", False),
        ("<first> <b>", False),
        ("<Jo> & <Ann>", False),
        ("#1", False),
        ("Null", False),
        ("None", False),
        ("none", False),
        ("Nil", False),
        ("NULL", False),
        ("NA", False),
        ("(direct)", False),
        ("(other)", False),
        ("(555) 123-0142", False),
        ("(null", False),
        ("N/A or none", False),
        ("#NATURE!", False),
        ("#REF", False),
        ("nilsson", False),
        ("New York", False),
        ("nil", True),
        ("<nil>", True),
        ("(nil)", True),
        ("(null)", True),
        ("(NULL)", True),
        ("(none)", True),
        ("( Not Set )", True),
        ("(not_set)", True),
        ("(not provided)", True),
        ("N/A", True),
        ("n/a", True),
        ("#N/A", True),
        ("#REF!", True),
        ("#NULL!", True),
        ("#DIV/0!", True),
        ("#NAME?", True),
        ("null, null", True),
        ("N/A N/A", True),
        ("-- A --", False),
        ("100%", False),
        ("", False),
    ],
)
def test_a_placeholder_in_a_tag_is_kept_with_a_warning(value: str, is_told: bool) -> None:
    read = gateway.read(_form({"caller_number": N, "zip": value}))
    posting = read.to_posting(KEY)

    assert posting.tags == {"zip": value}
    told = [(warning.kind, warning.param) for warning in posting.warnings]
    assert told == ([(WarningKind.PLACEHOLDER, "zip")] if is_told else [])


def _form(parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "rawPath": "/data_writing",
        "rawQueryString": "",
        "headers": {"content-type": FORM},
        "body": urlencode(parameters),
        "requestContext": {"http": {"method": "POST"}, "requestId": "r", "timeEpoch": 1},
    }


CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("headers", "method", "is_preview"),
    [
        ({"sec-purpose": "prefetch;prerender"}, "GET", True),
        ({"purpose": "prefetch"}, "POST", True),
        ({"x-moz": "prefetch"}, "GET", True),
        ({"user-agent": "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)"}, "GET", True),
        ({"user-agent": "facebookexternalhit/1.1"}, "GET", True),
        ({"user-agent": "WhatsApp/2.23.20.0"}, "GET", True),
        ({"user-agent": "http.rb/5.1.1 (Mastodon/4.2.0; +https://social.example/)"}, "GET", True),
        ({"user-agent": "TelegramBot (like TwitterBot)"}, "GET", True),
        ({"user-agent": f"{CHROME} SkypeUriPreview Preview/0.5"}, "GET", True),
        # Somebody's own server may post with any name.
        ({"user-agent": "Slackbot 1.0"}, "POST", False),
        ({"user-agent": CHROME}, "GET", False),
        ({"user-agent": "curl/8.9.1"}, "GET", False),
        ({"user-agent": f"{CHROME} [FBAN/FBIOS;FBAV/440.0]"}, "GET", False),
        ({"user-agent": f"{CHROME} WhatsApp/2.23.20.0"}, "GET", False),
        ({"user-agent": f"{CHROME} Viber/22.0"}, "GET", False),
        ({"sec-purpose": ""}, "GET", False),
        ({"sec-fetch-dest": "document", "sec-fetch-mode": "navigate"}, "GET", False),
        ({}, "GET", False),
    ],
)
def test_previews_and_prefetches_are_distinguished_from_people(
    headers: dict[str, str], method: str, is_preview: bool
) -> None:
    read = Request("", {}, None, headers=headers, method=method)

    assert read.is_preview is is_preview


KEYS = {"key": KEY.key}


@pytest.mark.parametrize(
    ("route_key", "raw_path", "parameters", "resource", "key"),
    [
        ("GET /data_writing", "/data_writing", None, Resource.POSTING, None),
        ("POST /data_writing", "/v1/calls/data_writing", None, Resource.POSTING, None),
        (
            "GET /data_writing/{key}",
            f"/v1/data_writing/{KEY.key}",
            KEYS,
            Resource.POSTING_WITH_KEY,
            KEY.key,
        ),
        (
            "GET /data_writing/{key}",
            f"/data_writing/{KEY.key}.json",
            {"key": f"{KEY.key}.json"},
            Resource.POSTING_WITH_KEY,
            KEY.key,
        ),
        (
            "GET /data_writing/{key}/instructions",
            f"/v1/data_writing/{KEY.key}/instructions",
            KEYS,
            Resource.INSTRUCTIONS,
            KEY.key,
        ),
        ("GET /openapi.json", "/v1/openapi.json", None, Resource.CONTRACT, None),
        ("$default", "/data_writing.json", None, Resource.POSTING, None),
        ("$default", "/v1/data_writing.json", None, Resource.POSTING, None),
        ("$default", "/v1/data_writing/", None, Resource.POSTING, None),
        ("$default", f"/v1/data_writing/{KEY.key}/", None, Resource.POSTING_WITH_KEY, KEY.key),
    ],
)
def test_the_gateways_route_decides_regardless_of_the_paths_prefix(
    route_key: str,
    raw_path: str,
    parameters: dict[str, str] | None,
    resource: Resource,
    key: str | None,
) -> None:
    event: dict[str, Any] = {"routeKey": route_key, "rawPath": raw_path}
    if parameters:
        event["pathParameters"] = parameters

    assert request.route(event) == request.Route(resource, key)
