"""The HTTP API: the posting URL for anyone, the operator routes for IAM-signed requests."""

import json
from collections.abc import Iterator
from typing import cast

from aws_cdk import Aws, Fn, Tags
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2 import CfnStage
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct, IConstruct

from infra import review
from infra.domain import Domain
from infra.environment import Environment
from infra.function import PythonFunction

POSTING_PATH = "/data_writing"
PUBLISHER_CONTRACT_PATH = "/openapi.json"
INSTRUCTIONS_PATH = f"{POSTING_PATH}/{{key}}/instructions"
OPERATOR_PATHS = (
    "/publishers",
    "/postback-keys",
    "/postbacks",
    "/calls",
    "/callers",
    "/platform-keys",
    "/people",
    "/history",
)
PLATFORM_PATHS = (
    "/platform/calls",
    "/platform/calls/{call_uuid+}",
    "/platform/callers/{caller_number}",
    "/platform/callbacks/{token}",
    "/platform/{proxy+}",
)
"""The last matches every other path, so that errors have the service's own form."""
OPERATOR_CONTRACT_PATH = "/operator-openapi.json"

_GET, _POST, _ANY = (
    apigatewayv2.HttpMethod.GET,
    apigatewayv2.HttpMethod.POST,
    apigatewayv2.HttpMethod.ANY,
)


class Api(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        self._api = apigatewayv2.HttpApi(
            self,
            "HttpApi",
            create_default_stage=False,
            # No CORS configuration: it would replace the functions' own headers, and cannot allow
            # credentials for web pages together with the origin "null".
            # With a domain there is one address, which stays when the API is replaced.
            disable_execute_api_endpoint=bool(environment.domain_name),
        )
        if environment.embedded_api_id:
            Tags.of(self._api).add("ms-custom-id", environment.embedded_api_id)
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=_access_log_name(),
            retention=environment.log_retention,
            removal_policy=environment.removal_policy,
        )
        stage = apigatewayv2.HttpStage(
            self,
            "Stage",
            http_api=self._api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigatewayv2.ThrottleSettings(
                rate_limit=environment.throttling_rate, burst_limit=environment.throttling_burst
            ),
        )
        cast(CfnStage, stage.node.default_child).access_log_settings = _access_log_settings(
            self.access_log
        )
        self.domain_target: str | None = None
        if environment.domain_name:
            domain = Domain(self, "Domain", own=environment.domain, api=self._api, stage=stage)
            self.domain_target = domain.target
        self.url = environment.public_url or self._api.api_endpoint
        self.posting_url = f"{self.url}{POSTING_PATH}"
        self.id = self._api.api_id

    @property
    def settings(self) -> dict[str, str]:
        return {"api_url": self.url, "posting_url": self.posting_url}

    @property
    def outputs(self) -> dict[str, str]:
        target = {"DomainTarget": self.domain_target} if self.domain_target else {}
        return target | {
            "ApiUrl": self.url,
            "PostingUrl": self.posting_url,
            "AccessLogGroupName": self.access_log.log_group_name,
        }

    def route_postings(self, function: PythonFunction) -> None:
        """Route postings, posting instructions, the publishers' contract and unmatched requests."""
        integration = HttpLambdaIntegration("Postings", function.live)
        for path in (POSTING_PATH, f"{POSTING_PATH}/{{key}}"):
            self._route_publicly(
                path,
                [_GET, _POST],
                integration,
                because="Publishers post from anywhere, including browsers, and only have the key "
                "in their link. The function checks it first.",
            )
        self._route_publicly(
            INSTRUCTIONS_PATH,
            [_GET],
            integration,
            because="The path has a key, and the page explains how to use that key.",
        )
        self._route_publicly(
            PUBLISHER_CONTRACT_PATH,
            [_GET],
            integration,
            because="It returns a file that every publisher may read, and nothing else.",
        )
        unrouted = apigatewayv2.HttpRoute(
            self,
            "Unrouted",
            http_api=self._api,
            route_key=apigatewayv2.HttpRouteKey.DEFAULT,
            integration=integration,
        )
        review.accept(
            unrouted,
            "AwsSolutions-APIG4",
            because="It goes to the same function as the postings' routes, which responds to other "
            "paths and methods with 404 or 405.",
        )

    def _route_publicly(
        self,
        path: str,
        methods: list[apigatewayv2.HttpMethod],
        integration: HttpLambdaIntegration,
        *,
        because: str,
    ) -> None:
        """Add routes without an authorizer, and document why they need none."""
        routes = self._api.add_routes(path=path, methods=methods, integration=integration)
        for route in routes:
            review.accept(cast(IConstruct, route), "AwsSolutions-APIG4", because=because)

    def route_operators(self, function: PythonFunction) -> None:
        integration = HttpLambdaIntegration("Operators", function.live)
        for route in _operator_paths("{proxy+}"):
            self._api.add_routes(
                path=route,
                methods=[_ANY],
                integration=integration,
                authorizer=HttpIamAuthorizer(),
            )

    def route_platform(self, function: PythonFunction) -> None:
        integration = HttpLambdaIntegration("Platform", function.live)
        for path in PLATFORM_PATHS:
            self._route_publicly(
                path,
                [_ANY],
                integration,
                because="Campaign platforms outside AWS have no IAM identity. They send a platform "
                "key, which the function checks first.",
            )

    def operator_statement(self) -> iam.PolicyStatement:
        """Return the statement that allows requests to the operator routes."""
        return iam.PolicyStatement(
            actions=["execute-api:Invoke"],
            resources=[
                self._api.arn_for_execute_api("*", path, "$default")
                for path in _operator_paths("*")
            ],
        )


def _operator_paths(anything: str) -> Iterator[str]:
    """Yield the operator paths, and the paths below them with `anything` in place of the rest."""
    for path in OPERATOR_PATHS:
        yield from (path, f"{path}/{anything}")
    yield OPERATOR_CONTRACT_PATH


def _access_log_name() -> str:
    """Return a unique name under /aws/vendedlogs/.

    Log groups there need no entry in the account's log delivery policy, which has room for about
    20. The name contains the stack's ID, because a log group can outlive its stack.
    """
    stack_id = Fn.select(2, Fn.split("/", Aws.STACK_ID))
    return f"/aws/vendedlogs/apigateway/{Aws.STACK_NAME}-{stack_id}"


def _access_log_settings(log_group: logs.LogGroup) -> CfnStage.AccessLogSettingsProperty:
    """Log one line per request, without path and query string, because both can contain a key.

    CloudWatch adds the time of each line.
    """
    fields = {
        "request_id": "$context.requestId",
        "source_ip": "$context.identity.sourceIp",
        "route": "$context.routeKey",
        "status": "$context.status",
        "response_ms": "$context.responseLatency",
        "integration_ms": "$context.integrationLatency",
        "integration_error": "$context.integrationErrorMessage",
        "error": "$context.error.message",
        # The IAM identity that signed an operator's request.
        "user": "$context.identity.userArn",
    }
    return CfnStage.AccessLogSettingsProperty(
        destination_arn=log_group.log_group_arn,
        format=json.dumps(fields, separators=(",", ":")),
    )
