"""The doctor's checks after a deployment."""

from infra.account.connection import Account
from infra.account.findings import Verdict
from infra.account.posting import PostingFailed, send_test_posting
from infra.environment import Environment


def stacks(account: Account, environment: Environment) -> tuple[Verdict, str]:
    for stack in (environment.stack_name, f"{environment.stack_name}-Monitoring"):
        if not account.is_deployed(stack):
            status = account.status(stack) or "not deployed"
            return Verdict.TO_DO, f"{stack} is {status}: run `make deploy ENV={environment.name}`"
    return Verdict.OK, "both are deployed"


def _tables(account: Account, environment: Environment) -> dict[str, str]:
    outputs = account.outputs(environment.stack_name)
    return {name: value for name, value in outputs.items() if name.endswith("TableName")}


def recovery(account: Account, environment: Environment) -> tuple[Verdict, str]:
    dynamodb = account.client("dynamodb")
    off = [
        name
        for name, table in _tables(account, environment).items()
        if dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"][
            "PointInTimeRecoveryDescription"
        ]["PointInTimeRecoveryStatus"]
        != "ENABLED"
    ]
    if off:
        return Verdict.TO_DO, f"it is off for {', '.join(off)}: deploy again, or turn it on"
    return Verdict.OK, "on for all tables"


def expiry(account: Account, environment: Environment) -> tuple[Verdict, str]:
    dynamodb = account.client("dynamodb")
    off = [
        name
        for name, table in _tables(account, environment).items()
        # The table of keys has none: keys are never deleted automatically.
        if name != "PostbackKeysTableName"
        and dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"][
            "TimeToLiveStatus"
        ]
        not in ("ENABLED", "ENABLING")
    ]
    if off:
        return Verdict.TO_DO, f"it is off for {', '.join(off)}: deploy again, or turn it on"
    return Verdict.OK, "on for all tables that need it"


def alarms(account: Account, environment: Environment) -> tuple[Verdict, str]:
    stack = f"{environment.stack_name}-Monitoring"
    if not account.is_deployed(stack):
        return Verdict.NOT_CHECKED, f"{stack} is not deployed"
    pages = account.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = [a for page in pages for a in page["MetricAlarms"] if a["AlarmName"].startswith(stack)]
    ringing = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]
    if ringing:
        return Verdict.TO_DO, f"in alarm: {', '.join(ringing)}. See docs/monitoring.md"
    quiet = [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "OK"]
    if len(quiet) < len(alarms) or not alarms:
        count = f"{len(alarms) - len(quiet)} of {len(alarms)} alarms have no state yet"
        return Verdict.NOT_CHECKED, f"{count}: check again in ten minutes"
    return Verdict.OK, f"all {len(alarms)} are OK"


def alarm_address(account: Account, environment: Environment) -> tuple[Verdict, str]:
    """SNS sends nothing to an address until it has confirmed the subscription."""
    stack = f"{environment.stack_name}-Monitoring"
    if not account.is_deployed(stack):
        return Verdict.NOT_CHECKED, f"{stack} is not deployed"
    topic = account.outputs(stack)["AlarmTopicArn"]
    pages = account.client("sns").get_paginator("list_subscriptions_by_topic")
    found = [each for page in pages.paginate(TopicArn=topic) for each in page["Subscriptions"]]
    unconfirmed = [s["Endpoint"] for s in found if s["SubscriptionArn"] == "PendingConfirmation"]
    if unconfirmed:
        return (
            Verdict.TO_DO,
            f"not confirmed yet: {', '.join(unconfirmed)}. Open the link in the message from SNS",
        )
    if not found and environment.needs_alarm_address:
        return Verdict.TO_DO, f"nobody receives alarms: subscribe an address to {topic}"
    return Verdict.OK, ", ".join(
        each["Endpoint"] for each in found
    ) or "none: nobody receives alarms"


def bus_policy(account: Account, environment: Environment) -> tuple[Verdict, str]:
    platform = environment.platform_account
    if not platform:
        return Verdict.OK, "not needed: no platform_account"
    bus = account.outputs(environment.stack_name)["EventBusName"]
    policy = account.client("events").describe_event_bus(Name=bus).get("Policy", "")
    if f":{platform}:" not in policy and f'"{platform}"' not in policy:
        return Verdict.TO_DO, f"{platform} is missing from the policy: deploy again"
    return Verdict.OK, f"{platform} may put events and manage its own rules"


def posting(key: str | None, account: Account, environment: Environment) -> tuple[Verdict, str]:
    if not key:
        return Verdict.NOT_CHECKED, "pass a postback key as KEY=… to send a test posting"
    if not account.is_deployed(environment.stack_name):
        return Verdict.NOT_CHECKED, f"{environment.stack_name} is not deployed"
    try:
        seconds = send_test_posting(account, account.outputs(environment.stack_name), key)
    except PostingFailed as failure:
        return Verdict.TO_DO, f"{failure}. See docs/monitoring.md"
    return Verdict.OK, f"posted, and received in Call Tagged {seconds:.1f} s after the call's start"
