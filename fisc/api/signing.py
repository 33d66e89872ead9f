"""Who calls: a bearer token from POST /api/sessions. Who acts is looked up with the request's own group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninja.security import HttpBearer

from fisc.documents.errors import NotFound
from fisc.documents.sessions import officer_of
from fisc.registry import regions
from fisc.registry.officers import Officer

if TYPE_CHECKING:
    import psycopg
    from django.http import HttpRequest


class Token(HttpBearer):
    """Takes the token as it is; whether it is an officer's is asked in the request's own transaction."""

    openapi_bearerFormat = "opaque"  # noqa: N815 -- the name ninja asks for

    async def authenticate(self, request: HttpRequest, token: str) -> str:
        """The token."""
        return token


def token_of(request: HttpRequest) -> str:
    """The token that `Token` took."""
    return str(getattr(request, "auth", ""))


def reader(conn: psycopg.Connection[Any], request: HttpRequest) -> Officer:
    """The officer who looks. Raises NotSignedIn."""
    return officer_of(conn, token_of(request))


def may_see(officer: Officer, mof_div_code: str) -> bool:
    """Whether an officer sees a region: all see their own and those below it, some see every one."""
    own = officer.mof_div_code
    if not own or own == mof_div_code:
        return True
    found = regions.lookup(mof_div_code) if mof_div_code else None
    while found is not None and found.parent:
        if found.parent == own:
            return True
        found = regions.lookup(found.parent)
    return False


def require_sight(officer: Officer, mof_div_code: str) -> None:
    """Raise NotFound for a region that an officer does not see: what lies there is not told either."""
    if not may_see(officer, mof_div_code):
        raise NotFound(
            f"{officer.code} 看不到区划 {mof_div_code} 的数据", rule="各级各部门只见本级及所属的数据",
            hint="请核对区划，或由该区划、上级的人员查看",
        )  # fmt: skip
