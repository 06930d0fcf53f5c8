"""The postings in README and docs get the responses shown there."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.service import PostbackKey, Service

ROOT = Path(__file__).parents[2]

SHOWN = re.compile(
    r"https://<api>(?P<path>/\S*?)\?(?P<query>key=YOUR_KEY[^\s\"]*)"
    r"(?:(?!https://<api>).)*?^```json\n(?P<response>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
ERROR = re.compile(r"^\{\"status\":\"error\".*$", re.MULTILINE)
EXAMPLE_CALLER = "+15551234567"


def examples() -> list[tuple[str, str, str, str]]:
    """Return page, path, query and response of each posting in README and docs."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        (page.name, shown["path"], shown["query"], shown["response"])
        for page in pages
        for shown in SHOWN.finditer(page.read_text("utf-8"))
    ]


def test_readme_and_publishers_page_show_a_posting() -> None:
    assert {"README.md", "publishers.md"} <= {page for page, *_ in examples()}


@pytest.mark.parametrize(("page", "path", "query", "response"), examples())
def test_a_posting_gets_the_response_that_is_shown(
    service: Service,
    key: PostbackKey,
    caller_number: str,
    page: str,
    path: str,
    query: str,
    response: str,
) -> None:
    sent = query.replace("YOUR_KEY", key.key).replace(EXAMPLE_CALLER, caller_number)

    got = service.get(sent, path=path)

    assert got.status_code == 200
    assert got.body.decode() == response.replace(EXAMPLE_CALLER, caller_number)


def test_the_error_is_the_one_that_is_shown(service: Service, key: PostbackKey) -> None:
    (shown,) = ERROR.findall((ROOT / "docs" / "publishers.md").read_text("utf-8"))

    got = service.get(f"key={key.key}&age=39")

    request_id = got.json()["request_id"]
    assert got.status_code == 422
    assert got.body.decode() == shown.replace("…", request_id)
    assert json.loads(shown)["errors"][0]["param"] == "caller_number"
