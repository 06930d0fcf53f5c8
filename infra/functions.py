"""The registry of Lambda functions: all that the stack, the monitoring and the tests know of each.

The code is in `functions/<package>/`. `stack.py` connects each function to what invokes it, and the
construct that a function uses grants it access. Only tables are granted here, by operation.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from shared.runtime import metrics, settings
from shared.runtime.metrics import AnnouncementOutcome, EventOutcome

CALL_DATA = "call_data"
POSTBACK_KEYS = "postback_keys"
POSTBACK_LOG = "postback_log"
ACTIVITY = "activity"
HISTORY = "history"

API = "api"
CONSOLE = "console"

FIXED_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        # The region of caller numbers that the platform sends without a country code.
        "default_region": "US",
        "key_cache_seconds": "30",
        "longest_call_hours": "4",
        "settling_seconds": "10",
    }
)
"""Settings that are the same in every environment. `shared.runtime.settings` explains them."""

_WHOLE_PROCESSOR_MB = 1769
"""Lambda gives a function a whole processor from this much memory on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaFunction:
    """One function: its package, settings, time limit, memory, table permissions and log group.

    `construct_id` is part of logical IDs: changing it replaces the function and its log group.
    `tables` lists the DynamoDB operations that the function may call, by table. It may query the
    indexes of the tables in `indexes`.
    """

    package: str
    construct_id: str
    description: str
    settings: type[settings.Settings]
    timeout_seconds: int
    memory_mb: int = 512
    tables: Mapping[str, Sequence[str]] = field(default_factory=dict)
    indexes: Sequence[str] = ()
    keeps_audit_log: bool = False
    """Whether its log group is kept for 400 days, because it holds the audit."""
    serves: str | None = None
    """The HTTP API that it serves, API or CONSOLE. It returns a 5xx where others would crash."""
    runs_every_minutes: int | None = None
    """How often a schedule invokes it."""
    applies_pending_postings: bool = False
    only_with: str | None = None
    """The environment's setting without which it is not deployed."""
    failure_metric: tuple[str, str] | None = None
    """The metric and outcome that count failures which Lambda does not count as errors."""

    @property
    def name(self) -> str:
        """The package's name as part of a logical ID: `DataWriting` for `data_writing`."""
        return "".join(part.title() for part in self.package.split("_"))

    @property
    def log_group_output(self) -> str:
        """The stack output that holds the name of its log group."""
        return f"{self.name}LogGroupName"


_CALL_STORE = ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem")

FUNCTIONS: Mapping[str, LambdaFunction] = MappingProxyType(
    {
        function.package: function
        for function in (
            LambdaFunction(
                package="data_writing",
                construct_id="DataWriting",
                description="Accepts publishers' postings",
                settings=settings.DataWritingSettings,
                # API Gateway gives up after 30 seconds.
                timeout_seconds=15,
                tables={
                    CALL_DATA: (*_CALL_STORE, "BatchWriteItem"),
                    POSTBACK_KEYS: ("GetItem",),
                    POSTBACK_LOG: ("GetItem", "PutItem", "BatchWriteItem"),
                },
                serves=API,
            ),
            LambdaFunction(
                package="call_events",
                construct_id="CallEventsFunction",
                description="Handles the campaign platform's call events",
                settings=settings.CallEventsSettings,
                timeout_seconds=30,
                tables={CALL_DATA: _CALL_STORE, POSTBACK_LOG: ("PutItem",)},
                applies_pending_postings=True,
                failure_metric=(metrics.CALL_EVENTS, EventOutcome.FAILED),
            ),
            LambdaFunction(
                package="platform_api",
                construct_id="PlatformApi",
                description="Accepts call reports over HTTP, and returns the calls' tags",
                settings=settings.PlatformApiSettings,
                # It responds within two seconds; the rest is for a slow cold start.
                timeout_seconds=10,
                tables={
                    CALL_DATA: _CALL_STORE,
                    POSTBACK_KEYS: ("GetItem", "UpdateItem"),
                    POSTBACK_LOG: ("PutItem",),
                },
                keeps_audit_log=True,
                serves=API,
                applies_pending_postings=True,
            ),
            LambdaFunction(
                package="connect_flow",
                construct_id="ConnectFlow",
                description="Reports a call from a flow of Amazon Connect, and returns its tags",
                settings=settings.ConnectFlowSettings,
                # The longest that a flow waits.
                timeout_seconds=8,
                tables={CALL_DATA: _CALL_STORE, POSTBACK_LOG: ("PutItem",)},
                applies_pending_postings=True,
                only_with="amazon_connect_instance",
            ),
            LambdaFunction(
                package="call_feed",
                construct_id="CallFeedFunction",
                description="Announces each call's tags to the campaign platform",
                settings=settings.CallFeedSettings,
                timeout_seconds=30,
                failure_metric=(metrics.CALLS_ANNOUNCED, AnnouncementOutcome.FAILED),
            ),
            LambdaFunction(
                package="activity",
                construct_id="ActivityFunction",
                description="Counts postings and their outcomes",
                settings=settings.ActivitySettings,
                timeout_seconds=30,
                tables={ACTIVITY: ("GetItem", "PutItem")},
            ),
            LambdaFunction(
                package="key_watch",
                construct_id="KeyWatchFunction",
                description="Reports keys that are silent, or whose postings rarely match a call",
                settings=settings.KeyWatchSettings,
                timeout_seconds=60,
                tables={
                    ACTIVITY: ("BatchGetItem", "Query", "PutItem"),
                    POSTBACK_KEYS: ("Query",),
                },
                indexes=(POSTBACK_KEYS,),
                runs_every_minutes=5,
            ),
            LambdaFunction(
                package="console",
                construct_id="ConsoleFunction",
                description="The console: web pages for account managers",
                settings=settings.ConsoleSettings,
                timeout_seconds=29,
                # A person waits for the first page.
                memory_mb=_WHOLE_PROCESSOR_MB,
                serves=CONSOLE,
            ),
            LambdaFunction(
                package="operator_api",
                construct_id="OperatorApi",
                description="The operator API: publishers, postback keys, postback log and calls",
                settings=settings.OperatorApiSettings,
                timeout_seconds=29,
                # It merges the logs of many keys, and is rarely called.
                memory_mb=_WHOLE_PROCESSOR_MB,
                tables={
                    # Batch writes are for forgetting a caller.
                    CALL_DATA: ("GetItem", "Query", "UpdateItem", "BatchWriteItem"),
                    POSTBACK_KEYS: ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"),
                    POSTBACK_LOG: ("Query", "BatchWriteItem"),
                    ACTIVITY: ("BatchGetItem", "Query"),
                    HISTORY: ("GetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem"),
                },
                indexes=(POSTBACK_KEYS, POSTBACK_LOG),
                keeps_audit_log=True,
                serves=API,
            ),
        )
    }
)
"""By package, in the order in which they are made: the operator API knows the console's role."""
