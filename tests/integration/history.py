"""A day of the service, with everything that its tables can hold, and the same items in every run.

Additions must not change the items that exist: they are compared with those of other versions.
"""

import json
import secrets
import zlib
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import boto3
import pytest
import time_machine

from shared.domain import keys, platform_keys
from shared.domain.key_alerts import AlertState
from shared.domain.keys import PostbackKey, Publisher
from shared.domain.platform_keys import PlatformKey
from shared.stores.alerts import AlertStore
from shared.stores.call_items import to_posting
from shared.stores.keys import KeyStore
from shared.stores.log import LogStore
from shared.stores.platform_keys import PlatformKeyStore
from shared.stores.sessions import Session, SessionStore
from tests.integration import events
from tests.integration.events import HOUR, MINUTE, NOON, SECOND
from tests.integration.service import Service

TABLES = ("CALL_DATA_TABLE", "POSTBACK_KEYS_TABLE", "POSTBACK_LOG_TABLE", "ACTIVITY_TABLE")
SESSIONS = "SESSIONS_TABLE"

NOTED, BARE = "pub_notedaaaaaaa", "pub_bareaaaaaaaa"
REPLACED, PLAIN, SUCCESSOR, CHOSEN = (
    f"9b653cf0-4835-493b-860c-aed9b7af2a4{digit}" for digit in "abcd"
)
PLATFORM_KEY = platform_keys.credential(b"platform key of the released day")
WAITS, NAMED, MET, LATE, GONE = (f"+1555555010{digit}" for digit in range(5))
CALL, ENDED, ANONYMOUS, FORGOTTEN = "CA-met", "CA-ended", "CA-anonymous", "CA-forgotten"
SESSION_TOKEN, SIGN_IN_TOKEN = "token-1", "token-2"

NEXT_DAY = NOON + timedelta(days=1)


def live(service: Service) -> None:
    """Send everything of the day, in the order of its times."""
    with time_machine.travel(NOON, tick=False) as clock:
        _keys(service)
        _sessions(service)
        _postings(service)
        clock.move_to(NOON + HOUR)
        _forgotten_call(service)
        service.count()
        clock.move_to(NEXT_DAY)
        _post(service, PLAIN, at=NEXT_DAY, caller_number=WAITS, step="next day")
        service.count()


