"""The deployed console over HTTP, as account managers and viewers use it."""

import html
import json
import re
from http.cookies import SimpleCookie

import pytest

from infra.local import web
from infra.local.waiting import eventually
from shared.stores.sessions import VIEWER
from tests.e2e.console.client import ConsoleClient, visible_text
from tests.e2e.phone_calls import new_caller_number
from tests.e2e.service import PostbackKey, Service

MANAGER_EMAIL = "mia@example.com"


@pytest.fixture
def manager(service: Service) -> ConsoleClient:
    return ConsoleClient(service, MANAGER_EMAIL)


@pytest.fixture
def viewer(service: Service) -> ConsoleClient:
    return ConsoleClient(service, "vic@example.com", VIEWER)


@pytest.fixture
def key(service: Service) -> PostbackKey:
    """A key of a publisher of its own."""
    return service.new_key(service.new_publisher())


def test_a_test_posting_shows_its_response_and_a_reload_does_not_send_it_again(
    manager: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()

    sent = manager.post(f"/keys/{key.key_id}/test", caller_number=number, tags="zip=90210\nage=39")
    address = sent.headers["Location"].partition("#")[0]
    page = html.unescape(manager.get(address).text)
    reloaded = visible_text(manager.get(address))

    tags, status = {"zip": "90210", "age": "39"}, "call not found, tags stored"
    body = {"tag_values": tags, "caller_number": number, "status": status}
    assert f"<pre>200\n{json.dumps(body, separators=(',', ':'))}</pre>" in page
    assert "Received and stored" in page
    assert "Waiting for a call" in page
    assert "Waiting for a call" in reloaded
    rows = service.operate("GET", f"/postbacks?key_id={key.key_id}").json()["postbacks"]
    assert len(rows) == 1


def test_a_test_posting_that_is_refused_says_why(manager: ConsoleClient, key: PostbackKey) -> None:
    page = manager.submit(f"/keys/{key.key_id}/test", caller_number="anonymous", tags="zip=90210")

    assert '<pre>422\n{"status":"error","errors":[{"param":"call' in html.unescape(page.text)
    assert "Refused with 422" in page.text


def test_pausing_a_paused_key_again_does_no_harm(
    manager: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    for _ in range(2):
        page = manager.submit(f"/keys/{key.key_id}/pause")

        assert "Key paused" in page.text
    assert service.operate("GET", f"/postback-keys/{key.key_id}").json()["paused"]


def test_a_message_is_shown_once(manager: ConsoleClient, key: PostbackKey) -> None:
    assert "Key paused" in manager.submit(f"/keys/{key.key_id}/pause").text

    assert "Key paused" not in manager.get(f"/keys/{key.key_id}").text


def test_a_form_sent_after_the_session_has_ended_changes_nothing(
    service: Service, key: PostbackKey
) -> None:
    person = ConsoleClient(service, now=lambda: 0.0)

    page = person.post(f"/keys/{key.key_id}/pause")

    assert page.status_code == 401
    assert "You are signed out" in page.text
    assert "Nothing was changed" in page.text
    assert not service.operate("GET", f"/postback-keys/{key.key_id}").json()["paused"]


def test_a_rotated_key_says_when_it_expires_and_links_to_the_new_key(
    manager: ConsoleClient, key: PostbackKey
) -> None:
    page = manager.submit(f"/keys/{key.key_id}/rotate", overlap="48h")
    assert "This is the new key" in page.text

    old = manager.get(f"/keys/{key.key_id}").text

    assert "Expires in" in old
    assert "a newer key" in old


def test_a_caller_is_forgotten_once_the_number_is_typed_again(
    manager: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.tag(key, number, zip="90210")

    refused = manager.post("/callers/forget", number=number, again="+15550000000")
    forgotten = manager.submit("/callers/forget", number=number, again=number[2:])

    assert refused.status_code == 422
    assert "does not match" in refused.text
    assert "Deleted 1 pending posting, tags and numbers of 0 calls, 1 log row." in forgotten.text
    known = service.operate("GET", f"/callers/%2B{number[1:]}").json()
    assert known["waiting"] == known["postbacks"] == []


def test_a_platform_key_is_shown_once(manager: ConsoleClient) -> None:
    added = manager.submit("/platform-keys", name="Router")
    again = manager.get("/platform-keys")

    assert re.search(r"cdw_\w{30,}", added.text)
    assert not re.search(r"cdw_\w{30,}", again.text)
    assert "Router" in again.text


def test_a_viewer_sees_masked_numbers_and_cannot_change_anything(
    viewer: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    number = new_caller_number()
    service.tag(key, number, phone=number)

    log = viewer.get(f"/log?key_id={key.key_id}").text
    key_page = viewer.get(f"/keys/{key.key_id}").text
    refused = viewer.post(f"/keys/{key.key_id}/pause")
    csv = viewer.get("/log.csv")

    assert f"••• {number[-4:]}" in log
    assert number[2:8] not in log
    assert key.key not in key_page
    assert "<form" not in key_page.partition("<main")[2]
    assert refused.status_code == 403
    assert "needs the role manager" in refused.text
    assert csv.status_code == 200
    assert number not in csv.text


def test_a_page_is_complete_without_scripts(
    manager: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    service.tag(key, new_caller_number(), zip="90210")

    log = manager.get(f"/log?key_id={key.key_id}").text
    filtered = visible_text(manager.get(f"/log?key_id={key.key_id}&outcome=refused"))
    key_page = manager.get(f"/keys/{key.key_id}").text

    assert re.search(r"<time [^>]*>\w+ \d+, [\d:]+ UTC</time>", log)
    assert re.search(r'<label [^>]*id="live-switch" hidden>', log)
    assert "1 row" in visible_text(manager.get(f"/log?key_id={key.key_id}"))
    assert "No postings match these filters" in filtered
    assert key_page.count('class="compact copy"') == len(
        re.findall(r'<button class="compact copy"[^>]* hidden>', key_page)
    )


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_a_change_from_another_page_is_refused(
    manager: ConsoleClient, headers: dict[str, str]
) -> None:
    response = manager.send("POST", "/publishers", b"name=Evil", headers)

    assert response.status_code == 403
    assert "did not come from the console" in response.text


@pytest.mark.parametrize(
    ("method", "path", "status_code", "text"),
    [
        ("GET", "/log?outcome=lost&from=yesterday", 422, "must be"),
        ("GET", "/log?caller_number=abc", 422, "caller_number"),
        ("GET", "/log?cursor=%00", 422, "cursor"),
        ("GET", "/publishers/pub_none", 404, "Page not found"),
        ("GET", "/keys/..%2f..%2fpublishers", 404, "Page not found"),
        ("GET", "/log/a/b", 404, "Page not found"),
        ("GET", "/calls?find=%3Cscript%3E", 404, "No call has this ID"),
        ("GET", "/nothing", 404, "Page not found"),
        ("DELETE", "/publishers", 405, "Method not allowed"),
        ("GET", "/signed-in?code=replayed&state=made-up", 400, "Sign in again"),
        ("GET", "/signed-in?error=access_denied", 400, "Sign in again"),
    ],
)
def test_a_bad_request_gets_a_page_that_explains_it(
    manager: ConsoleClient, method: str, path: str, status_code: int, text: str
) -> None:
    response = manager.send(method, path)

    assert response.status_code == status_code
    assert text in response.text
    assert "Traceback" not in response.text
    assert "text/html" in response.headers["Content-Type"]


def test_a_form_of_a_megabyte_is_refused_with_a_page(manager: ConsoleClient) -> None:
    response = manager.post("/publishers", name="x" * 1_000_000)

    assert response.status_code == 413
    assert "too large" in response.text


def test_without_a_session_a_page_redirects_to_the_sign_in_with_a_safe_cookie(
    manager: ConsoleClient,
) -> None:
    manager.cookies[manager.session_cookie] = "made-up"

    response = manager.get("/log")

    assert response.status_code == 303
    assert "/oauth2/authorize?" in response.headers["Location"]
    (sign_in,) = SimpleCookie(response.headers["Set-Cookie"]).values()
    assert sign_in["httponly"]
    assert sign_in["secure"]


def test_a_change_is_logged_with_the_person_who_asked_for_it(
    manager: ConsoleClient, service: Service, key: PostbackKey
) -> None:
    manager.submit(f"/keys/{key.key_id}/pause")

    def find_asked_by() -> str | None:
        for line in service.log_lines("OperatorApi"):
            if key.key_id in line and "{key_id}/pause" in line:
                return str(json.loads(line)["asked_by"])
        return None

    assert eventually(find_asked_by, "the line of the change") == MANAGER_EMAIL


def test_a_paused_key_stops_working(manager: ConsoleClient, key: PostbackKey) -> None:
    manager.submit(f"/keys/{key.key_id}/pause")

    def is_refused() -> bool | None:
        link = f"{key.posting_link}&caller_number=%2B15551230101&a=1"
        return web.send("GET", link).status_code == 403 or None

    eventually(is_refused, "the pause to take effect", within=40)
