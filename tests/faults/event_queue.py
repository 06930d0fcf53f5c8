"""The queue of call events."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tests.e2e.service import Service

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_WAITING: Literal["ApproximateNumberOfMessages"] = "ApproximateNumberOfMessages"
_TAKEN: Literal["ApproximateNumberOfMessagesNotVisible"] = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True, slots=True)
class EventQueue:
    sqs: "SQSClient"
    url: str

    @classmethod
    def of(cls, service: Service) -> "EventQueue":
        return cls(service.aws.client("sqs"), service.outputs["CallEventsQueueUrl"])

    def come_again_after(self, seconds: int) -> None:
        """Set how long a failed event waits for its retry."""
        self.sqs.set_queue_attributes(
            QueueUrl=self.url, Attributes={"VisibilityTimeout": str(seconds)}
        )

    def waiting(self) -> int:
        """Return how many events have not been received yet."""
        return self._look()[_WAITING]

    def is_empty(self) -> bool:
        return not any(self._look().values())

    def _look(self) -> dict[str, int]:
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[_WAITING, _TAKEN])
        return {name: int(value) for name, value in answer["Attributes"].items()}
