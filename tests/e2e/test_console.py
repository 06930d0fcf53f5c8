"""The console in a real browser, as account managers use it."""

import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext

from infra.local import people, web
from infra.local.waiting import eventually
from tests.e2e.browser import Tab, somebody
from tests.e2e.neighbors import Neighbor, neighbor
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import PostbackKey, Service
from tests.e2e.sign_in import sign_in, type_credentials

MANAGER, VIEWER, STRANGER = "mia@example.com", "vic@example.com", "sam@example.com"
NASTY = "<script>document.title='broken'</script>\"'&{{7*7}}"


@pytest.fixture
def landing() -> Iterator[Neighbor]:
    """A publisher's own site, at an origin of its own."""
    with neighbor() as it:
        yield it


@pytest.fixture(scope="module")
def url(service: Service) -> str:
    return service.outputs["ConsoleUrl"]


@pytest.fixture(scope="module")
def passwords(service: Service) -> dict[str, str]:
    pool = service.outputs["ConsoleUserPoolId"]
    found = {
        MANAGER: people.add(service.aws, pool, MANAGER, "managers"),
        VIEWER: people.add(service.aws, pool, VIEWER, "viewers"),
    }
    invitation = "Invited-2026-aA1!"
    people.invite(service.aws, pool, "new@example.com", "managers", invitation)
    return found | {"new@example.com": invitation}


def _submit(tab: Tab, selector: str) -> None:
    """Press a button, and wait for the page that answers it."""
    tab.evaluate("window.isOld = true")
    tab.click(selector)
    tab.wait_for("!window.isOld && document.readyState === 'complete'")


def _signed_in(browser: Browser, url: str, passwords: dict[str, str], user: str) -> Tab:
    tab = Tab(somebody(browser))
    sign_in(tab, f"{url}/", user, passwords[user])
    return tab


@pytest.fixture(scope="module")
def colleague(browser: Browser, url: str, passwords: dict[str, str]) -> BrowserContext:
    """A manager who is signed in for all tests."""
    return _signed_in(browser, url, passwords, MANAGER).context


@pytest.fixture
def manager(colleague: BrowserContext, url: str) -> Iterator[Tab]:
    tab = Tab(colleague)
    tab.open(f"{url}/")
    yield tab
    tab.close()


@pytest.fixture
def cookie(colleague: BrowserContext) -> str:
    return _cookie(colleague)


@pytest.fixture
def newcomer(browser: Browser, url: str, passwords: dict[str, str]) -> Iterator[Tab]:
    """A manager with a session of the test's own, which it may end."""
    tab = _signed_in(browser, url, passwords, MANAGER)
    yield tab
    tab.forget()


@pytest.fixture
def viewer(browser: Browser, url: str, passwords: dict[str, str]) -> Iterator[Tab]:
    tab = _signed_in(browser, url, passwords, VIEWER)
    yield tab
    tab.forget()


def _cookie(context: BrowserContext) -> str:
    (session,) = (c for c in context.cookies() if c["name"].startswith("__Host-session"))
    return f"{session['name']}={session['value']}"


def _text(tab: Tab) -> str:
    return tab.text("main")


def test_an_invited_person_chooses_a_password_at_the_first_sign_in(
    tab: Tab, url: str, passwords: dict[str, str]
) -> None:
    tab.open(f"{url}/platform-keys")
    tab.wait_for("document.querySelector('input[name=username]')")
    tab.evaluate("window.isOld = true")
    type_credentials(tab, "new@example.com", passwords["new@example.com"])
    tab.wait_for("!window.isOld && document.readyState === 'complete'")

    for name in tab.evaluate(
        "[...document.querySelectorAll('input[type=password]')].map(e => e.name)"
    ):
        tab.fill(f"input[name={name}]", "Chosen-by-me-2026-aA1!")
    tab.click("[type=submit]")
    tab.wait_for("document.querySelector('main h1')")

    assert tab.text("h1") == "Platform keys"  # where the person was going


