"""Saved CloudWatch Logs Insights queries, named by the operators' questions."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.environment import Environment
from infra.functions import FUNCTIONS
from infra.stack import CallDataWritingStack

ACCESS = "access"
ALL_FUNCTIONS = tuple(FUNCTIONS)
EVERYWHERE = (*ALL_FUNCTIONS, ACCESS)
CALL_REPORTS = ("call_events", "platform_api", "connect_flow")


@dataclass(frozen=True, slots=True)
class Query:
    """One saved query.

    `log_groups` lists packages of functions, and ACCESS. A person fills in the parameters, which
    are `{{…}}` in the text and explained in `parameters`.
    """

    question: str
    log_groups: Sequence[str]
    text: str
    parameters: Sequence[tuple[str, str]] = ()


QUERIES = (
    Query(
        "Postings by key and outcome",
        ("data_writing",),
        """filter ispresent(outcome) and ispresent(posting_id)
| stats count(*) as postings by publisher_id, key_id, outcome
| sort postings desc""",
    ),
    Query(
        "Postings refused in the last day, by publisher and reason",
        ("data_writing",),
        """# Choose a day as the time range.
filter message = "posting refused"
| stats count(*) as postings, latest(params.0) as parameter by publisher_id, key_id, reason
| sort postings desc""",
    ),
    Query(
        "Postings that could not be stored, and why",
        ("data_writing",),
        """filter message = "posting failed"
| fields @timestamp, posting_id, publisher_id, key_id, error, aws_error, aws_operation, stack.0
| sort @timestamp desc""",
    ),
    Query(
        "A caller's postings and their outcomes (masked number)",
        ("data_writing", *CALL_REPORTS),
        """filter caller_number = "{{masked_number}}"
| fields @timestamp, message, outcome, publisher_id, key_id, posting_id, call_uuid, reason, \
tag_names.0, tag_names.1, tag_names.2
| sort @timestamp""",
        [("masked_number", "The country code and the last two digits: +1***67")],
    ),
    Query(
        "Everything about one posting",
        EVERYWHERE,
        """filter @message like "{{posting_id}}" or strcontains("{{posting_id}}", request_id)
| fields @timestamp, message, outcome, status_code, publisher_id, key_id, caller_number, \
call_uuid, route, status, response_ms, @message
| sort @timestamp""",
        [("posting_id", "From the postback log, or from a line: 1741608000000-JKJaXmPLvHcESHA=")],
    ),
    Query(
        "Everything about one call",
        ("data_writing", *CALL_REPORTS, "call_feed"),
        """filter @message like "{{call_uuid}}"
| fields @timestamp, message, outcome, version, posting_id, applied.0, left_out.0, event_lag_ms, \
@message
| sort @timestamp""",
        [("call_uuid", "In lower case: 9b653cf0-4835-493b-860c-aed9b7af2a4a")],
    ),
    Query(
        "Call events that could not be read",
        ("call_events",),
        """filter message = "call event malformed"
| fields @timestamp, message_id, problems.0, problems.1, problems.2
| sort @timestamp desc""",
    ),
    Query(
        "Call events that failed, and why",
        ("call_events",),
        """filter message = "call event failed"
| stats count(*) as attempts, count_distinct(message_id) as events, max(@timestamp) as latest \
by error, aws_error, aws_operation
| sort attempts desc""",
    ),
    Query(
        "Call events that were handled late",
        ("call_events",),
        """filter message = "call report handled"
| fields @timestamp, event_lag_ms, outcome, call_uuid, caller_number
| sort event_lag_ms desc
| limit 100""",
    ),
    Query(
        "Pending postings left out because their call was full",
        CALL_REPORTS,
        """filter message = "call report handled" and ispresent(left_out.0)
| fields @timestamp, call_uuid, left_out.0, left_out.1, left_out.2, @message
| sort @timestamp desc""",
    ),
    Query(
        "Calls that could not be announced, and why",
        ("call_feed",),
        """filter message = "calls not announced"
| fields @timestamp, error, aws_error, call_uuids.0, @message
| sort @timestamp desc""",
    ),
    Query(
        "Platform requests that were refused or failed, and why",
        ("platform_api",),
        """filter message = "platform request refused" or message = "platform request failed"
| fields @timestamp, outcome, status_code, reason, params.0, platform_key_id, call_uuid, error, \
aws_error, @message
| sort @timestamp desc""",
    ),
    Query(
        "Rows that could not be counted, and why",
        ("activity",),
        """filter message = "rows not counted"
| stats count(*) as attempts, max(@timestamp) as latest by key_id, error, aws_error, aws_operation
| sort attempts desc""",
    ),
    Query(
        "Slowest postings",
        (ACCESS,),
        """filter route like "/data_writing"
| fields @timestamp, response_ms, integration_ms, status, route, request_id
| sort response_ms desc
| limit 100""",
    ),
    Query(
        "Requests that got a 5xx",
        (ACCESS,),
        """filter status like /^5/
| stats count(*) as requests, max(@timestamp) as latest by status, route, integration_error, error
| sort requests desc""",
    ),
    Query(
        "Who posts with an unknown key",
        (ACCESS,),
        """filter status = "401"
| stats count(*) as requests, min(@timestamp) as first, max(@timestamp) as latest by source_ip
| sort requests desc""",
    ),
    Query(
        "Who created, changed or read data",
        ("operator_api", "platform_api"),
        """filter message = "audit"
| fields @timestamp, asked_by, role, source_ip, action, publisher_id, key_id, platform_key_id, \
caller_number, call_uuid, person, filters.caller_number, postbacks, calls, status_code
| sort @timestamp desc""",
    ),
    Query(
        "Functions that crashed or ran out of time",
        ALL_FUNCTIONS,
        # Lambda has reported a timeout in each of the three forms.
        """filter @message like /Task timed out|tatus"?: ?"?timeout/ \
or @message like /Traceback|errorType|Runtime exited/
| fields @timestamp, @log, @message
| sort @timestamp desc""",
    ),
)


class SavedQueries(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        service: CallDataWritingStack,
    ) -> None:
        super().__init__(scope, construct_id)
        names = {name: f.own_log_group.log_group_name for name, f in service.functions.items()}
        names[ACCESS] = service.api.access_log.log_group_name
        for query in QUERIES:
            logs.CfnQueryDefinition(
                self,
                "".join(word for word in query.question.title() if word.isalpha()),
                # The part before the slash is a folder.
                name=f"Call data writing, {environment.name}/{query.question}",
                query_string=query.text,
                # Not every environment has every function.
                log_group_names=[names[g] for g in query.log_groups if g in names],
                parameters=[
                    logs.CfnQueryDefinition.QueryParameterProperty(name=name, description=meaning)
                    for name, meaning in query.parameters
                ]
                or None,
            )
