"""The application: every endpoint, and the ASGI program that serves it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ninja import NinjaAPI, Schema
from ninja.errors import ValidationError
from ninja.parser import Parser
from ninja.renderers import BaseRenderer
from pydantic import Field
from pydantic_core import to_json

from fisc.api import documents, problems, serving, use_cases
from fisc.api.problems import Problem
from fisc.api.signing import Token, token_of
from fisc.documents import sessions
from fisc.documents.json_text import read_json

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class Renderer(BaseRenderer):
    """JSON with Chinese as it is, dates as ISO 8601, exact numbers as text."""

    media_type = "application/json"

    def render(self, request: Any, data: Any, *, response_status: int) -> bytes:
        """The bytes of a response; an object over a simulated ledger says that it is of one."""
        if isinstance(data, dict) and serving.is_simulated():
            data = {"is_simulated": True, **data}
        return to_json(data, fallback=str)


class Reader(Parser):
    """What a request says; what it says twice is refused, of two values neither is sure."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The JSON of a body. Raises ValueError."""
        return read_json(request.body)

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """The texts of an address. Raises ValidationError for what is no list and stands there twice."""
        twice = [name for name in data if name not in list_fields and len(data.getlist(name)) > 1]
        if twice:
            raise ValidationError([{"type": "said_twice", "loc": ("query", name)} for name in twice])
        return super().parse_querydict(data, list_fields, request)


class Api(NinjaAPI):
    """Answers whole, not in chunks: their length is said before them."""

    def create_response(self, *given: Any, **named: Any) -> HttpResponse:
        """The response, with its length."""
        made = super().create_response(*given, **named)
        made.headers["Content-Length"] = str(len(made.content))
        return made


#: Where the API lies.
PLACE = "/api/"
#: What any endpoint may answer besides what it is for.
REFUSED = (400, 401, 403, 404, 409, 413, 415, 422, 503)


class SignIn(Schema):
    """Who signs in."""

    officer: str = Field(max_length=100, title="人员编号")
    password: str = Field(max_length=200, title="口令")


class NewPassword(Schema):
    """A password: one's own, with the old one, or, by an administrator, another officer's."""

    officer: str = Field(max_length=100, title="人员编号")
    password: str = Field(max_length=200, title="新口令")
    old_password: str = Field("", max_length=200, title="原口令，改自己的时填写")


class Session(Schema):
    """The token for the Authorization header of what follows."""

    token: str
    hours: int


@cache
def api() -> NinjaAPI:
    """The API with all its endpoints. Django is configured already."""
    made = Api(
        title="fisc", version=version("fisc"), auth=Token(), docs_url=None,
        renderer=Renderer(), parser=Reader(),
        description="一市公共资金的总账：各用例的办理与查询。金额以分为单位，区划九位，日期为年-月-日。",
        urls_namespace="fisc",
    )  # fmt: skip
    problems.install(made)
    _refuse_other_methods()
    _tell_values_as_a_mapping()
    _refuse_unknown_queries()
    _add_sessions(made)
    _add_open_questions(made)
    documents.add(made)
    use_cases.add(made)
    _describe_problems(made)
    return made


def _add_sessions(made: NinjaAPI) -> None:
    async def sign_in(request: HttpRequest, given: SignIn) -> Any:
        token = await serving.current().sign(
            lambda conn: sessions.sign_in(conn, given.officer, given.password),
            given.officer,
            address(request),
        )
        return Session(token=token, hours=sessions.HOURS)

    def address(request: HttpRequest) -> str:
        return str(request.META.get("REMOTE_ADDR", ""))

    async def sign_out(request: HttpRequest) -> Any:
        token = token_of(request)

        def work(conn: Any) -> None:
            sessions.officer_of(conn, token)
            sessions.close_session(conn, token)

        await serving.current().read(work)

    async def set_password(request: HttpRequest, given: NewPassword) -> Any:
        token = token_of(request)

        def work(conn: Any) -> None:
            by = sessions.officer_of(conn, token).code
            sessions.set_password(conn, given.officer, given.password, by=by, old=given.old_password)

        await serving.current().sign(work, given.officer, address(request))

    sign_in.__annotations__["given"] = SignIn
    set_password.__annotations__["given"] = NewPassword
    made.post("/sessions", auth=None, response={200: Session}, summary="登录", operation_id="SignIn")(sign_in)
    made.delete("/sessions", response={200: None}, summary="退出", operation_id="SignOut")(sign_out)
    made.post("/officers/password", response={200: None}, summary="设口令；此前的登录都失效",
              operation_id="SetPassword")(set_password)  # fmt: skip


def _add_open_questions(made: NinjaAPI) -> None:
    """What anybody may ask who has not signed in."""

    async def ping(request: HttpRequest) -> Any:
        return {}

    async def list_use_cases(request: HttpRequest) -> Any:
        return use_cases.catalogue()

    made.get("/ping", auth=None, response={200: dict[str, Any]}, summary="是否在服务", operation_id="Ping")(
        ping
    )
    made.get("/use-cases", auth=None, response={200: list[dict[str, Any]]}, summary="全部用例及各栏",
             operation_id="ListUseCases")(list_use_cases)  # fmt: skip


