"""The error responses of the platform API, as its document describes them."""

from contract.fragments import JSON, NO_STORE, Schema, allow, error_body, ref, response
from functions.platform_api import bodies, handler, plain_report, request
from shared.stores.key_cache import KEY_CACHE_SECONDS, TOO_MANY_UNKNOWN_KEYS


def errors() -> Schema:
    missing = "is missing; send Bearer and the platform key, or Basic with it as the password"
    return {
        "400": _error(
            "The body is not valid JSON or not a valid form.",
            None,
            "the body is not valid JSON; correct it",
        ),
        "401": _error(
            "The platform key is missing or unknown.",
            request.AUTHORIZATION,
            missing,
            unknown=error_body((request.AUTHORIZATION, request.UNKNOWN)),
            **{"WWW-Authenticate": "Basic realm"},
        ),
        "403": _error(
            "The platform key is paused or expired, or lacks a scope. A pause takes effect within "
            "30 seconds.",
            request.AUTHORIZATION,
            request.PAUSED,
        ),
        "404": _error(
            "The call or the path is unknown.",
            plain_report.CALL_UUID,
            "unknown call; report the call, then read its tags",
        ),
        "405": response(
            "The path does not support the method.",
            ref("Refused"),
            examples={"DELETE": error_body((None, "DELETE is not allowed here; send GET, PUT"))},
            headers={"Allow": allow("GET, PUT, POST"), "Cache-Control": NO_STORE},
        ),
        "410": _error(
            "The caller was forgotten. Delete what you know about the call, too.",
            plain_report.CALL_UUID,
            "the call's caller was forgotten; delete your own data about the call",
        ),
        "413": _either(
            f"The body is larger than {bodies.MAX_BODY_BYTES:,} bytes.",
            error_body((None, f"the body has 262145 bytes; send {bodies.MAX_BODY_BYTES} or fewer")),
            "Request Entity Too Large",
        ),
        "415": _error(
            "The body is neither JSON nor a form.",
            None,
            "the body is neither JSON, nor a form, nor a record of FreeSWITCH; send it as "
            f"{JSON} or {bodies.FORM}",
        ),
        "422": _error(
            "The request is invalid. `errors` lists every problem.",
            plain_report.STARTED_AT,
            "has no UTC offset; add Z, or an offset such as -05:00",
        ),
        "429": _either(
            "Too many requests at once, or too many unknown keys from one address.",
            error_body((request.AUTHORIZATION, TOO_MANY_UNKNOWN_KEYS)),
            "Too Many Requests",
            retry_after=KEY_CACHE_SECONDS,
        ),
        "503": _either(
            "The request could not be completed in time. Retry it.",
            error_body((None, handler.UNAVAILABLE_MESSAGE)),
            "Service Unavailable",
            retry_after=handler.RETRY_AFTER_SECONDS,
        ),
        "5XX": response(
            "API Gateway got no response from the service. Retry the request.",
            ref("GatewayMessage"),
            examples={"the gateway's own": {"message": "Internal Server Error"}},
        ),
    }


def _error(
    description: str, param: str | None, message: str, unknown: Schema | None = None, **headers: str
) -> Schema:
    examples = {"refused": error_body((param, message))} | ({"unknown": unknown} if unknown else {})
    documented_headers: Schema = {
        name: {"required": False, "schema": {"type": "string"}, "description": meaning}
        for name, meaning in headers.items()
    }
    return response(
        description,
        ref("Refused"),
        examples=examples,
        headers={"Cache-Control": NO_STORE} | documented_headers,
    )


def _either(
    description: str, ours: Schema, gateways: str, retry_after: int | None = None
) -> Schema:
    headers: Schema = {"Cache-Control": NO_STORE | {"required": False}}
    if retry_after:
        headers["Retry-After"] = {
            "description": "Seconds to wait before the retry.",
            "required": False,
            "schema": {"type": "integer", "examples": [retry_after]},
        }
    return response(
        description,
        {"anyOf": [ref("Refused"), ref("GatewayMessage")]},
        examples={"ours": ours, "the gateway's own": {"message": gateways}},
        headers=headers,
    )
