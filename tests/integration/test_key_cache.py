"""Postback keys are remembered for 30 seconds, unknown ones too."""

from uuid import uuid4

import pytest

from shared.key_store import KeyStore, remembering
from shared.keys import PostbackKey
from tests.integration.events import new_caller_number
from tests.integration.service import Service
from tests.integration.wire import Wire, failing, once


@pytest.fixture
def store(service: Service) -> KeyStore:
    return KeyStore(service.dynamodb, service.environment["POSTBACK_KEYS_TABLE"])


def test_postings_of_one_key_ask_for_it_once(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")

    for _ in range(3):
        service.post(key, caller_number=new_caller_number(), age="39")

    keys_table = service.environment["POSTBACK_KEYS_TABLE"]
    assert [read["TableName"] for read in reads].count(keys_table) == 1


def test_an_unknown_key_is_asked_for_once(service: Service, wire: Wire) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")
    unknown = str(uuid4())

    answers = [service.post(None, key=unknown, age="39") for _ in range(3)]

    assert {answer.status_code for answer in answers} == {401}
    assert len(reads) == 1


def test_what_is_no_uuid_is_not_asked_for(service: Service, wire: Wire) -> None:
    reads = wire.seen(service.data_writing._client, "GetItem")

    service.post(None, key="no-uuid", age="39")

    assert reads == []


def test_a_pause_takes_effect_within_30_seconds(store: KeyStore, key: PostbackKey) -> None:
    now = 1000.0
    find = remembering(store.find, lambda: now)

    def is_paused() -> bool:
        found = find(key.key)
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
    find = remembering(store.find, lambda: now)
    reads = wire.seen(service.dynamodb, "GetItem")
    unknown = str(uuid4())

    assert find(unknown) is None
    assert find(unknown) is None
    assert len(reads) == 1
    now = 1030.0
    assert find(unknown) is None
    assert len(reads) == 2


def test_a_key_that_could_not_be_read_is_asked_for_again(
    service: Service, key: PostbackKey, wire: Wire
) -> None:
    wire.tap(service.data_writing._client, "GetItem", once(failing("InternalServerError")))
    number = new_caller_number()

    assert service.post(key, caller_number=number, age="39").status_code == 503
    assert service.post(key, caller_number=number, age="39").status_code == 200


def test_the_cache_is_bounded() -> None:
    asked: list[str] = []

    def note(key: str) -> None:
        asked.append(key)

    find = remembering(note, lambda: 1000.0)
    for number in range(5000):
        find(str(number))
    find("4999")
    find("0")

    assert asked == [str(number) for number in range(5000)] + ["0"]
