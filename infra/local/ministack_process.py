"""Run MiniStack for as long as the process that started it. Only embedded_aws.py runs this."""

import os
import re
import runpy
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from ministack.services import apigateway, cognito, eventbridge  # type: ignore[import-untyped]

_PHONE_SYSTEMS = ("aws.connect", "aws.partner/genesys.com/")


def _end_with_starter() -> None:
    # Standard input is a pipe that only the starter holds, so it ends with the starter even if that
    # is killed. The process group includes the Lambda functions' processes.
    sys.stdin.buffer.read()
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)
    os.killpg(os.getpgid(0), signal.SIGKILL)


_SIGNATURE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,\s]+/[0-9]{8}/[a-z0-9-]+/execute-api/aws4_request\b"
)
"""How the Authorization header of a request that is signed for API Gateway begins."""


def _is_signed(headers: Mapping[str, str]) -> bool:
    values = [value for name, value in headers.items() if name.lower() == "authorization"]
    return any(_SIGNATURE.match(value) for value in values)


_execute = apigateway._handle_execute_in_scope


async def _execute_as_on_aws(
    api_id: str,
    stage: str,
    path: str,
    method: str,
    headers: Mapping[str, str],
    body: Any,
    query_params: Any,
    owner_account_id: str,
    owner_region: str,
    raw_query_string: str | None = None,
) -> Any:
    """Do as AWS does in two cases in which MiniStack does not.

    A route that needs a signature refuses a request without one for the gateway, which MiniStack
    takes for the root user's. OPTIONS requests are routed like others if the API has no CORS
    configuration; MiniStack responds to all of them with 403.
    """
    api: Mapping[str, Any] = apigateway._apis.get(api_id) or {}
    route = apigateway._match_route(api_id, method, path)
    if route and route.get("authorizationType") == "AWS_IAM" and not _is_signed(headers):
        return apigateway._jwt_forbidden()
    is_routed = method == "OPTIONS" and route and not api.get("corsConfiguration")
    if not is_routed or route.get("authorizationType", "NONE") != "NONE":
        return await _execute(
            api_id, stage, path, method, headers, body, query_params,
            owner_account_id, owner_region, raw_query_string,
        )  # fmt: skip
    integration_id = route["target"].rpartition("/")[2]
    return await apigateway._invoke_lambda_proxy(
        apigateway._integrations[api_id][integration_id],
        api_id,
        stage,
        path,
        method,
        {name.lower(): value for name, value in headers.items()},
        body,
        query_params,
        route["routeKey"],
        apigateway._extract_path_params(route["routeKey"].rpartition(" ")[2], path),
        owner_account_id=owner_account_id,
        owner_region=owner_region,
        raw_query_string=raw_query_string,
    )


_put_events = eventbridge._put_events


def _put_events_of_phone_systems(data: Any) -> Any:
    """Accept the events that Amazon Connect and Genesys Cloud put on a bus themselves.

    AWS refuses such a source from an account. Here, nothing else could send these events.
    """
    sources = [str(entry.get("Source")) for entry in data.get("Entries", [])]
    are_theirs = all(source.startswith(_PHONE_SYSTEMS) for source in sources)
    return _put_events(data, allow_aws_source=are_theirs)


_oauth2_token, _fake_token = cognito._oauth2_token, cognito._fake_token


def _refuse_ended_grants(
    data: Any, query_params: Any, raw_body: bytes = b"", headers: Any = None
) -> Any:
    """Refuse the refresh token of a person who was disabled, deleted or signed out everywhere.

    MiniStack refreshes the tokens of some of them, or responds with another error than AWS.
    """
    form = {name: values[0] for name, values in parse_qs(raw_body.decode()).items()}
    token = form.get("refresh_token", "")
    if form.get("grant_type") == "refresh_token":
        claims = cognito._token_claims(token)
        pool = cognito._get_pool_unscoped(str(claims.get("iss", "")).rpartition("/")[2]) or {}
        users = pool.get("_users", {})
        user = users.get((cognito._refresh_tokens.get(token) or {}).get("username"))
        if user is None or not user.get("Enabled", True):
            return cognito._oauth2_error("invalid_grant", "Invalid refresh token.")
    return _oauth2_token(data, query_params, raw_body, headers)


def _fake_token_with_groups(sub: str, pool_id: str, *arguments: Any, **values: Any) -> Any:
    """Put the person's groups into refreshed tokens too, which MiniStack leaves out."""
    if values.get("trigger_source") == "TokenGeneration_RefreshTokens":
        users = (cognito._get_pool_unscoped(pool_id) or {}).get("_users", {})
        user = users.get(values.get("username")) or {}
        values["groups"] = list(user.get("_groups", []))
    return _fake_token(sub, pool_id, *arguments, **values)


if __name__ == "__main__":
    threading.Thread(target=_end_with_starter, daemon=True).start()
    # The environment forbids it, for the functions' sake. MiniStack itself starts faster with it.
    sys.dont_write_bytecode = False
    apigateway._handle_execute_in_scope = _execute_as_on_aws
    cognito._oauth2_token = _refuse_ended_grants
    cognito._fake_token = _fake_token_with_groups
    eventbridge._put_events = _put_events_of_phone_systems
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
