"""The names of the metrics, which the functions and the monitoring share. Imports nothing.

Dimensions have few values, since CloudWatch charges for each combination of them.
"""

from enum import StrEnum

NAMESPACE = "CallDataWriting"

FUNCTION = "function_name"
"""The dimension of all metrics, which keeps two deployments in one account apart."""
OUTCOME = "outcome"
REASON = "reason"

POSTINGS = "Postings"
"""By outcome. Refused ones also by reason, the name of the refusal's class."""
TAGS_APPLIED = "TagsApplied"
PENDING_AGE = "PendingTagAge"
"""How long a posting had been pending when a call event applied it."""
POSTINGS_LEFT_OUT = "PostingsLeftOut"
"""Pending postings that were refused because their call was full."""
CALL_EVENTS = "CallEvents"
EVENT_LAG = "CallEventLag"
"""From an event's time on the bus to the end of its handling."""
CALLS_ANNOUNCED = "CallsAnnounced"

IN_MILLISECONDS = frozenset((PENDING_AGE, EVENT_LAG))
"""Metrics in milliseconds. All others are counts."""


class PostingOutcome(StrEnum):
    """The first three are the names of the statuses in shared.domain.postings."""

    STORED = "stored"
    APPLIED_IN_PROGRESS = "applied_in_progress"
    APPLIED_COMPLETED = "applied_completed"
    REFUSED = "refused"
    FAILED = "failed"


class EventOutcome(StrEnum):
    HANDLED = "handled"
    MALFORMED = "malformed"
    FAILED = "failed"


class AnnouncementOutcome(StrEnum):
    ANNOUNCED = "announced"
    FAILED = "failed"