def test_a_publisher_a_key_and_a_posting_come_to_be_and_are_watched_to_the_call(
    manager: Tab, browser: Browser, landing: Neighbor, service: Service, url: str
) -> None:
    tab, number = manager, new_caller_number()
    _submit(tab, "a[href*='add=1']")
    tab.fill("#name", NASTY)
    _submit(tab, "form#add button")
    assert tab.text("h1") == NASTY
    assert "Publisher added" in _text(tab)

    tab.fill("#name", "Spring campaign")
    tab.fill("#storage_duration", "a while")
    _submit(tab, "form#add button")
    assert "such as 90s, 15m, 36h or 7d" in _text(tab)
    assert tab.evaluate("document.querySelector('#name').value") == "Spring campaign"
    tab.fill("#storage_duration", "36h")
    tab.fill("#end_call_cutoff", "15m")
    _submit(tab, "form#add button")
    assert "36h" in _text(tab)
    assert "15m" in _text(tab)
    link = _copied(tab, "[data-copy*='data_writing?']")
    assert link == tab.text("#link")
    key_page = str(tab.evaluate("location.href"))

    tab.open(f"{url}/log")
    tab.click("#live")
    assert _posted_from_a_page_of(landing, browser, link, number).startswith("200 ")
    tab.page.bring_to_front()
    shown = f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    tab.wait_for(f"document.querySelector('#rows').innerText.includes('{shown}')")
    tab.click("#live")

    call = PhoneCall(caller_number=number)
    service.put(call.started())
    service.announced.wait_for(
        lambda letter: letter.event.get("detail", {}).get("call_uuid") == call.call_uuid,
        "the call's tags",
    )
    tab.open(f"{url}/log?{urlencode({'caller_number': shown, 'outcome': 'applied'})}")
    _submit(tab, "#rows td a")
    assert "Applied to call" in _text(tab)
    assert "Sent to the platform" in _text(tab)
    assert NASTY in _text(tab)
    _submit(tab, ".time a")
    assert call.call_uuid in _text(tab)
    assert "In progress" in _text(tab)

    tab.open(key_page)
    _submit(tab, "form[action$=pause] button")
    assert "Paused" in _text(tab)
    eventually(
        lambda: (
            web.send("GET", f"{link}&caller_number=%2B15551230101&a=1").status_code == 403 or None
        ),
        "the pause to have its effect",
        within=40,
    )
    assert tab.evaluate("document.title") != "broken"
    # Of the form that came back with what was wrong in it.
    assert [each for each in tab.complaints() if "422" not in each] == []


def _copied(tab: Tab, button: str) -> str:
    """What the button has put into the clipboard."""
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.bring_to_front()
    tab.click(button)
    tab.wait_for(f"document.querySelector({json.dumps(button)}).textContent === 'Copied'")
    return str(tab.evaluate("navigator.clipboard.readText()"))


def _posted_from_a_page_of(landing: Neighbor, browser: Browser, link: str, number: str) -> str:
    """The answer to what a visitor of another origin's page sends."""
    landing.page = f"""
        <!doctype html><form><input name="caller_number"><input name="zip"><button>Send</button>
        </form><p></p><script>
          document.querySelector("form").addEventListener("submit", async (event) => {{
            event.preventDefault();
            const body = new URLSearchParams(new FormData(event.target));
            const answer = await fetch({json.dumps(link)}, {{ method: "POST", body }});
            document.querySelector("p").textContent = `${{answer.status}} ${{await answer.text()}}`;
          }});
        </script>"""
    visitor = Tab(somebody(browser))
    visitor.open(landing.url)
    visitor.fill("[name=caller_number]", number)
    visitor.fill("[name=zip]", NASTY)
    visitor.click("button")
    visitor.wait_for("document.querySelector('p').textContent")
    told = visitor.text("p")
    visitor.forget()
    return told


def _new_key(service: Service) -> PostbackKey:
    return service.new_key(service.new_publisher())


