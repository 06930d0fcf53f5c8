"""The console's parts that need no server: what browsers send, sessions, numbers, CSV, pages."""

import base64
import csv
import gzip
import io
import random
import re
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli import durations as cli_durations
from cli import log
from functions.console import csv_rows, durations, fields, numbers, timeline
from functions.console.page import Pages, bars, pack_answer
from functions.console.request import (
    MOST_FORM_BYTES,
    ForeignRequest,
    FormTooLarge,
    Request,
    is_own_path,
    pack,
    unpack,
)
from functions.console.sessions import (
    IDLE_SECONDS,
    LONGEST_SECONDS,
    SIGN_IN_SECONDS,
    Session,
    SessionStore,
)
from functions.console.views import names
from shared.runtime import http

URL = "https://console.example.com"
NASTY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}"


def _event(method: str = "POST", body: bytes = b"", **headers: str) -> dict[str, Any]:
    return {
        "requestContext": {"http": {"method": method}, "requestId": "r"},
        "rawPath": "/base/publishers/",
        "rawQueryString": "q=a%20b&q=c",
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def _request(**given: Any) -> Request:
    return Request.of(_event(**given), "/base")


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "same-origin"},
        {"sec_fetch_site": "same-origin", "origin": "https://elsewhere.example"},
        {"origin": URL},
    ],
)
def test_a_change_is_taken_from_our_own_pages(headers: dict[str, str]) -> None:
    _request(**headers).check_origin(f"{URL}/console")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec_fetch_site": "cross-site", "origin": URL},
        {"sec_fetch_site": "same-site"},
        {"sec_fetch_site": "none"},
        {"origin": "null"},
        {"origin": "https://console.example.com.evil.example"},
        {"origin": "http://console.example.com"},
    ],
)
def test_a_change_that_another_page_asks_for_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(ForeignRequest):
        _request(**headers).check_origin(f"{URL}/console")


def test_the_path_is_read_below_the_consoles_own_address() -> None:
    request = _request()

    assert request.path == "/publishers"
    assert request.query == {"q": "c"}


@pytest.mark.parametrize("as_header", [True, False])
def test_cookies_are_read_where_either_gateway_puts_them(as_header: bool) -> None:
    event = _event("GET")
    if as_header:
        event["headers"]["cookie"] = "a=1; __Host-session=token=="
    else:
        event["cookies"] = ["a=1", "__Host-session=token=="]

    assert Request.of(event, "").cookies == {"a": "1", "__Host-session": "token=="}


@pytest.mark.parametrize(
    "body", [b"a=" + b"x" * MOST_FORM_BYTES, b"&".join(b"a%d=1" % n for n in range(300))]
)
def test_a_form_that_is_too_large_is_refused(body: bytes) -> None:
    with pytest.raises(FormTooLarge):
        _request(body=body).form()


@pytest.mark.parametrize("path", ["/", "/log?from=2026-11-25T08:00", "/publishers/pub_1"])
def test_one_is_sent_back_to_where_one_was(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: b"]
)
def test_one_is_not_sent_to_other_hosts(path: str) -> None:
    assert not is_own_path(path)


@pytest.mark.parametrize("text", ["", "!", "W10", "bm90IGpzb24", "ü", "A" * 5000])
def test_a_cookie_that_somebody_else_wrote_says_nothing(text: str) -> None:
    assert unpack(text) == {}


def test_what_a_page_is_to_say_comes_back_from_its_cookie() -> None:
    assert unpack(pack({"text": NASTY})) == {"text": NASTY}


class _Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def store(clock: _Clock) -> Any:
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="sessions",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")
            ],
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
        )
        yield SessionStore(client, "sessions", clock)


MIA = Session(email="mia@example.com", role="manager")


def test_a_session_is_found_by_its_token_until_it_is_ended(store: SessionStore) -> None:
    token = store.start(MIA)

    assert store.find(token) == MIA
    store.end(token)
    assert store.find(token) is None


