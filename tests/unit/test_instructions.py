"""The posting instructions: what they say about a key, and the escaping of names."""

import ast
import html
import json
import re
import shlex
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from functions.data_writing import bodies
from shared.domain import postings
from shared.domain.keys import PostbackKey, Publisher
from shared.instructions import content, html_view, markdown, rendering, responses
from shared.instructions.document import Snippet
from shared.instructions.durations import to_words
from shared.instructions.formats import InstructionsFormat
from shared.instructions.page_snippets import page_snippets
from shared.instructions.snippets import snippets

POSTING_URL = "https://api.example.com/data_writing"
KEY = "9b653cf0-4835-493b-860c-aed9b7af2a4a"
NOW = datetime(2025, 3, 10, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

Names = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("<>&\"'`*_[]()#!|\\~\u202e"),
    min_size=1,
    max_size=40,
).map(str.strip)


def a_key(**changes: Any) -> PostbackKey:
    values: dict[str, Any] = {
        "key": KEY,
        "key_id": "pbk_a",
        "publisher_id": "pub_a",
        "name": "Landing page",
        "storage_duration": 24 * HOUR,
        "end_call_cutoff": HOUR,
        "default_region": "US",
        "paused": False,
        "created_at": NOW,
    }
    return PostbackKey(**values | changes)


def a_publisher(name: str = "Acme Leads") -> Publisher:
    return Publisher(publisher_id="pub_a", name=name, created_at=NOW)


def in_markdown(*, publisher: str = "Acme Leads", **changes: Any) -> str:
    return markdown.render(content.compose(a_key(**changes), a_publisher(publisher), POSTING_URL))


def in_html(*, publisher: str = "Acme Leads", **changes: Any) -> str:
    return html_view.render(content.compose(a_key(**changes), a_publisher(publisher), POSTING_URL))


Render = Callable[..., str]


@pytest.fixture(params=[in_markdown, in_html])
def render(request: pytest.FixtureRequest) -> Render:
    """Both formats, as the text that a person reads, on one line."""

    def read(**changes: Any) -> str:
        text = html.unescape(re.sub("<[^>]*>", "", request.param(**changes)))
        return " ".join(text.replace("`", "").split())

    return read


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (1, "1 second"),
        (60, "1 minute"),
        (90, "1 minute and 30 seconds"),
        (3600, "1 hour"),
        (5400, "1 hour and 30 minutes"),
        (86_399, "23 hours, 59 minutes and 59 seconds"),
        (86_400, "24 hours"),
        (90_061, "25 hours, 1 minute and 1 second"),
        (2 * 86_400, "2 days"),
        (2 * 86_400 + 3600, "2 days and 1 hour"),
        (30 * 86_400, "30 days"),
    ],
)
def test_a_duration_is_formatted_in_words(seconds: int, words: str) -> None:
    assert to_words(timedelta(seconds=seconds)) == words


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_the_words_of_a_duration_add_up_to_it(duration: timedelta) -> None:
    units = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
    counts = re.findall(r"(\d+) (day|hour|minute|second)", to_words(duration))

    assert sum(int(n) * units[unit] for n, unit in counts) == int(duration.total_seconds())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "The tags wait 24 hours for the call."),
        ({}, "up to 1 hour after it ended"),
        ({}, "ended more than 1 hour before"),
        ({}, "region US (+1)"),
        ({"storage_duration": timedelta(seconds=5430)}, "wait 1 hour, 30 minutes and 30 seconds"),
        ({"storage_duration": timedelta(days=30)}, "wait 30 days for the caller’s next call"),
        ({"end_call_cutoff": timedelta(days=7)}, "up to 7 days after it ended"),
        ({"end_call_cutoff": timedelta(0)}, "It is too late for that call"),
        ({"end_call_cutoff": timedelta(0)}, "had ended when you posted"),
        ({"end_call_cutoff": timedelta(0)}, "With your key this is rare."),
        ({"default_region": "GB"}, "region GB (+44)"),
        ({"default_region": "GB"}, "is not a valid phone number in region GB"),
        ({"paused": True}, "This key is paused"),
        ({"expires_at": NOW}, "This key is valid until March 10, 2025, 12:00 UTC."),
        ({"expires_at": NOW, "paused": True}, "This key is paused"),
    ],
)
def test_both_formats_describe_the_key(render: Render, changes: dict[str, Any], said: str) -> None:
    assert said in render(**changes)


def test_an_active_key_is_not_called_paused(render: Render) -> None:
    assert "This key is paused" not in render()


def test_a_key_without_expiry_mentions_none(render: Render) -> None:
    assert "This key is valid until" not in render()


def test_no_page_names_the_keys_successor(render: Render) -> None:
    assert "pbk_b" not in render(expires_at=NOW, replaced_by="pbk_b")


@pytest.mark.parametrize("code", [401, 403, 404, 405, 413, 415, 422, 429, 431, 503])
def test_every_error_has_a_row(code: int) -> None:
    assert f"\n| {code} | " in in_markdown()
    assert f'<th scope="row">{code}</th>' in in_html()


