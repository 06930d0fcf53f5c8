"""Phone numbers in everything that the service stores, and whether a text shows them."""

import unicodedata
from datetime import UTC, datetime

from shared.domain.keys import Publisher
from tests.integration.events import MINUTE, SECOND, call_event
from tests.integration.service import Service
from tests.unit.spellings import AREA, DIGITS, EXCHANGE, SPELLINGS

NUMBER = f"+{DIGITS}"
HIDDEN = AREA + EXCHANGE
SIP_CALL = f"sip:{NUMBER}@pbx.example.com"


def is_readable(text: str) -> bool:
    decoded = text.replace("&#", "").replace("%3", "")
    return any(HIDDEN in _digits(each) for each in (text, decoded))


def _digits(text: str) -> str:
    return "".join(str(unicodedata.digit(c, "")) for c in text)


def plant(service: Service) -> dict[str, str]:
    """Store numbers in everything that can have text; returns values for paths and filters."""
    store = service.operator_api.publishers.key_store
    now = datetime.now(UTC).replace(microsecond=0)
    note = " / ".join(SPELLINGS)
    for letter, spelling in zip("abcdefgh", SPELLINGS[::6], strict=False):
        publisher_id = f"pub_{letter * 12}"
        publisher = Publisher(
            publisher_id=publisher_id, name=f"P {spelling}", note=spelling, created_at=now
        )
        store.add_publisher(publisher)
        key = service.add_key(
            publisher_id=publisher_id, name=f"K {spelling}", note=spelling, created_at=now
        )
    tags = {f"t{number}": spelling for number, spelling in enumerate(SPELLINGS)}
    service.post(key, at=now - MINUTE, caller_number=NUMBER, **tags, **{f"{NUMBER} is it": "yes"})
    service.post(key, at=now - MINUTE, caller_number=f"{DIGITS} or {DIGITS}", note=note)
    detail = {"call_uuid": SIP_CALL, "caller_number": NUMBER, "started_at": now - 2 * MINUTE}
    call = {"campaign_id": SIP_CALL, "dialed_number": NUMBER}
    service.deliver(call_event("Call Started", **detail, **call))
    service.post(key, at=now - SECOND, call_uuid=SIP_CALL, note=note)
    name = f"Switch {NUMBER}"
    made = service.as_person("POST", "/platform-keys", role="admin", body={"name": name}).json
    change = {"note": note[:500].replace("\t", " ")}
    path = f"/publishers/{publisher_id}"
    assert service.as_person("PATCH", path, role="admin", body=change).status_code == 200
    service.count()
    return call | {
        "publisher_id": publisher_id,
        "key_id": key.key_id,
        "platform_key_id": made["platform_key_id"],
        "caller_number": NUMBER,
        "call_uuid": SIP_CALL,
    }