def test_a_test_posting_shows_its_answer_and_a_reload_does_not_send_it_again(
    manager: Tab, service: Service, url: str
) -> None:
    key, number = _new_key(service), new_caller_number()
    manager.open(f"{url}/keys/{key.key_id}")
    manager.fill("#caller_number", number)
    manager.fill("#tags", "zip=90210\nage=39")
    _submit(manager, "form[action$=test] button")
    told = manager.text("#test pre")
    became = manager.text("#test .time")
    manager.reload()
    reloaded = manager.text("#test")

    code, _, body = told.partition("\n")
    assert code == "200"
    tags = {"zip": "90210", "age": "39"}
    status = "call not found, tags stored"
    assert body == json.dumps(
        {"tag_values": tags, "caller_number": number, "status": status}, separators=(",", ":")
    )
    assert "Received and stored" in became
    assert "Waiting for a call" in became
    assert "Response" in reloaded
    assert "Waiting for a call" in reloaded
    answer = service.operate("GET", f"/postbacks?key_id={key.key_id}")
    assert len(answer.json()["postbacks"]) == 1


def test_a_test_posting_that_is_refused_says_why(manager: Tab, service: Service, url: str) -> None:
    key = _new_key(service)
    manager.open(f"{url}/keys/{key.key_id}")
    manager.fill("#caller_number", "anonymous")
    _submit(manager, "form[action$=test] button")

    assert manager.text("#test pre").startswith('422\n{"status":"error","errors":[{"param":"call')
    assert "Refused with 422" in manager.text("#test .time")


def test_going_back_and_reloading_never_sends_a_form_twice(
    manager: Tab, service: Service, url: str
) -> None:
    publisher_id = service.new_publisher()
    manager.open(f"{url}/publishers/{publisher_id}?add=1")
    manager.fill("#name", "Only one")
    _submit(manager, "form#add button")
    manager.reload()
    manager.evaluate("history.back()")
    manager.wait_for("location.search && document.querySelector('form#add')")
    manager.reload()
    manager.evaluate("history.forward()")
    manager.wait_for("location.pathname.includes('/keys/') && document.querySelector('#test')")
    manager.reload()

    assert "Only one" in _text(manager)
    path = f"/publishers/{publisher_id}/postback-keys"
    keys = service.operate("GET", path).json()["postback_keys"]
    assert [each["name"] for each in keys] == ["Only one"]


def test_a_button_that_is_pressed_twice_adds_once(manager: Tab, service: Service, url: str) -> None:
    name = f"Twice {uuid.uuid4().hex[:8]}"
    manager.open(f"{url}/publishers?add=1")
    manager.fill("#name", name)
    manager.evaluate("window.isOld = true")
    manager.evaluate("""
        addEventListener("submit", (event) => {
          sessionStorage.kept = `${sessionStorage.kept ?? ""} ${event.defaultPrevented}`;
        });
        for (const _ of "ab") document.querySelector("form#add button").click();
    """)
    manager.wait_for("!window.isOld && document.readyState === 'complete'")

    made = service.operate("GET", f"/publishers?name={name.split()[1]}").json()["publishers"]
    assert [each["name"] for each in made] == [name]
    assert manager.evaluate("sessionStorage.kept") == " false true"


def test_two_tabs_of_one_person_do_not_stand_in_each_others_way(
    manager: Tab, service: Service, url: str
) -> None:
    first, other = _new_key(service), _new_key(service)
    second = Tab(manager.context)
    manager.open(f"{url}/keys/{first.key_id}")
    second.open(f"{url}/keys/{other.key_id}")
    third = Tab(manager.context)
    third.open(f"{url}/keys/{first.key_id}")

    _submit(manager, "form[action$=pause] button")
    _submit(second, "form[action$=pause] button")
    # This one shows the key as it was: to ask for what is done already does no harm.
    _submit(third, "form[action$=pause] button")

    for tab in (manager, second, third):
        assert "Key paused" in _text(tab)
    for key in (first, other):
        assert service.operate("GET", f"/postback-keys/{key.key_id}").json()["paused"]


