"""Accepted findings of the security review, with reasons, kept beside the resources.

The rules are cdk-nag's AwsSolutions; tests/infra/test_review.py applies them.
"""

from collections.abc import Sequence

from cdk_nag import NagPackSuppression, NagSuppressions, RegexAppliesTo
from constructs import IConstruct


def accept(
    construct: IConstruct, rule: str, *, because: str, only: Sequence[str | RegexAppliesTo] = ()
) -> None:
    """Accept the rule's findings about this resource and its children.

    For a rule that reports several findings there, `only` lists those to accept.
    """
    suppression = NagPackSuppression(id=rule, reason=because, applies_to=list(only) or None)
    NagSuppressions.add_resource_suppressions(construct, [suppression], apply_to_children=True)


def matching(pattern: str) -> RegexAppliesTo:
    return RegexAppliesTo(regex=f"/^{pattern}$/")
