"""The names of our metrics, on which the functions and the monitoring must agree. Imports nothing.

Dimensions have few values each: every combination of them is a metric that is paid for.
"""

from enum import StrEnum

NAMESPACE = "CallDataWriting"

FUNCTION = "function_name"
"""The dimension that all have: of two deployments in one account, each has its own figures."""
OUTCOME = "outcome"
REASON = "reason"

POSTINGS = "Postings"
"""By outcome; refused ones also by reason, the name of the refusal's class."""
TAGS_APPLIED = "TagsApplied"
PENDING_AGE = "PendingTagAge"
"""How long a posting had waited when a call event put it on its call."""
POSTINGS_LEFT_OUT = "PostingsLeftOut"
"""Stored postings that found their call full when it came."""
CALL_EVENTS = "CallEvents"
EVENT_LAG = "CallEventLag"
"""From the time that the bus gave an event to the end of its handling."""
CALLS_ANNOUNCED = "CallsAnnounced"

IN_MILLISECONDS = frozenset((PENDING_AGE, EVENT_LAG))
"""All others are counts."""


class PostingOutcome(StrEnum):
    """The first three are named as the statuses of shared.domain.postings are."""

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