def test_a_session_that_has_ended_changes_nothing_and_leads_back_after_the_sign_in(
    newcomer: Tab, service: Service, url: str, passwords: dict[str, str]
) -> None:
    key = _new_key(service)
    newcomer.open(f"{url}/keys/{key.key_id}")
    _end_session(service, newcomer)
    _submit(newcomer, "form[action$=pause] button")
    told = _text(newcomer)
    paused = service.operate("GET", f"/postback-keys/{key.key_id}").json()["paused"]

    newcomer.open(f"{url}/log?key_id={key.key_id}")
    newcomer.wait_for("document.querySelector('input[name=username]')")
    type_credentials(newcomer, MANAGER, passwords[MANAGER])
    newcomer.wait_for("document.querySelector('main h1') && document.readyState === 'complete'")

    assert "You are signed out" in told
    assert "Nothing was changed" in told
    assert not paused
    assert newcomer.evaluate("location.href") == f"{url}/log?key_id={key.key_id}"


def _end_session(service: Service, tab: Tab) -> None:
    """As time does: a session lies in the table under the digest of what the cookie holds."""
    token = _cookie(tab.context).partition("=")[2]
    service.dynamodb.update_item(
        TableName=service.outputs["ConsoleSessionsTableName"],
        Key={
            "pk": {"S": hashlib.sha256(token.encode()).hexdigest()},
            "sk": {"S": "SESSION"},
        },
        UpdateExpression="SET expires_at = :past",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeValues={":past": {"N": str(int(time.time()) - 1)}},
    )


def test_a_publisher_is_chosen_in_the_log_by_a_part_of_its_name(
    manager: Tab, service: Service, url: str
) -> None:
    name = f"Northern Lights {uuid.uuid4().hex[:8]}"
    made = service.operate("POST", "/publishers", {"name": name}).json()
    key, number = service.new_key(made["publisher_id"]), new_caller_number()
    service.tag(key, number, zip="90210")
    service.tag(_new_key(service), new_caller_number(), zip="10001")

    def suggested() -> list[str] | None:
        manager.open(f"{url}/log")
        manager.evaluate("document.querySelector('#publisher').focus()")
        manager.wait_for("document.querySelectorAll('#publisher-names option').length")
        names: list[str] = manager.evaluate(
            "[...document.querySelectorAll('#publisher-names option')].map(each => each.value)"
        )
        return names if name in names else None

    # Names are kept for a minute, and this one was not given to it by the console.
    eventually(suggested, "the publisher's name among those that are suggested", within=75, every=1)
    manager.fill("#publisher", name[-12:].upper())
    _submit(manager, "form.filters .primary")

    assert f"publisher_id={made['publisher_id']}" in manager.evaluate("location.search")
    assert manager.evaluate("document.querySelector('#publisher').value") == name
    assert manager.evaluate("document.querySelectorAll('#rows tbody tr').length") == 1
    manager.fill("#publisher", "")
    _submit(manager, "form.filters .primary")
    assert manager.evaluate("document.querySelectorAll('#rows tbody tr').length") > 1


def test_a_key_is_rotated_and_the_old_one_says_when_it_ends(
    manager: Tab, service: Service, url: str
) -> None:
    key = _new_key(service)
    manager.open(f"{url}/keys/{key.key_id}")
    manager.click("details:last-of-type summary")
    manager.fill("#overlap", "48h")
    _submit(manager, "form[action$=rotate] button")
    assert "This is the new key" in _text(manager)

    manager.open(f"{url}/keys/{key.key_id}")

    assert "Expires in" in _text(manager)
    assert "a newer key" in _text(manager)


