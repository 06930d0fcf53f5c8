"""The composition root: the constructs of the service, its functions, and what connects them."""

from aws_cdk import Annotations, CfnOutput, Stack
from aws_cdk import aws_events as events
from constructs import Construct

from infra.activity import Activity
from infra.api import Api
from infra.bundle.building import bundle
from infra.bus_policy import admit
from infra.call_events import CallEvents
from infra.call_feed import CallFeed
from infra.console import Console
from infra.database import Database
from infra.environment import WITHOUT_DOMAIN, Environment, where
from infra.function import PythonFunction
from infra.functions import API, CONSOLE, FIXED_SETTINGS, FUNCTIONS
from infra.key_watch import KeyWatch
from infra.phone_systems import AmazonConnect, GenesysCloud
from infra.policies import operator_policy, platform_policy
from infra.rollout import Rollout
from infra.webhook import Webhook


class CallDataWritingStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            description="Call data writing: publishers post tags, calls get them",
            termination_protection=environment.deletion_protection,
            env=where(environment),
        )
        if environment.lacks_domain:
            Annotations.of(self).add_warning_v2("call-data-writing:domain", WITHOUT_DOMAIN)

        self.database = Database(self, "Database", environment=environment)
        self.bus = events.EventBus(self, "Bus")
        self.api = Api(self, "Api", environment=environment)
        self.call_events = CallEvents(self, "CallEvents", bus=self.bus, environment=environment)
        self.amazon_connect = self._amazon_connect(environment)
        self.genesys_cloud = self._genesys_cloud(environment)
        self.call_feed = CallFeed(self, "CallFeed", bus=self.bus)
        self.webhook = self._webhook(environment)
        self.activity = Activity(self, "Activity")
        self.key_watch = KeyWatch(self, "KeyWatch", bus=self.bus)
        self.console = Console(self, "Console", environment=environment)
        self.functions = self._functions(environment)

        self.api.route_postings(self.functions["data_writing"])
        self.api.route_platform(self.functions["platform_api"])
        self.api.route_operators(self.functions["operator_api"])
        self.call_events.accept_from(self.functions["platform_api"])
        self.call_events.deliver_to(self.functions["call_events"])
        if self.amazon_connect:
            self.amazon_connect.let_flows_invoke(self.functions["connect_flow"])
            self.call_events.accept_from(self.functions["connect_flow"])
        self.call_feed.deliver_to(self.functions["call_feed"], self.database.call_data)
        self.activity.deliver_to(self.functions["activity"], self.database.postback_log)
        self.key_watch.run(self.functions["key_watch"])
        self.console.serve(self.functions["console"], operator_api=self.api)
        self.console.let_manage_people(self.functions["operator_api"])

        if environment.has_canary:
            self._add_rollout(environment)
        if environment.platform_account:
            admit(self, "PlatformAccount", self.bus, environment.platform_account)
        self._add_outputs(environment)

    def _amazon_connect(self, environment: Environment) -> AmazonConnect | None:
        instance = environment.amazon_connect_instance
        return (
            AmazonConnect(self, "AmazonConnect", instance=instance, call_events=self.call_events)
            if instance
            else None
        )

    def _genesys_cloud(self, environment: Environment) -> GenesysCloud | None:
        source = environment.genesys_event_source
        return (
            GenesysCloud(
                self,
                "GenesysCloud",
                source=source,
                call_events=self.call_events,
                is_embedded=environment.is_embedded,
            )
            if source
            else None
        )

    def _webhook(self, environment: Environment) -> Webhook | None:
        url = environment.webhook_url
        return (
            Webhook(self, "Webhook", url=url, bus=self.bus, environment=environment)
            if url
            else None
        )

    def _functions(self, environment: Environment) -> dict[str, PythonFunction]:
        """Make the functions of the registry, by package."""
        functions: dict[str, PythonFunction] = {}
        code = bundle(
            for_this_machine=environment.is_embedded, needs_byte_code=environment.needs_byte_code
        )
        settings = {
            **FIXED_SETTINGS,
            **self.database.settings,
            **self.api.settings,
            **self.call_events.settings,
            **self.console.settings,
            "event_bus": self.bus.event_bus_name,
            "announce_ends": str(environment.announce_ends).lower(),
        }
        for package, entry in FUNCTIONS.items():
            if entry.only_with and not getattr(environment, entry.only_with):
                continue
            function = PythonFunction(
                self, entry, code=code, settings=settings, environment=environment
            )
            settings[f"{package}_role"] = function.own_role.role_name
            self.database.grant_to(function)
            functions[package] = function
        return functions

    def _add_rollout(self, environment: Environment) -> None:
        Rollout(
            self,
            "Rollout",
            functions=self.functions,
            api_ids={API: self.api.id, CONSOLE: self.console.api_id},
            is_at_once=environment.rolls_out_at_once,
        )

    def _add_outputs(self, environment: Environment) -> None:
        outputs = {
            **self.database.outputs,
            **self.api.outputs,
            **self.call_events.outputs,
            **self.console.outputs,
            **(self.webhook.outputs if self.webhook else {}),
            **{
                f.entry.log_group_output: f.own_log_group.log_group_name
                for f in self.functions.values()
            },
            "EventBusName": self.bus.event_bus_name,
            "CallFeedFailureQueueUrl": self.call_feed.failure_queue.queue_url,
            "ActivityFailureQueueUrl": self.activity.failure_queue.queue_url,
            "OperatorPolicyArn": operator_policy(self, self.api).managed_policy_arn,
            "PlatformPolicyArn": platform_policy(self, self.bus, environment).managed_policy_arn,
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
