"""The webhook for platforms without AWS: posts the detail of every `Call Tagged` to a URL."""

from aws_cdk import Duration, SecretValue
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra import review
from infra.environment import Environment
from infra.event_sources import SERVICE_SOURCE
from infra.queue import DurableQueue

EVENT_PATTERN = events.EventPattern(source=[SERVICE_SOURCE], detail_type=["Call Tagged"])

HEADER = "X-Call-Data-Writing-Secret"
"""The header with the secret, which identifies us: API destinations cannot sign a body."""

_MAX_EVENT_AGE = Duration.hours(24)
_MAX_ATTEMPTS = 185
_MAX_PER_SECOND = 300


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
            because="A person must give a new secret to the receiver. docs/platform.md says how.",
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
            description="Call data writing: authorization for the webhook",
            authorization=events.Authorization.api_key(
                HEADER, SecretValue.secrets_manager(self.secret.secret_arn)
            ),
        )
        destination = events.ApiDestination(
            self,
            "Destination",
            description="Call data writing: the webhook's address",
            connection=connection,
            endpoint=url,
            http_method=events.HttpMethod.POST,
            rate_limit_per_second=_MAX_PER_SECOND,
        )
        events.Rule(
            self,
            "Rule",
            description="Sends calls' tags to the webhook",
            event_bus=bus,
            event_pattern=EVENT_PATTERN,
            targets=[
                targets.ApiDestination(
                    destination,
                    event=events.RuleTargetInput.from_event_path("$.detail"),
                    dead_letter_queue=self.dead_letter_queue,
                    max_event_age=_MAX_EVENT_AGE,
                    retry_attempts=_MAX_ATTEMPTS,
                )
            ],
        )

    @property
    def outputs(self) -> dict[str, str]:
        return {
            "WebhookSecretArn": self.secret.secret_arn,
            "WebhookDeadLetterQueueUrl": self.dead_letter_queue.queue_url,
        }
