"""What is decided about alarms, dashboard and saved queries: they speak of what there is."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.key_watch.schemas import SOURCE
from infra.bundle.building import ROOT
from infra.environment import ENVIRONMENTS, Environment
from infra.monitoring.saved_queries import QUERIES
from infra.monitoring.stack import MonitoringStack
from infra.stack import CallDataWritingStack
from shared.domain.key_alerts import Alert
from shared.runtime import metrics
from tests import synthesis
from tests.infra.resources import Resources, as_list

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
"""The section of the runbook that no alarm names, but what is told of keys."""


class Monitoring:
    """The templates of both stacks: monitoring refers to the service's resources."""

    def __init__(self, environment: Environment) -> None:
        service, monitoring = synthesis.stack_templates(environment)
        self.resources, self.service = Resources(monitoring), Resources(service)

    def alarms(self) -> list[dict[str, Any]]:
        return list(self.resources.of_type("AWS::CloudWatch::Alarm").values())

    def queries(self) -> list[dict[str, Any]]:
        return list(self.resources.of_type("AWS::Logs::QueryDefinition").values())

    def dashboard(self) -> Any:
        """Its body, with the logical ids of what it speaks of."""
        body = self.resources.the_only("AWS::CloudWatch::Dashboard")["DashboardBody"]
        parts = body["Fn::Join"][1]
        return json.loads("".join(p if isinstance(p, str) else self.name(p) for p in parts))

    def name(self, value: Any) -> str:
        """A value of the template, with the logical id of a resource for its physical name."""
        match value:
            case str():
                return value
            case {"Fn::ImportValue": export}:
                stack, _, name = export.partition(":")
                assert stack == "Service"
                return self.name(self.service.outputs[name]["Value"])
            case {"Ref": name}:
                return str(name)
            case {"Fn::GetAtt": [logical_id, _]}:
                return str(logical_id)
        raise AssertionError(f"a value unknown here: {value}")

    def metrics(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Namespace, name and dimensions of all that alarms and dashboard show."""
        for alarm in self.alarms():
            for metric in [m["MetricStat"]["Metric"] for m in _stats(alarm)]:
                dimensions = {d["Name"]: self.name(d["Value"]) for d in metric["Dimensions"]}
                yield metric["Namespace"], metric["MetricName"], dimensions
        for widget in self.dashboard()["widgets"]:
            for line in widget["properties"].get("metrics", []):
                if isinstance(line[0], str):
                    namespace, name, *pairs = [part for part in line if isinstance(part, str)]
                    yield namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))

    def searches(self) -> Iterator[str]:
        for widget in self.dashboard()["widgets"]:
            for line in widget["properties"].get("metrics", []):
                if "SEARCH" in str(line[0]):
                    yield line[0]["expression"]


@pytest.fixture(scope="module", params=["dev", "prod"])
def monitoring(request: pytest.FixtureRequest) -> Monitoring:
    environment = ENVIRONMENTS[request.param]
    return Monitoring(replace(environment, alarm_address="oncall@example.com"))


def _stats(alarm: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [metric for metric in alarm["Metrics"] if "MetricStat" in metric]


def _runbook() -> str:
    """That part of the page about monitoring."""
    _, _, after = (ROOT / "docs" / "monitoring.md").read_text().partition("\n## Runbook\n")
    return after.partition("\n## ")[0]


def test_every_alarm_notifies_somebody(monitoring: Monitoring) -> None:
    (topic,) = monitoring.resources.of_type("AWS::SNS::Topic")
    (subscription,) = monitoring.resources.of_type("AWS::SNS::Subscription").values()

    assert all(alarm["AlarmActions"] == [{"Ref": topic}] for alarm in monitoring.alarms())
    assert subscription["TopicArn"] == {"Ref": topic}
    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "oncall@example.com")


def test_every_alarm_says_what_it_means_and_which_section_of_the_runbook_is_about_it(
    monitoring: Monitoring,
) -> None:
    described = re.compile(r'(.{30,}\.) What to do: docs/monitoring\.md, "(.+)"')
    sections = {
        match[2]
        for alarm in monitoring.alarms()
        if (match := described.fullmatch(alarm["AlarmDescription"]))
    }

    assert all(described.fullmatch(alarm["AlarmDescription"]) for alarm in monitoring.alarms())
    # Of an alarm that not all environments have: tests/infra/test_webhook.py.
    sections.add("Calls in the webhook's dead-letter queue")
    assert sections | {OF_KEYS} == set(re.findall(r"^### (.+)$", _runbook(), re.MULTILINE))


def test_news_of_keys_goes_where_alarms_go_and_says_what_to_do(monitoring: Monitoring) -> None:
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


def test_the_runbook_speaks_of_outputs_and_saved_queries_that_there_are(
    monitoring: Monitoring,
) -> None:
    runbook = _runbook()
    quoted = set(re.findall(r'"([A-Z][a-z]+ [^"]+)"', runbook.replace("\n", " ")))
    questions = {query.question for query in QUERIES}
    elsewhere = {"Is anything stuck?", "Concurrent executions"}

    assert set(re.findall(r"\$\(output (\w+)\)", runbook)) <= monitoring.service.outputs.keys()
    assert {text for text in quoted if not text.startswith("Call Started")} <= questions | elsewhere


def test_what_has_nothing_to_do_is_not_in_trouble(monitoring: Monitoring) -> None:
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
def test_whatever_a_person_must_act_on_has_an_alarm(
    monitoring: Monitoring, namespace: str, name: str
) -> None:
    watched = {
        (metric["MetricStat"]["Metric"]["Namespace"], metric["MetricStat"]["Metric"]["MetricName"])
        for alarm in monitoring.alarms()
        for metric in _stats(alarm)
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
def test_every_function_and_every_table_is_watched(
    monitoring: Monitoring, metric: str, dimension: str, resource_type: str
) -> None:
    watched = {
        dimensions[dimension] for _, name, dimensions in monitoring.metrics() if name == metric
    }

    # Of the console's sessions a person at a browser is told at once, and no posting needs them.
    there = {n for n in monitoring.service.of_type(resource_type) if "ConsoleSessions" not in n}
    assert watched == there


def test_pages_that_cannot_be_made_are_told_of_though_the_function_survives_it(
    monitoring: Monitoring,
) -> None:
    (console,) = (i for i in monitoring.service.of_type("AWS::ApiGatewayV2::Api") if "Console" in i)

    watched = [d["ApiId"] for _, name, d in monitoring.metrics() if name == "5xx"]

    assert console in watched


@pytest.mark.parametrize("metric", ["WriteThrottleEvents", "ReadThrottleEvents"])
def test_every_index_is_watched_by_itself(monitoring: Monitoring, metric: str) -> None:
    """What is turned away at an index is not counted as the table's."""
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


def test_a_budget_tells_whoever_gets_alarms() -> None:
    environment = replace(
        ENVIRONMENTS["dev"], alarm_address="oncall@example.com", monthly_budget=50
    )
    budget = Monitoring(environment).resources.the_only("AWS::Budgets::Budget")

    assert budget["Budget"]["BudgetLimit"] == {"Amount": 50, "Unit": "USD"}
    for notification in budget["NotificationsWithSubscribers"]:
        assert notification["Subscribers"] == [
            {"Address": "oncall@example.com", "SubscriptionType": "EMAIL"}
        ]


def test_queues_that_nothing_empties_are_watched(monitoring: Monitoring) -> None:
    name = "ApproximateNumberOfMessagesVisible"
    watched = {d["QueueName"] for _, shown, d in monitoring.metrics() if shown == name}
    read = {
        mapping["EventSourceArn"]["Fn::GetAtt"][0]
        for mapping in monitoring.service.of_type("AWS::Lambda::EventSourceMapping").values()
    }

    assert watched == monitoring.service.of_type("AWS::SQS::Queue").keys() - read


def test_what_is_shown_of_our_own_is_what_the_functions_emit(monitoring: Monitoring) -> None:
    own = [(name, d) for space, name, d in monitoring.metrics() if space == metrics.NAMESPACE]
    functions = monitoring.service.of_type("AWS::Lambda::Function")

    assert {name for name, _ in own} == OWN_METRICS
    for _, dimensions in own:
        assert dimensions.keys() == {metrics.FUNCTION, metrics.OUTCOME}
        assert dimensions[metrics.FUNCTION] in functions
        assert dimensions[metrics.OUTCOME] in OUTCOMES


def test_refusals_are_searched_for_by_the_dimensions_that_they_have(monitoring: Monitoring) -> None:
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


def test_the_ids_in_a_graph_or_an_alarm_are_its_own(monitoring: Monitoring) -> None:
    for alarm in monitoring.alarms():
        ids = [metric["Id"] for metric in alarm["Metrics"]]
        assert len(set(ids)) == len(ids)
        assert len(_stats(alarm)) <= 10


def test_the_topic_is_encrypted_and_speaks_tls_only(monitoring: Monitoring) -> None:
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
def test_alarms_and_news_may_be_published_to_the_topic_with_its_key(
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


def test_without_an_address_there_is_a_topic_to_subscribe_to_later() -> None:
    resources = Monitoring(ENVIRONMENTS["dev"]).resources

    types = {resource["Type"] for resource in resources.by_id.values()}
    assert "AWS::SNS::Topic" in types
    assert "AWS::SNS::Subscription" not in types
    assert "AlarmTopicArn" in resources.outputs


def test_saved_queries_read_log_groups_that_there_are(monitoring: Monitoring) -> None:
    log_groups = monitoring.service.of_type("AWS::Logs::LogGroup")
    read = {monitoring.name(g) for q in monitoring.queries() for g in q["LogGroupNames"]}

    assert read == log_groups.keys()


def test_saved_queries_of_two_environments_stand_side_by_side() -> None:
    dev, prod = (
        {query["Name"] for query in Monitoring(ENVIRONMENTS[name]).queries()}
        for name in ("dev", "prod")
    )

    assert dev.isdisjoint(prod)
    assert all(re.fullmatch(r"[^:*/]+/[^:*/]+", name) for name in dev | prod)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.question)
def test_a_saved_query_asks_for_what_it_needs_to_be_told(query: Any) -> None:
    assert set(re.findall(r"{{(\w+)}}", query.text)) == {name for name, _ in query.parameters}


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
        # CDK adds the construct's path before the name, and a hash after it.
        name = re.sub(r"^Alarms|[0-9A-F]{8}$", "", logical_id)
        assert any(re.fullmatch(pattern, name) for pattern in patterns), name
