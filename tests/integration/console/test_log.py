"""The console's postback log: its filters, masking, and CSV files."""

import json
from typing import Any

import pytest

from shared.stores.sessions import VIEWER
from tests.integration.console.operator_stub import Console, OperatorStub


def test_the_log_of_2000_publishers_takes_three_requests(
    console: Console, large_account: type[OperatorStub]
) -> None:
    first = console.get("/log")
    count = len(large_account.requests)
    console.get("/log")

    assert first["statusCode"] == 200
    assert first["body"].count("Publisher 1999") == 50
    assert "50 rows" in first["body"]
    assert count == 3
    assert len(large_account.requests) == 4  # the names are cached for a minute
    assert first["transferred"] < 60_000


def test_a_publisher_is_chosen_by_its_name(
    console: Console, large_account: type[OperatorStub]
) -> None:
    redirect = console.get("/log", "publisher=publisher+1999&outcome=stored&key_id=pbk_b")

    assert redirect["statusCode"] == 303
    assert redirect["headers"]["Location"] == "/log?outcome=stored&publisher_id=pub_1999"
    chosen = console.get("/log", "outcome=stored&publisher_id=pub_1999")
    assert 'value="Publisher 1999"' in chosen["body"]
    assert ">Landing page<" in chosen["body"]
    again = console.get("/log", "publisher=Publisher+1999&publisher_id=pub_1999")
    assert again["statusCode"] == 200


def test_an_ambiguous_name_offers_a_short_list_of_publishers(
    console: Console, large_account: type[OperatorStub]
) -> None:
    page = console.get("/log", "publisher=199&outcome=stored")

    assert page["statusCode"] == 422
    assert "12 publishers match" in page["body"]
    assert 'href="/log?outcome=stored&amp;publisher_id=pub_1991"' in page["body"]
    assert "and 1,980 more" in console.get("/log", "publisher=Publisher")["body"]
    assert "No publisher matches this name" in console.get("/log", "publisher=unknown")["body"]


def test_an_empty_publisher_removes_the_filter(
    console: Console, large_account: type[OperatorStub]
) -> None:
    redirect = console.get("/log", "publisher=&publisher_id=pub_7&outcome=stored")

    assert redirect["headers"]["Location"] == "/log?outcome=stored"


def test_all_names_are_suggested(console: Console, large_account: type[OperatorStub]) -> None:
    response = console.get("/publisher-names")

    assert len(json.loads(response["body"])) == 2000
    assert response["transferred"] < 20_000


def test_the_log_of_too_many_keys_asks_for_a_publisher(
    console: Console, large_account: type[OperatorStub]
) -> None:
    error = {"param": "publisher_id", "message": "there are more than 200 keys"}
    large_account.by_path["/postbacks"] = (422, {"status": "error", "errors": [error]})

    page = console.get("/log")

    assert page["statusCode"] == 200
    assert "Choose a publisher" in page["body"]


def test_a_number_as_the_console_shows_it_is_a_filter(
    console: Console, large_account: type[OperatorStub]
) -> None:
    page = console.get("/log", "caller_number=GB+020+7946+0958")

    assert '<span title="+442079460958">GB 020 7946 0958</span>' in page["body"]
    assert any("caller_number=%2B442079460958" in r.path for r in large_account.requests)


def test_a_number_that_the_operator_api_masked_is_shown_as_it_is(
    console: Console, large_account: type[OperatorStub], row: dict[str, Any]
) -> None:
    masked = row | {"caller_number": "••• 0958", "tags": {"phone": "••• 0958"}}
    large_account.by_path["/postbacks"] = {"postbacks": [masked], "next_cursor": None}

    page = console.get("/log", role=VIEWER)

    assert '<td class="number">••• 0958</td>' in page["body"]
    assert large_account.requests[-1].headers["X-Asked-Role"] == "viewer"


def test_a_name_that_was_read_for_a_manager_is_not_shown_to_a_viewer(
    console: Console, large_account: type[OperatorStub]
) -> None:
    named = {"publisher_id": "pub_1999", "name": "Ring +14155552671"}
    masked = {"publisher_id": "pub_1999", "name": "Ring ••• 2671"}
    names = "/publishers/names"
    large_account.by_path = {names: _page([named])} | {
        path: found for path, found in large_account.by_path.items() if not path.startswith(names)
    }
    assert "+14155552671" in console.get("/log")["body"]

    large_account.by_path |= {names: _page([masked])}
    page = console.get("/log", role=VIEWER)["body"]

    assert "2671" in page
    assert "4155552671" not in page


def _page(publishers: list[dict[str, str]]) -> dict[str, Any]:
    return {"publishers": publishers, "next_cursor": None}


def test_a_csv_file_ends_below_lambdas_limit_and_says_so(
    console: Console, large_account: type[OperatorStub], row: dict[str, Any]
) -> None:
    large_account.by_path["/postbacks"] = {
        "postbacks": [row | {"tags": {"text": "x" * 8000}}] * 200, "next_cursor": "more",
    }  # fmt: skip

    response = console.get("/log.csv")

    assert response["headers"]["X-Next-Cursor"] == "more"
    assert 3_000_000 < len(response["body"]) < 4_500_000
    assert int(response["headers"]["X-Rows"]) == response["body"].count("+442079460958")
    assert "The file ends here" in response["body"]


@pytest.mark.parametrize(
    ("query", "words", "offers_more"),
    [
        ("", "No postings in the last 24 hours.", True),
        ("outcome=refused&period=7d", "No postings match these filters in the last 7 days.", True),
        ("period=90d", "No postings match these filters in the last 90 days.", False),
        # A caller's postings are looked for as long as they are kept.
        (
            "caller_number=5551230142&period=",
            "No postings match these filters in the last 90 days.",
            False,
        ),
        ("caller_number=5551230142", "No postings match these filters in the last 90 days.", False),
    ],
)
def test_an_empty_log_says_which_time_was_searched_and_keeps_the_filters(
    console: Console, operator_api: type[OperatorStub], query: str, words: str, offers_more: bool
) -> None:
    operator_api.by_path["/publishers/names"] = {"publishers": [], "next_cursor": None}
    operator_api.by_path["/postbacks"] = {"postbacks": [], "next_cursor": None}

    page = console.get("/log", query)["body"]

    assert words in " ".join(page.split())
    assert ("Search the last 90 days" in page) == offers_more
    if query.startswith("outcome"):
        assert 'href="/log?outcome=refused&amp;period=90d"' in page
