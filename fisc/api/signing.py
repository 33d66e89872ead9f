"""Who calls: a bearer token from POST /api/sessions. Who acts is looked up with the request's own group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninja.security import HttpBearer

from fisc.documents.sessions import officer_of
from fisc.registry.officers import Officer

if TYPE_CHECKING:
    import psycopg
    from django.http import HttpRequest


class Token(HttpBearer):
    """Takes the token as it is; whether it is an officer's is asked in the request's own transaction."""

    openapi_bearerFormat = "opaque"  # noqa: N815 -- the name ninja asks for

    def __call__(self, request: HttpRequest) -> Any:
        """The token of the header, looked up alone: ninja's own reads all headers for it."""
        scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == self.openapi_scheme and token else None

    async def authenticate(self, request: HttpRequest, token: str) -> str:
        """The token."""
        return token


def token_of(request: HttpRequest) -> str:
    """The token that `Token` took."""
    return str(getattr(request, "auth", ""))


def reader(conn: psycopg.Connection[Any], request: HttpRequest) -> Officer:
    """The officer who looks. Raises NotSignedIn."""
    return officer_of(conn, token_of(request))
