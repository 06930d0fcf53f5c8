"""The clients of AWS services, from one botocore session for each process; all keep to the limits.

Not from boto3, which makes the same clients but loads resources and S3 transfers first; what its
type serializer did, `shared/stores/attribute_values.py` does.
"""

from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

import botocore
from botocore.config import Config
from botocore.credentials import CredentialResolver, EnvProvider
from botocore.session import Session, get_session

from shared.runtime import time_limits

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

_CONFIG = time_limits.CLIENT.merge(
    Config(
        # Every request's parameters come from typed values, and the tests check all that they send
        # (tests/parameters.py): doing so again here took another tenth of what a request takes.
        parameter_validation=False,
        # Who we are, once. Left to itself botocore puts this together twice for each request, from
        # thirty parts: a tenth of all that a request takes.
        user_agent=f"call-data-writing Botocore/{botocore.__version__}",
    )
)


@cache
def _session() -> Session:
    session = get_session()
    # Lambda puts its role's credentials into the environment. To look elsewhere too, botocore would
    # make two more HTTP sessions at every start, of which no request ever comes.
    session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


@overload
def make_client(service: Literal["dynamodb"], waits: Config | None = None) -> "DynamoDBClient": ...
@overload
def make_client(service: Literal["events"]) -> "EventBridgeClient": ...
@overload
def make_client(service: Literal["sqs"]) -> "SQSClient": ...
def make_client(service: str, waits: Config | None = None) -> Any:
    """A client whose requests may raise OutOfTime; `waits` are other times to wait than usual."""
    config = _CONFIG.merge(waits) if waits else _CONFIG
    client = _session().create_client(service, config=config)
    return time_limits.keeping(client, is_hurried=waits is not None)
