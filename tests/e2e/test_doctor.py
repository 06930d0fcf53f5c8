"""The doctor's findings on the embedded AWS, which lacks much of AWS."""

from dataclasses import replace

from infra.account import foreign_rules
from infra.account.connection import Account
from infra.account.doctor import after, before
from infra.account.findings import Finding, Verdict
from infra.environment import ENVIRONMENTS, PROD
from tests.e2e.service import Service

LOCAL = ENVIRONMENTS["local"]


def _by_subject(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.about: finding for finding in findings}


def test_before_a_deployment_the_doctor_checks_credentials_bootstrap_and_certificate(
    service: Service,
) -> None:
    found = _by_subject(list(before(Account(service.aws.client), LOCAL)))

    assert found["credentials"].verdict is Verdict.OK
    assert found["bootstrap"].verdict is Verdict.OK
    assert found["certificate"].verdict is Verdict.OK


def test_credentials_for_another_account_are_something_to_do(service: Service) -> None:
    environment = replace(LOCAL, account="999999999999")
    found = _by_subject(list(before(Account(service.aws.client), environment)))

    assert found["credentials"].verdict is Verdict.TO_DO
    assert "999999999999" in found["credentials"].message


def test_production_needs_an_alarm_address_and_a_domain(service: Service) -> None:
    found = _by_subject(list(before(Account(service.aws.client), PROD)))

    assert found["alarm address"].verdict is Verdict.TO_DO
    assert found["certificate"].verdict is Verdict.TO_DO


def test_the_consoles_domain_is_checked_too(service: Service) -> None:
    own = replace(
        LOCAL,
        console_domain_name="console.example.com",
        console_certificate_arn="arn:aws:acm:us-east-1:123456789012:certificate/9b653cf0",
    )
    found = _by_subject(list(before(Account(service.aws.client), own)))
    without = _by_subject(list(before(Account(service.aws.client), LOCAL)))

    assert found["console's certificate"].verdict is not Verdict.OK
    assert "console.example.com at the output Console" in found["console's hosted zone"].message
    assert without["console's certificate"].verdict is Verdict.OK
    assert without["console's hosted zone"].verdict is Verdict.OK


def test_after_a_deployment_tables_are_checked_and_missing_parts_are_not_reported_as_ok(
    service: Service,
) -> None:
    found = _by_subject(list(after(Account(service.aws.client), LOCAL)))

    assert found["point-in-time recovery"].verdict is Verdict.OK
    assert found["expiry of items"].verdict is Verdict.OK
    # The embedded AWS has no monitoring.
    assert found["stacks"].verdict is Verdict.TO_DO
    assert found["alarms"].verdict is Verdict.NOT_CHECKED


def test_a_test_posting_is_received_and_leaves_no_rule_behind(service: Service) -> None:
    key = service.new_key(service.new_publisher())
    found = _by_subject(list(after(Account(service.aws.client), LOCAL, key.key)))

    assert found["a posting"].verdict is Verdict.OK
    rules = service.events.list_rules(EventBusName=service.outputs["EventBusName"])["Rules"]
    assert not [rule for rule in rules if rule["Name"].startswith("doctor-")]


def test_a_refused_test_posting_is_reported_with_its_response(service: Service) -> None:
    found = _by_subject(list(after(Account(service.aws.client), LOCAL, "no-key")))

    assert found["a posting"].verdict is Verdict.TO_DO
    assert "responded with 401" in found["a posting"].message


def test_without_a_key_the_test_posting_is_not_checked(service: Service) -> None:
    found = _by_subject(list(after(Account(service.aws.client), LOCAL)))

    assert found["a posting"].verdict is Verdict.NOT_CHECKED


def test_only_rules_of_others_on_the_bus_are_listed(service: Service) -> None:
    account = Account(service.aws.client)
    bus = service.outputs["EventBusName"]
    service.events.put_rule(
        Name="anothers-rule", EventBusName=bus, EventPattern='{"source": ["x"]}'
    )

    found = foreign_rules.find(account, [LOCAL.stack_name])

    service.events.delete_rule(Name="anothers-rule", EventBusName=bus)
    assert "anothers-rule" in found
    assert not [name for name in found if "CallEvents" in name]
