"""What viewers and managers see on every page, link and file that the console leads to.

The crawl starts at the first page and follows what it finds, so that new pages are crawled too.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, unquote_plus, urlencode, urljoin

import pytest

from functions.console.views import publisher_names
from tests.integration.console.real_console import RealConsole
from tests.integration.planted import NUMBER, SIP_CALL, is_readable, plant
from tests.integration.service import Service

_MAX_PAGES = 400
_MAX_REQUESTS = 3
"""Maximum requests to the operator API for one page."""
_LONG = "period=90d"
_LINKS = ("href", "src", "data-from")


class _Page(HTMLParser):
    """Every text, attribute, link and search form of a web page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.links: list[str] = []
        self.searches: list[tuple[str, list[str]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.texts += [text for value in values.values() for text in (value, unquote(value))]
        self.links += [values[name] for name in _LINKS if name in values]
        if tag == "form" and values.get("method") == "get":
            self.searches.append((values["action"], []))
        if tag == "input" and self.searches and values.get("type", "text") in ("text", "search"):
            self.searches[-1][1].append(values.get("name", ""))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.texts.append(data)


def _texts(response: dict[str, Any], page: _Page | None) -> list[str]:
    body, headers = response["body"], response["headers"]
    found = list(page.texts) if page else []
    if headers.get("Content-Type", "").startswith("text/csv"):
        found += [cell for row in csv.reader(io.StringIO(body)) for cell in row]
    if headers.get("Content-Type", "") == "application/json":
        found += map(str, json.loads(body))
    return [*found, *(str(value) for value in headers.values()), *response.get("cookies", ())]


def _crawl(get: Callable[[str], dict[str, Any]]) -> dict[str, list[str]]:
    """Follow every link from the first page; return what can be read at each address."""
    waiting, seen = ["/"], dict[str, list[str]]()
    while waiting:
        address = waiting.pop()
        response = get(address)
        assert response["statusCode"] in (200, 303, 404), (address, response["statusCode"])
        is_page = response["headers"].get("Content-Type", "").startswith("text/html")
        page = _Page(response["body"]) if is_page else None
        seen[address] = [text for text in _texts(response, page) if is_readable(text)]
        links = page.links if page else []
        links = [*links, response["headers"].get("Location", "")]
        found = {urljoin(address, each).partition("#")[0] for each in links if each}
        known = {*seen, *waiting}
        waiting += _new(found - known, known)
        assert len(seen) <= _MAX_PAGES
    return seen


def _new(found: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return the addresses to visit: of those that read 90 days of the log, which takes seconds on
    Moto, one in all."""
    long = [each for each in found if _LONG in each]
    short = sorted(each for each in found if each.startswith("/") and each not in long)
    return short + ([] if any(_LONG in each for each in known) else sorted(long)[:1])


def test_a_viewer_sees_no_number_on_any_page_that_the_console_leads_to(
    service: Service, real_console: RealConsole
) -> None:
    plant(service)

    seen = _crawl(real_console.reader("viewer"))

    assert {address: shown[:3] for address, shown in seen.items() if shown} == {}
    assert [address for address in seen if is_readable(unquote(address))] == []
    pages = {address.partition("?")[0].split("/")[1] for address in seen}
    assert {"publishers", "keys", "log", "log.csv", "calls", "callers", "history"} <= pages
    assert len([address for address in seen if address.startswith("/log/")]) >= 2


@pytest.mark.parametrize("role", ["viewer", "manager"])
def test_every_page_needs_at_most_three_requests_to_the_operator_api(
    service: Service, real_console: RealConsole, role: str
) -> None:
    values = plant(service)
    get = real_console.reader(role)
    needed: dict[str, list[str]] = {}

    def get_counted(address: str) -> dict[str, Any]:
        publisher_names._cache.clear()  # as in a new process
        real_console.requested.clear()
        response = get(address)
        if not response["headers"].get("Content-Type", "").startswith("text/csv"):
            needed[address] = [*real_console.requested]
        return response

    _crawl(get_counted)
    _get_addresses_that_no_link_has(values, needed, get_counted)

    assert {a: sent for a, sent in needed.items() if len(sent) > _MAX_REQUESTS} == {}


def _get_addresses_that_no_link_has(
    values: Mapping[str, str], seen: Iterable[str], get: Callable[[str], Any]
) -> None:
    """Get each log and key page with the filters that people type or forms send."""
    for address in [each for each in seen if each.startswith("/log/")]:
        _, _, key_id, posting_id, *_ = address.split("/")
        get(f"/keys/{key_id}?{urlencode({'tested': unquote(posting_id)})}")
        get(f"/log?{urlencode({'key_id': key_id})}")
    for name, query in (("log", "caller_number"), ("calls", "find"), ("callers", "number")):
        get(f"/{name}?{urlencode({query: values['caller_number']})}")
    get(f"/log?{urlencode({'publisher': 'P', 'key_id': values['key_id'], 'from': '2020-01-01'})}")


def test_a_manager_sees_the_numbers(service: Service, real_console: RealConsole) -> None:
    plant(service)

    seen = _crawl(real_console.reader("manager"))

    pages = {address.partition("?")[0].split("/")[1] for address, shown in seen.items() if shown}
    assert {"publishers", "keys", "log", "log.csv", "calls", "callers", "platform-keys"} <= pages


@pytest.mark.parametrize("typed", [NUMBER, f"{NUMBER} (home", SIP_CALL, "----Z"])
def test_a_viewer_who_types_a_number_sees_it_only_where_they_typed_it(
    service: Service, real_console: RealConsole, typed: str
) -> None:
    plant(service)
    get = real_console.reader("viewer")
    searches = {
        (action, name)
        for address in ("/publishers", "/log", "/calls", "/callers")
        for action, names in _Page(get(address)["body"]).searches
        for name in names
    }
    assert {name for _, name in searches} >= {"q", "caller_number", "publisher", "find", "number"}

    for action, name in sorted(searches):
        response = get(f"{action}?{urlencode({name: typed})}")

        assert response["statusCode"] in (200, 303, 404, 422), (action, name)
        if response["statusCode"] != 303:
            shown = [text for text in _Page(response["body"]).texts if is_readable(text)]
            assert [each for each in shown if _plain(typed) not in _plain(each)] == []


def _plain(text: str) -> str:
    """Return a text without the encodings of addresses."""
    return unquote_plus(text).replace("+", " ")