def test_times_are_typed_in_the_readers_zone_and_sent_in_utc(
    manager: Tab, service: Service, url: str
) -> None:
    key = _new_key(service)
    manager.call("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})
    manager.open(f"{url}/log?from=2026-11-25T08:00&outcome=stored")
    shown = manager.evaluate("document.querySelector('#from').value")
    _submit(manager, "form.filters .primary")
    address = manager.evaluate("location.search")
    manager.open(f"{url}/keys/{key.key_id}")
    manager.click("details summary")
    manager.evaluate("document.querySelector('#expires_at').value = '2030-12-31T19:00'")
    manager.fill("#expects_every", "2h")
    manager.fill("#match_rate_floor", "40")
    _submit(manager, "form[action$=change] button")
    changed = service.operate("GET", f"/postback-keys/{key.key_id}").json()
    manager.click("details summary")
    _submit(manager, "form[action$=change] button")
    again = service.operate("GET", f"/postback-keys/{key.key_id}").json()

    assert shown == "2026-11-25T03:00"
    assert "from=2026-11-25T08%3A00" in address
    assert changed["expires_at"] == "2031-01-01T00:00:00.000Z"
    assert (changed["expects_every"], changed["match_rate_floor"]) == (7200, 0.4)
    assert "Alert when silent for" in _text(manager)
    assert again == changed


def test_a_caller_is_forgotten_once_the_number_is_typed_again(
    manager: Tab, service: Service, url: str
) -> None:
    key, number = _new_key(service), new_caller_number()
    service.tag(key, number, zip="90210")
    manager.open(f"{url}/callers?{urlencode({'number': number})}")
    manager.fill("#again", "+15550000000")
    _submit(manager, "form[action$=forget] button")
    assert "not the same number" in _text(manager)

    manager.fill("#again", number[2:])
    _submit(manager, "form[action$=forget] button")

    assert "Forgotten: 1 pending posting" in _text(manager)
    known = service.operate("GET", f"/callers/%2B{number[1:]}").json()
    assert known["waiting"] == known["postbacks"] == []


def test_a_platform_key_is_shown_once(manager: Tab, url: str) -> None:
    manager.open(f"{url}/platform-keys")
    manager.fill("#name", "Router")
    _submit(manager, "form[action$=platform-keys] button")
    assert re.search(r"cdw_\w{30,}", _text(manager))

    manager.open(f"{url}/platform-keys")

    assert not re.search(r"cdw_\w{30,}", _text(manager))
    assert "Router" in _text(manager)


def test_a_viewer_sees_numbers_masked_and_can_change_nothing(
    viewer: Tab, service: Service, url: str
) -> None:
    key, number = _new_key(service), new_caller_number()
    service.tag(key, number, phone=number)
    viewer.open(f"{url}/log?key_id={key.key_id}")
    html = str(viewer.evaluate("document.documentElement.outerHTML"))

    assert f"••• {number[-4:]}" in html
    assert number[2:8] not in html
    viewer.open(f"{url}/keys/{key.key_id}")
    assert key.key not in str(viewer.evaluate("document.documentElement.outerHTML"))
    assert not viewer.evaluate("document.querySelector('main form')")
    answer = web.send(
        "POST",
        f"{url}/keys/{key.key_id}/pause",
        headers={"Cookie": _cookie(viewer.context), "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 403
    assert "You are a viewer" in answer.text
    rows = web.send("GET", f"{url}/log.csv", headers={"Cookie": _cookie(viewer.context)})
    assert rows.status_code == 200
    assert number not in rows.text


def test_signing_out_ends_the_session_in_every_tab(newcomer: Tab, url: str) -> None:
    cookie = _cookie(newcomer.context)
    second = Tab(newcomer.context)
    second.open(f"{url}/publishers")
    assert second.text("h1") == "Publishers"

    _submit(newcomer, "form[action$=sign-out] button")
    newcomer.wait_for("document.querySelector('h1')")

    assert newcomer.text("h1") == "You are signed out"
    asked_of_cognito = [each for each in newcomer.requests() if "/logout?client_id=" in each]
    assert len(asked_of_cognito) == 1
    assert "logout_uri=" in asked_of_cognito[0]
    assert web.send("GET", f"{url}/log", headers={"Cookie": cookie}).status_code == 303
    second.open(f"{url}/log")
    second.wait_for("document.querySelector('input[name=username]')")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
    ],
)
def test_a_change_that_another_page_asks_for_is_refused(
    cookie: str, url: str, headers: dict[str, str]
) -> None:
    answer = web.send(
        "POST",
        f"{url}/publishers",
        body=b"name=Evil",
        headers=headers | {"Cookie": cookie},
    )

    assert answer.status_code == 403
    assert "did not come from the console" in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status_code", "told"),
    [
        ("GET", "/log?outcome=lost&from=yesterday", 422, "must be"),
        ("GET", "/log?caller_number=abc", 422, "caller_number"),
        ("GET", "/log?cursor=%00", 422, "cursor"),
        ("GET", "/publishers/pub_none", 404, "Page not found"),
        ("GET", "/keys/..%2f..%2fpublishers", 404, "Page not found"),
        ("GET", "/log/a/b", 404, "Page not found"),
        ("GET", "/calls?find=%3Cscript%3E", 404, "not the ID of a known call"),
        ("GET", "/nothing", 404, "Page not found"),
        ("DELETE", "/publishers", 405, "Method not allowed"),
        ("GET", "/signed-in?code=replayed&state=made-up", 400, "Sign in again"),
        ("GET", "/signed-in?error=access_denied", 400, "Sign in again"),
    ],
)
def test_bad_input_gets_a_page_that_says_what_happened(
    cookie: str, url: str, method: str, path: str, status_code: int, told: str
) -> None:
    answer = web.send(method, f"{url}{path}", headers={"Cookie": cookie})

    assert answer.status_code == status_code
    assert told in answer.text
    assert "Traceback" not in answer.text
    assert "text/html" in answer.headers["Content-Type"]


