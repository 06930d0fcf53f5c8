"""What a platform key without the scope `read` does not get in the response to a report."""

from collections.abc import Mapping
from typing import Any

from shared.domain.calls import Call

_FACTS = ("caller_number", "campaign_id", "dialed_number")


def unreadable(detail: Mapping[str, Any], reported: Call) -> dict[str, Any]:
    """Return the members that differ: no tags, and only those facts that the report has itself."""
    known = {name: detail[name] for name in _FACTS if detail[name] == getattr(reported, name)}
    return dict.fromkeys(_FACTS) | known | {"tags": {}, "attribution": {}, "tags_omitted": True}
