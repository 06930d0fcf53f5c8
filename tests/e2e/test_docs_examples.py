"""The postings that README and docs show, sent to the running service, get the answers shown."""

import json
import re
from pathlib import Path

import pytest

from tests.e2e.service import PostbackKey, Service

ROOT = Path(__file__).parents[2]

SHOWN = re.compile(
    r"https://<api>(?P<path>/\S*?)\?(?P<query>key=YOUR_KEY[^\s\"]*)"
    r"(?:(?!https://<api>).)*?^```json\n(?P<answer>.*?)\n```$",
    re.MULTILINE | re.DOTALL,
)
ERROR = re.compile(r"^\{\"status\":\"error\".*$", re.MULTILINE)
EXAMPLE_CALLER = "+15551234567"


def examples() -> list[tuple[str, str, str, str]]:
    """The pages' names, and path, query and answer of each posting that they show."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return [
        (page.name, shown["path"], shown["query"], shown["answer"])
        for page in pages
        for shown in SHOWN.finditer(page.read_text("utf-8"))
    ]


def test_readme_and_publishers_page_show_a_posting_and_its_answer() -> None:
    assert {"README.md", "publishers.md"} <= {page for page, *_ in examples()}


@pytest.mark.parametrize(("page", "path", "query", "answer"), examples())
def test_a_posting_that_is_shown_gets_the_answer_that_is_shown(
    service: Service,
    key: PostbackKey,
    caller_number: str,
    page: str,
    path: str,
    query: str,
    answer: str,
) -> None:
    sent = query.replace("YOUR_KEY", key.key).replace(EXAMPLE_CALLER, caller_number)

    got = service.get(sent, path=path)

    assert got.status_code == 200
    assert got.body.decode() == answer.replace(EXAMPLE_CALLER, caller_number)


def test_the_error_that_is_shown_is_the_one_that_comes(service: Service, key: PostbackKey) -> None:
    (shown,) = ERROR.findall((ROOT / "docs" / "publishers.md").read_text("utf-8"))

    got = service.get(f"key={key.key}&prequalified=true")

    request_id = got.json()["request_id"]
    assert got.status_code == 422
    assert got.body.decode() == shown.replace("…", request_id)
    assert json.loads(shown)["errors"][0]["param"] == "caller_number"