def test_the_table_knows_no_token(store: SessionStore) -> None:
    token = store.start(MIA)

    assert token not in str(store._client.scan(TableName="sessions"))
    assert len(base64.urlsafe_b64decode(token + "=")) == 32


@pytest.mark.parametrize("token", ["", "made-up", "x" * 5000, "\udcff"])
def test_a_token_that_was_not_given_out_opens_nothing(store: SessionStore, token: str) -> None:
    store.start(MIA)

    assert store.find(token) is None


def test_a_session_ends_when_it_is_idle(store: SessionStore, clock: _Clock) -> None:
    token = store.start(MIA)

    clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    clock.now += IDLE_SECONDS - 1
    assert store.find(token) == MIA
    clock.now += IDLE_SECONDS + 1
    assert store.find(token) is None


def test_a_session_ends_however_much_it_is_used(store: SessionStore, clock: _Clock) -> None:
    token = store.start(MIA)
    started = clock.now

    while clock.now < started + LONGEST_SECONDS - 3600:
        clock.now += 3600
        assert store.find(token) == MIA
    clock.now = started + LONGEST_SECONDS
    assert store.find(token) is None


def test_a_sign_in_can_be_finished_once(store: SessionStore) -> None:
    token, begun = store.begin_sign_in("/log")

    assert store.take_sign_in(token, "another state") is None
    assert store.take_sign_in(token, begun.state) == begun
    assert store.take_sign_in(token, begun.state) is None


def test_a_sign_in_that_was_begun_long_ago_is_begun_again(
    store: SessionStore, clock: _Clock
) -> None:
    token, begun = store.begin_sign_in("/log")

    clock.now += SIGN_IN_SECONDS + 1
    assert store.take_sign_in(token, begun.state) is None
    assert store.find(token) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("36h", 129_600),
        ("7d", 604_800),
        ("1h30m", 5_400),
        (" 24 H ", 86_400),
        ("2w", 1_209_600),
        ("0", 0),
    ],
)
def test_durations_are_read_as_people_type_them(text: str, seconds: int) -> None:
    assert durations.read(text) == seconds
    assert durations.read(durations.show(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1h", "1.5h", "1h1d", "a day", "9" * 99 + "h"])
def test_other_durations_are_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="36h"):
        durations.read(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(86_400, "24h"), (129_600, "36h"), (604_800, "7d"), (0, "0"), (90, "1m30s")],
)
def test_durations_are_shown_as_people_write_them(seconds: int, text: str) -> None:
    assert durations.show(seconds) == text


@pytest.mark.parametrize(
    ("text", "share"), [("40", 0.4), ("40 %", 0.4), ("7%", 0.07), ("40.5 %", 0.405), ("100", 1.0)]
)
def test_shares_are_read_and_shown_as_parts_of_a_hundred(text: str, share: float) -> None:
    assert fields.share(text) == share
    assert fields.share(fields.show_share(share)) == share


def test_all_that_is_wrong_in_a_form_is_told_at_once_by_its_fields() -> None:
    typed = {
        "storage_duration": "long", "expires_at": "soon", "match_rate_floor": "half",
        "expects_every": "5",
    }  # fmt: skip

    with pytest.raises(fields.Wrong) as raised:
        fields.read(typed, fields.OF_A_KEY)

    assert {*raised.value.errors} == {"name", *typed}


def test_what_is_left_empty_takes_the_default_or_is_taken_back() -> None:
    read = fields.read({"name": " main "}, fields.OF_A_KEY)

    assert read == {
        "name": "main", "storage_duration": 86_400, "end_call_cutoff": 3_600, "note": "",
        "default_region": "US", "expires_at": None, "expects_every": None, "match_rate_floor": None,
    }  # fmt: skip


def test_a_test_postings_tags_are_typed_a_line_each() -> None:
    assert fields.tags("zip=90210\r\n\n age = 3=9 ") == {"zip": "90210", "age": "3=9"}
    with pytest.raises(ValueError, match="one tag a line"):
        fields.tags("zip")


