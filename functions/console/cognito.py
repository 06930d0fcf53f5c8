"""Sign-in with Amazon Cognito: authorization code with PKCE, for a client with a secret."""

import base64
import hashlib
import json
import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Protocol
from urllib.parse import urlencode

from functions.console.http_client import NoResponse, region, send
from functions.console.operator_api import ApiError
from shared.stores.sessions import ADMIN, MANAGER, VIEWER, Session

GROUPS = {"admins": ADMIN, "managers": MANAGER, "viewers": VIEWER}
"""Roles by group, the highest first."""

_CLOCK_SKEW_SECONDS = 120
_CHECK_TIMEOUT_SECONDS = (1, 3)
"""Time to connect and time to respond, less than `session_checks.RESPONSE_SECONDS` in total."""


class SignIn(Protocol):
    """The values of a sign-in that Cognito must return."""

    @property
    def state(self) -> str: ...
    @property
    def nonce(self) -> str: ...
    @property
    def verifier(self) -> str: ...


class SignInRefused(Exception):
    """Cognito refused the code, or the ID token is not what this sign-in asked for."""


class NoGroup(Exception):
    """The person is signed in, but is in no group that gives them a role."""


class Cognito:
    """`url` is where people sign in; `issuer` is the pool's name in its tokens."""

    def __init__(self, *, url: str, pool_id: str, client_id: str, issuer: str, callback: str):
        self._url = url
        self._pool_id = pool_id
        self._client_id = client_id
        self._issuer = issuer
        self._callback = callback

    def sign_in_url(self, sign_in: SignIn) -> str:
        digest = hashlib.sha256(sign_in.verifier.encode()).digest()
        parameters = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "scope": "openid email",
            "state": sign_in.state,
            "nonce": sign_in.nonce,
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }
        return f"{self._url}/oauth2/authorize?{urlencode(parameters)}"

    def sign_out_url(self, return_to: str) -> str:
        parameters = {"client_id": self._client_id, "logout_uri": return_to}
        return f"{self._url}/logout?{urlencode(parameters)}"

    def exchange_code(self, code: str, sign_in: SignIn) -> Session:
        """Return the session of the person who signed in.

        Raises SignInRefused, NoGroup, NoResponse and ApiError.
        """
        asked_at = time.time()
        tokens = self._request_tokens(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self._callback,
            code_verifier=sign_in.verifier,
        )
        claims = self._read_claims(tokens, nonce=sign_in.nonce)
        return _session(claims, str(tokens.get("refresh_token", "")), asked_at)

    def check(self, session: Session) -> Session:
        """Return the session with the role that the person has now.

        Raises SignInRefused and NoGroup if the session has ended, and NoResponse if Cognito does
        not say. Cognito refuses the refresh token of a person who was disabled, deleted or signed
        out everywhere.
        """
        if not session.refresh_token:
            raise SignInRefused
        try:
            tokens = self._request_tokens(
                timeout=_CHECK_TIMEOUT_SECONDS,
                grant_type="refresh_token",
                refresh_token=session.refresh_token,
            )
        except ApiError as error:
            raise NoResponse(f"status {error.status_code}") from error
        # A refreshed token need not repeat the nonce (OpenID Connect Core 1.0, 12.2).
        claims = self._read_claims(tokens, sub=session.subject)
        return _session(claims, session.refresh_token, session.asked_at)

    def _request_tokens(
        self, *, timeout: tuple[float, float] | None = None, **form: str
    ) -> dict[str, Any]:
        """Return the token endpoint's response. Raises SignInRefused, NoResponse and ApiError."""
        secret = _client_secret(self._pool_id, self._client_id)
        credentials = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        response = send(
            "POST",
            f"{self._url}/oauth2/token",
            body=urlencode({"client_id": self._client_id, **form}).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": f"Basic {credentials}",
            },
            timeout=timeout,
        )
        if response.status_code == 200:
            return response.members
        if response.members.get("error") == "invalid_grant":
            raise SignInRefused
        # Another secret may have replaced the cached one.
        _client_secret.cache_clear()
        raise ApiError(response.status_code, [(None, "the sign-in is not set up")])

    def _read_claims(self, tokens: Mapping[str, Any], **expected: str) -> dict[str, Any]:
        """Return the ID token's claims. Raises SignInRefused."""
        try:
            claims = _claims(tokens["id_token"])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SignInRefused from error
        self._check(claims, expected)
        return claims

    def _check(self, claims: Mapping[str, Any], values: Mapping[str, str]) -> None:
        """Check the claims. Raises SignInRefused.

        An ID token that comes straight from the token endpoint needs no check of its signature,
        since TLS authenticates the endpoint (OpenID Connect Core 1.0, 3.1.3.7, point 6).
        """
        expected = {"iss": self._issuer, "aud": self._client_id, "token_use": "id", **values}
        if any(claims.get(name) != value for name, value in expected.items()):
            raise SignInRefused
        if float(claims.get("exp", 0)) < time.time() - _CLOCK_SKEW_SECONDS:
            raise SignInRefused


def _session(claims: Mapping[str, Any], refresh_token: str, asked_at: float) -> Session:
    """Return the session of the person in the claims. Raises NoGroup."""
    groups = claims.get("cognito:groups") or []
    for group, role in GROUPS.items():
        if group in groups:
            name = claims.get("email") or claims.get("cognito:username") or claims["sub"]
            return Session(
                email=str(name),
                role=role,
                subject=str(claims.get("sub", "")),
                refresh_token=refresh_token,
                checked_at=asked_at,
                asked_at=asked_at,
            )
    raise NoGroup


@cache
def _client_secret(pool_id: str, client_id: str) -> str:
    """Ask Cognito for the secret once per process, so that no template or environment has it."""
    url = os.environ.get("AWS_ENDPOINT_URL") or f"https://cognito-idp.{region()}.amazonaws.com"
    response = send(
        "POST",
        f"{url.rstrip('/')}/",
        body=json.dumps({"UserPoolId": pool_id, "ClientId": client_id}).encode(),
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSCognitoIdentityProviderService.DescribeUserPoolClient",
        },
        signed_for="cognito-idp",
    )
    if response.status_code != 200:
        raise ApiError(response.status_code, [(None, "the sign-in is not set up")])
    return str(response.members["UserPoolClient"]["ClientSecret"])


def _claims(token: str) -> dict[str, Any]:
    """Decode an ID token's claims. Raises ValueError."""
    _, payload, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("an ID token's claims are an object")
    return claims
