"""`make restore`: copy items from a restored table into the stack's own table.

AWS restores into a new table, which CloudFormation cannot adopt in place of the stack's.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.account.connection import Account
from shared.stores import tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True)
class Copied:
    """The numbers of items put, and of items that existed already and were kept."""

    put: int
    kept: int


def copy(client: "DynamoDBClient", source: str, target: str, *, is_rehearsal: bool) -> Copied:
    """Put each item of `source` that `target` lacks. Running it again puts what is still missing.

    Items in `target` are newer than the copy, and stay.
    """
    put = kept = 0
    for page in client.get_paginator("scan").paginate(TableName=source):
        for item in page["Items"]:
            if is_rehearsal:
                is_new = not _is_there(client, target, item)
            else:
                is_new = _put(client, target, item)
            put, kept = put + is_new, kept + (not is_new)
    return Copied(put, kept)


def _put(client: "DynamoDBClient", table: str, item: Any) -> bool:
    try:
        client.put_item(
            TableName=table,
            Item=item,
            ConditionExpression=f"attribute_not_exists({tables.PARTITION_KEY})",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False
    return True


def _is_there(client: "DynamoDBClient", table: str, item: Any) -> bool:
    key = {name: item[name] for name in (tables.PARTITION_KEY, tables.SORT_KEY)}
    return "Item" in client.get_item(TableName=table, Key=key, ConsistentRead=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make restore", description=__doc__)
    parser.add_argument("source", help="the restored copy")
    parser.add_argument("target", help="the stack's table")
    parser.add_argument(
        "--write", action="store_true", help="put the items; without it, only count them"
    )
    options = parser.parse_args(arguments)
    if options.source == options.target:
        parser.error(
            "source and target are the same table. Pass the restored copy, then the stack's table"
        )
    client = Account.of_credentials(None).client("dynamodb")
    copied = copy(client, options.source, options.target, is_rehearsal=not options.write)
    done = "put" if options.write else "would be put (WRITE=1 does it)"
    print(f"{copied.put} items {done}, {copied.kept} existed already and stay")
    return 0


if __name__ == "__main__":
    sys.exit(main())
