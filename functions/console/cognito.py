"""Sign-in with Amazon Cognito: authorization code with PKCE, for a client with a secret."""

import base64
import hashlib
import json
import os
import time
from functools import cache
from typing import Any
from urllib.parse import urlencode

from functions.console.http_client import region, send
from functions.console.operator_api import ApiError
from shared.stores.sessions import MANAGER, VIEWER, Session, SignIn

MANAGERS, VIEWERS = "managers", "viewers"
_CLOCK_SKEW_SECONDS = 120


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
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": sign_in.verifier,
        }
        secret = _client_secret(self._pool_id, self._client_id)
        credentials = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        response = send(
            "POST",
            f"{self._url}/oauth2/token",
            body=urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": f"Basic {credentials}",
            },
        )
        if response.status_code != 200:
            raise SignInRefused
        try:
            claims = _claims(json.loads(response.body)["id_token"])
        except (KeyError, TypeError, ValueError) as error:
            raise SignInRefused from error
        self._check(claims, sign_in.nonce)
        return _session(claims)

    def _check(self, claims: dict[str, Any], nonce: str) -> None:
        """Check the claims. Raises SignInRefused.

        An ID token that comes straight from the token endpoint needs no check of its signature,
        since TLS authenticates the endpoint (OpenID Connect Core 1.0, 3.1.3.7, point 6).
        """
        expected = {
            "iss": self._issuer, "aud": self._client_id, "nonce": nonce, "token_use": "id"
        }  # fmt: skip
        if any(claims.get(name) != value for name, value in expected.items()):
            raise SignInRefused
        if float(claims.get("exp", 0)) < time.time() - _CLOCK_SKEW_SECONDS:
            raise SignInRefused


def _session(claims: dict[str, Any]) -> Session:
    """Return the session of the person in the claims. Raises NoGroup."""
    groups = claims.get("cognito:groups") or []
    for group, role in ((MANAGERS, MANAGER), (VIEWERS, VIEWER)):
        if group in groups:
            name = claims.get("email") or claims.get("cognito:username") or claims["sub"]
            return Session(email=str(name), role=role)
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
