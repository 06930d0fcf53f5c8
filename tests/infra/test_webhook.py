"""The webhook: retries, secret, dead-letter queue and alarm."""

from dataclasses import replace

import pytest

from infra.environment import ENVIRONMENTS
from tests import synthesis
from tests.infra.resources import Resources

URL = "https://platform.example/tags"


def _synthesized(webhook_url: str | None) -> tuple[Resources, Resources]:
    environment = replace(ENVIRONMENTS["dev"], webhook_url=webhook_url)
    service, monitoring = synthesis.stack_templates(environment)
    return Resources(service), Resources(monitoring)


@pytest.fixture(scope="module")
def with_webhook() -> tuple[Resources, Resources]:
    return _synthesized(URL)


def test_call_tagged_is_retried_for_a_day_and_then_kept(
    with_webhook: tuple[Resources, Resources],
) -> None:
    service, _ = with_webhook
    destination = service.the_only("AWS::Events::ApiDestination")
    (rule,) = (
        rule
        for rule in service.of_type("AWS::Events::Rule").values()
        if rule["EventPattern"]["source"] == ["call-data-writing"]
    )
    (target,) = rule["Targets"]

    assert (destination["InvocationEndpoint"], destination["HttpMethod"]) == (URL, "POST")
    assert rule["EventPattern"]["detail-type"] == ["Call Tagged"]
    assert target["InputPath"] == "$.detail"
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 24 * 60 * 60
    queue = target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]
    assert service.of_type("AWS::SQS::Queue")[queue]["MessageRetentionPeriod"] == 14 * 24 * 60 * 60


def test_aws_generates_the_secret_and_no_template_has_it(
    with_webhook: tuple[Resources, Resources],
) -> None:
    service, _ = with_webhook
    parameters = service.the_only("AWS::Events::Connection")["AuthParameters"]
    value = parameters["ApiKeyAuthParameters"]["ApiKeyValue"]

    assert "{{resolve:secretsmanager:" in str(value)
    assert service.the_only("AWS::SecretsManager::Secret")["GenerateSecretString"]


def test_undelivered_tags_raise_an_alarm(with_webhook: tuple[Resources, Resources]) -> None:
    _, monitoring = with_webhook
    descriptions = [
        a["AlarmDescription"] for a in monitoring.of_type("AWS::CloudWatch::Alarm").values()
    ]

    assert len([text for text in descriptions if "webhook" in text]) == 1


def test_without_a_url_there_is_no_webhook() -> None:
    service, monitoring = _synthesized(None)

    assert "AWS::Events::ApiDestination" not in {r["Type"] for r in service.by_id.values()}
    alarms = monitoring.of_type("AWS::CloudWatch::Alarm").values()
    assert not [a for a in alarms if "webhook" in a["AlarmDescription"]]
