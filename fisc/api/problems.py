"""What is refused, as RFC 9457 problems: the message, the rule it rests on, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from ninja import Schema
from pydantic import Field

from fisc.api.turns import TooManySignIns
from fisc.documents.errors import FourEyes, MissingDuty, NotFound
from fisc.documents.json_faults import SAID_BESIDE, told_once
from fisc.documents.json_text import Unkept
from fisc.documents.sessions import NotSignedIn
from fisc.kernel.errors import FiscError, StoreBusy, translate
from fisc.registry.books import in_words
from fisc.registry.errors import UnknownRegion
from fisc.registry.papers import paper_words
from fisc.sheets import FileRefused
from fisc.store.errors import StoreError

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja import NinjaAPI

CONTENT_TYPE: Final = "application/problem+json"
#: Refusals whose status is not that of a rule that is in the way.
_STATUS: Final[tuple[tuple[type[Exception], HTTPStatus], ...]] = (
    (NotSignedIn, HTTPStatus.UNAUTHORIZED), (MissingDuty, HTTPStatus.FORBIDDEN),
    (FourEyes, HTTPStatus.FORBIDDEN), (NotFound, HTTPStatus.NOT_FOUND), (UnknownRegion, HTTPStatus.NOT_FOUND),
    (FileRefused, HTTPStatus.UNPROCESSABLE_ENTITY), (StoreBusy, HTTPStatus.SERVICE_UNAVAILABLE),
    (StoreError, HTTPStatus.SERVICE_UNAVAILABLE), (TooManySignIns, HTTPStatus.SERVICE_UNAVAILABLE),
)  # fmt: skip


#: What a command says to who has not signed in, and what a program does instead.
_COMMAND: Final = "fisc login"
_SIGN_IN: Final = "请先登录：POST /api/sessions，令牌放在 Authorization: Bearer 之后"


class Problem(Schema):
    """Why a request was not done; nothing of it was."""

    type: str = Field(description="what kind of refusal, by name")
    title: str = Field(description="what was refused")
    status: int
    rule: str = Field("", description="the rule it rests on")
    hint: str = Field("", description="what to do")
    details: dict[str, Any] = Field(default_factory=dict)


def of_error(error: FiscError | StoreError) -> Problem:
    """The problem that a refusal is."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.CONFLICT)
    return Problem(
        type=f"urn:fisc:problem:{type(error).__name__}", title=in_words(error.message), status=status.value,
        rule=paper_words(error.rule), hint=_SIGN_IN if _COMMAND in error.hint else in_words(error.hint),
        details=_plain(getattr(error, "details", None) or {}),
    )  # fmt: skip


