"""Values with which every template of the console renders, with each of its parts."""

from typing import Any

from functions.console import periods
from functions.console.periods import Period
from shared.stores.sessions import MANAGER, Session

TIME = "2026-11-25T08:00:00.000Z"
REASON = {"kind": "invalid_input", "param": "zip", "count": 2}
ACTIVITY: dict[str, Any] = {
    "hours": [], "posted": [1, 2], "applied": [1, 0], "postings": [1, 2], "shown_hours": 24,
    "totals": {
        "posted": 3, "stored": 2, "applied_at_once": 1, "applied_later": 0, "refused": 1,
        "warned": 1, "expired_unused": 0, "decided": 1,
    },
    "match_rate": 0.5,
    "last_posted_at": TIME, "refusals": [REASON], "warnings": [REASON | {"param": None}],
}  # fmt: skip
KEY = {
    "key_id": "pbk_a", "publisher_id": "pub_a", "name": "main", "note": "two\n  lines",
    "paused": False, "posting_link": "https://post.example.com", "default_region": "US",
    "instructions_link": "https://i.example.com", "storage_duration": 60, "end_call_cutoff": 60,
    "expires_at": TIME, "replaces": "pbk_b", "replaced_by": None, "expects_every": 300,
    "match_rate_floor": 0.4, "state": ("good", "Active"), "key": "9b653cf0-4835",
    "activity": ACTIVITY, "platform_key_id": "plk_c", "created_at": TIME,
    "scopes": ["report"], "last_used_at": TIME,
}  # fmt: skip
PUBLISHER = {
    "publisher_id": "pub_a", "name": "Acme  Leads", "note": "two\n  lines", "activity": ACTIVITY,
    "alert": ("bad", "Low match rate"),
}  # fmt: skip
MESSAGE = {"param": "zip", "message": "is  odd"}
ROW = {
    "posting_id": "1-a", "posted_at": TIME, "key_id": "pbk_a", "publisher_id": "pub_a",
    "caller_number": "+15551230101", "call_uuid": "CA-1", "status_code": 200, "outcome": "stored",
    "tags": {"zip": "9  0", "a": "1", "b": "2", "c": "3"}, "warnings": [MESSAGE],
    "problems": [], "applied_to": "CA-1",
}  # fmt: skip
STEPS = [
    {"what": "Applied to call", "at": TIME, "more": "when it arrived", "call": True},
    {"what": "1 value replaced", "at": TIME, "more": "", "posting": ROW},
    {"what": "Not sent", "at": None, "more": "in progress"},
]
TAG = ROW | {"name": "zip", "value": "9  0", "replaced": {"value": "1  0", "posted_at": TIME}}
CALL = {
    "call_uuid": "CA-1", "status": "in_progress", "caller_number": "+15551230101",
    "started_at": TIME, "ended_at": TIME, "campaign_id": "c", "dialed_number": "+18005550100",
    "version": 1, "tags": [TAG, TAG | {"replaced": None}], "direction": "inbound",
    "reported_by": ["bus", "plk_a"],
}  # fmt: skip
CALLER = {
    "caller_number": "+15551230101", "waiting": [ROW | {"stored_until": TIME}] * 11,
    "calls": [CALL] * 11, "postbacks": [], "has_more_postbacks": True, "next_cursor": "c",
}  # fmt: skip
FIELDS = (
    "name", "note", "form", "storage_duration", "tags", "caller_number", "publisher",
    "publisher_id", "key_id", "outcome", "number", "limit",
)  # fmt: skip
ERRORS = {name: f"{name} is  odd" for name in FIELDS}
PLATFORM_KEY = {
    "name": "Router", "platform_key_id": "plk_a", "created_at": TIME, "paused": True,
    "scopes": ["report"], "expires_at": TIME, "last_used_at": None, "replaced_by": None,
    "state": ("mute", "Paused"),
}  # fmt: skip
CHANGE = {
    "at": TIME, "asked_by": "mia@example.com", "role": "admin", "action": "changed",
    "object": "postback key", "object_id": "pbk_a", "path": "/keys/pbk_a",
    "changes": [("name", "main", "two  words")],
}  # fmt: skip
PERSON = {
    "email": "mia@example.com", "role": "admin", "status": "active", "invited_at": TIME,
    "last_sign_in_at": TIME, "state": ("good", "Active"),
}  # fmt: skip
INVITED = PERSON | {
    "email": "ana@example.com",
    "role": None,
    "status": "expired",
    "last_sign_in_at": None,
}

