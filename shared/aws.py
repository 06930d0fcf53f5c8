"""The clients of AWS services, from one botocore session for each process.

Not from boto3, which makes the same clients but loads resources and S3 transfers first; what its
type serializer did, `shared/attribute_values.py` does.
"""

from typing import TYPE_CHECKING, Any, Literal, overload

from botocore.session import get_session

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_session = get_session()


@overload
def make_client(service: Literal["dynamodb"], config: "Config") -> "DynamoDBClient": ...
@overload
def make_client(service: Literal["events"], config: "Config") -> "EventBridgeClient": ...
@overload
def make_client(service: Literal["sqs"], config: "Config") -> "SQSClient": ...
def make_client(service: str, config: "Config") -> Any:
    return _session.create_client(service, config=config)
