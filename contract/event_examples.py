"""The example events in the schemas of the events on the bus."""

from contract.fragments import UUID
from shared.domain.calls import INBOUND, CallStatus

STARTED = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "dialed_number": "+18005550100",
    "started_at": "2026-11-23T08:05:31.656Z",
}
ENDED = STARTED | {"ended_at": "2026-11-23T08:09:11.020Z"}
ANONYMOUS = {
    "call_uuid": "5a4e5a8e-0a51-4b0f-9a11-6d52f9f0e3c7",
    "caller_number": None,
    "started_at": "2026-11-23T08:05:31.656Z",
}
TAGGED = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "dialed_number": "+18005550100",
    "direction": INBOUND,
    "call_status": CallStatus.IN_PROGRESS,
    "started_at": "2026-11-23T08:05:31.656Z",
    "ended_at": None,
    "version": 3,
    "tags": {"age": "39"},
    "attribution": {
        "age": {
            "publisher_id": "pub_k5pqr7wlt2ya",
            "key_id": "pbk_b3x6m2c7hqod",
            "posting_id": "1795507498120-GZ0WXhTNoAMEJxA=",
            "posted_at": "2026-11-23T08:04:58.120Z",
        }
    },
}
UNTAGGED = TAGGED | {"campaign_id": None, "version": 1, "tags": {}, "attribution": {}}
TAGGED_AT_END = TAGGED | {
    "call_status": CallStatus.COMPLETED,
    "ended_at": "2026-11-23T08:09:11.020Z",
    "version": 5,
}
_KEY = {
    "key_id": "pbk_b3x6m2c7hqod",
    "publisher_id": "pub_k5pqr7wlt2ya",
    "key_name": "Landing page",
    "since": "2026-11-23T10:04:58.120Z",
}
SILENT = _KEY | {"last_posted_at": "2026-11-23T08:04:58.120Z", "expects_every": 7200}
SILENCE_ENDED = {
    "last_posted_at": "2026-11-23T11:00:07.000Z",
    "ended_at": "2026-11-23T11:05:00.000Z",
}
LOW = _KEY | {"match_rate": 0.31, "match_rate_floor": 0.4, "decided": 212}
RECOVERED = {"match_rate": 0.52, "ended_at": "2026-11-24T11:05:00.000Z"}
