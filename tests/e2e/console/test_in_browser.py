"""The console in a real browser: signing in, scripts and the keyboard.

What needs no browser is in test_over_http.py.
"""

import json
import uuid
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext

from infra.local import web
from infra.local.waiting import eventually
from tests.e2e.browser import Tab, new_person
from tests.e2e.console.conftest import INVITED
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import PostbackKey, Service
from tests.e2e.sign_in import type_credentials
from tests.neighbors import Neighbor, neighbor

HTML = "<script>document.title='broken'</script>\"'&{{7*7}}"


@pytest.fixture
def landing() -> Iterator[Neighbor]:
    """A publisher's website, which has another origin."""
    with neighbor() as it:
        yield it


def _submit(tab: Tab, selector: str) -> None:
    """Press a button, and wait for the next page."""
    tab.evaluate("window.isOld = true")
    tab.click(selector)
    tab.wait_for("!window.isOld && document.readyState === 'complete'")


def _cookie(context: BrowserContext) -> str:
    (session,) = (c for c in context.cookies() if c["name"].startswith("__Host-session"))
    return f"{session['name']}={session['value']}"


def _text(tab: Tab) -> str:
    return tab.text("main")


def test_an_invited_person_chooses_a_password_and_returns_to_the_requested_page(
    tab: Tab, url: str, passwords: dict[str, str]
) -> None:
    tab.open(f"{url}/platform-keys")
    tab.wait_for("document.querySelector('input[name=username]')")
    tab.evaluate("window.isOld = true")
    type_credentials(tab, INVITED, passwords[INVITED])
    tab.wait_for("!window.isOld && document.readyState === 'complete'")

    for name in tab.evaluate(
        "[...document.querySelectorAll('input[type=password]')].map(e => e.name)"
    ):
        tab.fill(f"input[name={name}]", "Chosen-by-me-2026-aA1!")
    tab.click("[type=submit]")
    tab.wait_for("document.querySelector('main h1')")

    assert tab.text("h1") == "Platform keys"


def test_a_manager_adds_a_publisher_and_a_key_and_follows_a_posting_to_its_call(
    manager: Tab, browser: Browser, landing: Neighbor, service: Service, url: str
) -> None:
    tab, number = manager, new_caller_number()
    _submit(tab, "a[href*='add=1']")
    tab.fill("#name", HTML)
    _submit(tab, "form#add button")
    assert tab.text("h1") == HTML
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
    assert _post_from_website(landing, browser, link, number).startswith("200 ")
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
    assert HTML in _text(tab)
    _submit(tab, ".time a")
    assert call.call_uuid in _text(tab)
    assert "In progress" in _text(tab)

    tab.open(key_page)
    _submit(tab, "form[action$=pause] button")
    assert "Paused" in _text(tab)
    assert tab.evaluate("document.title") != "broken"
    # Failed requests are the form with the invalid duration, and live updates on a busy machine.
    complaints = [each for each in tab.complaints() if "Failed to load resource" not in each]
    assert complaints == []


def _copied(tab: Tab, button: str) -> str:
    """Press a copy button and return the text in the clipboard."""
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.page.bring_to_front()
    tab.click(button)
    tab.wait_for(f"document.querySelector({json.dumps(button)}).textContent === 'Copied'")
    return str(tab.evaluate("navigator.clipboard.readText()"))


def _post_from_website(landing: Neighbor, browser: Browser, link: str, number: str) -> str:
    """Post as a visitor of the publisher's website, and return the response."""
    landing.page = f"""
        <!doctype html><form><input name="caller_number"><input name="zip"><button>Send</button>
        </form><p></p><script>
          document.querySelector("form").addEventListener("submit", async (event) => {{
            event.preventDefault();
            const body = new URLSearchParams(new FormData(event.target));
            const response = await fetch({json.dumps(link)}, {{ method: "POST", body }});
            const text = await response.text();
            document.querySelector("p").textContent = `${{response.status}} ${{text}}`;
          }});
        </script>"""
    visitor = Tab(new_person(browser))
    visitor.open(landing.url)
    visitor.fill("[name=caller_number]", number)
    visitor.fill("[name=zip]", HTML)
    visitor.click("button")
    visitor.wait_for("document.querySelector('p').textContent")
    response = visitor.text("p")
    visitor.forget()
    return response


def _new_key(service: Service) -> PostbackKey:
    return service.new_key(service.new_publisher())


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


def test_a_button_pressed_twice_sends_the_form_once(
    manager: Tab, service: Service, url: str
) -> None:
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


def test_the_log_suggests_publishers_and_filters_by_part_of_a_name(
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

    # Names are cached for a minute, and the console did not add this publisher.
    eventually(suggested, "the suggestion of the new publisher", within=75, every=1)
    manager.fill("#publisher", name[-12:].upper())
    _submit(manager, "form.filters .primary")

    assert f"publisher_id={made['publisher_id']}" in manager.evaluate("location.search")
    assert manager.evaluate("document.querySelector('#publisher').value") == name
    assert manager.evaluate("document.querySelectorAll('#rows tbody tr').length") == 1
    manager.fill("#publisher", "")
    _submit(manager, "form.filters .primary")
    assert manager.evaluate("document.querySelectorAll('#rows tbody tr').length") > 1


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


def test_signing_out_ends_the_session_in_all_tabs(newcomer: Tab, url: str) -> None:
    cookie = _cookie(newcomer.context)
    second = Tab(newcomer.context)
    second.open(f"{url}/publishers")
    assert second.text("h1") == "Publishers"

    _submit(newcomer, "form[action$=sign-out] button")
    newcomer.wait_for("document.querySelector('h1')")

    assert newcomer.text("h1") == "You are signed out"
    (sign_out,) = (each for each in newcomer.requests() if "/logout?client_id=" in each)
    assert "logout_uri=" in sign_out
    assert web.send("GET", f"{url}/log", headers={"Cookie": cookie}).status_code == 303
    second.open(f"{url}/log")
    second.wait_for("document.querySelector('input[name=username]')")


def test_a_publisher_is_added_with_the_keyboard(manager: Tab, service: Service, url: str) -> None:
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
