"""Postback keys, known and unknown, are cached for 30 seconds, and guesses are counted."""

import hmac
import json
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.domain.errors import TooManyUnknownKeys
from shared.domain.keys import PostbackKey
from shared.stores.key_cache import MAX_UNKNOWN_KEYS, KeyCache
from shared.stores.keys import KeyStore
from tests.integration import events
from tests.integration.events import new_caller_number
from tests.integration.service import Response, Service
from tests.integration.wire import Wire, failing, once

SENDER = "203.0.113.7"


@pytest.fixture
def store(service: Service) -> KeyStore:
    return KeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])


def test_a_key_is_read_once_for_many_postings(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")

    for _ in range(3):
        service.post(key, caller_number=new_caller_number(), age="39")

    keys_table = service.environment["POSTBACK_KEYS_TABLE"]
    assert [read["TableName"] for read in reads].count(keys_table) == 1


def test_an_unknown_key_is_read_once(service: Service, wire: Wire) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")
    unknown = str(uuid4())

    responses = [service.post(None, key=unknown, age="39") for _ in range(3)]

    assert {response.status_code for response in responses} == {401}
    assert len(reads) == 1


def test_a_key_that_is_not_a_uuid_is_not_looked_up(service: Service, wire: Wire) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")

    service.post(None, key="no-uuid", age="39")

    assert reads == []


def test_a_pause_takes_effect_within_30_seconds(store: KeyStore, key: PostbackKey) -> None:
    now = 1000.0
    cache = KeyCache(store.find, lambda: now)

    def is_paused() -> bool:
        found = cache.find(key.key, SENDER)
        assert found is not None
        return found.paused

    assert not is_paused()
    store.change_key(key.key_id, {"paused": True})
    now = 1029.9
    assert not is_paused()
    now = 1030.0
    assert is_paused()


def test_a_new_key_is_known_within_30_seconds_of_its_first_use(
    service: Service, store: KeyStore, wire: Wire
) -> None:
    now = 1000.0
    cache = KeyCache(store.find, lambda: now)
    reads = wire.seen(service.dynamodb, "GetItem")
    unknown = str(uuid4())

    assert cache.find(unknown, SENDER) is None
    assert cache.find(unknown, SENDER) is None
    assert len(reads) == 1
    now = 1030.0
    assert cache.find(unknown, SENDER) is None
    assert len(reads) == 2


def test_a_key_that_could_not_be_read_is_read_again(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(service.data_writing._client, "GetItem", once(failing("InternalServerError")))
    number = new_caller_number()

    assert service.post(key, caller_number=number, age="39").status_code == 503
    assert service.post(key, caller_number=number, age="39").status_code == 200


class Asked:
    """A store that knows only these keys, and notes those that were looked up."""

    def __init__(self, *known: PostbackKey) -> None:
        self._known = {key.key: key for key in known}
        self.keys: list[str] = []

    def learn(self, key: PostbackKey) -> None:
        self._known[key.key] = key

    def find(self, key: str) -> PostbackKey | None:
        self.keys.append(key)
        return self._known.get(key)


def _guess(cache: KeyCache[PostbackKey], guesses: range, sender: str = "") -> None:
    """Try keys, by default each from another address, as the machines of a botnet do."""
    for number in guesses:
        cache.find(str(number), sender or f"address {number}")


def test_a_flood_of_invented_keys_evicts_none_that_is_in_use(key: PostbackKey) -> None:
    asked = Asked(key)
    cache = KeyCache(asked.find, lambda: 1000.0)

    cache.find(key.key, SENDER)
    _guess(cache, range(20_000))

    assert cache.find(key.key, SENDER) == key
    assert asked.keys.count(key.key) == 1


def test_the_cache_of_unknown_keys_is_bounded() -> None:
    asked = Asked()
    cache = KeyCache(asked.find, lambda: 1000.0)

    _guess(cache, range(5000))
    _guess(cache, range(4999, 5000))
    _guess(cache, range(1))

    assert asked.keys == [str(number) for number in range(5000)] + ["0"]


def test_guesses_from_one_address_cost_a_hundred_reads_in_30_seconds() -> None:
    now = 1000.0
    asked = Asked()
    cache = KeyCache(asked.find, lambda: now)

    for step in range(600):
        now = 1000.0 + step / 10
        for number in range(20):
            try:
                cache.find(f"{step}-{number}", SENDER)
            except TooManyUnknownKeys:
                continue

    # 12,000 guesses in a minute.
    assert len(asked.keys) == 2 * MAX_UNKNOWN_KEYS


def test_a_valid_key_is_never_called_unknown_after_too_many_guesses(key: PostbackKey) -> None:
    now = 1000.0
    cache = KeyCache(Asked(key).find, lambda: now)
    _guess(cache, range(MAX_UNKNOWN_KEYS), SENDER)

    with pytest.raises(TooManyUnknownKeys):
        cache.find(key.key, SENDER)
    assert cache.find("0", SENDER) is None, "that one is known to be unknown"
    assert cache.find(key.key, "198.51.100.1") == key
    assert cache.find(key.key, SENDER) == key, "it is known here since"
    now = 1030.0
    assert cache.find(str(uuid4()), SENDER) is None


def test_a_key_in_use_is_accepted_from_an_address_that_guesses(
    store: KeyStore, key: PostbackKey
) -> None:
    """Visitors of a landing page may share an address with others, and a pause must take effect."""
    now = 1000.0
    cache = KeyCache(store.find, lambda: now)
    assert cache.find(key.key, SENDER) == key
    now = 5000.0
    _guess(cache, range(MAX_UNKNOWN_KEYS), SENDER)

    store.change_key(key.key_id, {"paused": True})

    found = cache.find(key.key, SENDER)
    assert found is not None
    assert found.paused


@pytest.mark.parametrize(
    ("one", "another", "is_same"),
    [
        ("203.0.113.7", "203.0.113.8", False),
        ("2001:db8::1", "2001:DB8:0:0:ffff::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("", "", True),
        ("unknown", "unknown", True),
    ],
)
def test_an_ipv6_network_counts_as_one_address(one: str, another: str, is_same: bool) -> None:
    asked = Asked()
    cache = KeyCache(asked.find, lambda: 1000.0)
    for number in range(MAX_UNKNOWN_KEYS):
        cache.find(str(number), one)

    with suppress(TooManyUnknownKeys):
        cache.find("one more", another)

    assert ("one more" not in asked.keys) == is_same


def test_a_clock_that_is_set_back_caches_nothing_longer(store: KeyStore, key: PostbackKey) -> None:
    now = 5000.0
    cache = KeyCache(store.find, lambda: now)
    cache.find(key.key, SENDER)
    store.change_key(key.key_id, {"paused": True})

    now = 1000.0

    found = cache.find(key.key, SENDER)
    assert found is not None
    assert found.paused


def test_a_clock_that_is_set_back_keeps_no_new_key_unknown_and_no_sender_blocked(
    key: PostbackKey,
) -> None:
    now = 5000.0
    asked = Asked()
    cache = KeyCache(asked.find, lambda: now)
    assert cache.find(key.key, SENDER) is None
    _guess(cache, range(MAX_UNKNOWN_KEYS), "203.0.113.8")
    asked.learn(key)

    now = 1000.0

    assert cache.find(key.key, SENDER) == key
    assert cache.find("one more", "203.0.113.8") is None


def test_a_process_that_was_frozen_reads_stale_keys_again(key: PostbackKey) -> None:
    now = 1000.0
    asked = Asked()
    cache = KeyCache(asked.find, lambda: now)
    assert cache.find(key.key, SENDER) is None
    asked.learn(key)

    now += 6 * 3600

    assert cache.find(key.key, SENDER) == key


def _guess_over_http(service: Service, sender: str, key: str | None = None) -> Response:
    number = new_caller_number()
    event = events.http("GET", f"/data_writing/{key or uuid4()}", f"caller_number={number}&age=39")
    event["requestContext"]["http"]["sourceIp"] = sender
    return service.request(event)


def test_too_many_unknown_keys_get_429_and_cost_no_more_reads(service: Service, wire: Wire) -> None:
    key = service.add_key()
    reads = wire.seen(service.data_writing._client, "GetItem")

    responses = [_guess_over_http(service, "192.0.2.66") for _ in range(MAX_UNKNOWN_KEYS + 50)]

    assert [response.status_code for response in responses] == [401] * MAX_UNKNOWN_KEYS + [429] * 50
    assert len(reads) == MAX_UNKNOWN_KEYS
    refused = _guess_over_http(service, "192.0.2.66", key.key)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert [error["param"] for error in refused.json["errors"]] == ["key"]
    assert _guess_over_http(service, "192.0.2.67", key.key).status_code == 200
    assert _guess_over_http(service, "192.0.2.66", key.key).status_code == 200


def test_a_key_is_compared_in_constant_time_after_a_lookup_by_its_digest(
    store: KeyStore, key: PostbackKey, wire: Wire, service: Service, monkeypatch: Any
) -> None:
    compared: list[tuple[str, str]] = []

    def compare(one: str, another: str) -> bool:
        compared.append((one, another))
        return one == another

    monkeypatch.setattr(hmac, "compare_digest", compare)
    reads = wire.seen(service.dynamodb, "GetItem")

    assert store.find(key.key) == key

    assert compared == [(key.key, key.key)]
    assert key.key not in str(reads)


def test_another_key_with_the_same_digest_is_unknown(
    store: KeyStore, service: Service, key: PostbackKey
) -> None:
    """A key_id is public and has 60 bits: with much work, a key with the same ID can be found."""
    service.dynamodb.update_item(
        TableName=service.environment["POSTBACK_KEYS_TABLE"],
        Key={"pk": {"S": f"KEY#{key.key_id}"}, "sk": {"S": "KEY"}},
        UpdateExpression="SET #key = :another",
        ExpressionAttributeNames={"#key": "key"},
        ExpressionAttributeValues={":another": {"S": str(uuid4())}},
    )

    assert store.find(key.key) is None


def test_a_new_key_has_122_bits_from_the_systems_source_of_randomness(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[bytes] = []

    def draw(length: int) -> bytes:
        drawn.append(bytes(range(0x10, 0x10 + length)))
        return drawn[-1]

    publisher = _operate(service, "/publishers", {"name": "Acme Leads"})
    monkeypatch.setattr("os.urandom", draw)
    made = _operate(
        service, f"/publishers/{publisher['publisher_id']}/postback-keys", {"name": "x"}
    )

    assert made["key"] == str(UUID(bytes=drawn[-1], version=4))
    assert UUID(made["key"]).version == 4


def _operate(service: Service, path: str, body: dict[str, str]) -> dict[str, Any]:
    event = events.http("POST", path, body=json.dumps(body), content_type="application/json")
    response = service.request(event, function="operator_api")
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json
    return made