@pytest.mark.parametrize("seconds", [0, 1, 59, 90, 3600, 5400, 86_400, 129_600, 172_800, 604_801])
def test_the_command_line_shows_and_reads_durations_alike(seconds: int) -> None:
    text = durations.show(seconds)

    assert cli_durations.to_text(timedelta(seconds=seconds)) == text
    assert cli_durations.parse(text).total_seconds() == durations.read(text) == seconds


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+15551230101", "(555) 123-0101"),
        ("+442079460958", "GB 020 7946 0958"),
        ("+33123456789", "FR 01 23 45 67 89"),
        ("+390612345678", "IT 06 1234 5678"),
        ("+10123456789", "+10123456789"),
        ("+3569878933094", "+3569878933094"),
        ("+80012345678", "+80012345678"),
    ],
)
def test_numbers_are_shown_in_national_form_and_masked_but_for_the_last_four_digits(
    number: str, shown: str
) -> None:
    assert numbers.show(number) == shown
    assert numbers.mask(number) == f"••• {number[-4:]}"


@pytest.mark.parametrize("number", ["+442079460958", "+33123456789", "+5511987654321"])
def test_a_number_is_found_again_by_what_the_console_shows(number: str) -> None:
    assert numbers.typed(f" {numbers.show(number)} ") == number


@pytest.mark.parametrize("text", ["", "(555) 123-0101", "+44 20 7946 0958", "GB", "ZZ 123", "a b"])
def test_another_spelling_is_left_to_the_operator_api(text: str) -> None:
    assert numbers.typed(text) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("+15551230101", "+15551230101"),
        ("+15551230101", "call 5551230101 now"),
        ("+15551230101", "(555) 123-0101"),
        ("+15551230101", "1-555-123-0101"),
        ("+33145670101", "GB 01 45 67 01 01"),
        ("+33145670101", "+33 (0)1 45 67 01 01"),
        ("+33145670101", "0033145670101"),
        ("+33145670101", "145670101"),
        ("+390645670101", "06 4567 0101"),
    ],
)
def test_a_number_is_masked_however_it_is_spelled_in_a_text(number: str, text: str) -> None:
    masked = numbers.mask_within(f"is {text}.", number)

    assert "••• 0101" in masked
    assert masked.startswith("is ")
    assert not {"123", "4567", "45", "67", "55"} & set(re.findall(r"\d+", masked))


NAMES = {"pub_a": "Acme Leads", "pub_b": "Coast", "pub_c": "East Coast Quotes", "pub_d": "coast"}


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("acme", ["pub_a"]),
        (" COAST ", ["pub_b", "pub_d"]),
        ("quotes", ["pub_c"]),
        ("e", ["pub_a", "pub_c"]),
        ("nobody", []),
    ],
)
def test_publishers_are_found_by_their_name_or_else_by_a_part_of_it(
    typed: str, found: list[str]
) -> None:
    assert names.find(typed, NAMES) == found


POSTED = {
    "posting_id": "2-b", "posted_at": "2026-11-25T08:00:00.000Z", "status_code": 200,
    "outcome": "applied", "applied_to": "call", "decided_at": "2026-11-25T08:01:00.000Z",
    "decided_by": "call_started", "tags": {"zip": "1", "age": "2"}, "stored_until": None,
}  # fmt: skip
CALL = {
    "started_at": "2026-11-25T08:00:59.000Z", "ended_at": "2026-11-25T09:00:00.000Z",
    "announced": True,
}  # fmt: skip


def _tag(name: str, posting_id: str, replaced: str | None = None) -> dict[str, Any]:
    before = {"posting_id": replaced, "value": "0"} if replaced else None
    at = f"2026-11-25T08:3{posting_id[0]}:00.000Z"
    return {"name": name, "posting_id": posting_id, "posted_at": at, "replaced": before}


def _told(call: dict[str, Any], **changed: Any) -> list[str]:
    steps = timeline.steps(POSTED | changed, CALL | call)
    return [" | ".join(filter(None, (step["what"], step["more"]))) for step in steps]


