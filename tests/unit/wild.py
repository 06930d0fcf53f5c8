"""What people send, whatever it is: strategies for text, JSON and tags without any good manners."""

import json
from typing import Any

from hypothesis import strategies as st

# Lone surrogates, controls, bidi and zero-width characters, private and unassigned ones: all of it.
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
    """As JSON, or nearly: infinities and lone surrogates are written as Python writes them."""
    return json.dumps(value)


plain = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
tag_names = st.text(plain, min_size=1, max_size=128).filter(
    # Our names are read in other letters too. What ends with a bracket may be in a list or table:
    # a[] is the tag a, and a[b] is a.b.
    lambda name: (
        name.strip().lower() not in ("key", "caller_number", "call_uuid") and not name.endswith("]")
    )
)
tag_values = st.text(plain, max_size=60)
tags = st.dictionaries(tag_names, tag_values, min_size=1, max_size=12)
"""Tags that a posting may carry."""
