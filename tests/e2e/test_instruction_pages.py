"""The instructions in a browser, and their form for test postings."""

import json
from pathlib import Path

import pytest

from infra.local import web
from tests.e2e.browser import Tab
from tests.e2e.phone_calls import new_uuid
from tests.e2e.service import PostbackKey, Service

PHONES = (320, 360, 390)


def link(service: Service, key: PostbackKey) -> str:
    read: str = service.operate("GET", f"/postback-keys/{key.key_id}").json()["instructions_link"]
    return read


@pytest.fixture(params=["hosted", "saved"])
def address(
    request: pytest.FixtureRequest, service: Service, key: PostbackKey, tmp_path: Path
) -> str:
    """The page at its link, and saved as a file."""
    if request.param == "hosted":
        return link(service, key)
    page = service.operate("GET", f"/postback-keys/{key.key_id}/instructions")
    assert page.status_code == 200
    (tmp_path / "page.html").write_bytes(page.body)
    return (tmp_path / "page.html").as_uri()


def send(tab: Tab, caller_number: str, tags: str) -> str:
    tab.fill("#caller", caller_number)
    tab.fill("#tags", tags)
    tab.click("#posting button")
    tab.wait_for("document.querySelector('#response .good, #response .bad')")
    return tab.text("#response")


def test_the_form_sends_a_test_posting_and_shows_the_response(
    service: Service, tab: Tab, address: str, caller_number: str
) -> None:
    tab.open(address)

    shown = send(tab, caller_number, "zip=90210\nnote=a=b & c\n\n0=")

    assert shown.startswith("✓ 200")
    response = json.loads(tab.text("#response pre"))
    assert response["tag_values"] == {"zip": "90210", "note": "a=b & c", "0": ""}
    assert response["status"] == "call not found, tags stored"
    assert "wait 24 hours for the caller’s next call" in shown
    sent = f"caller_number=%2B{caller_number[1:]}&zip=90210&note=a%3Db+%26+c&0="
    assert tab.text("#response pre:last-child") == sent
    assert [it["tags"] for it in service.pending(caller_number)] == [response["tag_values"]]
    assert tab.complaints() == []


def test_the_form_shows_an_error_and_what_to_do_about_it(tab: Tab, address: str) -> None:
    tab.open(address)

    shown = send(tab, "12", "zip=90210")

    assert shown.startswith("✗ 422")
    assert '"param":"caller_number"' in shown
    assert "a retry gets the same response" in shown


@pytest.mark.parametrize(
    ("tags", "line"),
    [("zip=90210\nage 39\n", "age 39"), ("zip", "zip"), ("=90210", "=90210"), (" = 1", "= 1")],
)
def test_the_form_refuses_a_line_without_a_name_and_an_equals_sign(
    service: Service, key: PostbackKey, tab: Tab, address: str, tags: str, line: str
) -> None:
    tab.open(address)

    shown = send(tab, "+12025550123", tags)

    assert shown.startswith("✗ Not sent")
    assert tab.text("#response pre") == line
    assert tab.evaluate("document.activeElement.id") == "tags"
    assert service.log_rows(key) == []
    # The form works again once the line is correct.
    assert send(tab, "12", "zip=90210").startswith("✗ 422")


def test_the_page_fits_on_a_phone(tab: Tab, address: str, caller_number: str) -> None:
    tab.show(width=PHONES[0])
    tab.open(address)
    send(tab, caller_number, "zip=90210")
    tab.evaluate(UNFOLD)

    for width in PHONES:
        tab.show(width=width)
        assert tab.evaluate("innerWidth") == width
        assert tab.evaluate("document.documentElement.scrollWidth") == width


def test_a_phone_shows_each_parameters_name_on_one_line(tab: Tab, address: str) -> None:
    """A name broken over two lines would be read and typed as `caller_numbe r`."""
    tab.show(width=PHONES[0])
    tab.open(address)

    codes = "document.querySelectorAll('section:not([aria-labelledby=mistakes]) tbody th code')"
    names = f"[...{codes}].filter(it => !/ /.test(it.innerText))"
    for width in PHONES:
        tab.show(width=width)
        assert tab.evaluate(f"{names}.length") == 3
        assert tab.evaluate(f"{names}.every(it => it.getClientRects().length === 1)")


def test_the_page_requests_only_itself(tab: Tab, address: str) -> None:
    tab.open(address)

    assert tab.requests() == [f"GET {address}", "GET data:,"][: len(tab.requests())]
    assert tab.complaints() == []