def items(service: Service) -> dict[str, list[Any]]:
    """Return the items of all tables, by the names of the tables' settings."""
    return {
        table: sorted(_scan(service, table), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
        for table in (*TABLES, SESSIONS)
    }


def restore(service: Service, held: dict[str, list[Any]]) -> None:
    """Put these items into the tables."""
    for table, found in held.items():
        for item in found:
            service.dynamodb.put_item(TableName=service.environment[table], Item=item)
    service.announce_all()


def answers(service: Service) -> dict[str, Any]:
    """Return the next day's responses about the day, and to requests that continue it."""
    with time_machine.travel(NEXT_DAY + MINUTE, tick=False):
        asked = dict(_asked(service))
        asked |= _going_on(service)
    return asked


def _keys(service: Service) -> None:
    table = service.environment["POSTBACK_KEYS_TABLE"]
    store = KeyStore(service.dynamodb, table)
    noted = Publisher(publisher_id=NOTED, name="Acme", created_at=NOON, note="by phone only")
    store.add_publisher(noted)
    store.add_publisher(Publisher(publisher_id=BARE, name="Bare", created_at=NOON))
    replaced = _add_key(service, REPLACED, publisher_id=NOTED)
    store.replace_key(*keys.rotate(replaced, SUCCESSOR, at=NOON, overlap=timedelta(days=2)))
    _add_key(service, PLAIN, publisher_id=BARE)
    chosen = _add_key(
        service,
        CHOSEN,
        publisher_id=NOTED,
        storage_duration=30 * HOUR,
        end_call_cutoff=5 * MINUTE,
        default_region="GB",
        note="as they asked",
        expires_at=NOON + timedelta(days=7),
        expects_every=HOUR,
        match_rate_floor=0.4,
        paused=True,
    )
    alerts = AlertState(silent_since=NOON, low_since=NOON)
    AlertStore(service.dynamodb, service.environment["ACTIVITY_TABLE"]).put(chosen, alerts)
    platform = PlatformKeyStore(service.dynamodb, table)
    platform.add(_platform_key(PLATFORM_KEY))
    platform.add(_platform_key(platform_keys.credential(b"another"), paused=True))


def _add_key(service: Service, credential: str, **settings: Any) -> PostbackKey:
    return service.add_key(key=credential, key_id=keys.key_id(credential), **settings)


def _platform_key(credential: str, **settings: Any) -> PlatformKey:
    return events.example_platform_key(credential, **settings)


def _sessions(service: Service) -> None:
    """Make sessions. Only their random tokens would differ each time."""
    numbers = count(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "token_urlsafe", lambda _: f"token-{next(numbers)}")
        store = _session_store(service)
        assert store.start(Session(email="ana@example.com", role="manager")) == SESSION_TOKEN


def _session_store(service: Service) -> SessionStore:
    return SessionStore(service.dynamodb, service.environment[SESSIONS])


def _postings(service: Service) -> None:
    _post(service, PLAIN, caller_number=WAITS, age="39", zip="{{zip}}", empty="")
    _answer_otherwise(service)
    _post(service, PLAIN, call_uuid="CA-not-yet", age="40")
    _post(service, PLAIN, caller_number=NAMED, call_uuid="CA-not-yet-either", age="41")
    _post(service, PLAIN, caller_number="12", age="42")
    _post(service, REPLACED, caller_number=MET, age="43", zip="90210")
    met = {"caller_number": MET, "campaign_id": "c-42", "dialed_number": "+18005550100"}
    _tell(service, "Call Started", call_uuid=CALL, started_at=NOON + MINUTE, **met)
    _post(service, PLAIN, at=NOON + 2 * MINUTE, caller_number=MET, age="44")
    ended = {"call_uuid": ENDED, "caller_number": LATE, "started_at": NOON}
    _tell(service, "Call Ended", ended_at=NOON + SECOND, **ended)
    _post(service, PLAIN, at=NOON + 3 * HOUR, call_uuid=ENDED, age="45")
    _tell(service, "Call Started", call_uuid=ANONYMOUS, caller_number=None, started_at=NOON)


def _answer_otherwise(service: Service) -> None:
    """Make a posting that was stored, but answered with 503, since its call could not be read."""
    posting = to_posting(service.pending()[0])
    LogStore(service.dynamodb, service.environment["POSTBACK_LOG_TABLE"]).put_response(posting, 503)


def _forgotten_call(service: Service) -> None:
    _tell(service, "Call Started", call_uuid=FORGOTTEN, caller_number=GONE, started_at=NOON)
    answer = _ask(service, "DELETE", f"/callers/{GONE}")
    assert answer["complete"] is True


def _asked(service: Service) -> Iterator[tuple[str, Any]]:
    plain, chosen = keys.key_id(PLAIN), keys.key_id(CHOSEN)
    span = {"from": NOON.isoformat(), "limit": "4"}
    for path, query in (
        ("/publishers", {}),
        ("/publishers", {"cursor": BARE}),
        (f"/publishers/{NOTED}/postback-keys", {}),
        (f"/publishers/{NOTED}/activity", {"hours": "48"}),
        (f"/postback-keys/{chosen}", {}),
        (f"/postback-keys/{plain}/activity", {"hours": "48"}),
        ("/platform-keys", {}),
        ("/postbacks", span),
        ("/postbacks", span | {"cursor": f"{NOON.timestamp() * 1000 + 1:.0f}"}),
        ("/postbacks", {"key_id": keys.key_id(REPLACED), "chain": "true"} | span),
        *((f"/callers/{number}", {}) for number in (WAITS, NAMED, MET, LATE, GONE)),
        *((f"/calls/{call}", {}) for call in (CALL, ENDED, ANONYMOUS, FORGOTTEN)),
    ):
        shown = "&".join(f"{name}={value}" for name, value in query.items())
        yield f"operator: {path}?{shown}", _ask(service, "GET", path, **query)
    for path in (f"/platform/calls/{CALL}", f"/platform/callers/{quote(WAITS)}"):
        yield f"platform: {path}", _ask_platform(service, "GET", path)
    found = _session_store(service)
    with time_machine.travel(NOON + MINUTE, tick=False):
        session, sign_in = found.find(SESSION_TOKEN), found.finish_sign_in(SIGN_IN_TOKEN, "token-3")
    assert session
    yield "console: who", {"email": session.email, "role": session.role}
    # Sign-ins in progress are in the browser's cookies now. Those of the release can be finished.
    if sign_in:
        yield "console: back to", {"path": sign_in.path, "verifier": sign_in.verifier}


def _going_on(service: Service) -> dict[str, Any]:
    """Send postings with the day's keys, and events of new calls and of one in progress."""
    at = NEXT_DAY + MINUTE
    number = {"caller_number": WAITS, "started_at": at.isoformat()}
    started = _ask_platform(service, "PUT", "/platform/calls/CA-next", number)
    earlier = {"started_at": (NOON + MINUTE).isoformat()}
    named = _ask_platform(service, "PUT", "/platform/calls/CA-not-yet", earlier)
    ended = {"started_at": (NOON + MINUTE).isoformat(), "ended_at": (NOON + HOUR).isoformat()}
    over = _ask_platform(service, "PUT", f"/platform/calls/{CALL}", ended)
    return {
        "the call that was waited for": started,
        "the call that was named": named,
        "the call that went on": over,
        "a posting by each key": {
            credential: _post(service, credential, at=at, caller_number=WAITS, more="1")
            for credential in (REPLACED, PLAIN, SUCCESSOR, CHOSEN)
        },
        "news of the watched keys": service.watch(),
        "events": service.announce_all(),
    }


def _post(service: Service, credential: str, /, *, at: Any = NOON, **parameters: str) -> Any:
    event = events.http(
        "POST",
        f"/data_writing/{credential}",
        at=at,
        body=json.dumps(parameters),
        content_type="application/json",
    )
    sent = repr((credential, at, parameters))
    event["requestContext"]["requestId"] = f"posting-{zlib.crc32(sent.encode()):08x}="
    return service.request(event).json


def _tell(service: Service, detail_type: str, /, **detail: Any) -> None:
    service.deliver(events.call_event(detail_type, **detail))


def _ask(service: Service, method: str, path: str, /, **query: str) -> Any:
    event = events.http(method, path) | {"queryStringParameters": query}
    return service.request(event, function="operator_api").json


def _ask_platform(
    service: Service, method: str, path: str, members: dict[str, Any] | None = None
) -> Any:
    event = events.platform(method, path, PLATFORM_KEY, members)
    return service.request(event, function="platform_api").json


def _scan(service: Service, table: str) -> list[Any]:
    client: Any = boto3.client("dynamodb")
    found: list[Any] = client.scan(TableName=service.environment[table])["Items"]
    return found
