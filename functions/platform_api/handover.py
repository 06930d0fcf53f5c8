"""Hands the postings for which a report has no time over to the function of the call events."""

from functools import cache
from typing import TYPE_CHECKING

from shared.domain.calls import CallEventType
from shared.domain.continuation import Continuation
from shared.domain.errors import Problem
from shared.runtime import aws, time_limits

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


INCOMPLETE = Problem(
    None,
    "too many postings wait for this call to apply all of them in time; Call Tagged will have "
    "their tags, and so has the response if you send this report again",
)


def hand_over(call_uuid: str, event: CallEventType, queue_url: str) -> Problem:
    """Have the rest of a call's pending postings applied. Returns the warning for the response.

    Raises OutOfTime, or what botocore raises; they may be applied all the same.
    """
    with time_limits.extension(time_limits.HANDOVER_SECONDS):
        client().send_message(
            QueueUrl=queue_url, MessageBody=Continuation(call_uuid, event).to_text()
        )
    return INCOMPLETE


@cache
def client() -> "SQSClient":
    """Return the queue's client, made for the first report that needs it."""
    return aws.make_client("sqs", time_limits.ROUTING_CLIENT)