def test_the_page_may_send_requests_only_to_the_api(tab: Tab, address: str) -> None:
    tab.open(address)

    tab.evaluate("fetch('http://localhost:9/').catch(() => {})")

    assert any("Content Security Policy" in it for it in tab.complaints())


def test_every_link_has_its_section_and_every_field_has_a_label(tab: Tab, address: str) -> None:
    tab.open(address)

    links = "[...document.querySelectorAll('nav a')]"
    assert tab.evaluate(f"{links}.length") > 5
    assert tab.evaluate(f"{links}.every((it) => document.querySelector(it.hash))")
    assert tab.evaluate(
        "[...document.querySelectorAll('input, textarea')].every(it => it.labels[0])"
    )


def test_every_block_of_code_has_a_copy_button(tab: Tab, address: str) -> None:
    tab.open(address)

    assert tab.evaluate("document.querySelectorAll('.code').length") >= 8
    assert tab.evaluate(
        "[...document.querySelectorAll('.code')].every(it => it.querySelector('.copy'))"
    )


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_enough_contrast(
    tab: Tab, address: str, caller_number: str, *, dark: bool
) -> None:
    """At least 4.5 to 1, as WCAG 2.2 level AA requires."""
    tab.show(width=390, dark=dark)
    tab.open(address)
    send(tab, caller_number, "zip=90210")
    tab.wait_for("!document.querySelector('#posting button').disabled")
    tab.evaluate(UNFOLD)

    assert tab.evaluate(LOW_CONTRASTS) == []


def test_a_paused_keys_page_starts_with_a_warning_and_its_form_gets_a_403(
    service: Service, tab: Tab, key: PostbackKey
) -> None:
    service.operate("POST", f"/postback-keys/{key.key_id}/pause")

    tab.open(link(service, key))

    assert "This key is paused" in tab.text("header .warning")
    assert send(tab, "+12025550123", "zip=90210").startswith("✗ 403")


def test_markup_in_names_is_shown_and_never_run(service: Service, tab: Tab) -> None:
    name = (
        "</title><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    )
    key = service.new_key(service.new_publisher(name), name=name)

    tab.open(link(service, key))

    assert tab.text("header .addressee") == f"for {name}, key {name}"
    assert tab.evaluate("document.title") == f"Posting instructions: {name}, {name}"
    assert tab.evaluate("document.images.length") == 0
    assert tab.complaints() == []


def test_a_posting_without_a_response_is_shown_as_failed(
    service: Service, tab: Tab, key: PostbackKey, tmp_path: Path
) -> None:
    page = web.send("GET", link(service, key)).body.decode()
    (tmp_path / "page.html").write_text(page.replace(service.api_url, "http://127.0.0.1:9"))
    tab.open((tmp_path / "page.html").as_uri())

    shown = send(tab, "+12025550123", "zip=90210")

    assert shown.startswith("✗ No response")
    assert "127.0.0.1:9" in shown


def test_without_the_key_or_a_signature_there_are_no_instructions(
    service: Service, key: PostbackKey
) -> None:
    unsigned = f"{service.api_url}/postback-keys/{key.key_id}/instructions"
    by_id = f"{service.api_url}/data_writing/{key.key_id}/instructions"
    by_another_key = f"{service.api_url}/data_writing/{new_uuid()}/instructions"

    assert web.send("GET", unsigned).status_code == 403
    responses = [web.send("GET", it) for it in (by_id, by_another_key)]
    for response in responses:
        assert response.status_code == 401
        assert response.params == ["key"]
    assert responses[0].json()["errors"] == responses[1].json()["errors"]


UNFOLD = "for (const it of document.querySelectorAll('details')) it.open = true"

LOW_CONTRASTS = """
(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3)
    .map((it) => it / 255)
    .map((it) => (it <= 0.04045 ? it / 12.92 : ((it + 0.055) / 1.055) ** 2.4))
    .reduce((sum, it, i) => sum + it * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (element) => {
    for (let it = element; it; it = it.parentElement) {
      const color = getComputedStyle(it).backgroundColor;
      if ((channels(color)[3] ?? 1) > 0) return color;
    }
    return "rgb(255, 255, 255)";
  };
  const low = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((it) => it.nodeType === 3 && it.data.trim());
    if (!own || !element.getClientRects().length) continue;
    const pair = [getComputedStyle(element).color, background(element)].map(luminance);
    const ratio = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (ratio < 4.5) low.push(`${ratio.toFixed(2)} ${element.outerHTML.slice(0, 80)}`);
  }
  return low;
})()
"""
