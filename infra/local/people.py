"""Users of the console on the embedded AWS, whose CloudFormation cannot create them."""

import secrets

from infra.local.embedded_aws import EmbeddedAws

DEMO_USER = "mia@example.com"
DEMO_PEOPLE = {
    "mia@example.com": "admin",
    "max@example.com": "manager",
    "vic@example.com": "viewer",
}
"""The demo's people and their roles. The first one is in every `make run`."""


def add_demo(aws: EmbeddedAws, pool_id: str, *, everyone: bool) -> list[dict[str, str]]:
    """Create the demo's admin, or everyone, and return their addresses, passwords and roles."""
    return [
        {"address": email, "password": add(aws, pool_id, email, f"{role}s"), "role": role}
        for email, role in DEMO_PEOPLE.items()
        if everyone or email == DEMO_USER
    ]


def invite(aws: EmbeddedAws, pool_id: str, email: str, group: str, password: str) -> None:
    """Create a user as an invitation does: the first sign-in must change the password."""
    cognito = aws.client("cognito-idp")
    cognito.admin_create_user(
        UserPoolId=pool_id,
        Username=email,
        TemporaryPassword=password,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    cognito.admin_add_user_to_group(UserPoolId=pool_id, Username=email, GroupName=group)


def add(aws: EmbeddedAws, pool_id: str, email: str, group: str) -> str:
    """Create a user who has signed in before, and return the password."""
    password = f"{secrets.token_urlsafe(9)}aA1!"
    invite(aws, pool_id, email, group, password)
    cognito = aws.client("cognito-idp")
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username=email, Password=password, Permanent=True
    )
    return password
