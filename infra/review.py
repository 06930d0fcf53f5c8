"""What a security review of the template asks about, and our answers, kept with the resources.

The rules are cdk-nag's AwsSolutions; tests/infra/test_review.py applies them.
"""

from collections.abc import Sequence

from cdk_nag import NagPackSuppression, NagSuppressions, RegexAppliesTo
from constructs import IConstruct


def accept(
    construct: IConstruct, rule: str, *, because: str, only: Sequence[str | RegexAppliesTo] = ()
) -> None:
    """Accept what the rule finds about this resource and what it is made of, and nothing else.

    A rule that finds several things there needs to be told which: `only` those are accepted.
    """
    suppression = NagPackSuppression(id=rule, reason=because, applies_to=list(only) or None)
    NagSuppressions.add_resource_suppressions(construct, [suppression], apply_to_children=True)


def matching(pattern: str) -> RegexAppliesTo:
    return RegexAppliesTo(regex=f"/^{pattern}$/")
