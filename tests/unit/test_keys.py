"""IDs of keys and publishers, and UUIDs."""

import hashlib
import re

import pytest

from shared.domain import keys

KEY = "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f"


def test_a_key_id_is_always_derived_alike() -> None:
    """Keys are looked up by their ID: deriving it differently would make every key unknown."""
    assert keys.key_id(KEY) == "pbk_exact7dfhyuz"


def test_a_key_id_does_not_reveal_its_key() -> None:
    key_id = keys.key_id(KEY)

    assert re.fullmatch(r"pbk_[a-z2-7]{12}", key_id)
    assert not any(part in key_id for part in KEY.split("-"))
    assert hashlib.sha256(KEY.encode()).hexdigest()[:12] not in key_id


def test_keys_that_differ_in_one_digit_have_different_ids() -> None:
    assert keys.key_id(KEY) != keys.key_id(KEY[:-1] + "e")


def test_a_publisher_id_is_short_and_easy_to_read_out() -> None:
    assert keys.publisher_id(bytes(range(8))) == "pub_aaaqeayeauda"


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (KEY, KEY),
        (KEY.upper(), KEY),
        ("00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000"),
        ("", None),
        (KEY.replace("-", ""), None),
        (f"{{{KEY}}}", None),
        (f"urn:uuid:{KEY}", None),
        (f" {KEY}", None),
        (KEY[:-1], None),
        (KEY[:-1] + "g", None),
        ("x" * 36, None),
        ("\u0663" * 36, None),
    ],
)
def test_a_uuid_is_read_in_its_hyphenated_form_only(text: str, canonical: str | None) -> None:
    assert keys.canonical_uuid(text) == canonical
