"""Strategies for hostile input: text, JSON and tags of any kind."""

import json
from typing import Any

from hypothesis import strategies as st

# Includes lone surrogates, controls, bidi and zero-width, private and unassigned characters.
anything = st.characters(codec=None, exclude_categories=())
text = st.text(anything, max_size=40)

awkward = st.sampled_from(
    [
        "\0",
        "\n",
        "\x7f",
        "\x85",
        "\u2028",
        "\u202e",
        "\u200b",
        "\ufeff",
        "\ufffe",
        "\ud800",
        "é",
        "😀",
    ]
)

numbers = st.one_of(
    st.integers(),
    st.integers(min_value=10**4000, max_value=10**4001),
    st.floats(),
    st.sampled_from([0, -0.0, 1e308, float("inf"), float("nan")]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, text)
json_values: st.SearchStrategy[Any] = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(text, inner, max_size=4)
)


def to_json(value: Any) -> str:
    """Return JSON, except that infinities and lone surrogates are written as Python does."""
    return json.dumps(value)


plain = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
tag_names = st.text(plain, min_size=1, max_size=128).filter(
    # The service's own names are read in any case. A name that ends with a bracket may be a list or
    # an object: a[] is the tag a, and a[b] is a.b.
    lambda name: (
        name.strip().lower() not in ("key", "caller_number", "call_uuid") and not name.endswith("]")
    )
)
tag_values = st.text(plain, max_size=60)
tags = st.dictionaries(tag_names, tag_values, min_size=1, max_size=12)
"""Tags that a posting may carry."""
