"""The HTTP APIs: authorization, throttling and the access log."""

import json

import pytest

from infra.environment import ENVIRONMENTS, Environment
from shared.domain.people import INVITATION
from shared.domain.roles import Role
from tests.infra.resources import Properties, Resources

POSTING_ROUTES = {
    "GET /data_writing",
    "POST /data_writing",
    "GET /data_writing/{key}",
    "POST /data_writing/{key}",
}
INSTRUCTIONS_ROUTE = "GET /data_writing/{key}/instructions"
"""The key in the path authorizes it. It allows nothing that operators can do."""

OPEN_ROUTES = POSTING_ROUTES | {INSTRUCTIONS_ROUTE, "GET /openapi.json", "$default"}


PLATFORM_ROUTES = {
    "ANY /platform/calls",
    "ANY /platform/calls/{call_uuid+}",
    "ANY /platform/callers/{caller_number}",
    "ANY /platform/callbacks/{token}",
    "ANY /platform/{proxy+}",
}
"""Their function checks the platform key first."""


CONSOLE_ROUTES = {"ANY /", "ANY /{proxy+}"}
"""The routes of the console's own API. Their function checks the session first."""


def _routes(resources: Resources) -> dict[str, Properties]:
    return {r["RouteKey"]: r for r in resources.of_type("AWS::ApiGatewayV2::Route").values()}


def _function_behind(resources: Resources, route: Properties) -> str:
    integration_id = route["Target"]["Fn::Join"][1][1]["Ref"]
    integration = resources.of_type("AWS::ApiGatewayV2::Integration")[integration_id]
    assert integration["PayloadFormatVersion"] == "2.0"
    return resources.function_behind(integration["IntegrationUri"])


def test_posting_and_instructions_need_no_authorizer_and_unmatched_requests_reach_the_same_function(
    resources: Resources,
) -> None:
    routes = _routes(resources)

    for route_key in OPEN_ROUTES:
        assert routes[route_key]["AuthorizationType"] == "NONE"
        assert _function_behind(resources, routes[route_key]) == resources.function_id(
            "data_writing"
        )


def test_platform_routes_go_to_the_function_that_checks_platform_keys(
    resources: Resources,
) -> None:
    for route_key in PLATFORM_ROUTES:
        route = _routes(resources)[route_key]
        assert _function_behind(resources, route) == resources.function_id("platform_api")


def test_every_other_route_requires_iam_signatures(resources: Resources) -> None:
    others = _routes(resources).keys() - OPEN_ROUTES - PLATFORM_ROUTES - CONSOLE_ROUTES

    assert {route_key.split()[1] for route_key in others} >= {
        "/publishers",
        "/publishers/{proxy+}",
        "/postback-keys/{proxy+}",
        "/operator-openapi.json",
    }
    for route_key in others:
        route = _routes(resources)[route_key]
        assert route["AuthorizationType"] == "AWS_IAM"
        assert _function_behind(resources, route) == resources.function_id("operator_api")


def test_preflights_go_to_the_functions_because_the_gateway_has_no_cors_configuration(
    resources: Resources,
) -> None:
    """The gateway would remove the functions' headers, and cannot allow credentials to all."""
    assert "CorsConfiguration" not in resources.the_services("AWS::ApiGatewayV2::Api")
    assert not [key for key in _routes(resources) if key.startswith("OPTIONS ")]
    assert _function_behind(resources, _routes(resources)["$default"]) == resources.function_id(
        "data_writing"
    )


def test_the_access_log_has_no_path_and_no_query_string(resources: Resources) -> None:
    """Both can contain a key, and a query string can contain a caller's number."""
    stage = resources.the_services("AWS::ApiGatewayV2::Stage")
    fields = json.loads(stage["AccessLogSettings"]["Format"])

    assert fields["request_id"] == "$context.requestId"
    assert fields["status"] == "$context.status"
    assert not [v for v in fields.values() if v in ("$context.path", "$context.protocol")]
    assert not [v for v in fields.values() if "path" in v.lower() or "query" in v.lower()]


def test_the_access_logs_group_has_a_retention(resources: Resources) -> None:
    stage = resources.the_services("AWS::ApiGatewayV2::Stage")
    log_group = stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]

    assert resources.of_type("AWS::Logs::LogGroup")[log_group]["RetentionInDays"] > 0


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_an_environments_throttle_is_within_the_gateways_limits(
    environment: Environment,
) -> None:
    assert 0 < environment.throttling_rate <= environment.throttling_burst <= 5000


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_stage_is_throttled_as_the_environment_says(
    request: pytest.FixtureRequest, name: str
) -> None:
    resources: Resources = request.getfixturevalue(name)
    stage = resources.the_services("AWS::ApiGatewayV2::Stage")

    assert stage["StageName"] == "$default"
    assert (
        stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == ENVIRONMENTS[name].throttling_rate
    )
    assert (
        stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] == ENVIRONMENTS[name].throttling_burst
    )


def test_console_routes_go_to_the_function_that_checks_sessions(
    resources: Resources,
) -> None:
    for route_key in CONSOLE_ROUTES:
        route = _routes(resources)[route_key]
        assert _function_behind(resources, route) == resources.function_id("console")


def test_the_sign_in_pages_version_and_tier_are_pinned_with_what_they_need(
    resources: Resources,
) -> None:
    pool = resources.the_only("AWS::Cognito::UserPool")
    domain = resources.the_only("AWS::Cognito::UserPoolDomain")
    branding = resources.the_only("AWS::Cognito::ManagedLoginBranding")
    (client,) = resources.of_type("AWS::Cognito::UserPoolClient")

    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert domain["ManagedLoginVersion"] == 2
    assert branding["ClientId"] == {"Ref": client}
    assert branding["UseCognitoProvidedValues"] is True


def test_sign_in_needs_a_long_password_and_a_second_factor(resources: Resources) -> None:
    pool = resources.the_only("AWS::Cognito::UserPool")
    client = resources.the_only("AWS::Cognito::UserPoolClient")

    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    assert pool["MfaConfiguration"] == "ON"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 12
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == INVITATION.days
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert client["GenerateSecret"] is True
    assert client["AllowedOAuthFlows"] == ["code"]
    groups = resources.of_type("AWS::Cognito::UserPoolGroup").values()
    assert {group["GroupName"] for group in groups} == {role.group for role in Role}
