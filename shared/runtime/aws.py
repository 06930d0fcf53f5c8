"""Makes clients of AWS services from one botocore session per process, all with time limits.

boto3 would make the same clients, but loads resources and S3 transfers first.
`shared/stores/dynamodb.py` replaces its type serializer.
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
        # The parameters come from typed values, and the tests validate all that they send
        # (tests/parameters.py). Validation here would take a tenth of a request's time.
        parameter_validation=False,
        # botocore would build the user agent twice per request, from thirty parts: another tenth.
        user_agent=f"call-data-writing Botocore/{botocore.__version__}",
    )
)


@cache
def _session() -> Session:
    session = get_session()
    # Lambda puts its role's credentials into the environment. To look elsewhere too, botocore would
    # make two HTTP sessions at every start that are never used.
    session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
    return session


@overload
def make_client(service: Literal["cognito-idp"]) -> Any: ...
@overload
def make_client(
    service: Literal["dynamodb"], timeouts: Config | None = None
) -> "DynamoDBClient": ...
@overload
def make_client(service: Literal["events"]) -> "EventBridgeClient": ...
@overload
def make_client(service: Literal["sqs"], timeouts: Config | None = None) -> "SQSClient": ...
def make_client(service: str, timeouts: Config | None = None) -> Any:
    """Return a client whose requests may raise OutOfTime.

    `timeouts` replace the usual ones, and make the client retry at once.
    """
    config = _CONFIG.merge(timeouts) if timeouts else _CONFIG
    client = _session().create_client(service, config=config)
    return time_limits.enforce(client, retries_at_once=timeouts is not None)
