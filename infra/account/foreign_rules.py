"""Before `make destroy`: find rules of others on the bus, which would block its deletion."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from infra.account.connection import Account
from infra.environment import ENVIRONMENTS

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_events import EventBridgeClient


def find(account: Account, stacks: Sequence[str]) -> list[str]:
    """Return the names of the rules on the first stack's bus that belong to none of the stacks."""
    own: set[str] = set()
    cloudformation: CloudFormationClient = account.client("cloudformation")
    for stack in stacks:
        if account.is_deployed(stack):
            for page in cloudformation.get_paginator("list_stack_resources").paginate(
                StackName=stack
            ):
                own |= {
                    resource.get("PhysicalResourceId", "").rpartition("|")[2]
                    for resource in page["StackResourceSummaries"]
                }
    events: EventBridgeClient = account.client("events")
    bus = account.outputs(stacks[0])["EventBusName"]
    pages = events.get_paginator("list_rules").paginate(EventBusName=bus)
    return sorted({rule["Name"] for page in pages for rule in page["Rules"]} - own)


def main(name: str) -> int:
    environment = ENVIRONMENTS[name]
    account = Account.of_credentials(environment.region)
    stacks = [environment.stack_name, f"{environment.stack_name}-Monitoring"]
    if not account.is_deployed(environment.stack_name):
        return 0
    foreign = find(account, stacks)
    if foreign:
        print(
            f"Others have rules on the bus of {environment.stack_name}: {', '.join(foreign)}.\n"
            "AWS does not delete a bus that has rules, nor its stack. Ask the owners to delete the "
            "rules (`aws events list-rules --event-bus-name …` lists them), then try again.",
            file=sys.stderr,
        )
    return 1 if foreign else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
