"""Lists and details of every kind of document: filtered by facets, in order, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from ninja import NinjaAPI, Query, Router, Schema
from psycopg import sql
from pydantic import Field as Told

from fisc.api.serving import current
from fisc.api.signing import reader
from fisc.documents import NotFound
from fisc.documents.detail import detail
from fisc.documents.files import as_json, detail_as_json
from fisc.documents.installation import declared_by
from fisc.documents.items import division
from fisc.documents.kind import Kind
from fisc.documents.listing import PAGE, page
from fisc.documents.numbers import key_of
from fisc.documents.owning import is_of_office, rows_of_regions, rows_of_unit
from fisc.documents.refusals import not_found
from fisc.documents.schemas import Given
from fisc.documents.sight import places_of, require_sight, seen_documents, sees_lines
from fisc.registry.officers import Officer
from fisc.settings import INSTALLED_APPS

if TYPE_CHECKING:
    from django.http import HttpRequest

Kinds = Mapping[str, Kind[Any]]


class KindTold(Schema):
    """A kind of document."""

    prefix: str
    name: str
    number: str
    facets: list[str]
    states: dict[str, str]


class Listed(Schema):
    """A page of documents; `after` begins the next one, empty where there is none."""

    documents: list[dict[str, Any]]
    after: str


class Asked(Given):
    """Which page of which documents."""

    mof_div_code: str = Told("", max_length=200, title="财政区划")
    fiscal_year: int | None = Told(None, ge=1900, le=2100, title="预算年度")
    state: str = Told("", max_length=50, title="状态")
    order: str = Told("doc_key", max_length=50, title="按什么排序")
    is_descending: bool = Told(False, title="倒序")
    after: str = Told("", max_length=1000, title="自上一页所给的位置")
    limit: int = Told(PAGE, ge=1, le=1000, title="每页多少")


def add(api: NinjaAPI) -> None:
    """Add the endpoints."""
    router = Router(tags=["documents"])
    kinds = {kind.prefix: kind for kind in declared_by(INSTALLED_APPS).kinds}
    _add_kinds(router, kinds)
    _add_list(router, kinds)
    _add_detail(router, kinds)
    api.add_router("", router)


def _add_kinds(router: Router, kinds: Kinds) -> None:
    async def list_kinds(request: HttpRequest) -> Any:
        await current().read(lambda conn: reader(conn, request))
        return [
            KindTold(
                prefix=k.prefix, name=k.name, number=k.number, facets=list(k.facets), states=dict(k.states)
            )
            for k in kinds.values()
        ]

    router.add_api_operation("/documents", ["GET"], list_kinds, summary="单据的种类",
                             operation_id="ListKinds", response={200: list[KindTold]})  # fmt: skip


def _add_list(router: Router, kinds: Kinds) -> None:
    async def list_documents(request: HttpRequest, kind: str, asked: Annotated[Asked, Query(...)]) -> Any:
        of = _kind(kinds, kind)

        def work(conn: Any) -> Any:
            officer = reader(conn, request)
            _require_of_units(officer, of)
            within = [*_places(officer, of, asked), *rows_of_unit(of, officer.agency_code)]
            found = page(conn, of, _where(asked), order=asked.order, is_descending=asked.is_descending,
                         after=asked.after, limit=asked.limit, within=within)  # fmt: skip
            return Listed(documents=[as_json(of, one) for one in found.documents], after=found.after)

        return await current().read(work)

    list_documents.__annotations__["kind"] = str
    router.add_api_operation("/documents/{kind}", ["GET"], list_documents, summary="单据清单",
                             operation_id="ListDocuments", response={200: Listed})  # fmt: skip


def _add_detail(router: Router, kinds: Kinds) -> None:
    async def show_document(request: HttpRequest, kind: str, number: str) -> Any:
        of = _kind(kinds, kind)

        def work(conn: Any) -> Any:
            officer = reader(conn, request)
            key = key_of(conn, of, number, officer)
            if not seen_documents(conn, officer, of, [key]):
                raise not_found(of, [number])
            told = detail_as_json(detail(conn, of, key, tuple(kinds.values())))
            if not sees_lines(officer, told["document"], told["lines"]):
                raise not_found(of, [number])
            return told | {way: _seen(conn, officer, kinds, told[way]) for way in ("up", "down")}

        return await current().read(work)

    show_document.__annotations__["kind"] = str
    router.add_api_operation(
        "/documents/{kind}/{path:number}", ["GET"], show_document, summary="单据全貌",
        operation_id="ShowDocument", response={200: dict[str, Any]},
    )  # fmt: skip


def _seen(
    conn: Any, officer: Officer, kinds: Kinds, related: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Those of the documents that belong to another one which an officer sees: the others are not told of."""
    keys: dict[str, list[str]] = {}
    for one in related:
        keys.setdefault(one["prefix"], []).append(one["doc_key"])
    seen = {prefix: seen_documents(conn, officer, kinds[prefix], some) for prefix, some in keys.items()}
    return [one for one in related if one["doc_key"] in seen[one["prefix"]]]


def _kind(kinds: Kinds, prefix: str) -> Kind[Any]:
    if prefix not in kinds:
        raise NotFound(
            f"没有单据种类 {prefix}", rule="单据的种类先声明后使用", hint="种类见 GET /api/documents"
        )
    return kinds[prefix]


def _require_of_units(officer: Officer, kind: Kind[Any]) -> None:
    """Raise NotFound where a unit's officer asks for papers of which none is of a unit."""
    if officer.agency_code and is_of_office(kind):
        raise NotFound(
            f"看不到{kind.name}", rule="各级各部门只见本级及所属的数据；涉及多个单位的单据由财政部门查看",
            hint="本单位的单据种类见 GET /api/documents，或由财政部门人员查看",
        )  # fmt: skip


def _places(officer: Officer, kind: Kind[Any], asked: Asked) -> list[sql.Composable]:
    """Whose documents the list has: of the region that was asked for, else of those that the officer sees."""
    if asked.mof_div_code:
        code = division(asked.mof_div_code)
        require_sight(officer, code)
        return [rows_of_regions(kind, [code])]
    places = places_of(officer)
    return [rows_of_regions(kind, places)] if places else []


def _where(asked: Asked) -> dict[str, object]:
    """What the list is filtered by besides."""
    where: dict[str, object] = {}
    if asked.fiscal_year is not None:
        where["fiscal_year"] = [asked.fiscal_year]
    if asked.state:
        where["state"] = [asked.state]
    return where