def test_a_form_of_a_megabyte_is_refused_with_a_page(cookie: str, url: str) -> None:
    answer = web.send(
        "POST",
        f"{url}/publishers",
        body=b"name=" + b"x" * 1_000_000,
        headers={"Cookie": cookie, "Sec-Fetch-Site": "same-origin"},
    )

    assert answer.status_code == 413
    assert "too large" in answer.text


def test_a_stale_or_made_up_cookie_leads_to_the_sign_in(cookie: str, url: str) -> None:
    name = cookie.partition("=")[0]

    answer = web.send("GET", f"{url}/log", headers={"Cookie": f"{name}=made-up"})

    assert answer.status_code == 303
    assert "/oauth2/authorize?" in answer.headers["Location"]
    given = SimpleCookie(answer.headers["Set-Cookie"])
    assert all(morsel["httponly"] and morsel["secure"] for morsel in given.values())


def test_what_is_done_is_recorded_with_the_person_who_asked(
    manager: Tab, service: Service, url: str
) -> None:
    key = _new_key(service)
    manager.open(f"{url}/keys/{key.key_id}")
    _submit(manager, "form[action$=pause] button")

    def look() -> str | None:
        logs = service.aws.client("logs")
        group = service.outputs["OperatorApiLogGroupName"]
        for event in logs.filter_log_events(logGroupName=group)["events"]:
            if key.key_id in event["message"] and "{key_id}/pause" in event["message"]:
                return str(json.loads(event["message"])["asked_by"])
        return None

    assert eventually(look, "the line of the change") == MANAGER


@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1600, False)])
def test_no_page_is_wider_than_the_screen(
    manager: Tab, service: Service, url: str, width: int, dark: bool
) -> None:
    key = _new_key(service)
    manager.show(width=width, dark=dark)
    for path in (
        "/publishers?add=1",
        f"/publishers/{key.publisher_id}?add=1",
        f"/keys/{key.key_id}",
        "/log",
        "/calls",
        "/callers",
        "/platform-keys",
    ):
        manager.open(f"{url}{path}")
        wide = manager.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, path
        size = len(str(manager.evaluate("document.documentElement.outerHTML")))
        assert size < 200_000, path
    # The embedded sign-in has no icon, which a new browser asks it for once.
    assert [each for each in manager.complaints() if "favicon" not in each] == []
    manager.open(f"{url}/log")
    is_open = manager.evaluate("document.querySelector('#filters').open")
    assert is_open == (width > 700)


