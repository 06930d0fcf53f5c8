"""Amazon Connect: contact events of EventBridge, and the event of a flow's Lambda function.

A contact event has no number of the customer; the flow's event has it. A transfer makes a new
contact of the same chain, which continues the call. Sources: the Amazon Connect administrator
guide, pages "contact events" and "invoke AWS Lambda functions".
"""

from collections.abc import Mapping
from typing import Any

from shared.domain.call_reports import CallReport, Direction, Ignored

_IN_PROGRESS = ("INITIATED", "QUEUED", "CONNECTED_TO_SYSTEM", "CONNECTED_TO_AGENT")
_ENDS = ("DISCONNECTED", "COMPLETED")
_OUTBOUND = (
    "OUTBOUND", "API", "CALLBACK", "CALLBACK_CUSTOMER_FIRST_QUEUED",
    "CALLBACK_CUSTOMER_FIRST_DIALED",
)  # fmt: skip
_TRANSFERS = ("TRANSFER", "QUEUE_TRANSFER")
_NOT_A_CALLER = ("EXTERNAL_OUTBOUND", "MONITOR", "DISCONNECT")
"""An agent who dials a third party, a supervisor who listens, a flow after the call's end."""

_OUR_NUMBER = "aws:connect:systemEndpoint"


def read(members: Mapping[str, Any]) -> CallReport | Ignored:
    if isinstance(members.get("Details"), Mapping):
        details = members["Details"]
        return _flow_event(details["ContactData"], details.get("Parameters"))
    # Two of AWS's own samples write the members in PascalCase.
    event = {name[:1].lower() + name[1:]: value for name, value in members.items()}
    contact = event.get("contactId")
    call_uuid = event.get("initialContactId") or contact
    kind, method = (str(event.get(n) or "").upper() for n in ("eventType", "initiationMethod"))
    if str(event.get("channel") or "").upper() != "VOICE":
        return Ignored("a contact that is not a phone call", call_uuid)
    if method in _NOT_A_CALLER or kind not in (*_IN_PROGRESS, *_ENDS):
        return Ignored(f"{kind} of {method} is not about a call's start or end", call_uuid)
    has_ended = kind in _ENDS
    tags = event.get("tags")
    ours = tags.get(_OUR_NUMBER) if isinstance(tags, Mapping) else None
    is_outbound = method in _OUTBOUND
    return CallReport(
        call_uuid=call_uuid,
        id_member="contactId",
        leg_id=contact,
        is_takeover=method in _TRANSFERS,
        caller_number=ours if is_outbound else None,
        dialed_number=None if is_outbound else ours,
        direction=Direction.OUTBOUND if is_outbound else Direction.INBOUND,
        started_at=_time(event.get("initiationTimestamp")),
        ended_at=_time(event.get("disconnectTimestamp")) if has_ended else None,
        has_ended=has_ended,
    )


def _flow_event(contact: Mapping[str, Any], parameters: object) -> CallReport | Ignored:
    """Read the event of a flow. Its block may have the parameter `campaign_id`."""
    call_uuid = contact.get("InitialContactId") or contact.get("ContactId")
    if str(contact.get("Channel") or "VOICE").upper() != "VOICE":
        return Ignored("a contact that is not a phone call", call_uuid)
    customer, ours = _address(contact, "CustomerEndpoint"), _address(contact, "SystemEndpoint")
    is_outbound = str(contact.get("InitiationMethod") or "").upper() in _OUTBOUND
    return CallReport(
        call_uuid=call_uuid,
        id_member="ContactId",
        leg_id=contact.get("ContactId"),
        caller_number=ours if is_outbound else customer,
        dialed_number=customer if is_outbound else ours,
        direction=Direction.OUTBOUND if is_outbound else Direction.INBOUND,
        campaign_id=parameters.get("campaign_id") if isinstance(parameters, Mapping) else None,
    )


def _address(contact: Mapping[str, Any], name: str) -> str | None:
    endpoint = contact.get(name)
    if not isinstance(endpoint, Mapping) or endpoint.get("Type") not in ("TELEPHONE_NUMBER", None):
        return None
    return endpoint.get("Address")


def _time(value: object) -> object:
    """Return a time, but None for the beginning of 1970, which stands for a missing one."""
    return None if str(value or "").startswith("1970-01-01") else value
