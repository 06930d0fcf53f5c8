"""Sign-in by Amazon Cognito: authorization code with PKCE, for a client with a secret."""

import base64
import hashlib
import json
import time
from functools import cache
from typing import Any
from urllib.parse import urlencode

from functions.console import outside
from functions.console.sessions import MANAGER, VIEWER, Session, SignIn

MANAGERS, VIEWERS = "managers", "viewers"
_CLOCKS_APART_SECONDS = 120


class SignInRefused(Exception):
    """Cognito did not take the code, or said something else than was asked; says what to do."""


class NoGroup(Exception):
    """Signed in, but nobody has said what this person may do."""


class Cognito:
    """`url` is where people sign in; `issuer` is how the pool names itself in tokens."""

    def __init__(self, *, url: str, pool_id: str, client_id: str, issuer: str, callback: str):
        self._url = url
        self._pool_id = pool_id
        self._client_id = client_id
        self._issuer = issuer
        self._callback = callback

    def sign_in_address(self, begun: SignIn) -> str:
        digest = hashlib.sha256(begun.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._callback,
            "scope": "openid email",
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        }
        return f"{self._url}/oauth2/authorize?{urlencode(asked)}"

    def sign_out_address(self, then: str) -> str:
        return f"{self._url}/logout?{urlencode({'client_id': self._client_id, 'logout_uri': then})}"

    def session(self, code: str, begun: SignIn) -> Session:
        """Whose the code is. Raises SignInRefused, NoGroup and outside.Unanswered."""
        form = {
            "grant_type": "authorization_code",
            "client_id": self._client_id,
            "code": code,
            "redirect_uri": self._callback,
            "code_verifier": begun.verifier,
        }
        secret = _secret(self._pool_id, self._client_id)
        basic = base64.b64encode(f"{self._client_id}:{secret}".encode()).decode()
        answer = outside.send(
            "POST",
            f"{self._url}/oauth2/token",
            body=urlencode(form).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Authorization": f"Basic {basic}",
            },
        )
        if answer.status_code != 200:
            raise SignInRefused
        try:
            claims = _claims(json.loads(answer.body)["id_token"])
        except (KeyError, TypeError, ValueError) as error:
            raise SignInRefused from error
        self._check(claims, begun.nonce)
        groups = claims.get("cognito:groups") or []
        for group, role in ((MANAGERS, MANAGER), (VIEWERS, VIEWER)):
            if group in groups:
                name = claims.get("email") or claims.get("cognito:username") or claims["sub"]
                return Session(email=str(name), role=role)
        raise NoGroup

    def _check(self, claims: dict[str, Any], nonce: str) -> None:
        """An ID token straight from the token endpoint needs no check of its signature (OpenID
        Connect Core 1.0, 3.1.3.7, point 6): TLS says whose it is."""
        expected = {
            "iss": self._issuer, "aud": self._client_id, "nonce": nonce, "token_use": "id"
        }  # fmt: skip
        if any(claims.get(name) != value for name, value in expected.items()):
            raise SignInRefused
        if float(claims.get("exp", 0)) < time.time() - _CLOCKS_APART_SECONDS:
            raise SignInRefused


@cache
def _secret(pool_id: str, client_id: str) -> str:
    """Asked for once a process, so that it stands in no template and no environment."""
    return str(outside.describe_client(pool_id, client_id)["ClientSecret"])


def _claims(token: str) -> dict[str, Any]:
    """Raises ValueError."""
    _, payload, _ = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if not isinstance(claims, dict):
        raise ValueError("an ID token's claims are an object")
    return claims
