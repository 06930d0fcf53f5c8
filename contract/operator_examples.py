"""Examples in the OpenAPI document of the operator API, by the names of their schemas."""

from collections.abc import Mapping
from typing import Any

from contract.fragments import UUID

_PUBLISHER = {
    "publisher_id": "pub_k5pqr7wlt2ya",
    "name": "Acme Leads",
    "created_at": "2026-11-23T08:00:00.000Z",
    "note": "Dana Reyes, +1 212 555 0123",
}
_KEY = {
    "key_id": "pbk_b3x6m2c7hqod",
    "publisher_id": _PUBLISHER["publisher_id"],
    "type": "call_data_writing",
    "name": "Landing page",
    "key": "3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    "posting_link": "https://api.example.com/data_writing?key=3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f",
    "instructions_link": "https://api.example.com/data_writing/3f2b1c7e-8d4a-4e6f-9b0c-1a2b3c4d5e6f"
    "/instructions",
    "storage_duration": 86400,
    "end_call_cutoff": 3600,
    "default_region": "US",
    "paused": False,
    "created_at": "2026-11-23T08:01:00.000Z",
    "note": "Ask Dana before changing it.",
    "expires_at": "2026-12-31T23:59:59.000Z",
    "expects_every": 7200,
    "match_rate_floor": 0.4,
    "replaces": "pbk_2wq5ihd4nykc",
    "replaced_by": None,
}
_SOURCE = {
    "posting_id": "1763885098120-GZ0WXhTNoAMEJxA=",
    "posted_at": "2025-11-23T08:04:58.120Z",
    "key_id": _KEY["key_id"],
    "publisher_id": _KEY["publisher_id"],
}
_CALL = {
    "call_uuid": UUID,
    "caller_number": "+15551234567",
    "campaign_id": "c-42",
    "dialed_number": "+18005550100",
    "status": "in_progress",
    "started_at": "2025-11-23T08:05:31.656Z",
    "ended_at": None,
    "version": 3,
    "tags": [{"name": "age", "value": "39", **_SOURCE, "replaced": None}],
    "announced": True,
    "direction": "inbound",
    "reported_by": ["bus"],
}
_POSTBACK = {
    **_SOURCE,
    "caller_number": "+15551234567",
    "call_uuid": None,
    "tags": {"age": "39"},
    "status_code": 200,
    "status": "call not found, tags stored",
    "problems": [],
    "outcome": "applied",
    "stored_until": "2025-11-24T08:04:58.120Z",
    "applied_to": UUID,
    "decided_at": "2025-11-23T08:05:32.001Z",
    "decided_by": "call_started",
    "warnings": [],
}
_PLATFORM_KEY = {
    "platform_key_id": "plk_q7wlt2yak5pr",
    "name": "Switch in Dallas",
    "paused": False,
    "created_at": "2026-11-23T08:02:00.000Z",
    "scopes": ["report", "read"],
    "expires_at": None,
    "last_used_at": "2026-11-23T08:00:00.000Z",
    "replaces": None,
    "replaced_by": None,
}
_CREDENTIAL = f"cdw_{'a2b3' * 13}"
_FIGURES = {
    "posted": 40,
    "stored": 38,
    "applied_at_once": 12,
    "applied_later": 14,
    "refused": 3,
    "warned": 37,
    "expired_unused": 5,
    "decided": 31,
}
_ACTIVITY = {
    "hours": [_FIGURES | {"hour": "2026-11-23T08:00:00.000Z"}],
    "totals": _FIGURES,
    "match_rate": 0.8387,
    "last_posted_at": "2026-11-23T08:04:58.120Z",
    "refusals": [{"kind": "invalid_input", "param": "caller_number", "count": 2}],
    "warnings": [{"kind": "placeholder_not_filled_in", "param": "zip", "count": 37}],
}
_RECENT = {
    "last_posted_at": _ACTIVITY["last_posted_at"],
    "totals": _FIGURES,
    "match_rate": 0.8387,
    "postings": [*[0] * 23, 40],
}
_PERSON = {
    "email": "mia@example.com",
    "role": "manager",
    "status": "active",
    "invited_at": "2026-11-20T09:30:00.000Z",
    "last_sign_in_at": "2026-11-23T07:58:12.000Z",
}
EXAMPLES: Mapping[str, Any] = {
    "PublisherBody": {"name": "Acme Leads"},
    "PublisherChangesBody": {"note": "Dana Reyes, +1 212 555 0123"},
    "RotationBody": {"overlap": 86400},
    "NewKeyBody": {"name": "Landing page", "storage_duration": 86400, "default_region": "US"},
    "KeyChangesBody": {"end_call_cutoff": "PT2H"},
    "PublisherResponse": _PUBLISHER,
    "PublisherList": {"publishers": [_PUBLISHER | {"activity": _RECENT}], "next_cursor": None},
    "PublisherNames": {
        "publishers": [{name: _PUBLISHER[name] for name in ("publisher_id", "name")}],
        "next_cursor": None,
    },
    "KeyResponse": _KEY,
    "KeyList": {"postback_keys": [_KEY | {"activity": _RECENT}], "next_cursor": None},
    "PlatformKeyBody": {"name": "Switch in Dallas", "scopes": ["report"]},
    "PlatformKeyChangesBody": {"expires_at": "2027-01-31T23:59:59.000Z"},
    "PlatformKeyResponse": _PLATFORM_KEY,
    "NewPlatformKeyResponse": _PLATFORM_KEY
    | {
        "last_used_at": None,
        "key": _CREDENTIAL,
        "callback_url": f"https://api.example.com/platform/callbacks/{_CREDENTIAL}",
    },
    "PlatformKeyList": {"platform_keys": [_PLATFORM_KEY], "next_cursor": None},
    "CallerResponse": {
        "caller_number": "+15551234567",
        "waiting": [],
        "calls": [_CALL],
        "postbacks": [_POSTBACK],
        "has_more_postbacks": False,
        "next_cursor": None,
    },
    "ErasedResponse": {
        "caller_number": "+15551234567",
        "erased": {"waiting": 0, "calls": 1, "log_rows": 1},
        "complete": True,
    },
    "PersonBody": {"email": "mia@example.com", "role": "viewer"},
    "PersonChangesBody": {"role": "manager"},
    "PersonResponse": _PERSON,
    "PersonList": {"people": [_PERSON]},
    "HistoryList": {
        "history": [
            {
                "at": "2026-11-23T08:00:00.000Z",
                "action": "changed",
                "object": "postback_key",
                "object_id": "pbk_b3x6m2c7hqod",
                "asked_by": "mia@example.com",
                "role": "manager",
                "changes": {"storage_duration": [86400, 7200]},
            }
        ],
        "next_cursor": None,
    },
    "PostbackList": {"postbacks": [_POSTBACK], "next_cursor": None},
    "CallResponse": _CALL,
    "ActivityResponse": _ACTIVITY,
    "KeyOverviewResponse": {
        "postback_key": _KEY,
        "publisher": _PUBLISHER,
        "activity": _ACTIVITY,
    },
}
