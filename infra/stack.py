"""The composition root: what there is, what may do what, and where it is found."""

from typing import Any

from aws_cdk import Annotations, CfnOutput, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import review
from infra.activity import Activity
from infra.api import OPERATOR_CONTRACT_PATH, OPERATOR_PATHS, Api
from infra.bundle.building import bundle
from infra.bus_policy import admit
from infra.call_events import HANDLER_TIMEOUT, PLATFORM_SOURCE, CallEvents
from infra.call_feed import CallFeed
from infra.console import Console
from infra.database import Database
from infra.environment import WITHOUT_DOMAIN, Environment, where
from infra.function import PythonFunction
from infra.key_watch import KeyWatch
from infra.rollout import Rollout
from infra.webhook import Webhook
from shared.runtime.settings import (
    ActivitySettings,
    CallEventsSettings,
    CallFeedSettings,
    ConsoleSettings,
    DataWritingSettings,
    KeyWatchSettings,
    OperatorApiSettings,
    PlatformApiSettings,
    Settings,
)
from shared.stores import tables

LONGEST_CALL_HOURS = "4"
KEY_CACHE_SECONDS = "30"
SETTLING_SECONDS = "10"
"""What these three mean stands at the settings; tests of the stack shorten the waits."""
DEFAULT_REGION = "US"
"""How the platform's caller numbers are read where they lack a country code."""


class CallDataWritingStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Call data writing: publishers post tags, calls get them",
            termination_protection=environment.deletion_protection,
            env=where(environment),
        )
        self._environment = environment
        if environment.lacks_domain:
            Annotations.of(self).add_warning_v2("call-data-writing:domain", WITHOUT_DOMAIN)
        self.functions: dict[str, PythonFunction] = {}
        """By the name of their package."""
        self._code = bundle(
            for_this_machine=environment.is_embedded, needs_byte_code=environment.needs_byte_code
        )

        self.database = Database(self, "Database", environment=environment)
        self.bus = events.EventBus(self, "Bus")
        self.api = Api(self, "Api", environment=environment)
        self.call_events = CallEvents(self, "CallEvents", bus=self.bus, environment=environment)
        self.call_feed = CallFeed(self, "CallFeed")
        self.webhook = self._webhook(environment)
        self.activity = Activity(self, "Activity")
        self.key_watch = KeyWatch(self, "KeyWatch")
        self.console = Console(self, "Console", environment=environment)

        self._add_data_writing()
        self._add_call_events()
        self._add_platform_api()
        self._add_call_feed()
        self._add_activity()
        self._add_key_watch()
        self._add_console()
        self._add_operator_api()
        if environment.has_canary:
            Rollout(
                self,
                "Rollout",
                functions=self.functions,
                api_id=self.api.id,
                is_at_once=environment.rolls_out_at_once,
            )
        self._add_operator_policy()
        self._add_platform_policy()
        self._add_outputs()

    def _add_data_writing(self) -> None:
        call_data, keys, log = self._table_arns()
        function = self._function(
            "DataWriting",
            "data_writing",
            "Takes publishers' postings",
            # Half of the 30 seconds after which the gateway gives up on it.
            Duration.seconds(15),
            DataWritingSettings(
                call_data_table=self.database.call_data.table_name,
                postback_keys_table=self.database.postback_keys.table_name,
                postback_log_table=self.database.postback_log.table_name,
                posting_url=self.api.posting_url,
                longest_call_hours=LONGEST_CALL_HOURS,
                key_cache_seconds=KEY_CACHE_SECONDS,
            ),
        )
        function.allow(["dynamodb:GetItem"], call_data, keys, log)
        function.allow(["dynamodb:BatchWriteItem", "dynamodb:PutItem"], call_data, log)
        function.allow(["dynamodb:Query", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], call_data)
        self.api.route_postings(function.live)

    def _add_call_events(self) -> None:
        call_data, _, log = self._table_arns()
        function = self._function(
            "CallEventsFunction",
            "call_events",
            "Takes the campaign platform's call events",
            HANDLER_TIMEOUT,
            CallEventsSettings(
                call_data_table=self.database.call_data.table_name,
                postback_log_table=self.database.postback_log.table_name,
                dead_letter_queue_url=self.call_events.dead_letter_queue.queue_url,
                default_region=DEFAULT_REGION,
                longest_call_hours=LONGEST_CALL_HOURS,
            ),
        )
        function.allow(
            [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            call_data,
        )
        function.allow(["dynamodb:PutItem"], log)
        function.allow(["sqs:SendMessage"], self.call_events.dead_letter_queue.queue_arn)
        self.call_events.deliver_to(function.live)

    def _add_platform_api(self) -> None:
        call_data, keys, log = self._table_arns()
        function = self._function(
            "PlatformApi",
            "platform_api",
            "Takes calls over HTTP, and answers with their tags",
            # Within two seconds it has answered; the rest is for a start on a bad day.
            Duration.seconds(10),
            PlatformApiSettings(
                call_data_table=self.database.call_data.table_name,
                postback_keys_table=self.database.postback_keys.table_name,
                postback_log_table=self.database.postback_log.table_name,
                default_region=DEFAULT_REGION,
                longest_call_hours=LONGEST_CALL_HOURS,
                key_cache_seconds=KEY_CACHE_SECONDS,
            ),
        )
        function.allow(
            [
                "dynamodb:GetItem",
                "dynamodb:Query",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            call_data,
        )
        function.allow(["dynamodb:GetItem"], keys)
        function.allow(["dynamodb:PutItem"], log)
        self.api.route_platform(function.live)

    def _add_call_feed(self) -> None:
        function = self._function(
            "CallFeedFunction",
            "call_feed",
            "Gives the campaign platform each call's tags",
            Duration.seconds(30),
            CallFeedSettings(
                event_bus=self.bus.event_bus_name, longest_call_hours=LONGEST_CALL_HOURS
            ),
        )
        function.allow(["events:PutEvents"], self.bus.event_bus_arn)
        self.call_feed.deliver_to(function.live, self.database.call_data)

    def _add_activity(self) -> None:
        function = self._function(
            "ActivityFunction",
            "activity",
            "Counts what is posted, and what becomes of it",
            Duration.seconds(30),
            ActivitySettings(activity_table=self.database.activity.table_name),
        )
        function.allow(["dynamodb:GetItem", "dynamodb:PutItem"], self.database.activity.table_arn)
        self.activity.deliver_to(function.live, self.database.postback_log)

    def _add_key_watch(self) -> None:
        activity, keys = self.database.activity.table_arn, self.database.postback_keys.table_arn
        function = self._function(
            "KeyWatchFunction",
            "key_watch",
            "Tells when a key is silent, or few of its postings match",
            Duration.seconds(60),
            KeyWatchSettings(
                activity_table=self.database.activity.table_name,
                postback_keys_table=self.database.postback_keys.table_name,
                event_bus=self.bus.event_bus_name,
            ),
        )
        function.allow(["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"], activity)
        function.allow(["dynamodb:Query"], keys, f"{keys}/index/{tables.KEYS_BY_PUBLISHER_INDEX}")
        function.allow(["events:PutEvents"], self.bus.event_bus_arn)
        self.key_watch.look_with(function.live)

    def _add_console(self) -> None:
        console = self.console
        function = self._function(
            "ConsoleFunction",
            "console",
            "Shows account managers their publishers, in a browser",
            Duration.seconds(29),
            ConsoleSettings(
                api_url=self.api.url,
                console_url=console.url,
                sessions_table=console.sessions.table_name,
                user_pool_id=console.pool.user_pool_id,
                user_pool_client_id=console.client.user_pool_client_id,
                user_pool_issuer=console.issuer,
                sign_in_url=console.sign_in_url,
            ),
            # A whole processor: a person waits for the first page.
            memory_mb=1769,
        )
        function.allow(
            [
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            console.sessions.table_arn,
        )
        function.allow(["cognito-idp:DescribeUserPoolClient"], console.pool.user_pool_arn)
        function.add_to_role_policy(self.api.operator_statement())
        review.accept(
            function.role_policy,
            "AwsSolutions-IAM5",
            because="The console is a client of the operator API, with what its pages show below "
            "ids that come to be later. Of this API and stage, no other route is allowed.",
        )
        console.serve_with(function.live)

    def _add_operator_api(self) -> None:
        keys, log = self.database.postback_keys, self.database.postback_log
        function = self._function(
            "OperatorApi",
            "operator_api",
            "Operators' publishers, postback keys, postback log and calls",
            Duration.seconds(29),
            OperatorApiSettings(
                call_data_table=self.database.call_data.table_name,
                postback_keys_table=keys.table_name,
                postback_log_table=log.table_name,
                activity_table=self.database.activity.table_name,
                posting_url=self.api.posting_url,
                default_region=DEFAULT_REGION,
                longest_call_hours=LONGEST_CALL_HOURS,
                console_role=self.functions["console"].role_name,
                settling_seconds=SETTLING_SECONDS,
            ),
            # A whole processor, for the merging of many keys' logs; it is rarely asked.
            memory_mb=1769,
            # 400 days: this log is the audit of who made, changed or read keys.
            log_retention=logs.RetentionDays.THIRTEEN_MONTHS,
        )
        function.allow(
            ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"],
            self.database.call_data.table_arn,
        )
        # To forget a caller.
        function.allow(
            ["dynamodb:BatchWriteItem"], self.database.call_data.table_arn, log.table_arn
        )
        function.allow(
            ["dynamodb:Query"], log.table_arn, f"{log.table_arn}/index/{tables.LOG_BY_CALLER_INDEX}"
        )
        function.allow(
            [
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:UpdateItem",
                "dynamodb:DeleteItem",
            ],
            keys.table_arn,
        )
        function.allow(
            ["dynamodb:Query"],
            keys.table_arn,
            f"{keys.table_arn}/index/{tables.KEYS_BY_PUBLISHER_INDEX}",
        )
        function.allow(
            ["dynamodb:BatchGetItem", "dynamodb:Query"], self.database.activity.table_arn
        )
        self.api.route_operators(function.live)

    def _add_operator_policy(self) -> None:
        """For the people who operate; attach it to their roles."""
        self.operator_policy = iam.ManagedPolicy(
            self,
            "OperatorPolicy",
            description="Use the operator API of call data writing",
            statements=[self.api.operator_statement(), self._outputs_statement()],
        )
        known_paths = (*OPERATOR_PATHS, OPERATOR_CONTRACT_PATH)
        paths = "|".join(path.removeprefix("/").replace(".", r"\.") for path in known_paths)
        review.accept(
            self.operator_policy,
            "AwsSolutions-IAM5",
            because="Operators may send every method to the operator routes, and below these are "
            "ids that come to be later. Of this API and stage, no other route is allowed.",
            only=[
                review.matching(
                    rf"Resource::arn:.+:execute-api:.+\/\$default\/\*\/({paths})(\/\*)?"
                )
            ],
        )
        review.accept(
            self.operator_policy,
            "AwsSolutions-IAM5",
            because="A stack's ARN ends with an id that is not known before it is deployed; to "
            "describe a stack by its name needs this form. It names this stack alone.",
            only=[
                review.matching(rf"Resource::arn:.+:cloudformation:.+:stack\/{self.stack_name}\/\*")
            ],
        )

    def _add_platform_policy(self) -> None:
        """For the campaign platform; attach it to its role."""
        # Or its holder could forge what this service announces. The embedded AWS knows no such key
        # of a request, and would allow nothing.
        own_source = {"StringEquals": {"events:source": PLATFORM_SOURCE}}
        self.platform_policy = iam.ManagedPolicy(
            self,
            "PlatformPolicy",
            description="Put call events on the bus of call data writing",
            statements=[
                iam.PolicyStatement(
                    actions=["events:PutEvents"],
                    resources=[self.bus.event_bus_arn],
                    conditions=None if self._environment.is_embedded else own_source,
                )
            ],
        )
        if self._environment.platform_account:
            admit(self, "PlatformAccount", self.bus, self._environment.platform_account)

    def _add_outputs(self) -> None:
        outputs = {
            "ApiUrl": self.api.url,
            "PostingUrl": self.api.posting_url,
            "EventBusName": self.bus.event_bus_name,
            "CallDataTableName": self.database.call_data.table_name,
            "PostbackKeysTableName": self.database.postback_keys.table_name,
            "PostbackLogTableName": self.database.postback_log.table_name,
            "CallEventsQueueUrl": self.call_events.queue.queue_url,
            "CallEventsDeadLetterQueueUrl": self.call_events.dead_letter_queue.queue_url,
            "CallFeedFailureQueueUrl": self.call_feed.failure_queue.queue_url,
            "ActivityTableName": self.database.activity.table_name,
            "ActivityFailureQueueUrl": self.activity.failure_queue.queue_url,
            "ConsoleUrl": self.console.url,
            "ConsoleSignInUrl": self.console.sign_in_url,
            "ConsoleUserPoolId": self.console.pool.user_pool_id,
            "ConsoleSessionsTableName": self.console.sessions.table_name,
            "AccessLogGroupName": self.api.access_log.log_group_name,
            "OperatorPolicyArn": self.operator_policy.managed_policy_arn,
            "PlatformPolicyArn": self.platform_policy.managed_policy_arn,
        }
        if self.api.domain_target:
            outputs["DomainTarget"] = self.api.domain_target
        if self.console.domain_target:
            outputs["ConsoleDomainTarget"] = self.console.domain_target
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)

    def _function(
        self,
        construct_id: str,
        package: str,
        description: str,
        timeout: Duration,
        settings: Settings,
        **options: Any,
    ) -> PythonFunction:
        function = PythonFunction(
            self,
            construct_id,
            package=package,
            code=self._code,
            settings=settings,
            environment=self._environment,
            timeout=timeout,
            description=description,
            **options,
        )
        self.functions[package] = function
        name = "".join(part.title() for part in package.split("_"))
        CfnOutput(self, f"{name}LogGroupName", value=function.writes_to.log_group_name)
        return function

    def _webhook(self, environment: Environment) -> Webhook | None:
        if not environment.webhook_url:
            return None
        webhook = Webhook(
            self, "Webhook", url=environment.webhook_url, bus=self.bus, environment=environment
        )
        CfnOutput(self, "WebhookSecretArn", value=webhook.secret.secret_arn)
        CfnOutput(self, "WebhookDeadLetterQueueUrl", value=webhook.dead_letter_queue.queue_url)
        return webhook

    def _outputs_statement(self) -> iam.PolicyStatement:
        """What the command line must be allowed, to find the API by this stack's outputs."""
        # CloudFormation asks for this form, whatever the id, when a stack is named by its name.
        arn = self.format_arn(
            service="cloudformation", resource="stack", resource_name=f"{self.stack_name}/*"
        )
        return iam.PolicyStatement(actions=["cloudformation:DescribeStacks"], resources=[arn])

    def _table_arns(self) -> tuple[str, str, str]:
        return (
            self.database.call_data.table_arn,
            self.database.postback_keys.table_arn,
            self.database.postback_log.table_arn,
        )
