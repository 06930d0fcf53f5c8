"""Postings are counted within a minute, and a key that falls silent is reported."""

from typing import TYPE_CHECKING, Any

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import PAUSE_TAKES_SECONDS, PostbackKey, Service

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

COUNTING_TAKES_SECONDS = 60


def _activity(service: Service, path: str, **expected: int) -> Any:
    """Wait for the expected counts, and return the activity."""

    def find() -> Any:
        response = service.operate("GET", f"{path}/activity")
        assert response.status_code == 200, response.body
        totals = response.json()["totals"]
        return response.json() if all(totals[n] == v for n, v in expected.items()) else None

    return eventually(find, f"{expected} counted", within=COUNTING_TAKES_SECONDS, every=1)


def _watch_keys(service: Service) -> None:
    """Run key_watch now instead of waiting for its schedule."""
    client: LambdaClient = service.aws.client("lambda")
    (name,) = (
        function["FunctionName"]
        for function in client.list_functions()["Functions"]
        if function["Handler"].startswith("functions.key_watch.")
    )
    response = client.invoke(FunctionName=name)
    assert not response.get("FunctionError"), response["Payload"].read()


def test_postings_and_their_outcomes_are_counted_within_a_minute(service: Service) -> None:
    publisher_id = service.new_publisher()
    key = service.new_key(publisher_id)
    caller_number = new_caller_number()
    service.tag(key, caller_number, age="39")
    service.start(PhoneCall(caller_number=caller_number))
    service.tag(key, caller_number, zip="90210")
    service.tag(key, new_caller_number(), zip="{{zip}}")
    service.tag(key, "12", zip="90210")
    expected = {
        "posted": 4,
        "stored": 3,
        "applied_at_once": 1,
        "applied_later": 1,
        "refused": 1,
        "warned": 1,
    }

    found = _activity(service, f"/postback-keys/{key.key_id}", **expected)

    assert found["match_rate"] == 1.0
    assert found["last_posted_at"]
    assert [(it["kind"], it["param"]) for it in found["refusals"]] == [
        ("invalid_input", "caller_number")
    ]
    assert [(it["kind"], it["param"]) for it in found["warnings"]] == [
        ("placeholder_not_filled_in", "zip")
    ]
    assert (
        _activity(service, f"/publishers/{publisher_id}", **expected)["totals"] == found["totals"]
    )
    path = f"/publishers/{publisher_id}/postback-keys"
    (listed,) = service.operate("GET", path).json()["postback_keys"]
    assert listed["activity"]["totals"] == found["totals"]
    assert sum(listed["activity"]["postings"]) == 4


def test_a_silent_key_and_the_end_of_its_silence_are_reported_on_the_bus(service: Service) -> None:
    publisher_id = service.new_publisher()
    key = service.new_key(publisher_id, expects_every=300)
    # It was created just now, so it is not silent yet.
    _watch_keys(service)
    assert _alerts(service, key) == []
    item = {"pk": {"S": f"KEY#{key.key_id}"}, "sk": {"S": "KEY"}}
    service.dynamodb.update_item(
        TableName=service.outputs["PostbackKeysTableName"],
        Key=item,
        UpdateExpression="SET created_at = :long_ago",
        ExpressionAttributeValues={":long_ago": {"S": "2025-01-01T00:00:00.000Z"}},
    )

    _watch_keys(service)
    _watch_keys(service)

    eventually(lambda: _alerts(service, key) == ["Key Silent"] or None, "Key Silent")
    service.tag(key, new_caller_number(), age="39")
    _activity(service, f"/postback-keys/{key.key_id}", posted=1)
    _watch_keys(service)
    reported = ["Key Silent", "Key Silent Ended"]
    eventually(lambda: _alerts(service, key) == reported or None, "Key Silent Ended")


def _alerts(service: Service, key: PostbackKey) -> list[str]:
    letters = service.announced.all(
        lambda letter: letter.event["detail"].get("key_id") == key.key_id
    )
    return [letter.event["detail-type"] for letter in letters]


def test_a_rotated_key_is_refused_after_its_overlap_and_its_successor_works(
    service: Service, key: PostbackKey
) -> None:
    made = service.operate("POST", f"/postback-keys/{key.key_id}/rotate", {"overlap": 0}).json()

    assert service.tag(key, new_caller_number(), age="39").status_code == 403
    successor = PostbackKey(made["key"], made["key_id"], made["publisher_id"], made["posting_link"])
    assert service.tag(successor, new_caller_number(), age="39").status_code == 200
    old = service.operate("GET", f"/postback-keys/{key.key_id}").json()
    assert (old["replaced_by"], made["replaces"]) == (made["key_id"], key.key_id)


def test_a_cached_key_is_refused_after_its_end(service: Service, key: PostbackKey) -> None:
    assert service.tag(key, new_caller_number(), age="39").status_code == 200
    made = service.operate("POST", f"/postback-keys/{key.key_id}/rotate", {"overlap": 2}).json()

    def is_refused() -> bool | None:
        return service.tag(key, new_caller_number(), age="39").status_code == 403 or None

    eventually(is_refused, "the end of the overlap", within=PAUSE_TAKES_SECONDS, every=0.5)
    page = service.get("", path=f"/data_writing/{key.key}/instructions").text
    assert "This key is valid until" in page
    assert made["key"] not in page