def test_a_postings_way_is_told_from_its_coming_to_the_end_of_its_call() -> None:
    assert _told({"tags": [_tag("zip", "2-b"), _tag("age", "2-b")]}) == [
        "Received and stored",
        "The call started",
        "Put on a call | when the call was told to have started",
        "Told to the platform | as Call Tagged, within seconds",
        "The call ended",
    ]


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ([_tag("zip", "2-b", "1-a")], "replaced 1 value of earlier postings"),
        ([_tag("zip", "2-b", "1-a"), _tag("age", "2-b", "1-a")], "replaced 2 values of earlier"),
        ([_tag("zip", "1-a", "2-b")], "left 1 value as it was, since a placeholder replaces none"),
        ([_tag("zip", "3-c", "2-b"), _tag("age", "3-c")], "2 values replaced"),
    ],
)
def test_a_posting_tells_how_many_values_it_replaced_and_how_many_of_its_own_were(
    tags: list[dict[str, Any]], told: str
) -> None:
    assert told in "\n".join(_told({"tags": tags}))


@pytest.mark.parametrize("tags", [[_tag("zip", "2-b", "3-c")], [_tag("other", "3-c", "1-a")], []])
def test_a_later_placeholder_and_others_tags_are_not_told_to_be_replaced(
    tags: list[dict[str, Any]],
) -> None:
    assert "replaced" not in "\n".join(_told({"tags": tags}))


def test_a_value_that_was_replaced_leads_to_the_first_posting_that_did_it() -> None:
    tags = [_tag("zip", "4-d"), _tag("age", "3-c")]

    (step,) = (s for s in timeline.steps(POSTED, CALL | {"tags": tags}) if "posting" in s)

    assert step["posting"]["posting_id"] == "3-c"


def test_what_waits_for_a_calls_first_event_is_not_told_yet() -> None:
    assert _told({"tags": [], "announced": False})[-1].startswith("Not told to the platform yet")


@pytest.mark.parametrize(
    ("changed", "last"),
    [
        ({"status_code": 422}, "Refused with 422"),
        ({"outcome": "stored"}, "Waits for a call, until"),
        ({"outcome": "expired"}, "Expired unused | no call of this caller came in time"),
        ({"outcome": "refused"}, "Given up | see the problems"),
    ],
)
def test_a_posting_that_is_on_no_call_says_where_it_is(changed: dict[str, Any], last: str) -> None:
    until = {"applied_to": None, "stored_until": "2026-11-26T08:00:00.000Z"}

    assert _told({}, **until | changed)[-1] == last


@pytest.mark.parametrize(
    "value", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "\n=1", "%0A"]
)
def test_no_cell_is_a_formula(value: str) -> None:
    row = {"call_uuid": value, "tags": {value: value}}

    (_, read) = csv.reader(io.StringIO(csv_rows.lines([row], with_header=True), newline=""))
    assert not any(cell.lstrip().startswith(tuple("=+-@%|")) for cell in read if cell)


@pytest.mark.parametrize(
    "value", ["=1", "+cmd|' /C", "-2+3", "@SUM(1)", "\t=1", " =1", "%0A", "+15551230101", "a=1", ""]
)
def test_the_command_lines_csv_has_the_same_columns_and_is_as_safe(value: str) -> None:
    assert log.CSV_COLUMNS == csv_rows.COLUMNS
    assert log.cell(value) == csv_rows.cell(value)


def test_a_phone_number_stays_as_it_is_in_a_cell() -> None:
    assert csv_rows.cell("+15551230101") == "+15551230101"


@pytest.fixture
def pages() -> Pages:
    return Pages("/base", "https://sign-in.example.com")


def _publishers(pages: Pages, name: str, **more: Any) -> dict[str, Any]:
    recent = {
        "last_posted_at": None,
        "totals": {"posted": 0, "refused": 0},
        "match_rate": None,
        "postings": [0] * 24,
    }
    publisher = {"publisher_id": name, "name": name, "activity": recent, "notice": None}
    values: dict[str, Any] = {
        "publishers": [publisher], "q": name, "cursor": name, "is_first": True, "typed": {},
        "errors": {"name": name}, "adding": True, "session": MIA, "may_change": True,
        "said": {"text": name}, "path": "/publishers",
    }  # fmt: skip
    return pages.show("publishers.html", **(values | more))


