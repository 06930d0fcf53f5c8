"""Tags as a flow of Amazon Connect gets them: flat names, no more than Connect takes."""

import json
from collections.abc import Mapping

import pytest

from functions.connect_flow.attributes import MAX_BYTES, TAGS_OMITTED, flat_name, from_tags


@pytest.mark.parametrize(
    ("name", "flat"),
    [
        ("zip", "zip"),
        ("Zip_2", "Zip_2"),
        ("utm-source", "utm_source"),
        ("lead.home.owner", "lead_home_owner"),
        ("credit score", "credit_score"),
        ("größe", "gr__e"),
        ("٣", "_"),
        ("a[0]", "a_0_"),
    ],
)
def test_a_flat_name_has_letters_digits_and_underscores_only(name: str, flat: str) -> None:
    assert flat_name(name) == flat


@pytest.mark.parametrize(
    ("tags", "values", "hidden"),
    [
        ({}, {}, []),
        ({"zip": "60614", "home.owner": "yes"}, {"zip": "60614", "home_owner": "yes"}, []),
        # The tag that is spelled so wins, wherever it is in the alphabet.
        ({"a-b": "1", "a_b": "2", "a.b": "3"}, {"a_b": "2"}, ["a-b", "a.b"]),
        # Otherwise the first in alphabetical order wins.
        ({"a.b": "3", "a-b": "1"}, {"a_b": "1"}, ["a.b"]),
        ({"empty": ""}, {"empty": ""}, []),
    ],
)
def test_of_tags_with_one_flat_name_the_one_spelled_so_wins(
    tags: Mapping[str, str], values: Mapping[str, str], hidden: list[str]
) -> None:
    found = from_tags(tags)

    assert (found.values, found.hidden, found.omitted) == (values, hidden, [])


def _of_size(size: int) -> dict[str, str]:
    """Return a tag with which the attributes have so many bytes."""
    return {"essay": "x" * (size - len(json.dumps({"essay": ""})))}


def test_tags_of_the_most_bytes_are_all_returned() -> None:
    tags = _of_size(MAX_BYTES)

    assert from_tags(tags).values == tags


def test_beyond_that_the_longest_tags_are_omitted_and_an_attribute_says_so() -> None:
    tags = _of_size(MAX_BYTES + 1) | {"zip": "60614", "city": "Chicago"}

    found = from_tags(tags)

    assert found.values == {"zip": "60614", "city": "Chicago", TAGS_OMITTED: "true"}
    assert found.omitted == ["essay"]


def test_characters_count_as_lambda_may_write_them() -> None:
    """As `\\u00e9`, each has six bytes."""
    found = from_tags({"note": "é" * 6000, "zip": "60614"})

    assert found.omitted == ["note"]
    assert len(json.dumps(found.values)) < MAX_BYTES


def test_a_tag_with_the_name_of_that_attribute_is_returned_unless_tags_are_omitted() -> None:
    assert from_tags({TAGS_OMITTED: "no"}).values == {TAGS_OMITTED: "no"}

    found = from_tags({TAGS_OMITTED: "no"} | _of_size(MAX_BYTES))
    assert found.values == {TAGS_OMITTED: "true"}
    assert found.omitted == ["essay", TAGS_OMITTED]