VALUES: dict[str, Any] = {
    "session": Session(email="mia@example.com", role=MANAGER), "is_manager": True,
    "is_admin": True, "path": "/log",
    "flash": {"text": "Saved.", "secret": "cdw_1", "address": "https://a.example/cdw_1"},
    "scopes": {"report": "Report calls"}, "typed": {}, "errors": {}, "form": "add",
    "cursor": "c", "activity": ACTIVITY, "publisher": PUBLISHER, "publishers": [PUBLISHER] * 2,
    "key": KEY, "keys": [KEY, KEY | {"replaced_by": "pbk_c"}], "tested": None, "q": "acme",
    "is_first": False, "adding": True, "to_delete": "plk_a", "show_number": str,
    "row": ROW, "response": {"status": "a  b"},
    "steps": STEPS, "find": "CA-1", "call": CALL, "calls": [], "error": "", "is_caller": True,
    "has_more": True, "names": {"pub_a": "Acme  Leads"}, "number": "+15551230101",
    "caller": CALLER, "rows": [ROW, ROW | {"problems": [MESSAGE], "outcome": "refused"}],
    "next": "cursor=c", "newest": "outcome=stored", "csv": "", "query": {"key_id": "pbk_z"},
    "choices": [("Acme", "/log?publisher_id=pub_a")], "more_choices": 3, "is_too_wide": False,
    "chosen": "pub_a", "filters_set": 2, "title": "Late", "explanation": "Slow.", "advice": "Wait.",
    "people": [PERSON, INVITED, PERSON | {"email": "vic@example.com", "status": "disabled"}],
    "roles": {"viewer": "a viewer", "admin": "an admin"}, "to_remove": "",
    "link": ("/", "Go to publishers"), "request_id": "r-1", "periods": periods.CHOICES,
    "period": Period(choice="7d", words="in the last 7 days"), "longest": "period=90d",
}  # fmt: skip

_TESTED = {"row": ROW, "response": {"a": "b  c"}, "steps": STEPS}
PAGES: list[tuple[str, dict[str, Any]]] = [
    ("publishers.html", {}),
    ("publishers.html", {"errors": ERRORS, "cursor": None, "is_first": True}),
    ("publishers.html", {"publishers": []}),
    ("publishers.html", {"publishers": [], "q": ""}),
    ("publishers.html", {"publishers": [], "q": "", "is_first": True}),
    ("publisher.html", {}),
    ("publisher.html", {"form": "change", "errors": ERRORS, "keys": []}),
    ("publisher.html", {"is_manager": False, "keys": []}),
    ("key.html", {"tested": _TESTED}),
    ("key.html", {"form": "test", "errors": ERRORS, "flash": {"tested": "0.eJwzMjLiAgABJwCZ"}}),
    ("key.html", {"is_manager": False}),
    ("platform_keys.html", {"keys": [PLATFORM_KEY, PLATFORM_KEY | {"platform_key_id": "plk_b"}]}),
    ("platform_keys.html", {"keys": [PLATFORM_KEY], "form": "plk_a", "errors": ERRORS}),
    ("platform_keys.html", {"keys": []}),
    ("log.html", {}),
    ("log.html", {"rows": [], "errors": ERRORS, "is_first": True}),
    ("log.html", {"rows": []}),
    ("log.html", {"rows": [], "filters_set": 0}),
    ("log.html", {"rows": [], "is_too_wide": True}),
    ("posting.html", {}),
    ("calls.html", {}),
    ("calls.html", {"call": None, "calls": [CALL]}),
    ("calls.html", {"call": None, "find": "", "error": "unknown"}),
    ("callers.html", {}),
    ("callers.html", {"caller": None, "number": "", "errors": ERRORS}),
    (
        "history.html",
        {"chosen": ("key_id", "pbk_a"), "rows": [CHANGE, CHANGE | {"path": "", "changes": []}]},
    ),
    ("history.html", {"rows": [], "chosen": None, "is_first": True}),
    ("team.html", {}),
    ("team.html", {"form": "ana@example.com", "errors": ERRORS, "to_remove": "mia@example.com"}),
    ("error.html", {}),
    ("error.html", {"typed": {"note": "two\n  lines"}}),
]
"""Templates, and the values that differ from VALUES."""