def test_a_page_comes_in_three_small_requests_of_the_console_itself(manager: Tab, url: str) -> None:
    tab = Tab(manager.context)
    tab.call("Network.setCacheDisabled", {"cacheDisabled": True})
    tab.open(f"{url}/log")
    came = tab.transferred()

    assert len(came) == 3
    assert all(address.startswith(f"{url}/") for address in came)
    assert sum(came.values()) <= 60_000


def test_all_is_done_by_keyboard(manager: Tab, service: Service, url: str) -> None:
    name = f"By keyboard {uuid.uuid4().hex[:8]}"
    manager.open(f"{url}/publishers?add=1")
    manager.press("Tab")
    skip = manager.evaluate("document.activeElement.className")
    manager.press("Enter")
    manager.wait_for("location.hash === '#main'")
    for _ in range(20):
        manager.press("Tab")
        if manager.evaluate("document.activeElement.id") == "name":
            break
    outline = manager.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    manager.type(name)
    manager.evaluate("window.isOld = true")
    manager.press("Enter")
    manager.wait_for("!window.isOld && document.readyState === 'complete'")

    assert skip == "skip"
    assert outline == "solid"
    assert manager.text("h1") == name


def test_without_scripts_filters_forms_and_pages_work_and_times_say_that_they_are_utc(
    manager: Tab, service: Service, url: str
) -> None:
    key, number = _new_key(service), new_caller_number()
    service.tag(key, number, zip="90210")
    manager.call("Emulation.setScriptExecutionDisabled", {"value": True})
    manager.open(f"{url}/log?key_id={key.key_id}")
    row = manager.text("#rows tbody tr")
    is_live = manager.evaluate("document.querySelector('#live-switch').hidden")
    manager.evaluate("document.querySelector('#outcome').value = 'refused'")
    _submit(manager, "form.filters .primary")
    filtered = _text(manager)
    manager.open(f"{url}/keys/{key.key_id}")
    copying = manager.evaluate("document.querySelector('button.copy').hidden")
    manager.fill("#caller_number", number)
    _submit(manager, "form[action$=test] button")

    assert " UTC" in row
    assert is_live
    assert copying
    assert "No postings match these filters" in filtered
    assert "Received and stored" in manager.text("#test")


AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_axe_finds_nothing_on_any_page(
    manager: Tab, service: Service, url: str, width: int, dark: bool
) -> None:
    key, number = _new_key(service), new_caller_number()
    service.tag(key, number, zip="{{zip}}")
    service.get(f"key={key.key}&caller_number=anonymous&a=1")
    call = PhoneCall(caller_number=number)
    service.put(call.started())
    service.announced.wait_for(
        lambda letter: letter.event.get("detail", {}).get("call_uuid") == call.call_uuid,
        "the call's tags",
    )
    rows = service.operate("GET", f"/postbacks?key_id={key.key_id}").json()["postbacks"]
    manager.show(width=width, dark=dark)
    found = {}
    for path in (
        "/publishers?add=1",
        f"/publishers/{key.publisher_id}?add=1",
        *(f"/keys/{key.key_id}?tested={row['posting_id']}" for row in rows),
        f"/log?key_id={key.key_id}",
        "/log?outcome=lost&from=never",
        "/log?publisher=e",
        "/calls?find=%2B442079460958",
        *(f"/log/{key.key_id}/{row['posting_id']}" for row in rows),
        f"/calls?find={call.call_uuid}",
        f"/callers?number=%2B{number[1:]}",
        "/platform-keys",
        "/nothing",
        "/signed-out",
    ):
        manager.open(f"{url}{path}")
        manager.evaluate(
            "[...document.querySelectorAll('details')].forEach(each => each.open = true)"
        )
        manager.evaluate(f"{AXE.read_text()}; 0")
        violations = manager.evaluate(
            "axe.run().then(r => r.violations.map("
            "v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 150)).join(' | ')))"
        )
        if violations:
            found[path] = violations
    assert found == {}
