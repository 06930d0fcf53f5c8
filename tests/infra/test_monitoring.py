"""Alarms and dashboard: they cover all that people must act on, and refer to existing resources."""

import re
from dataclasses import replace

import pytest

from infra.bundle.building import ROOT
from infra.environment import ENVIRONMENTS
from infra.functions import FUNCTIONS
from infra.monitoring import alarm_table
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack
from shared.domain.key_alerts import Alert
from shared.domain.platform_events import SOURCE
from shared.runtime import metrics
from tests import synthesis
from tests.infra.monitoring import Monitoring, runbook, section, stats
from tests.infra.resources import as_list

OWN_METRICS = {
    metrics.POSTINGS,
    metrics.TAGS_APPLIED,
    metrics.PENDING_AGE,
    metrics.POSTINGS_LEFT_OUT,
    metrics.CALL_EVENTS,
    metrics.EVENT_LAG,
    metrics.CALLS_ANNOUNCED,
}


OUTCOMES = {
    *metrics.PostingOutcome,
    *metrics.EventOutcome,
    *metrics.AnnouncementOutcome,
}


OF_KEYS = "A key is silent or matches too little"


"""The section of the runbook that key alerts name, and no alarm."""


def test_every_alarm_notifies_the_topic(monitoring: Monitoring) -> None:
    (topic,) = monitoring.resources.of_type("AWS::SNS::Topic")
    (subscription,) = monitoring.resources.of_type("AWS::SNS::Subscription").values()

    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in monitoring.alarms())
    assert subscription["TopicArn"] == {"Ref": topic}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "oncall@example.com")


def test_every_alarm_has_its_meaning_and_its_section_of_the_runbook(
    monitoring: Monitoring,
) -> None:
    described = re.compile(r'(.{30,}\.) What to do: docs/monitoring\.md, "(.+)"')
    sections = {
        match[2]
        for alarm in monitoring.alarms()
        if (match := described.fullmatch(alarm["AlarmDescription"]))
    }

    assert all(described.fullmatch(alarm["AlarmDescription"]) for alarm in monitoring.alarms())
    # Only environments with a webhook have this alarm: tests/infra/test_webhook.py.
    sections.add("Calls in the webhook's dead-letter queue")
    assert sections | {OF_KEYS} == set(re.findall(r"^### (.+)$", runbook(), re.MULTILINE))


def test_the_runbooks_table_of_alarms_is_the_codes() -> None:
    """If it is not, run `python -m infra.monitoring.alarm_table`."""
    assert alarm_table.PAGE.read_text(encoding="utf-8") == alarm_table.written()


def test_every_alarm_has_a_drill_whose_commands_and_names_exist(monitoring: Monitoring) -> None:
    notes = alarm_table.notes(replace(ENVIRONMENTS["prod"], webhook_url="https://example.com/tags"))
    shell = set(re.findall(r"^(\w+)\(\) {", section("Make an alarm ring"), re.MULTILINE))
    functions = {entry.construct_id for entry in FUNCTIONS.values()}
    outputs = {*monitoring.service.outputs, "WebhookDeadLetterQueueUrl"}

    for note in notes.values():
        assert note.meaning.endswith(".")
        commands = [words.split() for words in note.drill.split("`")[1::2]]
        named = [words for words in commands if words[0] in {*shell, "make"}]
        assert named or "has_canary" in note.drill
        for command, *arguments in named:
            if command in ("stop", "start", "deny", "allow", "crash"):
                assert arguments[0] in functions
            if command in ("drop", "slow"):
                assert arguments[0] in outputs


def test_key_alerts_go_to_the_alarms_topic_with_instructions(monitoring: Monitoring) -> None:
    (topic,) = monitoring.resources.of_type("AWS::SNS::Topic")
    rule = monitoring.resources.the_only("AWS::Events::Rule")
    (target,) = rule["Targets"]

    assert rule["EventPattern"] == {"source": [SOURCE], "detail-type": [*Alert]}
    assert monitoring.name(rule["EventBusName"]) in monitoring.service.of_type(
        "AWS::Events::EventBus"
    )
    assert target["Arn"] == {"Ref": topic}
    shown = set(target["InputTransformer"]["InputPathsMap"].values())
    assert shown >= {"$.detail-type", "$.detail.key_id", "$.detail.publisher_id", "$.detail.since"}
    assert f'docs/monitoring.md, \\"{OF_KEYS}\\"' in target["InputTransformer"]["InputTemplate"]


