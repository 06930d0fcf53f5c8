"""A lost table's items are restored to the stack's table, where newer items stay."""

from infra.account.recovery import Copied, copy
from shared.domain.keys import PostbackKey
from tests.integration.events import NOON, SECOND, new_caller_number
from tests.integration.service import Service


def _restored_copy(service: Service, table: str) -> str:
    """Return a table restored by AWS: the same items under another name."""
    described = service.dynamodb.describe_table(TableName=table)["Table"]
    service.dynamodb.create_table(
        TableName="restored",
        KeySchema=described["KeySchema"],
        AttributeDefinitions=[
            {"AttributeName": key["AttributeName"], "AttributeType": "S"}
            for key in described["KeySchema"]
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    for item in service.dynamodb.scan(TableName=table)["Items"]:
        service.dynamodb.put_item(TableName="restored", Item=item)
    return "restored"


def test_lost_items_are_restored_and_newer_ones_stay(service: Service, key: PostbackKey) -> None:
    number = new_caller_number()
    table = service.environment["CALL_DATA_TABLE"]
    call_uuid = service.start_call(number)
    service.post(key, at=NOON + SECOND, caller_number=number, age="39")
    restored = _restored_copy(service, table)
    copies = service.dynamodb.scan(TableName=restored)["Count"]
    for item in service.dynamodb.scan(TableName=table)["Items"]:
        if item["sk"]["S"] != "CALL":
            its_key = {name: item[name] for name in ("pk", "sk")}
            service.dynamodb.delete_item(TableName=table, Key=its_key)
    service.change_call(call_uuid)
    version = service.call(call_uuid).version

    rehearsed = copy(service.dynamodb, restored, table, is_rehearsal=True)
    done = copy(service.dynamodb, restored, table, is_rehearsal=False)

    assert rehearsed == done == Copied(put=copies - 1, kept=1)
    assert service.call(call_uuid).version == version
    assert copy(service.dynamodb, restored, table, is_rehearsal=False).put == 0
    # The caller's list is restored: the next posting finds its call.
    answer = service.post(key, at=NOON + 2 * SECOND, caller_number=number, zip="90210")
    assert answer.status == "in progress call found, tags applied"
