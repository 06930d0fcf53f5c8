"""The layout and accessibility of the console's pages in a real browser."""

from pathlib import Path

import pytest

from tests.e2e.browser import Tab
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import Service


def test_no_page_is_wider_than_the_screen(manager: Tab, service: Service, url: str) -> None:
    key = service.new_key(service.new_publisher())
    for path in (
        "/publishers?add=1",
        f"/publishers/{key.publisher_id}?add=1",
        f"/keys/{key.key_id}",
        "/log",
        "/calls",
        "/callers",
        "/platform-keys",
        "/history",
        "/team",
    ):
        manager.open(f"{url}{path}")
        for width, dark in ((390, False), (390, True), (1600, False)):
            manager.show(width=width, dark=dark)
            wide = manager.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (path, dark)
        size = len(str(manager.evaluate("document.documentElement.outerHTML")))
        assert size < 200_000, path
    # A new browser asks once for an icon, which the embedded sign-in page lacks.
    assert [each for each in manager.complaints() if "favicon" not in each] == []


@pytest.mark.parametrize(("width", "are_open"), [(390, False), (1600, True)])
def test_the_logs_filters_start_open_on_a_wide_screen(
    manager: Tab, url: str, width: int, are_open: bool
) -> None:
    manager.show(width=width)
    manager.open(f"{url}/log")

    assert manager.evaluate("document.querySelector('#filters').open") == are_open


def test_a_page_takes_three_small_requests_to_the_console(manager: Tab, url: str) -> None:
    tab = Tab(manager.context)
    tab.call("Network.setCacheDisabled", {"cacheDisabled": True})
    tab.open(f"{url}/log")
    transferred = tab.transferred()
    tab.page.close()

    assert len(transferred) == 3
    assert all(address.startswith(f"{url}/") for address in transferred)
    assert sum(transferred.values()) <= 60_000


AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"


def test_axe_finds_no_violations_on_any_page(manager: Tab, service: Service, url: str) -> None:
    key, number = service.new_key(service.new_publisher()), new_caller_number()
    service.tag(key, number, zip="{{zip}}")
    service.get(f"key={key.key}&caller_number=anonymous&a=1")
    call = PhoneCall(caller_number=number)
    service.put(call.started())
    service.announced.wait_for(
        lambda letter: letter.event.get("detail", {}).get("call_uuid") == call.call_uuid,
        "the call's tags",
    )
    rows = service.operate("GET", f"/postbacks?key_id={key.key_id}").json()["postbacks"]
    looks = [(width, dark) for width in (390, 1200) for dark in (False, True)]
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
        f"/history?key_id={key.key_id}",
        "/team?remove=mia@example.com",
        "/nothing",
        "/signed-out",
    ):
        manager.open(f"{url}{path}")
        manager.evaluate(
            "[...document.querySelectorAll('details')].forEach(each => each.open = true)"
        )
        manager.evaluate(f"{AXE.read_text()}; 0")
        for width, dark in looks:
            manager.show(width=width, dark=dark)
            violations = manager.evaluate(
                "axe.run().then(r => r.violations.map("
                "v => v.id + ': ' + v.nodes.map(n => n.html.slice(0, 150)).join(' | ')))"
            )
            if violations:
                found[path, width, dark] = violations
    assert found == {}
