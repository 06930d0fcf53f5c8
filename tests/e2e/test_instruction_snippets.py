"""Runs the instructions' programs unchanged, and checks that they do what the page says."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.local import web
from infra.local.waiting import eventually
from tests.e2e.browser import Tab
from tests.e2e.service import PostbackKey, Service
from tests.neighbors import Neighbor, neighbor
from tests.snippets import RUNNERS, Runner, in_html, in_markdown, written_for

CALLER_NUMBER = "+12025550123"
TAGS = {"zip": "90210", "prequalified": "true"}


@pytest.fixture
def served(service: Service, key: PostbackKey) -> str:
    """The instructions as Markdown, read at their link."""
    url = f"{service.api_url}/data_writing/{key.key}/instructions?format=markdown"
    return web.send("GET", url).body.decode()


@pytest.fixture
def environment(service: Service) -> Mapping[str, str]:
    return service.aws.environment()


@pytest.fixture
def beside() -> Iterator[Neighbor]:
    with neighbor() as it:
        yield it


def example_response(text: str) -> str:
    """Return the response that the page shows as an example."""
    found = re.search(r'^\{"tag_values".*\}$', text, re.MULTILINE)
    assert found
    return found[0]


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_posts_its_tags_and_prints_the_example_response(
    service: Service,
    key: PostbackKey,
    served: str,
    environment: Mapping[str, str],
    runner: Runner,
    tmp_path: Path,
) -> None:
    printed = runner.run(in_markdown(served, runner.title), tmp_path, environment)

    assert printed.removeprefix("200 ").strip() == example_response(served)
    (row,) = service.log_rows(key)
    assert (row["tags"], row["caller_number"]) == (TAGS, CALLER_NUMBER)


def test_the_browsers_snippet_posts_from_a_page_of_any_origin(
    service: Service, key: PostbackKey, served: str, beside: Neighbor, tab: Tab
) -> None:
    beside.page = f"<!doctype html><script>{in_markdown(served, 'Browser')}</script>"

    tab.open(beside.url)
    printed = eventually(lambda: tab.printed() or None, "what the snippet prints")

    assert printed == [f"200 {example_response(served)}"]
    (row,) = service.log_rows(key)
    assert (row["tags"], row["caller_number"]) == (TAGS, CALLER_NUMBER)
    assert tab.complaints() == []


FORMS = ["HTML form, POST", "HTML form, GET"]
PARTS = [*FORMS, "Pixel", "Beacon"]


@pytest.mark.parametrize("title", PARTS)
def test_a_part_of_a_page_posts_its_tags(
    service: Service, key: PostbackKey, served: str, beside: Neighbor, tab: Tab, title: str
) -> None:
    beside.page = f"<!doctype html><title>Offer</title>{in_markdown(served, title)}"

    tab.open(beside.url)
    if title in FORMS:
        tab.click("form button")
    elif title == "Beacon":
        tab.open("data:text/html,elsewhere")
    (row,) = eventually(lambda: service.log_rows(key) or None, "the posting")

    assert (row["tags"], row["caller_number"]) == (TAGS, CALLER_NUMBER)
    assert "warnings" not in row
    if title != "Beacon":
        # The visitor stays on the page.
        assert tab.evaluate("document.title") == "Offer"
        assert tab.complaints() == []


@pytest.mark.parametrize("title", FORMS)
def test_the_visitor_sees_the_response_to_a_form_without_a_frame(
    key: PostbackKey, served: str, beside: Neighbor, tab: Tab, title: str
) -> None:
    form = in_markdown(served, title).replace(' target="posted"', "")
    beside.page = f"<!doctype html>{form}"

    tab.open(beside.url)
    tab.click("form button")
    tab.wait_for("document.body.innerText.includes('call not found, tags stored')")


def test_both_formats_of_the_instructions_have_the_same_snippets(
    service: Service, key: PostbackKey, served: str
) -> None:
    shown = web.send("GET", f"{service.api_url}/data_writing/{key.key}/instructions").body.decode()

    for title in ("Browser", *PARTS, *(runner.title for runner in RUNNERS)):
        assert in_html(shown, title) == in_markdown(served, title)


BUSY = (503, {"Retry-After": "1", "Content-Type": "application/json"}, '{"status":"error"}')
DONE = (200, {"Content-Type": "application/json"}, '{"status":"done"}')


def test_the_browsers_snippet_waits_for_retry_after(beside: Neighbor, tab: Tab) -> None:
    """Other origins can read `Retry-After` because the API exposes it, as the neighbor does."""
    cross = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Retry-After"}
    beside.answers = [(BUSY[0], BUSY[1] | cross, BUSY[2]), (DONE[0], DONE[1] | cross, DONE[2])]
    text = written_for(f"{beside.url}/data_writing")
    with neighbor() as landing:
        landing.page = f"<!doctype html><script>{in_markdown(text, 'Browser')}</script>"
        started = datetime.now(UTC)

        tab.open(landing.url)
        printed = eventually(lambda: tab.printed() or None, "what the snippet prints")

    assert printed == ['200 {"status":"done"}']
    assert datetime.now(UTC) - started < timedelta(seconds=5)
    first, second = beside.heard
    assert first == second
