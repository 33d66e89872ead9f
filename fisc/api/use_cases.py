"""The endpoints of use cases: one item through the desk, many in one transaction, questions by GET."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

from django.http import HttpResponse
from ninja import Body, NinjaAPI, Query, Router, Schema, Status
from pydantic import BeforeValidator, create_model
from pydantic import Field as Told
from pydantic_core import PydanticCustomError

from fisc.api.problems import of_error
from fisc.api.serving import current
from fisc.api.signing import reader, token_of
from fisc.documents.days import business_day
from fisc.documents.desk import Asked, answered_each
from fisc.documents.emptiness import why_empty
from fisc.documents.errors import NotFound
from fisc.documents.inputs import build
from fisc.documents.json_faults import SAID_BESIDE
from fisc.documents.noting import Noted
from fisc.documents.numbers import as_known, said_as_known
from fisc.documents.refusals import listed
from fisc.documents.schemas import MOST_IN_ADDRESS, Day, Given, model_of_fields, plain
from fisc.documents.sight import is_told_to_units, none_of, require_seen, require_sight, seen_rows
from fisc.documents.told import told
from fisc.documents.use_case import UseCase
from fisc.kernel import FiscError
from fisc.report.printed import MEDIA, Printed, printed
from fisc.use_cases import use_cases

if TYPE_CHECKING:
    from django.http import HttpRequest

_BODY: Final = cast("Any", Body)(...)
_QUERY: Final = cast("Any", Query)(...)
#: Numbers that one address asks for, and what one of them may be.
MOST_NUMBERS: Final = 20
_Number = Annotated[str, Told(min_length=1, max_length=2 * MOST_IN_ADDRESS)]
#: Items of one bulk request.
MOST_ITEMS: Final = 10_000


class Done(Schema):
    """What was done with one item: its number, whether it happened now or stood before, what rules noted."""

    number: str = ""
    is_new: bool | None = None
    answer: Any = None
    notes: tuple[str, ...] = ()


class Rows(Schema):
    """What was done or found; `after` begins the next part of a list, empty where there is none.

    `why_empty` says of what was found nothing of that no books of it are open.
    """

    rows: list[dict[str, Any]]
    after: str = ""
    why_empty: str = ""


def add(api: NinjaAPI) -> None:
    """Add the endpoints of every use case, under its group and verb."""
    for case in use_cases().values():
        router = Router(tags=[case.group])
        if case.is_reading:
            _add_question(router, case)
        else:
            _add_single(router, case)
            if case.subject and case.is_many:
                _add_bulk(router, case)
        api.add_router("", router)


def _path(case: UseCase) -> str:
    return f"/{case.group}/{case.verb}"


def _on() -> Any:
    return (Day | None, Told(None, title="业务日期，默认今天"))


def _own_fields(case: UseCase) -> tuple[Any, ...]:
    if case.shape is not None:
        return case.shape.fields
    return (case.number,) if case.number is not None else ()


def _single_model(case: UseCase) -> type[Given]:
    """One item with what is said beside it and the day, in one object."""
    parts = case.shape.parts if case.shape is not None else ()
    more = {"on": _on()} if case.takes_day else {}
    name = f"{_camel(case)}Item"
    return model_of_fields(name, (*_own_fields(case), *case.options), parts, **more)


def _bulk_model(case: UseCase) -> type[Given]:
    """Many items, with what is said once beside them."""
    item: Any = str
    if case.shape is not None:
        once = {field.name for field in case.options} | ({"on"} if case.takes_day else set())
        made = model_of_fields(f"{_camel(case)}Line", case.shape.fields, case.shape.parts)
        item = Annotated[made, BeforeValidator(partial(_beside, once))]
    items = (Annotated[list[item], Told(min_length=1, max_length=MOST_ITEMS)], Told(title="各项"))
    more = {"items": items} | ({"on": _on()} if case.takes_day else {})
    return model_of_fields(f"{_camel(case)}Many", case.options, (), **more)


def _beside(once: Collection[str], item: object) -> object:
    """An item; of what is said once beside all items nothing stands in it. Raises what pydantic tells."""
    if isinstance(item, dict) and (told := sorted(item.keys() & once)):
        raise PydanticCustomError(
            SAID_BESIDE, "{told}对各项只写一次，写在 items 之外", {"told": "、".join(told)}
        )
    return item


def _camel(case: UseCase) -> str:
    return "".join(word.capitalize() for word in case.code.replace(".", "-").split("-"))


def _add_single(router: Router, case: UseCase) -> None:
    model: Any = _single_model(case)

    async def one(request: HttpRequest, given: Any, dry_run: bool = False) -> Any:
        said = plain(given)
        on = business_day(said.pop("on", None))
        beside = options(case, said)
        item = _item(case, said)
        number = case.numbers_of([item])[0] if case.subject else ""
        if dry_run or not case.subject or not case.is_many or case.gives_file:
            return Status(200, await _at_once(request, case, [item], beside, on, is_dry=dry_run))
        answer = await current().desk.ask(
            Asked(case, number, item, on, beside, token=token_of(request))
        )  # fmt: skip
        is_new, notes = _done(answer)
        done = Done(number=number, is_new=is_new, answer=answer if is_new is None else None, notes=notes)
        return Status(201 if is_new else 200, done)

    _sign(one, given=Annotated[model, _BODY])
    router.add_api_operation(
        _path(case), ["POST"], one, summary=case.title, operation_id=_camel(case), description=case.help_text,
        response={200: Done, 201: Done},
    )  # fmt: skip


def _done(answer: Any) -> tuple[bool | None, tuple[str, ...]]:
    """Whether it was done now, where that is what was answered, and what rules noted."""
    if isinstance(answer, Noted):
        return answer.is_new, answer.notes
    return (answer, ()) if isinstance(answer, bool) else (None, ())


async def _at_once(
    request: HttpRequest, case: UseCase, items: Sequence[Any], beside: Mapping[str, Any], on: date, *,
    is_dry: bool,
) -> Any:  # fmt: skip
    """What a service answers that takes no set, or a trial of one that does."""

    def work(conn: Any) -> list[dict[str, Any]]:
        officer = reader(conn, request)
        result = case.tried(conn, items, beside, by=officer.code, on=on, is_dry=is_dry)
        return _told(case, result, case.numbers_of(items))

    rows = await current().read(work)
    first = rows[0] if len(rows) == 1 else {}
    return Done(number=first.get("number", ""), is_new=first.get("is_new"), answer=rows)


def _add_bulk(router: Router, case: UseCase) -> None:
    model: Any = _bulk_model(case)

    async def many(request: HttpRequest, given: Any, dry_run: bool = False, each: bool = False) -> Any:
        said = plain(given)
        on = business_day(said.pop("on", None))
        items = [_item(case, one) if case.shape is not None else one for one in said.pop("items")]
        beside = options(case, said)

        def work(conn: Any) -> Any:
            officer = reader(conn, request)
            do = partial(answered_each, conn, case) if each else partial(case.tried, conn)
            result = do(items, beside, by=officer.code, on=on, is_dry=dry_run)
            return [_shown(row) for row in _told(case, result, case.numbers_of(items))]

        return {"rows": await current().read(work)}

    async def together(request: HttpRequest, given: Any, dry_run: bool = False) -> Any:
        return await many(request, given, dry_run)

    view = together if case.gives_file else many  # a file is of all of its items
    _sign(view, given=Annotated[model, _BODY])
    router.add_api_operation(
        f"{_path(case)}/bulk", ["POST"], view, summary=f"{case.title}（多项，全部办成或全部不办）",
        operation_id=f"{_camel(case)}Many", response={200: Rows},
        description=case.help_text if case.gives_file else _EACH,
    )  # fmt: skip


_EACH: Final = "each=true：逐项办理，办得成的都办，其余各说明缘由"


def _add_question(router: Router, case: UseCase) -> None:
    fields = (*case.options, *((case.number,) if case.number is not None and not case.is_many else ()))
    lists = (case.number,) if case.number is not None and case.is_many else ()
    more = {"on": _on()} if case.takes_day else {}
    more |= {
        f.name: (list[_Number], Told(title=f.heading, min_length=1, max_length=MOST_NUMBERS)) for f in lists
    }
    model: Any = model_of_fields(f"{_camel(case)}Asked", fields, is_address=True, **more)

    async def ask(request: HttpRequest, given: Any) -> Any:
        said = plain(given)

        def work(conn: Any) -> Any:
            rows, seen, result = _answered(conn, request, case, said)
            why = "" if rows else why_empty(conn, case, said)
            shown = [_shown(row) for row in seen]
            return {"rows": shown, "after": getattr(result, "after", ""), "why_empty": why}

        return await current().read(work)

    _sign(ask, given=Annotated[model, _QUERY])
    named = {"summary": case.title, "operation_id": _camel(case), "response": {200: Rows}}
    router.add_api_operation(_path(case), ["GET"], ask, **named)  # type: ignore[arg-type]
    if (prints := printed(case)) is not None:
        _add_print(router, case, model, prints)


def _add_print(router: Router, case: UseCase, asked: Any, prints: Printed) -> None:
    """The same question, answered as a file to be printed."""
    told, forms = Told(prints.forms[0], title="文件格式"), cast("Any", Literal)[prints.forms]
    model: Any = create_model(f"{_camel(case)}Print", __base__=asked, format=(forms, told))

    async def ask(request: HttpRequest, given: Any) -> Any:
        said = plain(given)
        form = said.pop("format")

        def work(conn: Any) -> bytes:
            rows, seen, result = _answered(conn, request, case, said)
            if len(seen) < len(rows):
                raise _not_seen(case, ())
            return prints.write(conn, result, form)

        data = await current().read(work)
        return HttpResponse(data, content_type=MEDIA[form])

    _sign(ask, given=Annotated[model, _QUERY])
    content = {MEDIA[form]: {"schema": {"type": "string", "format": "binary"}} for form in prints.forms}
    described = {"responses": {200: {"description": "OK", "content": content}}}
    router.add_api_operation(
        f"{_path(case)}/print", ["GET"], ask, summary=f"{case.title}（打印）",
        operation_id=f"{_camel(case)}Print", openapi_extra=described,
    )  # fmt: skip


def _answered(
    conn: Any, request: HttpRequest, case: UseCase, said: dict[str, Any]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]], Any]:
    """The rows of an answer, those of them that the officer sees, and the answer itself."""
    on = business_day(said.pop("on", None))
    numbers = said.pop(case.number.name, []) if case.number is not None else []
    officer = reader(conn, request)
    if case.is_of_office and officer.agency_code:
        raise _not_seen(case, ())
    for name in ("mof_div_code", "mof_div_codes"):
        for code in _codes(said.get(name)):
            require_sight(officer, code)
    asked = [numbers] if isinstance(numbers, str) else numbers
    beside = options(case, said)
    asked = list(as_known(conn, case, asked, beside, officer.code))
    beside = dict(said_as_known(conn, case, beside, officer.code))
    is_seen = require_seen(conn, officer, case, asked, beside)
    result = case.run(conn, asked, beside, by="", on=on)
    rows = _told(case, result, asked)
    seen = seen_rows(conn, officer, case, said, rows, is_seen=is_seen)
    # nothing is an answer only where there is nothing
    if rows and not seen and (asked or not is_told_to_units(case, rows)):
        raise none_of(case, asked) if is_seen else _not_seen(case, asked)
    return rows, seen, result


def _codes(said: Any) -> list[str]:
    return [said] if isinstance(said, str) else list(said or ())


def _not_seen(case: UseCase, numbers: Sequence[str]) -> NotFound:
    asked = f"{case.number.heading} {listed(numbers)}" if case.number is not None else case.title
    return NotFound(
        f"看不到{asked}", rule="各级各部门只见本级及所属的数据",
        hint="请核对编号，或由该区划、上级的人员查看",
    )  # fmt: skip


def options(case: UseCase, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said beside the items, by the service's parameters."""
    found = {}
    for field in case.options:
        value = said.get(field.name, field.default)
        found[field.path[0]] = tuple(value) if isinstance(value, list) else value
    return found


def _item(case: UseCase, said: Mapping[str, Any]) -> Any:
    if case.shape is not None:
        return build(case.shape, said)
    return said[case.number.name] if case.number is not None else None


def _told(case: UseCase, result: Any, numbers: Sequence[str]) -> list[dict[str, Any]]:
    """What a service answered, as rows; a file by its number, its bytes in base 64, as they are given too."""
    if not case.gives_file:
        return told(result, numbers)
    number, content, *is_new = result
    row: dict[str, Any] = {"number": number, "content": b64encode(content).decode()}
    return [row | ({"is_new": is_new[0]} if is_new else {})]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    refusal = row.get("refusal")
    if isinstance(refusal, FiscError):
        return {**row, "refusal": of_error(refusal).model_dump()}
    return dict(row)


def _sign(view: Callable[..., Any], **kinds: Any) -> None:
    """Give a view's parameters the types that are known only now."""
    view.__annotations__ |= kinds


def catalogue() -> list[dict[str, Any]]:
    """Every use case with what it takes: what a form shows."""
    from fisc.documents.described import described

    return [described(case) for case in use_cases().values()]
