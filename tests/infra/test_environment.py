"""The environments' settings: what they change in the templates."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk.assertions import Annotations, Match

from infra.account.beforehand import MIN_BOOTSTRAP_VERSION
from infra.account.deployment import steps
from infra.environment import DEV, ENVIRONMENTS, PROD, Environment
from infra.functions import FUNCTIONS
from infra.stack import CallDataWritingStack
from tests import synthesis
from tests.infra.resources import Resources

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/9b653cf0"


WITH_DOMAIN = replace(DEV, domain_name="post.example.com", certificate_arn=CERTIFICATE)


def _resources(environment: Environment) -> Resources:
    return Resources(synthesis.service_template(environment))


def test_links_start_with_the_domain_and_the_generated_address_is_disabled() -> None:
    resources = _resources(WITH_DOMAIN)
    variables = resources.functions()["operator_api"]["Environment"]["Variables"]
    domain = resources.the_only("AWS::ApiGatewayV2::DomainName")
    mapping = resources.the_only("AWS::ApiGatewayV2::ApiMapping")

    assert variables["POSTING_URL"] == "https://post.example.com/data_writing"
    assert resources.outputs["ApiUrl"]["Value"] == "https://post.example.com"
    assert resources.the_services("AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True
    assert domain["DomainName"] == "post.example.com"
    assert domain["DomainNameConfigurations"][0]["CertificateArn"] == CERTIFICATE
    assert "ApiMappingKey" not in mapping


def test_an_output_has_the_target_for_the_domains_dns_record() -> None:
    assert "DomainTarget" in _resources(WITH_DOMAIN).outputs


@pytest.mark.parametrize(
    ("environment", "context", "is_warned"),
    [
        (PROD, {}, True),
        (PROD, {"first": "true"}, True),
        (replace(PROD, domain_name="a.example", certificate_arn=CERTIFICATE), {}, False),
        (DEV, {}, False),
    ],
)
def test_synthesizing_production_without_a_domain_warns(
    environment: Environment, context: dict[str, str], is_warned: bool
) -> None:
    app = synthesis.app(**context)
    environment = environment.as_asked_for(app.node)
    stack = CallDataWritingStack(app, "CallDataWriting", environment=environment)
    warnings = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("domain_name is missing.*Set domain_name")
    )

    assert bool(warnings) is is_warned


def test_the_doctor_requires_the_same_bootstrap_version_as_the_stacks(tmp_path: Path) -> None:
    app = synthesis.app(outdir=str(tmp_path))
    CallDataWritingStack(app, "CallDataWriting", environment=DEV)
    app.synth()
    manifest = (tmp_path / "manifest.json").read_text()

    asked = re.findall(r'"requiresBootstrapStackVersion": ([0-9]+)', manifest)
    assert max(map(int, asked)) == MIN_BOOTSTRAP_VERSION


def test_the_hosted_zone_gets_a_record_for_the_api() -> None:
    resources = _resources(replace(WITH_DOMAIN, hosted_zone_id="Z0123456789ABC"))
    record = resources.the_only("AWS::Route53::RecordSet")

    assert (record["Name"], record["Type"]) == ("post.example.com", "A")
    assert record["HostedZoneId"] == "Z0123456789ABC"
    assert "RegionalDomainName" in json.dumps(record["AliasTarget"])


def test_without_a_domain_the_generated_address_stays_enabled() -> None:
    api = _resources(DEV).the_services("AWS::ApiGatewayV2::Api")

    assert not api.get("DisableExecuteApiEndpoint")


def test_the_sign_in_page_redirects_to_the_consoles_own_domain() -> None:
    resources = _resources(
        replace(
            DEV,
            console_domain_name="console.example.com",
            console_certificate_arn=CERTIFICATE,
            console_hosted_zone_id="Z0123456789ABC",
        )
    )
    client = resources.the_only("AWS::Cognito::UserPoolClient")
    variables = resources.functions()["console"]["Environment"]["Variables"]
    (api,) = (p for i, p in resources.of_type("AWS::ApiGatewayV2::Api").items() if "Console" in i)

    assert client["CallbackURLs"] == ["https://console.example.com/signed-in"]
    assert client["LogoutURLs"] == ["https://console.example.com/signed-out"]
    assert variables["CONSOLE_URL"] == "https://console.example.com"
    assert resources.outputs["ConsoleUrl"]["Value"] == "https://console.example.com"
    assert "ConsoleDomainTarget" in resources.outputs
    assert "DomainTarget" not in resources.outputs
    assert api["DisableExecuteApiEndpoint"] is True
    assert resources.the_only("AWS::Route53::RecordSet")["Name"] == "console.example.com"
    assert not resources.the_services("AWS::ApiGatewayV2::Api").get("DisableExecuteApiEndpoint")


def test_an_environment_can_be_bound_to_an_account_and_region() -> None:
    environment = replace(DEV, account="123456789012", region="eu-west-1")
    stack = CallDataWritingStack(synthesis.app(), "CallDataWriting", environment=environment)

    assert (stack.account, stack.region) == ("123456789012", "eu-west-1")


def _sign_in_prefix(environment: Environment) -> str:
    domain = _resources(environment).the_only("AWS::Cognito::UserPoolDomain")["Domain"]
    prefix: str = domain["Fn::Join"][1][0]
    return prefix


def test_two_stacks_of_one_environment_have_different_sign_in_domains() -> None:
    """A domain prefix is unique in a region, and has at most 63 characters."""
    another = replace(DEV, stack_name="A" * 50)

    assert _sign_in_prefix(DEV) == "calldatawriting-dev-"
    assert _sign_in_prefix(another) == "a" * 50 + "-"
    assert len(_sign_in_prefix(another) + "123456789012") == 63


def test_each_environment_has_its_own_stack_name() -> None:
    names = {environment.stack_name for environment in ENVIRONMENTS.values()}

    assert len(names) == len(ENVIRONMENTS)
    assert replace(DEV, name="dev-anna", stack_name="").stack_name == "CallDataWriting-dev-anna"


def test_the_first_deployment_is_protected_only_after_it_succeeded() -> None:
    """A protected stack whose creation failed could be neither removed nor deployed again."""
    first, second = steps(PROD, is_first=True, at_once=False)

    assert first[-2:] == ["--context", "first=true"]
    assert "first=true" not in second
    assert steps(PROD, is_first=False, at_once=False) == [second[:-1]]
    node = synthesis.app(first="true").node
    for approved in (True, False):
        every = steps(PROD, is_first=True, at_once=False, is_approved=approved)
        asked = ["--require-approval=never" not in step for step in every]
        assert asked == [not approved, False]
    assert PROD.as_asked_for(node).deletion_protection is False


def test_a_failed_first_deployment_leaves_no_resources_behind() -> None:
    for resource in _resources(PROD).by_id.values():
        assert resource.get("DeletionPolicy") != "Retain"


def test_the_platforms_account_may_put_its_events_and_manage_its_own_rules_only() -> None:
    resources = _resources(replace(DEV, platform_account="123456789012"))
    (bus,) = resources.of_type("AWS::Events::EventBus")
    puts, rules = (
        policy["Statement"] for policy in resources.of_type("AWS::Events::EventBusPolicy").values()
    )

    assert "123456789012" in json.dumps(puts["Principal"])
    assert puts["Action"] == "events:PutEvents"
    assert puts["Resource"] == {"Fn::GetAtt": [bus, "Arn"]}
    assert puts["Condition"] == {"StringEquals": {"events:source": "campaign.platform"}}
    assert "events:PutRule" in rules["Action"]
    assert rules["Condition"] == {"StringEqualsIfExists": {"events:creatorAccount": "123456789012"}}


def test_the_bus_policys_statements_are_deployed_one_after_the_other() -> None:
    """EventBridge refuses concurrent changes, which would fail the deployment."""
    resources = _resources(replace(DEV, platform_account="123456789012"))
    first, second = (
        (logical_id, resource)
        for logical_id, resource in resources.by_id.items()
        if resource["Type"] == "AWS::Events::EventBusPolicy"
    )

    assert second[1]["DependsOn"] == [first[0]]


def test_the_platform_cannot_forge_the_services_events() -> None:
    resources = _resources(DEV)
    (statement,) = (
        statement
        for policy in resources.of_type("AWS::IAM::ManagedPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "events:PutEvents"
    )

    assert statement["Condition"] == {"StringEquals": {"events:source": "campaign.platform"}}


def test_in_production_postings_calls_and_operators_cannot_starve_each_other() -> None:
    resources = _resources(PROD)
    reserved = {
        package: function.get("ReservedConcurrentExecutions")
        for package, function in resources.functions().items()
    }
    mapping = resources.event_source_of("call_events")

    assert all(reserved[p] for p in ("data_writing", "call_events", "platform_api", "operator_api"))
    assert sum(filter(None, reserved.values())) <= 1000 - 100
    assert mapping["ScalingConfig"]["MaximumConcurrency"] <= reserved["call_events"]


def test_the_docs_list_the_reserved_concurrency() -> None:
    page = (Path(__file__).parents[2] / "docs" / "aws.md").read_text("utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE))
    (rest,) = re.findall(r"^\| the rest \| (\d+) shared", page, re.MULTILINE)

    reserved = PROD.reserved_concurrency
    assert {package: int(share) for package, share in table.items()} == reserved
    assert int(rest) == 1000 - sum(reserved.values())


def test_dev_reserves_no_concurrency_so_that_a_new_account_can_deploy_it() -> None:
    resources = _resources(DEV)

    for function in resources.functions().values():
        assert "ReservedConcurrentExecutions" not in function
    mapping = resources.event_source_of("call_events")
    assert mapping["ScalingConfig"]["MaximumConcurrency"] <= 5


def test_the_access_log_needs_no_log_delivery_policy_and_has_the_operator() -> None:
    stage = _resources(DEV).the_services("AWS::ApiGatewayV2::Stage")
    groups = _resources(DEV).of_type("AWS::Logs::LogGroup")
    group = stage["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]

    assert "/aws/vendedlogs/apigateway/" in json.dumps(groups[group]["LogGroupName"])
    assert json.loads(stage["AccessLogSettings"]["Format"])["user"] == "$context.identity.userArn"


def test_new_code_in_production_starts_with_a_tenth_of_the_traffic_and_alarms_roll_it_back() -> (
    None
):
    resources = _resources(PROD)
    groups = resources.of_type("AWS::CodeDeploy::DeploymentGroup")

    assert len(groups) == len(resources.functions())
    for group in groups.values():
        assert "LambdaCanary10Percent5Minutes" in json.dumps(group["DeploymentConfigName"])
        assert group["AlarmConfiguration"]["Alarms"]
        assert "DEPLOYMENT_STOP_ON_ALARM" in group["AutoRollbackConfiguration"]["Events"]


@pytest.mark.parametrize("package", [p for p, it in FUNCTIONS.items() if not it.only_with])
def test_what_a_function_fails_with_can_ring_an_alarm_of_its_rollout(package: str) -> None:
    resources, entry = _resources(PROD), FUNCTIONS[package]
    (group,) = (
        g
        for i, g in resources.of_type("AWS::CodeDeploy::DeploymentGroup").items()
        if i.startswith(f"Rollout{entry.name}")
    )
    alarms = [
        resources.by_id[alarm["Name"]["Ref"]]["Properties"]
        for alarm in group["AlarmConfiguration"]["Alarms"]
    ]
    apis = {
        i: "Console" if "Console" in i else "Api"
        for i in resources.of_type("AWS::ApiGatewayV2::Api")
    }
    watched = {
        (
            a["MetricName"],
            apis.get(str(d["Value"].get("Ref")) if isinstance(d["Value"], dict) else ""),
        )
        for a in alarms
        for d in a.get("Dimensions", ())
    }

    # A function behind an API catches its errors, and responds with 5xx.
    assert bool(entry.serves) == any(name == "5xx" for name, _ in watched)
    if entry.serves:
        assert ("5xx", "Console" if package == "console" else "Api") in watched
    # More failures than invocations in a period would never ring.
    errors = next(a for a in alarms if a["MetricName"] == "Errors")
    if entry.runs_every_minutes:
        assert errors["Period"] >= 60 * entry.runs_every_minutes
        assert errors["Threshold"] == 1


def test_a_deployment_at_once_ignores_alarms() -> None:
    environment = PROD.as_asked_for(synthesis.app(at_once="true").node)

    for group in _resources(environment).of_type("AWS::CodeDeploy::DeploymentGroup").values():
        assert "AllAtOnce" in json.dumps(group["DeploymentConfigName"])
        assert not group.get("AlarmConfiguration", {}).get("Enabled")
