"""What is posted is counted within a minute, and told of when it stops, on the deployed service."""

from typing import TYPE_CHECKING, Any

from infra.local.waiting import eventually
from tests.e2e.phone_calls import PhoneCall, new_caller_number
from tests.e2e.service import PAUSE_TAKES_SECONDS, PostbackKey, Service

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

COUNTING_TAKES_SECONDS = 60


def _activity(service: Service, path: str, **expected: int) -> Any:
    """What is counted there, once it is as expected."""

    def look() -> Any:
        response = service.operate("GET", f"{path}/activity")
        assert response.status_code == 200, response.body
        totals = response.json()["totals"]
        return response.json() if all(totals[n] == v for n, v in expected.items()) else None

    return eventually(look, f"{expected} counted", within=COUNTING_TAKES_SECONDS, every=1)


def _look(service: Service) -> None:
    """As the schedule has it, but now."""
    client: LambdaClient = service.aws.client("lambda")
    (name,) = (
        function["FunctionName"]
        for function in client.list_functions()["Functions"]
        if function["Handler"].startswith("functions.key_watch.")
    )
    response = client.invoke(FunctionName=name)
    assert not response.get("FunctionError"), response["Payload"].read()


def test_postings_and_what_becomes_of_them_are_counted_within_a_minute(service: Service) -> None:
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


def test_a_silent_key_is_told_of_on_the_bus_and_so_is_its_next_posting(service: Service) -> None:
    publisher_id = service.new_publisher()
    key = service.new_key(publisher_id, expects_every=300)
    # It was made just now: nobody can have missed it yet.
    _look(service)
    assert _news(service, key) == []
    item = {"pk": {"S": f"KEY#{key.key_id}"}, "sk": {"S": "KEY"}}
    service.dynamodb.update_item(
        TableName=service.outputs["PostbackKeysTableName"],
        Key=item,
        UpdateExpression="SET created_at = :long_ago",
        ExpressionAttributeValues={":long_ago": {"S": "2025-01-01T00:00:00.000Z"}},
    )

    _look(service)
    _look(service)

    eventually(lambda: _news(service, key) == ["Key Silent"] or None, "Key Silent")
    service.tag(key, new_caller_number(), age="39")
    _activity(service, f"/postback-keys/{key.key_id}", posted=1)
    _look(service)
    told = ["Key Silent", "Key Silent Ended"]
    eventually(lambda: _news(service, key) == told or None, "Key Silent Ended")


def _news(service: Service, key: PostbackKey) -> list[str]:
    letters = service.announced.all(
        lambda letter: letter.event["detail"].get("key_id") == key.key_id
    )
    return [letter.event["detail-type"] for letter in letters]


def test_a_rotated_key_goes_on_for_its_overlap_and_is_refused_afterwards(
    service: Service, key: PostbackKey
) -> None:
    made = service.operate("POST", f"/postback-keys/{key.key_id}/rotate", {"overlap": 0}).json()

    assert service.tag(key, new_caller_number(), age="39").status_code == 403
    successor = PostbackKey(made["key"], made["key_id"], made["publisher_id"], made["posting_link"])
    assert service.tag(successor, new_caller_number(), age="39").status_code == 200
    old = service.operate("GET", f"/postback-keys/{key.key_id}").json()
    assert (old["replaced_by"], made["replaces"]) == (made["key_id"], key.key_id)


def test_a_key_is_refused_from_its_end_on_though_it_is_remembered(
    service: Service, key: PostbackKey
) -> None:
    assert service.tag(key, new_caller_number(), age="39").status_code == 200
    made = service.operate("POST", f"/postback-keys/{key.key_id}/rotate", {"overlap": 2}).json()

    def is_refused() -> bool | None:
        return service.tag(key, new_caller_number(), age="39").status_code == 403 or None

    eventually(is_refused, "the end of the overlap", within=PAUSE_TAKES_SECONDS, every=0.5)
    page = service.get("", path=f"/data_writing/{key.key}/instructions").text
    assert "This key is good until" in page
    assert made["key"] not in page