def test_an_alarm_without_data_does_not_fire(monitoring: Monitoring) -> None:
    assert {alarm["TreatMissingData"] for alarm in monitoring.alarms()} == {"notBreaching"}


@pytest.mark.parametrize(
    ("namespace", "name"),
    [
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage"),
        ("AWS/ApiGateway", "5xx"),
        ("AWS/Lambda", "IteratorAge"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/ApiGateway", "Count"),
        ("AWS/DynamoDB", "WriteThrottleEvents"),
        ("AWS/DynamoDB", "ReadThrottleEvents"),
        ("AWS/DynamoDB", "SystemErrors"),
    ],
)
def test_what_a_person_must_act_on_has_an_alarm(
    monitoring: Monitoring, namespace: str, name: str
) -> None:
    watched = {
        (metric["MetricStat"]["Metric"]["Namespace"], metric["MetricStat"]["Metric"]["MetricName"])
        for alarm in monitoring.alarms()
        for metric in stats(alarm)
    }

    assert (namespace, name) in watched


@pytest.mark.parametrize(
    ("metric", "dimension", "resource_type"),
    [
        ("Errors", "FunctionName", "AWS::Lambda::Function"),
        ("Throttles", "FunctionName", "AWS::Lambda::Function"),
        ("WriteThrottleEvents", "TableName", "AWS::DynamoDB::Table"),
        ("ReadThrottleEvents", "TableName", "AWS::DynamoDB::Table"),
        ("SystemErrors", "TableName", "AWS::DynamoDB::Table"),
    ],
)
def test_every_function_and_every_table_has_alarms(
    monitoring: Monitoring, metric: str, dimension: str, resource_type: str
) -> None:
    watched = {
        dimensions[dimension] for _, name, dimensions in monitoring.metrics() if name == metric
    }

    # The console's sessions have none: a person sees the error at once, and no posting needs them.
    there = {n for n in monitoring.service.of_type(resource_type) if "ConsoleSessions" not in n}
    assert watched == there


def test_error_pages_of_the_console_raise_an_alarm(
    monitoring: Monitoring,
) -> None:
    (console,) = (i for i in monitoring.service.of_type("AWS::ApiGatewayV2::Api") if "Console" in i)

    watched = [d["ApiId"] for _, name, d in monitoring.metrics() if name == "5xx"]

    assert console in watched


@pytest.mark.parametrize("metric", ["WriteThrottleEvents", "ReadThrottleEvents"])
def test_every_index_has_its_own_throttle_metrics(monitoring: Monitoring, metric: str) -> None:
    """The table's metrics do not include throttling of an index."""
    watched = {
        (d["TableName"], d["GlobalSecondaryIndexName"])
        for _, name, d in monitoring.metrics()
        if name == metric and "GlobalSecondaryIndexName" in d
    }

    assert watched == {
        (table, index["IndexName"])
        for table, properties in monitoring.service.of_type("AWS::DynamoDB::Table").items()
        for index in properties.get("GlobalSecondaryIndexes", [])
    }


def test_a_budget_warns_the_alarm_address() -> None:
    environment = replace(
        ENVIRONMENTS["dev"], alarm_address="oncall@example.com", monthly_budget=50
    )
    budget = Monitoring(environment).resources.the_only("AWS::Budgets::Budget")

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    for notification in budget["NotificationsWithSubscribers"]:
        assert notification["Subscribers"] == [
            {"Address": "oncall@example.com", "SubscriptionType": "EMAIL"}
        ]


def test_dead_letter_queues_have_alarms(monitoring: Monitoring) -> None:
    name = "ApproximateNumberOfMessagesVisible"
    watched = {d["QueueName"] for _, shown, d in monitoring.metrics() if shown == name}
    read = {
        mapping["EventSourceArn"]["Fn::GetAtt"][0]
        for mapping in monitoring.service.of_type("AWS::Lambda::EventSourceMapping").values()
    }

    assert watched == monitoring.service.of_type("AWS::SQS::Queue").keys() - read


def test_alarms_and_dashboard_use_metrics_that_the_functions_emit(monitoring: Monitoring) -> None:
    own = [(name, d) for space, name, d in monitoring.metrics() if space == metrics.NAMESPACE]
    functions = monitoring.service.of_type("AWS::Lambda::Function")

    assert {name for name, _ in own} == OWN_METRICS
    for _, dimensions in own:
        assert dimensions.keys() == {metrics.FUNCTION, metrics.OUTCOME}
        assert dimensions[metrics.FUNCTION] in functions
        assert dimensions[metrics.OUTCOME] in OUTCOMES


def test_refusals_are_searched_by_the_dimensions_of_their_metric(monitoring: Monitoring) -> None:
    (search,) = monitoring.searches()
    function = monitoring.service.function_id("data_writing")

    assert search == (
        "SEARCH('{CallDataWriting,function_name,reason} "
        f'MetricName="Postings" function_name="{function}"\', \'Sum\', 300)'
    )


def test_every_alarm_is_on_the_dashboard(monitoring: Monitoring) -> None:
    shown = [w for w in monitoring.dashboard()["widgets"] if w["type"] == "alarm"]

    assert (
        set(shown[0]["properties"]["alarms"])
        == monitoring.resources.of_type("AWS::CloudWatch::Alarm").keys()
    )


def test_metric_ids_are_unique_within_a_graph_or_an_alarm(monitoring: Monitoring) -> None:
    for alarm in monitoring.alarms():
        ids = [metric["Id"] for metric in alarm["Metrics"]]
        assert len(set(ids)) == len(ids)
        assert len(stats(alarm)) <= 10


def test_the_topic_is_encrypted_and_requires_tls(monitoring: Monitoring) -> None:
    (key,) = monitoring.resources.of_type("AWS::KMS::Key")
    topic = monitoring.resources.the_only("AWS::SNS::Topic")
    policy = monitoring.resources.the_only("AWS::SNS::TopicPolicy")["PolicyDocument"]

    assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert any(
        statement["Effect"] == "Deny"
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for statement in policy["Statement"]
    )


@pytest.mark.parametrize("service", ["cloudwatch", "events"])
def test_alarms_and_key_alerts_may_use_the_topic_and_its_encryption_key(
    monitoring: Monitoring, service: str
) -> None:
    key = monitoring.resources.the_only("AWS::KMS::Key")["KeyPolicy"]
    policy = monitoring.resources.the_only("AWS::SNS::TopicPolicy")["PolicyDocument"]
    allowed = {
        action
        for statement in [*key["Statement"], *policy["Statement"]]
        if statement["Effect"] == "Allow"
        and f"{service}.amazonaws.com" in as_list(statement["Principal"].get("Service", []))
        for action in [statement["Action"]]
        for action in (action if isinstance(action, list) else [action])
    }

    assert allowed == {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey*"}


def test_without_an_alarm_address_the_topic_has_no_subscription() -> None:
    resources = Monitoring(ENVIRONMENTS["dev"]).resources

    types = {resource["Type"] for resource in resources.by_id.values()}
    assert "AWS::SNS::Topic" in types
    assert "AWS::SNS::Subscription" not in types
    assert "AlarmTopicArn" in resources.outputs


def test_the_service_does_not_depend_on_its_monitoring() -> None:
    app = synthesis.app()
    service = CallDataWritingStack(app, "Service", environment=ENVIRONMENTS["dev"])
    MonitoringStack(app, "Monitoring", environment=ENVIRONMENTS["dev"], service=service)

    assert list(service.dependencies) == []


def test_the_page_for_on_call_lists_every_alarm_by_name(monitoring: Monitoring) -> None:
    page, _, _ = (ROOT / "docs" / "monitoring.md").read_text().partition("\n## Runbook\n")
    first_columns = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    listed = re.findall(r"`([\w<>]+)`", " ".join(first_columns))
    patterns = [re.sub(r"<\w+>", r"\\w+", name) for name in listed]

    for logical_id in monitoring.resources.of_type("AWS::CloudWatch::Alarm"):
        # The CDK adds the construct's path before the name, and a hash after it.
        name = re.sub(r"^Alarms|[0-9A-F]{8}$", "", logical_id)
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name
