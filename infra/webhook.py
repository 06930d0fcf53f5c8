"""The way out for platforms without AWS: every `Call Tagged`, posted to an address of theirs."""

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import review
from infra.environment import Environment
from infra.queue import DurableQueue

EVENT_PATTERN = events.EventPattern(source=["call-data-writing"], detail_type=["Call Tagged"])

HEADER = "X-Call-Data-Writing-Secret"
"""API destinations cannot sign a body; by what it has the receiver can tell that it is ours."""

_LONGEST_DELAY = Duration.hours(24)
_MOST_ATTEMPTS = 185
_MOST_A_SECOND = 300


class Webhook(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        url: str,
        bus: events.IEventBus,
        environment: Environment,
    ) -> None:
        super().__init__(scope, construct_id)
        self.secret = secretsmanager.Secret(
            self,
            "Secret",
            description=f"Call data writing sends it to the webhook as {HEADER}",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True, password_length=48
            ),
            removal_policy=environment.removal_policy,
        )
        review.accept(
            self.secret,
            "AwsSolutions-SMG4",
            because="Its receiver has to be told of a new one, which a person must do. "
            "docs/platform.md says how.",
        )
        self.dead_letter_queue = DurableQueue(self, "DeadLetterQueue")
        review.accept(
            self.dead_letter_queue,
            "AwsSolutions-SQS3",
            because="It is the dead-letter queue of a rule, and no function receives from it.",
        )
        connection = events.Connection(
            self,
            "Connection",
            description="Call data writing: who posts to the webhook",
            authorization=events.Authorization.api_key(
                HEADER, SecretValue.secrets_manager(self.secret.secret_arn)
            ),
        )
        destination = events.ApiDestination(
            self,
            "Destination",
            description="Call data writing: where calls' tags are posted",
            connection=connection,
            endpoint=url,
            http_method=events.HttpMethod.POST,
            rate_limit_per_second=_MOST_A_SECOND,
        )
        events.Rule(
            self,
            "Rule",
            description="Calls' tags, to the webhook",
            event_bus=bus,
            event_pattern=EVENT_PATTERN,
            targets=[
                targets.ApiDestination(
                    destination,
                    event=events.RuleTargetInput.from_event_path("$.detail"),
                    dead_letter_queue=self.dead_letter_queue,
                    max_event_age=_LONGEST_DELAY,
                    retry_attempts=_MOST_ATTEMPTS,
                )
            ],
        )

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "WebhookSecretArn": self.secret.secret_arn,
            "WebhookDeadLetterQueueUrl": self.dead_letter_queue.queue_url,
        }
