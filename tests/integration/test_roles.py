"""What viewers, managers and admins may do in the operator API, and what viewers get to see."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from contract.operator_examples import EXAMPLES
from functions.operator_api import viewing
from shared.domain import e164, look_ups
from shared.domain.keys import PostbackKey
from tests.integration.events import NOON, SECOND
from tests.integration.planted import NUMBER, SIP_CALL, is_readable, plant
from tests.integration.service import Response, Service
from tests.unit.spellings import DIGITS, SPELLINGS

OTHER = "+15558675309"

CONTRACT = json.loads((Path(__file__).parents[2] / "contract/operator.openapi.json").read_text())
CHANGES = [
    (method, path)
    for path, operations in CONTRACT["paths"].items()
    for method in map(str.upper, operations)
    if method != "GET" and not path.endswith("/signed-in")
]
READS = [
    path
    for path, operations in CONTRACT["paths"].items()
    if "get" in operations and path not in ("/operator-openapi.json", "/people")
]


def _texts(value: Any, *, with_keys: bool = True) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, member in value.items():
                yield from [name] if with_keys else []
                yield from _texts(member)
        case list():
            for each in value:
                yield from _texts(each)


def _readable(body: str) -> list[str]:
    return [text for text in _texts(json.loads(body)) if is_readable(text)]


def _queries(path: str) -> list[dict[str, str]]:
    by_path = {
        "/calls": [{"call_uuid": SIP_CALL}],
        "/postbacks": [
            {},
            {"caller_number": NUMBER},
            {"caller_number": f"{DIGITS} (home"},
            {"format": "csv"},
            {"posting_id": f"1741608000000-{DIGITS}"},
            {"from": NUMBER, "limit": NUMBER, "cursor": NUMBER, "outcome": NUMBER},
        ],
        "/publishers": [{}, {"limit": "1"}, {"cursor": NUMBER}, {"name": "P"}],
        "/history": [{}, {"cursor": NUMBER}, {"limit": "1"}],
    }
    return by_path.get(path, [{}])


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_no_response_of_any_read_shows_a_viewer_a_number_and_a_manager_sees_them(
    service: Service, role: str
) -> None:
    values = plant(service)
    seen: dict[str, list[str]] = {}
    for template in READS:
        path = template
        for name, value in values.items():
            path = path.replace(f"{{{name}}}", quote(value, safe="+:@"))
        for query in _queries(template):
            answer = service.as_person("GET", path, role=role, **query)
            is_refused = role == "viewer" and path.endswith("/instructions")
            assert answer.status_code in ((403,) if is_refused else (200, 404, 422)), answer.text
            seen.setdefault(template, []).extend(_shown(answer))

    if role == "viewer":
        assert {template: shown for template, shown in seen.items() if shown} == {}
    else:
        assert {
            "/publishers", "/publishers/{publisher_id}", "/postbacks", "/calls", "/platform-keys",
            "/callers/{caller_number}", "/postback-keys/{key_id}",
            "/postback-keys/{key_id}/instructions",
        } <= {template for template, shown in seen.items() if shown}  # fmt: skip


def _shown(answer: Response) -> list[str]:
    kind = answer.headers["Content-Type"]
    if kind.startswith("application/json"):
        return _readable(answer.text)
    if kind.startswith("text/csv"):
        return [
            cell
            for row in csv.reader(io.StringIO(answer.text))
            for cell in row
            if is_readable(cell)
        ]
    return [line for line in answer.text.splitlines() if is_readable(line)]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_text_of_every_schema_is_masked_in_every_spelling(name: str) -> None:
    example = EXAMPLES[name]
    for spelling in SPELLINGS:
        masked = viewing.mask(_replaced(example, spelling))
        assert [text for text in _texts(masked) if is_readable(text)] == []


def _replaced(value: Any, text: str) -> Any:
    match value:
        case str():
            return text
        case dict():
            return {name: _replaced(member, text) for name, member in value.items()}
        case list():
            return [_replaced(each, text) for each in value]
    return value


@pytest.mark.parametrize(
    "name", sorted(n for n in EXAMPLES if not n.endswith("Body") and "New" not in n)
)
def test_ids_times_and_counts_stay_for_viewers(name: str) -> None:
    example = EXAMPLES[name]
    known = {*viewing.FORMS} - {"call_uuid", "applied_to"}
    masked = viewing.mask(example)

    assert _of_names(masked, known) == _of_names(example, known)


def _of_names(value: Any, names: set[str]) -> list[Any]:
    match value:
        case dict():
            own = [member for name, member in value.items() if name in names]
            return own + [each for member in value.values() for each in _of_names(member, names)]
        case list():
            return [each for member in value for each in _of_names(member, names)]
    return [value] if isinstance(value, int | float) else []


def test_a_tag_named_like_an_id_or_a_time_is_masked_too() -> None:
    tags = {"posting_id": f"{DIGITS}", "at": "2026-11-30T12:00:00Z", NUMBER: "a", f"{NUMBER} ": "b"}

    assert viewing.mask({"tags": tags})["tags"] == {
        "posting_id": "••• 2671",
        "at": "••• 0000Z",
        "••• 2671": "a",
        "••• 2671 ": "b",
    }


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_viewer_may_not_change_anything_and_is_told_which_role_may(
    service: Service, method: str, path: str
) -> None:
    if path.endswith("/signed-in"):
        pytest.skip("reports a sign-in of anybody")
    answer = service.as_person(method, path, body={})

    needed = "admin" if path.startswith("/people") else "manager"
    assert answer.status_code == 403
    assert f"needs the role {needed}" in answer.json["errors"][0]["message"]
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("role", ["viewer", "manager"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_only_admins_see_and_manage_people(service: Service, role: str, method: str) -> None:
    assert service.as_person(method, "/people", role=role).status_code == 403
    assert service.as_person(
        "GET", "/history", role=role, person="mia@example.com"
    ).status_code == (403)


@pytest.mark.parametrize("spelled", ["", "Manager", "root"])
def test_without_a_valid_role_the_console_may_only_read(service: Service, spelled: str) -> None:
    assert service.as_person(
        "POST", "/publishers", role=spelled, body={"name": "A"}
    ).status_code == (403)


def _look_up(service: Service, number: int, email: str = "mia@example.com") -> Response:
    path = f"/callers/+1555867{number:04}"
    return service.as_person("GET", path, email=email)


def test_a_viewer_may_look_up_thirty_numbers_an_hour(service: Service) -> None:
    for number in range(look_ups.MAX_LOOK_UPS):
        assert _look_up(service, number).status_code == 200

    refused = _look_up(service, 5000)

    assert refused.status_code == 429
    assert 3400 < int(refused.headers["Retry-After"]) <= 3600
    log = service.as_person("GET", "/postbacks", caller_number=OTHER)
    assert log.status_code == 429
    assert service.as_person("GET", "/calls/sip:+15558675556@a.example").status_code == 429
    audited = [line for line in service.lines() if line.get("status_code") == 429]
    assert [line["action"] for line in audited] == [
        "GET /callers/{caller_number}", "GET /postbacks", "GET /calls/{call_uuid}",
    ]  # fmt: skip
    assert _look_up(service, 0).status_code == 200
    assert _look_up(service, 5000, email="ana@example.com").status_code == 200
    assert service.as_person("GET", "/postbacks").status_code == 200
    manager = service.as_person("GET", "/postbacks", role="manager", caller_number=OTHER)
    assert manager.status_code == 200


def test_a_call_id_with_a_number_counts_as_a_look_up_of_that_number(service: Service) -> None:
    for number in range(look_ups.MAX_LOOK_UPS):
        service.as_person("GET", "/calls", call_uuid=f"+1555867{number:04}")
        assert _look_up(service, number).status_code == 200

    assert service.as_person("GET", "/calls", call_uuid="in-15558679999").status_code == 429


@pytest.mark.parametrize(
    ("part", "finds_for_viewers"),
    [("call", True), ("0147", True), ("••• 0147", True), ("(646", False), ("646", False)],
)
def test_a_search_by_name_finds_what_the_person_may_see(
    service: Service, part: str, finds_for_viewers: bool
) -> None:
    body = {"name": "Call (646) 555-0147"}
    assert service.as_person("POST", "/publishers", role="admin", body=body).status_code == 201

    for role, finds in (("viewer", finds_for_viewers), ("manager", "•" not in part)):
        found = service.as_person("GET", "/publishers", role=role, name=part).json["publishers"]
        assert bool(found) is finds


def test_a_refusal_shows_viewers_the_example_and_nothing_else(service: Service) -> None:
    (problem,) = service.as_person("GET", "/callers/none").json["errors"]

    assert e164.EXAMPLE in problem["message"]
    hidden = f"646 555 {e164.EXAMPLE} 0147"
    assert viewing.mask({"message": hidden}) == {"message": "••• 0147"}


@pytest.mark.parametrize(("length", "is_masked"), [(127, False), (128, True)])
def test_digits_at_the_end_of_a_name_that_was_cut_are_masked(length: int, is_masked: bool) -> None:
    name = "n" * (length - 6) + "646555"

    assert (viewing.mask({"param": name})["param"] != name) is is_masked


def test_a_viewers_cursor_of_a_caller_has_no_number(
    service: Service, key: PostbackKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.operator_api.callers.caller_pages, "MAX_CALLS", 1)
    for number in range(3):
        service.start_call(
            OTHER,
            at=NOON + number * SECOND,
            call_uuid=f"{SIP_CALL}-{number}",
        )
    seen: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = service.as_person("GET", f"/callers/{OTHER}", **cursor).json
        seen += page["calls"]
        if page["next_cursor"] is None:
            break
        assert page["next_cursor"].startswith("viewer_")
        cursor = {"cursor": page["next_cursor"]}

    assert len(seen) == 3
    refused = service.as_person("GET", f"/callers/{OTHER}", cursor="viewer_" + "A" * 22)
    assert refused.status_code == 422


def test_csv_for_viewers_is_masked_and_no_cell_is_a_formula(
    service: Service, key: PostbackKey
) -> None:
    now = datetime.now(UTC)
    service.post(key, at=now, caller_number=NUMBER, zip="=1+1")
    service.post(key, at=now, caller_number="=HYPERLINK(1)", call_uuid="=1+1+1+1", zip="1")

    viewer = service.as_person("GET", "/postbacks", key_id=key.key_id, format="csv").text
    manager = service.as_person(
        "GET", "/postbacks", role="manager", key_id=key.key_id, format="csv"
    ).text

    assert "••• 2671" in viewer
    assert NUMBER not in viewer
    assert NUMBER in manager
    cells = [cell for row in csv.reader(io.StringIO(manager)) for cell in row]
    assert [cell for cell in cells if cell[:1] in "=-@" and cell] == []
    assert [cell for cell in cells if cell.startswith("+")] == [NUMBER]


def test_a_viewer_gets_no_key_and_no_link_with_one(service: Service) -> None:
    made = service.as_person("POST", "/publishers", role="admin", body={"name": "A"}).json
    path = f"/publishers/{made['publisher_id']}/postback-keys"
    key = service.as_person("POST", path, role="manager", body={"name": "main"}).json

    viewed = [
        service.as_person("GET", each).text for each in (path, f"/postback-keys/{key['key_id']}")
    ]

    assert all(key["key"] not in text for text in viewed)
    assert json.loads(viewed[1])["posting_link"] == viewing.HIDDEN
    assert key["key"] in service.as_person("GET", path, role="manager").text