def _plain(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details as JSON keeps them, however deep they are; what it has no word for as text."""
    return {str(name): _plain_value(value) for name, value in details.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _plain(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value(one) for one in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def not_valid(errors: list[dict[str, Any]]) -> Problem:
    """The problem of a request that does not have the form that is asked for."""
    told = told_once(_with_form({**each, "loc": _place(each)}) for each in errors)
    return Problem(
        type="urn:fisc:problem:NotValid", title="请求的形式不对",
        status=HTTPStatus.UNPROCESSABLE_ENTITY.value,
        rule="各栏按 OpenAPI 所说的形式填写", hint="请核对列出的各栏",
        details={"errors": told[:50], "count": len(errors)},
    )  # fmt: skip


def _with_form(error: dict[str, Any]) -> dict[str, Any]:
    """An error; of a body that is no object with the form that it has: a list of items stands within one."""
    if error["loc"] or error.get("type") not in ("model_type", "model_attributes_type", "dict_type"):
        return error
    return {**error, "type": SAID_BESIDE, "msg": '应为对象；成批办理写作 {"on": "年-月-日", "items": [各项]}'}


#: What stands above a field in an error and is no part of what people gave.
_AROUND: Final = ("body", "query", "path", "given")


def _place(error: dict[str, Any]) -> list[object]:
    """The field that an error is about, as who gave it knows it: items, 0, amount_fen."""
    place = list(error.get("loc", ()))
    while place and place[0] in _AROUND:
        place.pop(0)
    return place


def answer(api: NinjaAPI, request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as a response."""
    made = api.create_response(request, problem.model_dump(), status=problem.status)
    made["Content-Type"] = CONTENT_TYPE
    if problem.status == HTTPStatus.UNAUTHORIZED:
        made["WWW-Authenticate"] = "Bearer"
    return made


def install(api: NinjaAPI) -> None:
    """Let the API answer every refusal as a problem."""
    import django.db
    import psycopg
    from django.core.exceptions import RequestDataTooBig
    from django.http import Http404
    from ninja.errors import AuthenticationError, HttpError, ValidationError

    made: dict[type[Exception], Callable[[Any], Problem]] = {
        FiscError: of_error, StoreError: of_error, HttpError: _of_http,
        ValidationError: lambda error: not_valid(error.errors),
        RequestDataTooBig: lambda _: _too_large(), AuthenticationError: lambda _: _unknown(),
        Http404: lambda _: _no_such_place(),
        psycopg.DataError: lambda _: _no_such_value(), UnicodeError: lambda _: _no_such_value(),
        psycopg.OperationalError: _of_database, psycopg.InterfaceError: _of_database,
        django.db.OperationalError: _of_database, django.db.InterfaceError: _of_database,
    }  # fmt: skip
    for kind, problem in made.items():
        api.add_exception_handler(kind, _handler(api, problem))


def _handler(api: NinjaAPI, problem: Callable[[Any], Problem]) -> Any:
    return lambda request, error: answer(api, request, problem(error))


def _of_http(error: Any) -> Problem:
    if isinstance(error.__cause__, Unkept):
        return unkept(str(error.__cause__))
    return Problem(
        type="urn:fisc:problem:BadRequest", title="请求不能识别", status=error.status_code,
        rule="请求体是 UTF-8 的 JSON，同一个对象里每个名字写一次",
        hint=f"请核对请求体：{error.__cause__ or '不能读作 JSON'}",
    )  # fmt: skip


def not_json(said: str) -> Problem:
    """The problem of a body that does not say it is JSON."""
    return Problem(
        type="urn:fisc:problem:NotJson", title=f"请求的内容类型是 {said[:60]}，不是 application/json",
        status=HTTPStatus.UNSUPPORTED_MEDIA_TYPE.value, rule="请求的内容是 JSON，并这样写明",
        hint="请加请求头 Content-Type: application/json",
    )  # fmt: skip


def unkept(said: str) -> Problem:
    """The problem of a sign that nothing keeps: the request has its form, and a rule is in the way."""
    return Problem(
        type="urn:fisc:problem:RuleBroken", title=said, status=HTTPStatus.CONFLICT.value,
        rule="文字是可印的字符", hint="请核对这一栏，不要从损坏的文件中复制",
    )  # fmt: skip


def _unknown() -> Problem:
    from fisc.documents.sessions import not_signed_in

    return of_error(not_signed_in())


def _handled(problem: Problem) -> Callable[..., HttpResponse]:
    """Django's own answer to what reaches no endpoint, as a problem."""

    def view(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
        from fisc.api.app import api

        return answer(api(), request, problem)

    return view


def _no_such_place() -> Problem:
    return Problem(type="urn:fisc:problem:NotFound", title="没有这个地址", status=HTTPStatus.NOT_FOUND.value,
                   rule="地址见 /api/openapi.json", hint="请核对地址")  # fmt: skip


def _no_such_value() -> Problem:
    return Problem(
        type="urn:fisc:problem:NoSuchValue", title="请求里有数据库不能接受的值",
        status=HTTPStatus.CONFLICT.value, rule="文字是可印的字符，数字在可记的范围内",
        hint="请核对各栏",
    )  # fmt: skip


def _of_database(error: Exception) -> Problem:
    """The problem that the database is: without room, or not there."""
    import psycopg

    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    refusal = translate(cause) if isinstance(cause, psycopg.Error) else None
    return of_error(refusal) if refusal else _no_database()


def _no_database() -> Problem:
    return Problem(
        type="urn:fisc:problem:NoDatabase", title="数据库不可用",
        status=HTTPStatus.SERVICE_UNAVAILABLE.value, rule="",
        hint="请稍后用同一编号重新提交，不会重复办理；管理员可用 fisc db status 查看",
    )  # fmt: skip


def not_allowed(methods: Iterable[str]) -> HttpResponse:
    """The answer to a method that an address does not take; `methods` are those that it does."""
    from django.http import HttpResponseNotAllowed

    known = sorted(methods)
    problem = Problem(
        type="urn:fisc:problem:NotAllowed", title="这个地址不收这种请求",
        status=HTTPStatus.METHOD_NOT_ALLOWED.value, rule="地址与方法见 /api/openapi.json",
        hint=f"可用：{'、'.join(known)}",
    )  # fmt: skip
    return HttpResponseNotAllowed(known, content=problem.model_dump_json(), content_type=CONTENT_TYPE)


def _too_large() -> Problem:
    return Problem(
        type="urn:fisc:problem:TooLarge", title="请求太大", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE.value,
        rule="一次请求不超过 32 MB", hint="请分几次提交",
    )  # fmt: skip


def _broken() -> Problem:
    return Problem(
        type="urn:fisc:problem:Internal", title="程序内部错误", status=HTTPStatus.INTERNAL_SERVER_ERROR.value,
        rule="", hint="请把时间与请求报告给维护者；用同一编号重新提交不会重复办理",
    )  # fmt: skip


def _not_understood() -> Problem:
    return Problem(
        type="urn:fisc:problem:BadRequest", title="请求不能识别", status=HTTPStatus.BAD_REQUEST.value,
        rule="请求须是完整的 HTTP 请求，主机名在 FISC_HOSTS 之中", hint="请核对地址与主机名",
    )  # fmt: skip


#: What Django asks for: the views of 400, 404 and 500.
HANDLERS: Final = (_handled(_not_understood()), _handled(_no_such_place()), _handled(_broken()))