def test_names_are_shown_and_never_run(pages: Pages) -> None:
    body = _publishers(pages, NASTY)["body"]

    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "{{7*7}}" in body


def test_pages_allow_nothing_from_elsewhere_and_nothing_inline(pages: Pages) -> None:
    answer = _publishers(pages, "Acme")
    policy = answer["headers"]["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert "style=" not in answer["body"]
    assert " onclick" not in answer["body"]
    assert answer["headers"]["Cache-Control"] == "no-store"


def test_a_page_is_packed_for_who_takes_that(pages: Pages) -> None:
    answer = _publishers(pages, "Acme", accepts="gzip, br")

    assert answer["headers"]["Content-Encoding"] == "gzip"
    assert b"Acme" in gzip.decompress(base64.b64decode(answer["body"]))


def test_assets_are_found_by_the_digest_of_what_is_in_them(pages: Pages) -> None:
    body = _publishers(pages, "Acme")["body"]
    name = body.split("/base/assets/")[1].split('"')[0]

    found = pages.asset(name, "")

    assert found is not None
    assert "immutable" in found["headers"]["Cache-Control"]
    assert pages.asset("console.css", "") is None


def test_a_chart_has_a_bar_for_each_hour_with_postings() -> None:
    assert bars([0, 2, 4], [0, 1, 0], 30, 10).count("<rect") == 3
    assert bars([], [], 30, 10) == ""


def test_an_error_page_says_what_happened_and_what_to_do(pages: Pages) -> None:
    answer = pages.show(
        "trouble.html", status_code=504, title="Late", what=NASTY, advice="Reload the page.",
        link=("/", "To the publishers"), request_id="r-1", session=None, said={}, path="",
    )  # fmt: skip

    assert answer["statusCode"] == 504
    assert "Reload the page." in answer["body"]
    assert "<script>alert" not in answer["body"]


def _shown_answer(pages: Pages, packed: str) -> str:
    shown: str = pages._templates.filters["answer_text"](packed)
    return shown


@pytest.mark.parametrize("body", ['{"tag_values":{"zip":"90210"}}', "ü" * 3000, NASTY * 60, ""])
def test_a_test_postings_answer_is_shown_as_it_came(pages: Pages, body: str) -> None:
    assert _shown_answer(pages, pack_answer(422, body)) == f"422\n{body}"


def test_an_answer_that_no_cookie_holds_says_how_much_is_left_out(pages: Pages) -> None:
    chance = random.Random(3)  # noqa: S311
    body = "".join(chance.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(60_000))

    packed = pack_answer(200, body)
    shown = _shown_answer(pages, packed)

    assert len(pack({"text": "Test posting sent.", "tested": packed})) < 3900
    assert shown.startswith(f"200\n{body[:1000]}")
    assert "more characters are not shown" in shown


@pytest.mark.parametrize("packed", ["", "x", "0.", "0.!", "0.AAAA", "a.eJwDAAAAAAE="])
def test_an_answer_that_somebody_made_up_is_not_shown(pages: Pages, packed: str) -> None:
    assert _shown_answer(pages, packed) == ""


@pytest.mark.parametrize(
    ("signer", "asked_by"),
    [
        ("arn:aws:sts::1:assumed-role/console-role/session", "mia@example.com"),
        ("arn:aws:sts::1:assumed-role/console-role-2/session", None),
        ("arn:aws:sts::1:assumed-role/other/console-role", None),
        ("arn:aws:iam::1:user/ana", None),
    ],
)
def test_who_asked_is_believed_of_the_consoles_role_alone(
    signer: str, asked_by: str | None
) -> None:
    event = _event(X_Asked_By="mia@example.com")
    event["requestContext"]["authorizer"] = {"iam": {"userArn": signer}}

    assert http.asked_by(event, "console-role") == (asked_by or signer)
