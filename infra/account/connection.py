"""The account of a person's own credentials, and an environment's stacks in it."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

NEVER_DEPLOYED = {
    "CREATE_FAILED",
    "DELETE_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
}
"""What is left of a first deployment that failed. The CDK CLI removes it before the next."""


class Account:
    """Tests give it an embedded AWS's way to make clients."""

    def __init__(self, make_client: Any) -> None:
        self.client = make_client

    @classmethod
    def of_credentials(cls, region: str | None) -> "Account":
        return cls(boto3.Session(region_name=region).client)

    def status(self, stack: str) -> str | None:
        """What CloudFormation says of a stack; None if there is none."""
        cloudformation: CloudFormationClient = self.client("cloudformation")
        try:
            (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return None
            raise
        return found["StackStatus"]

    def is_deployed(self, stack: str) -> bool:
        status = self.status(stack)
        return status is not None and status not in NEVER_DEPLOYED

    def outputs(self, stack: str) -> dict[str, str]:
        cloudformation: CloudFormationClient = self.client("cloudformation")
        (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
        return {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
