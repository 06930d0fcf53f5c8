"""What became of a posting, as an operator reads it: one step after the other. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

_CAUSES = {
    "posting": "at once",
    "another_posting": "when another posting of the caller came",
    "call_started": "when the call was told to have started",
    "call_ended": "when the call was told to have ended",
}


def steps(row: Mapping[str, Any], call: Mapping[str, Any] | None) -> Sequence[dict[str, Any]]:
    """What became of a posting, the first thing first."""
    outcome = row["outcome"]
    if row["status_code"] != 200:
        return [{"what": f"Refused with {row['status_code']}", "at": row["posted_at"], "more": ""}]
    made = [{"what": "Received and stored", "at": row["posted_at"], "more": ""}]
    if row["applied_to"]:
        more = _CAUSES.get(row["decided_by"] or "", "")
        # Whose handling took it up may have begun before the posting came.
        at = max(row["decided_at"] or "", row["posted_at"])
        made.append({"what": "Put on a call", "at": at, "more": more, "call": "1"})
        if call:
            made.append({"what": "The call started", "at": call["started_at"], "more": ""})
            if call["ended_at"]:
                made.append({"what": "The call ended", "at": call["ended_at"], "more": ""})
    elif outcome == "stored":
        made.append({"what": "Waits for a call, until", "at": row["stored_until"], "more": ""})
    elif outcome == "expired":
        more = "no call of this caller came in time"
        made.append({"what": "Expired unused", "at": row["stored_until"], "more": more})
    elif outcome == "refused":
        made.append({"what": "Given up", "at": row["decided_at"], "more": "see the problems"})
    return sorted(made, key=lambda step: step["at"] or "")