def _refuse_other_methods() -> None:
    """What an address does not take is refused as a problem; ninja has no handler for it."""
    from ninja.operation import PathView

    def refused(view: PathView) -> HttpResponse:
        return problems.not_allowed({method for one in view.operations for method in one.methods})

    PathView._not_allowed = refused  # type: ignore[method-assign, assignment]


def _tell_values_as_a_mapping() -> None:
    """What a request gave is read by its names: a model without `keys` searches for it, and refuses."""
    from ninja.params import models

    def keys(model: Any) -> Any:
        return model.__dict__.keys()

    def value(model: Any, name: str) -> Any:
        return model.__dict__[name]

    given: Any = models.ParamModel
    given.keys, given.__getitem__ = keys, value


def _refuse_unknown_queries() -> None:
    """A name in an address that its endpoint does not take is refused, as one in a body is."""
    from ninja.operation import Operation

    read = Operation._get_values

    def values(asked: Operation, request: HttpRequest, *given: Any) -> Any:
        if request.GET and (unknown := sorted(request.GET.keys() - _names(asked, is_body=False))):
            of_body = _names(asked, is_body=True)
            raise ValidationError([
                {"type": "of_body" if name in of_body else "extra_forbidden", "loc": ("query", name)}
                for name in unknown
            ])  # fmt: skip
        return read(asked, request, *given)

    Operation._get_values = values  # type: ignore[method-assign, assignment]


def _names(asked: Any, *, is_body: bool) -> set[str]:
    """What an operation takes by name: in the objects of its body, or in its address."""
    from ninja.params.models import BodyModel, QueryModel

    if is_body:
        bodies = [one for one in asked.models if issubclass(one, BodyModel)]
        objects = [field.annotation for one in bodies for field in one.model_fields.values()]
        return {name for one in objects for name in one.model_fields}
    queries = [one for one in asked.models if issubclass(one, QueryModel)]
    return {name for one in queries for name in getattr(one, "__ninja_flatten_map__", ())}


_PROBLEMS = {
    str(code): {
        "description": HTTPStatus(code).phrase,
        "content": {problems.CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for code in REFUSED
}


def _describe_problems(made: NinjaAPI) -> None:
    """Every endpoint may refuse, with a problem: said here once, not by a model for each.

    It takes seconds to make and never changes: it is made once.
    """
    plain, known = made.get_openapi_schema, dict[str, Any]()

    def described(**given: Any) -> Any:
        prefix = given.get("path_prefix") or PLACE
        if prefix not in known:
            known[prefix] = worked_out(prefix)
        return known[prefix]

    def worked_out(prefix: str) -> Any:
        schema = plain(path_prefix=prefix)
        schema["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        for path in schema["paths"].values():
            for operation in path.values():
                if operation["operationId"] != "Ping":
                    operation["responses"] |= _PROBLEMS
        return schema

    made.get_openapi_schema = described  # type: ignore[method-assign]


Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


#: The head of each answer over a simulated ledger, of files too.
SIMULATED = (b"fisc-simulated", b"true")


def _telling(send: Send) -> Send:
    """What sends answers that say so where the ledger is a simulated one."""

    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and serving.is_simulated():
            message = {**message, "headers": [*message.get("headers", ()), SIMULATED]}
        await send(message)

    return sending


async def _send(send: Send, problem: Problem) -> None:
    """A problem, before there is a request that it could be the answer to."""
    said = problem.model_dump_json().encode()
    headers = [(b"content-type", problems.CONTENT_TYPE.encode()), (b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": problem.status, "headers": headers})
    await send({"type": "http.response.body", "body": said})


def _content_type(scope: Scope) -> str:
    """The type that a body is said to have, without its parameters; '' where none is said."""
    said = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    return str(said.partition(b";")[0].strip().lower().decode("latin-1"))


def asgi(dsn: str) -> Callable[[Scope, Receive, Send], Awaitable[None]]:
    """The ASGI program over a database that is set up: Django's, with the process' begin and end."""
    from django.conf import settings
    from django.core.handlers.asgi import ASGIHandler

    settings.ROOT_URLCONF = "fisc.api.urls"  # only a server has addresses
    inner = ASGIHandler()

    async def program(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            send = _telling(send)
            # not called itself: that begins a thread for each request, and no endpoint needs one
            if b"%00" in scope["query_string"] or "\0" in scope["path"]:
                await _send(send, problems.unkept("地址里有不能保存的字符（U+0000）"))
            elif (said := _content_type(scope)) not in ("", "application/json"):
                await _send(send, problems.not_json(said))
            else:
                await inner.handle(scope, receive, send)  # type: ignore[arg-type]
            return
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                api().get_openapi_schema()  # whoever comes first waits for no description
                await serving.begin(dsn)
                await send({"type": "lifespan.startup.complete"})
            else:
                await serving.end()
                await send({"type": "lifespan.shutdown.complete"})
                return

    return program
