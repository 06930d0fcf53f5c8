"""The AWS account of a person's credentials, and the stacks in it."""

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
"""The states of a stack whose first deployment failed. The CDK CLI deletes it before the next."""


class Account:
    """An AWS account. Tests pass the embedded AWS's `client` method."""

    def __init__(self, make_client: Any) -> None:
        self.client = make_client

    @classmethod
    def of_credentials(cls, region: str | None) -> "Account":
        return cls(boto3.Session(region_name=region).client)

    def status(self, stack: str) -> str | None:
        """Return a stack's CloudFormation status, or None if the stack does not exist."""
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