def test_both_formats_end_with_the_link_to_the_latest_version() -> None:
    address = f"{POSTING_URL}/{KEY}/instructions"
    said = (
        "If you have this page as a file, the latest version is at this link, which contains the "
        "key:"
    )

    assert in_markdown().endswith(f"\n\n{said} <{address}>\n")
    assert f'<p>{said} <a href="{address}" rel="noreferrer">{address}</a></p>' in in_html()


def test_every_status_is_explained(render: Render) -> None:
    for status in postings.Status:
        assert status in render()


def test_the_limits_are_the_enforced_ones(render: Render) -> None:
    assert responses.BODY_KIB * 1024 == bodies.MAX_BYTES
    for limit in (postings.MAX_TAGS, postings.MAX_NAME_LENGTH, f"{postings.MAX_VALUE_LENGTH:,}"):
        assert str(limit) in render()


class Structure(HTMLParser):
    """The elements of a page with the names of their attributes, and the text of each <bdi>."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, list[str]]] = []
        self.names: list[str] = []
        self._in_name = False
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))
        self._in_name = tag == "bdi"
        if self._in_name:
            self.names.append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the parser passes it
        self._in_name = False

    def handle_data(self, data: str) -> None:
        if self._in_name:
            self.names[-1] += data


@given(publisher=Names, name=Names)
def test_no_name_changes_the_pages_structure(publisher: str, name: str) -> None:
    page = Structure(in_html(publisher=publisher, name=name))

    assert page.elements == Structure(in_html()).elements
    assert page.names == [publisher, name]


@given(publisher=Names, name=Names)
def test_any_name_is_plain_text_in_markdown(publisher: str, name: str) -> None:
    text = in_markdown(publisher=publisher, name=name)
    shown, plain = (
        MarkdownIt("commonmark").enable("table").render(it) for it in (text, in_markdown())
    )

    whose = f"for {' '.join(publisher.split())}, key {' '.join(name.split())}"
    assert shown.splitlines()[0] == plain.splitlines()[0]
    assert html.unescape(shown.splitlines()[1]) == f"<p>{whose}</p>"
    assert shown.splitlines()[2:] == plain.splitlines()[2:]
    assert "<" not in text.splitlines()[2]


LINKS = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


def _code(link: str) -> dict[str, str]:
    made: list[Snippet] = list(snippets(f"https://example.com/{link}"))
    return {snippet.name: snippet.code.text for snippet in made}


@given(LINKS)
def test_any_link_is_one_string_in_each_language(link: str) -> None:
    whole = f"https://example.com/{link}"
    code = _code(link)

    assert f"{whole}&caller_number=%2B12025550123" in shlex.split(code["curl-get"])[-1]
    assert whole in shlex.split(code["curl-post"])
    for name in ("browser", "node"):
        assert json.loads(code[name].split(" = ", 1)[1].split(";\n", 1)[0]) == whole
        assert "</script" not in code[name].lower()
    assert f"$link = {_php(whole)};\n" in code["php"]


@given(LINKS.filter(lambda link: link.isascii()))
def test_a_link_is_one_string_in_python(link: str) -> None:
    (assigned,) = (
        it.value for it in ast.parse(_code(link)["python"]).body if isinstance(it, ast.Assign)
    )

    assert ast.literal_eval(assigned) == f"https://example.com/{link}"


def _php(text: str) -> str:
    return "'" + "".join(f"\\{c}" if c in "\\'" else c for c in text) + "'"


@pytest.mark.parametrize("format_", InstructionsFormat)
def test_headers_keep_the_page_from_caches_indexes_and_other_sites(
    format_: InstructionsFormat,
) -> None:
    page = rendering.render(a_key(), a_publisher(), posting_url=POSTING_URL, format_=format_)

    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "connect-src https://api.example.com;" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "noindex" in page.headers["X-Robots-Tag"]


def test_the_web_page_needs_no_other_file() -> None:
    addresses = re.findall(r"(?:src|href|action)=\"([^\"]*)\"", in_html())

    outside = [it for it in addresses if not it.startswith("#") and it != "data:,"]
    assert outside == [f"{POSTING_URL}/{KEY}/instructions"]
    assert "url(" not in in_html()


@given(LINKS)
def test_any_link_is_one_value_in_each_part_of_a_page(link: str) -> None:
    whole = f"https://example.com/{link}"
    code = {each.name: each.code.text for each in page_snippets(f"{whole}?key={KEY}")}

    assert f'action="{html.escape(whole)}?key={KEY}"' in code["form-post"]
    assert f'action="{html.escape(whole)}" method="get"' in code["form-get"]
    assert f'name="key" type="hidden" value="{KEY}"' in code["form-get"]
    assert f'src="{html.escape(whole)}/{KEY}.gif?caller_number=%2B' in code["pixel"]
    assert json.loads(code["beacon"].split(" = ", 1)[1].split(";\n", 1)[0]) == f"{whole}?key={KEY}"
    assert code["beacon"].lower().count("</script") == 1
