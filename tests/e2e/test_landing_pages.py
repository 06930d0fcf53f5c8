"""A publisher's landing page, on its own origin, posts its visitor's form."""

import html
import json
from collections.abc import Iterator

import pytest

from infra.local.waiting import eventually
from tests.e2e.browser import Tab
from tests.e2e.service import PostbackKey, Service
from tests.neighbors import Neighbor, neighbor

PAGE = """
<!doctype html>
<html lang="en">
<title>Save on car insurance</title>
<form>
  <input name="caller_number" type="tel">
  <input name="zip">
  <input name="consent" type="checkbox">
  <button>Call me</button>
</form>
<p id="response"></p>
<script>
  const form = document.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const response = await fetch(LINK, { method: "POST", ...REQUEST });
    document.getElementById("response").textContent = `${response.status} ${await response.text()}`;
  });
</script>
</html>
"""

REQUESTS = {
    "form": "{ body: new URLSearchParams(new FormData(form)) }",
    "multipart": "{ body: new FormData(form) }",
    "json": """{
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
      headers: { "Content-Type": "application/json" },
    }""",
    "credentials": """{
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
      headers: { "Content-Type": "application/json", "X-Requested-With": "XMLHttpRequest" },
      credentials: "include",
    }""",
}


@pytest.fixture
def landing() -> Iterator[Neighbor]:
    with neighbor() as it:
        yield it


BEACONS = {
    "form": "new URLSearchParams(new FormData(form))",
    "multipart": "new FormData(form)",
    "json": """new Blob(
      [JSON.stringify(Object.fromEntries(new FormData(form)))], { type: "application/json" })""",
    "plain": "JSON.stringify(Object.fromEntries(new FormData(form)))",
}


def page(link: str, request: str) -> str:
    return PAGE.replace("LINK", json.dumps(link)).replace("REQUEST", f"({request})")


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_landing_page_posts_its_form_and_reads_the_response(
    service: Service,
    key: PostbackKey,
    landing: Neighbor,
    tab: Tab,
    caller_number: str,
    kind: str,
) -> None:
    landing.page = page(key.posting_link, REQUESTS[kind])
    tab.open(landing.url)

    tab.fill("[name=caller_number]", caller_number)
    tab.fill("[name=zip]", "90210 é")
    tab.click("[name=consent]")
    tab.click("button")
    tab.wait_for("document.getElementById('response').textContent")

    status_code, _, response = tab.text("#response").partition(" ")
    tags = {"zip": "90210 é", "consent": "on"}
    assert status_code == "200"
    assert json.loads(response) == {
        "tag_values": tags,
        "caller_number": caller_number,
        "status": "call not found, tags stored",
    }
    assert [it["tags"] for it in service.pending(caller_number)] == [tags]
    assert tab.complaints() == []
    was_asked_first = f"OPTIONS {key.posting_link}" in tab.requests()
    assert was_asked_first == (kind in ("json", "credentials"))


@pytest.mark.parametrize("kind", BEACONS)
def test_a_beacon_sent_when_the_visitor_leaves_arrives(
    service: Service,
    key: PostbackKey,
    landing: Neighbor,
    tab: Tab,
    caller_number: str,
    kind: str,
) -> None:
    sends = f"navigator.sendBeacon({json.dumps(key.posting_link)}, {BEACONS[kind]})"
    landing.page = f"""
        <!doctype html>
        <form><input name="caller_number"><input name="zip" value="90210"></form>
        <script>
          const form = document.querySelector("form");
          addEventListener("pagehide", () => {sends});
        </script>
    """
    tab.open(landing.url)
    tab.fill("[name=caller_number]", caller_number)

    tab.open("data:text/html,elsewhere")

    waiting = eventually(lambda: service.pending(caller_number) or None, "the beacon's posting")
    assert [it["tags"] for it in waiting] == [{"zip": "90210"}]


def test_a_landing_page_reads_the_reason_of_a_refusal(
    key: PostbackKey, landing: Neighbor, tab: Tab
) -> None:
    landing.page = page(key.posting_link, REQUESTS["json"])
    tab.open(landing.url)

    tab.fill("[name=caller_number]", "12")
    tab.click("button")
    tab.wait_for("document.getElementById('response').textContent")

    status_code, _, response = tab.text("#response").partition(" ")
    assert status_code == "422"
    assert [it["param"] for it in json.loads(response)["errors"]] == ["caller_number"]


def test_a_frame_without_an_origin_posts_json_and_reads_the_response(
    key: PostbackKey, landing: Neighbor, tab: Tab, caller_number: str
) -> None:
    inner = f"""
        fetch({json.dumps(key.posting_link)}, {{
          method: "POST",
          headers: {{ "Content-Type": "application/json" }},
          body: JSON.stringify({{ caller_number: "{caller_number}", zip: "90210" }}),
        }}).then((response) => parent.postMessage(response.status, "*"))
    """
    landing.page = f"""
        <!doctype html>
        <script>
          addEventListener("message", (event) => {{ document.title = event.data; }});
        </script>
        <iframe sandbox="allow-scripts"
          srcdoc="{html.escape(f"<script>{inner}</script>")}"></iframe>
    """
    tab.open(landing.url)

    tab.wait_for("document.title == '200'")


@pytest.mark.parametrize("attributes", ["", "crossorigin", 'crossorigin="use-credentials"'])
@pytest.mark.parametrize("form", ["gif", "link"])
def test_a_pixel_posts_its_tags_and_loads(
    service: Service,
    key: PostbackKey,
    landing: Neighbor,
    tab: Tab,
    caller_number: str,
    form: str,
    attributes: str,
) -> None:
    link = key.posting_link
    if form == "gif":
        link = f"{service.api_url}/data_writing/{key.key}.gif?pixel=1"
    url = f"{link}&caller_number={caller_number.replace('+', '%2B')}&zip=90210"
    landing.page = f"""
        <!doctype html>
        <img src="{html.escape(url)}" alt="" {attributes}
          onload="document.title = `${{this.naturalWidth}} x ${{this.naturalHeight}}`"
          onerror="document.title = 'error'">
    """
    tab.open(landing.url)

    tab.wait_for("document.title")
    assert tab.evaluate("document.title") == "1 x 1"
    assert tab.complaints() == []
    (pending,) = service.pending(caller_number)
    assert pending["tags"]["zip"] == "90210"


def test_the_image_of_a_refused_pixel_loads_with_the_errors_status_code(
    service: Service, key: PostbackKey, landing: Neighbor, tab: Tab
) -> None:
    url = f"{service.api_url}/data_writing/{key.key}.gif?caller_number=12&zip=90210"
    landing.page = f"""
        <!doctype html>
        <img src="{html.escape(url)}" alt="" onload="document.title = 'loaded'">
    """
    tab.open(landing.url)

    tab.wait_for("document.title == 'loaded'")
    assert any("422" in complaint for complaint in tab.complaints())
