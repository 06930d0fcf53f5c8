"""The benchmark's peer: a function that takes a posting the way such functions are usually written,
with the usual library features. It validates, stores, looks for the caller's call and responds.

It is not worse than necessary: it caches postback keys and reads nothing twice. But it writes items
one after the other, and can lose a posting in between.
"""

import os
import time
from typing import Annotated, Any
from uuid import UUID

import boto3
import phonenumbers
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, UnauthorizedError
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.metrics import MetricUnit
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel, Field, StringConstraints

KEY_SECONDS = 30
DAY_SECONDS = 24 * 60 * 60

logger = Logger(service="peer")
metrics = Metrics(namespace="Peer", service="peer")
tracer = Tracer(service="peer")
app = APIGatewayHttpResolver(enable_validation=True)

dynamodb = boto3.resource("dynamodb")
call_data = dynamodb.Table(os.environ["CALL_DATA_TABLE"])
postback_keys = dynamodb.Table(os.environ["POSTBACK_KEYS_TABLE"])
postback_log = dynamodb.Table(os.environ["POSTBACK_LOG_TABLE"])

_known_keys: dict[str, float] = {}

Text = Annotated[str, StringConstraints(max_length=2048)]


class Posting(BaseModel):
    posting_id: str
    key: str
    caller_number: str
    tags: dict[str, Text] = Field(min_length=1, max_length=100)


class Answer(BaseModel):
    tag_values: dict[str, str]
    caller_number: str
    status: str


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return app.resolve(event, context)


@app.get("/data_writing")
@tracer.capture_method
def post_tags(key: Annotated[UUID, Query()], caller_number: Annotated[str, Query()]) -> Answer:
    _authenticate(str(key))
    posting = _read_posting(str(key), _normalize(caller_number))
    _store(posting)
    call = _find_call(posting.caller_number)
    if call:
        _apply(posting, call)
    status = "in progress call found, tags applied" if call else "call not found, tags stored"
    metrics.add_metric(name="Postings", unit=MetricUnit.Count, value=1)
    logger.info("posting accepted", posting_id=posting.posting_id, status=status)
    return Answer(tag_values=posting.tags, caller_number=posting.caller_number, status=status)


@tracer.capture_method
def _authenticate(key: str) -> None:
    if _known_keys.get(key, 0) > time.time() - KEY_SECONDS:
        return
    found = postback_keys.get_item(Key={"pk": f"KEY#{key}", "sk": "KEY"})
    if "Item" not in found:
        raise UnauthorizedError("unknown key")
    _known_keys[key] = time.time()


def _normalize(sent: str) -> str:
    try:
        number = phonenumbers.parse(sent, "US")
    except phonenumbers.NumberParseException as error:
        raise BadRequestError("not a phone number") from error
    if not phonenumbers.is_possible_number(number):
        raise BadRequestError("not a possible phone number")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _read_posting(key: str, caller_number: str) -> Posting:
    context = app.current_event.request_context
    parameters = app.current_event.query_string_parameters or {}
    return Posting(
        posting_id=f"{context.time_epoch}-{context.request_id}",
        key=key,
        caller_number=caller_number,
        tags={n: v for n, v in parameters.items() if n not in ("key", "caller_number")},
    )


@tracer.capture_method
def _store(posting: Posting) -> None:
    item = posting.model_dump() | {"expires_at": int(time.time()) + DAY_SECONDS}
    call_data.put_item(Item=item | _waiting_key(posting))
    day = time.strftime("%Y-%m-%d", time.gmtime())
    postback_log.put_item(Item=item | {"pk": f"{posting.key}#{day}", "sk": posting.posting_id})


@tracer.capture_method
def _find_call(caller_number: str) -> dict[str, Any] | None:
    answer = call_data.query(
        KeyConditionExpression=Key("pk").eq(f"CALLER#{caller_number}")
        & Key("sk").begins_with("CALL#"),
        ScanIndexForward=False,
        Limit=1,
        ConsistentRead=True,
    )
    return next((call for call in answer["Items"] if "ended_at" not in call), None)


@tracer.capture_method
def _apply(posting: Posting, call: dict[str, Any]) -> None:
    call_data.update_item(
        Key={"pk": f"CALL#{call['call_uuid']}", "sk": "CALL"},
        UpdateExpression="SET #tags = :tags",
        ExpressionAttributeNames={"#tags": "tags"},
        ExpressionAttributeValues={":tags": posting.tags},
    )
    call_data.delete_item(Key=_waiting_key(posting))


def _waiting_key(posting: Posting) -> dict[str, str]:
    return {"pk": f"CALLER#{posting.caller_number}", "sk": f"PENDING#{posting.posting_id}"}
