"""Events from and to the platform: none is lost, and none blocks another."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.infra.resources import Properties, Resources

SampleEvent = Callable[[str], dict[str, Any]]
Matches = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


def _queue(resources: Resources, reference: Properties) -> Properties:
    return resources.of_type("AWS::SQS::Queue")[reference["Fn::GetAtt"][0]]


@pytest.mark.parametrize("name", ["call_started", "call_ended", "call_started_anonymous"])
def test_the_rule_matches_the_platforms_events(
    resources: Resources, sample_event: SampleEvent, matches: Matches, name: str
) -> None:
    pattern = resources.the_only("AWS::Events::Rule")["EventPattern"]

    assert matches(pattern, sample_event(name))


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "call-data-writing"},
        {"source": "somebody.else"},
        {"detail-type": "Call Tagged"},
        {"detail-type": "Call Parked"},
    ],
)
def test_the_rule_ignores_other_events(
    resources: Resources, sample_event: SampleEvent, matches: Matches, changes: dict[str, str]
) -> None:
    pattern = resources.the_only("AWS::Events::Rule")["EventPattern"]

    assert not matches(pattern, sample_event("call_started") | changes)


def test_the_rule_ignores_the_services_own_events(
    resources: Resources, sample_event: SampleEvent, matches: Matches
) -> None:
    for rule in resources.of_type("AWS::Events::Rule").values():
        assert not matches(rule["EventPattern"], sample_event("call_tagged"))


def test_the_rule_is_on_our_bus_and_keeps_undelivered_events(resources: Resources) -> None:
    rule = resources.the_only("AWS::Events::Rule")
    (target,) = rule["Targets"]

    assert rule["EventBusName"]["Ref"] in resources.of_type("AWS::Events::EventBus")
    assert target["Arn"] == resources.event_source_of("call_events")["EventSourceArn"]
    assert _queue(resources, target["DeadLetterConfig"]["Arn"])["MessageRetentionPeriod"] > 0


def test_call_events_that_keep_failing_go_to_the_dead_letter_queue(resources: Resources) -> None:
    source = resources.event_source_of("call_events")["EventSourceArn"]
    redrive = _queue(resources, source)["RedrivePolicy"]
    letters = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
    url = resources.functions()["call_events"]["Environment"]["Variables"]["DEAD_LETTER_QUEUE_URL"]

    assert redrive["maxReceiveCount"] >= 5
    assert url == {"Ref": letters}


def test_a_batch_of_call_events_stays_invisible_while_it_is_handled(
    resources: Resources,
) -> None:
    source = resources.event_source_of("call_events")["EventSourceArn"]
    timeout = resources.functions()["call_events"]["Timeout"]

    assert _queue(resources, source)["VisibilityTimeout"] >= 6 * timeout


@pytest.mark.parametrize("package", ["call_events", "call_feed"])
def test_one_failing_record_does_not_fail_its_batch(resources: Resources, package: str) -> None:
    mapping = resources.event_source_of(package)

    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_runbooks_command_finds_the_feeds_event_source(resources: Resources) -> None:
    page = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text("utf-8")
    (named,) = re.findall(r"contains\(FunctionArn, `(\w+)`\)", page)

    found = [i for i in resources.of_type("AWS::Lambda::Function") if i.startswith(named)]
    assert found == [resources.function_id("call_feed")]
    # Lambda's default: until the record is too old.
    assert "MaximumRetryAttempts" not in resources.event_source_of("call_feed")


@pytest.mark.parametrize("package", ["call_feed", "activity"])
def test_a_stream_isolates_a_failing_record_and_keeps_it(
    resources: Resources, package: str
) -> None:
    mapping = resources.event_source_of(package)

    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    # The stream keeps records for a day. The alarm must come before that.
    assert 0 < mapping["MaximumRecordAgeInSeconds"] < 24 * 3600
    assert _queue(resources, mapping["DestinationConfig"]["OnFailure"]["Destination"])


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("changed_call_record", True),
        ("expired_call_record", False),
        ("stored_posting_record", False),
    ],
)
def test_the_feed_receives_changed_calls_only(
    resources: Resources, sample_event: SampleEvent, matches: Matches, name: str, wanted: bool
) -> None:
    filters = resources.event_source_of("call_feed")["FilterCriteria"]["Filters"]
    patterns = [json.loads(criterion["Pattern"]) for criterion in filters]

    assert any(matches(pattern, sample_event(name)) for pattern in patterns) is wanted


def test_rows_are_counted_in_large_batches_and_in_time(resources: Resources) -> None:
    mapping = resources.event_source_of("activity")

    assert mapping["BatchSize"] == 1000
    assert 30 <= mapping["MaximumBatchingWindowInSeconds"] < 60
    # Counting relies on the order of a shard's batches.
    assert mapping.get("ParallelizationFactor", 1) == 1


@pytest.mark.parametrize(
    ("event_name", "wanted"), [("INSERT", True), ("MODIFY", False), ("REMOVE", False)]
)
def test_only_new_rows_are_counted(
    resources: Resources, matches: Matches, event_name: str, wanted: bool
) -> None:
    (criterion,) = resources.event_source_of("activity")["FilterCriteria"]["Filters"]

    assert matches(json.loads(criterion["Pattern"]), {"eventName": event_name}) is wanted


def test_key_watch_runs_every_five_minutes_and_only_its_schedule_may_invoke_it(
    resources: Resources,
) -> None:
    schedule = resources.the_only("AWS::Scheduler::Schedule")
    target = schedule["Target"]

    assert (schedule["ScheduleExpression"], schedule["FlexibleTimeWindow"]) == (
        "rate(5 minutes)",
        {"Mode": "OFF"},
    )
    function = resources.function_behind(target["Arn"])
    handler = resources.of_type("AWS::Lambda::Function")[function]["Handler"]
    assert handler == "functions.key_watch.handler.lambda_handler"
    role = target["RoleArn"]["Fn::GetAtt"][0]
    (statement,) = (
        statement
        for policy in resources.of_type("AWS::IAM::Policy").values()
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    )
    assert (statement["Action"], statement["Resource"]) == ("lambda:InvokeFunction", target["Arn"])


def test_messages_are_kept_for_14_days_and_encrypted(resources: Resources) -> None:
    for queue in resources.of_type("AWS::SQS::Queue").values():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queue["SqsManagedSseEnabled"] is True


def test_every_queue_refuses_plain_http(resources: Resources) -> None:
    refusing = {
        queue["Ref"]
        for policy in resources.of_type("AWS::SQS::QueuePolicy").values()
        for queue in policy["Queues"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Deny"
        and statement["Principal"] in ("*", {"AWS": "*"})
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    }

    assert refusing == resources.of_type("AWS::SQS::Queue").keys()
