"""The environments' settings: invalid ones are refused with the fix."""

from dataclasses import replace
from typing import Any

import pytest

from infra.environment import DEV, Environment, EnvironmentInvalid
from tests import synthesis

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/9b653cf0"
INSTANCE = "arn:aws:connect:us-west-2:123456789012:instance/8e5f6a41-70c2-4d3b-9f18-5b0e7d2c9a64"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"domain_name": "https://post.example.com"}, "Use only a name"),
        ({"domain_name": "post.example.com/tags"}, "Use only a name"),
        ({"domain_name": "post.example.com"}, "needs a certificate_arn"),
        ({"certificate_arn": CERTIFICATE}, "Set it, or remove both"),
        ({"domain_name": "a.example", "certificate_arn": "mine"}, "Use a certificate's ARN"),
        (
            {"domain_name": "a.example", "certificate_arn": CERTIFICATE, "region": "eu-west-1"},
            "in its own region",
        ),
        ({"hosted_zone_id": "example.com"}, "Use the ID of a Route 53 zone"),
        ({"console_domain_name": "https://a.example"}, "console_domain_name is .* only a name"),
        ({"console_domain_name": "a.example"}, "needs a console_certificate_arn"),
        ({"console_certificate_arn": CERTIFICATE}, "need a console_domain_name"),
        (
            {"console_domain_name": "a.example", "console_certificate_arn": "mine"},
            "console_certificate_arn is 'mine'",
        ),
        ({"console_hosted_zone_id": "example.com"}, "console_hosted_zone_id is"),
        (
            {"domain_name": "a.example", "console_domain_name": "a.example"},
            "console_domain_name equals domain_name",
        ),
        ({"alarm_address": "oncall"}, "Use an email address"),
        ({"webhook_url": "http://example.com"}, "Use an https URL"),
        ({"platform_account": "1234"}, "Use an AWS account ID"),
        ({"account": "my-account"}, "Use an AWS account ID"),
        ({"region": "Virginia"}, "Use an AWS region"),
        ({"stack_name": "call_data"}, "Start it with a letter"),
        ({"stack_name": "A" * 51}, "50 letters"),
        ({"stack_name": "OurAwsCalls"}, "without aws, amazon or cognito"),
        ({"log_level": "WARN"}, "Use 'DEBUG' or 'INFO'"),
        ({"throttling_rate": 0}, "must be positive"),
        ({"most_event_batches": 1}, "Use 2 to 1000"),
        ({"reserved_concurrency": {"call_events": 0}}, "Use 1 or more"),
        ({"reserved_concurrency": {"call_events": 4}}, "Use that number or less"),
        ({"monthly_budget": 100}, "needs an alarm_address"),
        ({"amazon_connect_instance": "my-instance"}, "Use the instance's ARN"),
        ({"amazon_connect_instance": CERTIFICATE}, "Use the instance's ARN"),
        ({"amazon_connect_instance": f"{INSTANCE}/queue/1"}, "Use the instance's ARN"),
        ({"amazon_connect_instance": ""}, "Use the instance's ARN"),
        (
            {"amazon_connect_instance": INSTANCE, "region": "eu-west-1"},
            "amazon_connect_instance is in us-west-2, and the environment is in eu-west-1",
        ),
        (
            {"amazon_connect_instance": INSTANCE, "account": "210987654321"},
            "amazon_connect_instance is in account 123456789012",
        ),
        ({"genesys_event_source": "genesys"}, "Use the name of the partner event source"),
        ({"genesys_event_source": "aws.partner/other.com/x"}, "genesys_event_source is"),
    ],
)
def test_an_invalid_setting_is_refused_with_the_fix_and_the_file(
    settings: dict[str, Any], message: str
) -> None:
    with pytest.raises(EnvironmentInvalid, match=message) as raised:
        replace(DEV, **settings)

    assert str(raised.value).startswith("environment dev, in infra/environment.py:")


@pytest.mark.parametrize(
    "settings",
    [
        {"amazon_connect_instance": INSTANCE},
        {"amazon_connect_instance": INSTANCE.rpartition("/")[2]},
        {"amazon_connect_instance": "*"},
        {"amazon_connect_instance": INSTANCE, "region": "us-west-2", "account": "123456789012"},
        {"genesys_event_source": "aws.partner/genesys.com/cloud/7d3a-1/our-calls"},
    ],
)
def test_a_phone_system_is_named_as_aws_names_it(settings: dict[str, Any]) -> None:
    environment = replace(DEV, **settings)

    assert settings.items() <= {n: getattr(environment, n) for n in settings}.items()


@pytest.mark.parametrize("setting", ["alarm_address", "monthly_budget"])
def test_production_is_not_deployed_without_an_address_for_alarms_and_a_budget(
    setting: str,
) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{setting} is missing"):
        Environment.of(synthesis.app(environment="prod").node)


@pytest.mark.parametrize(
    "option",
    [
        "public_url",
        "alarm_address",
        "webhook_url",
        "domain_name",
        "console_domain_name",
        "embedded_url",
    ],
)
def test_a_setting_in_the_context_is_refused_because_the_next_deployment_would_forget_it(
    option: str,
) -> None:
    with pytest.raises(EnvironmentInvalid, match=f"{option} is in the context"):
        Environment.of(synthesis.app(**{option: "https://example.com"}).node)


def test_cdk_json_has_feature_flags_only() -> None:
    assert all(name.startswith("@aws-cdk/") for name in synthesis.CDK_JSON["context"])
