"""Looking at documents, as use cases: the list of a kind, and one document whole.

    *looks(PAYMENT, "treasury", "payments")

declares `treasury.list-payments` and `treasury.show-payments`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

import psycopg

from fisc.documents.detail import detail
from fisc.documents.inputs import OneOf
from fisc.documents.kind import Kind
from fisc.documents.listing import PAGE, HowMany, Portion, after_number, page
from fisc.documents.noting import told_of
from fisc.documents.owning import rows_of_regions
from fisc.documents.use_case import UseCase

Conn = psycopg.Connection[Any]
Told = dict[str, Any]

#: No field whose values programs set.
_NAMELESS: Final[Mapping[str, Mapping[str, str]]] = {}
_PLACE: Final = ("mof_div_code", "fiscal_year", "state")
_PARAMETER: Final = inspect.Parameter


@dataclass(frozen=True, slots=True)
class Shown:
    """A document whole: what it says, its lines, its steps, the entries it posted, what was noted of it."""

    document: Told
    lines: list[Told]
    trail: list[Told]
    entries: list[Told]
    findings: list[Told]


def looks(
    kind: Kind[Any],
    group: str,
    noun: str,
    named: Mapping[str, Mapping[str, str]] = _NAMELESS,
    *,
    shows: tuple[str, ...] = (),
) -> tuple[UseCase, UseCase]:
    """The use cases that list a kind's documents and show one; `noun` is what commands call them.

    `named` says of fields whose values programs set (people give none of them) how each value is called;
    `shows` as of a use case.
    """
    return (
        UseCase(
            f"{group}.list-{noun}", listing_of(kind), kind, name=f"{kind.name}清单", named=named, shows=shows
        ),
        UseCase(f"{group}.show-{noun}", showing_of(kind), kind, name=f"{kind.name}详情", named=named),
    )


def listing_of(kind: Kind[Any]) -> Callable[..., list[Told]]:
    """A service that lists a kind's documents of a region and year by number, filtered by its facets.

    It begins after the number `after` and gives `limit` of them, and says after which there are more.
    """

    def work(conn: Conn, *, limit: int = PAGE, after: str = "", **where: object) -> Portion[Told]:
        from fisc.documents.files import as_json

        asked = {name: value for name, value in where.items() if value}
        region = str(asked.pop("mof_div_code"))
        found = page(
            conn,
            kind,
            asked,
            after=after_number(after),
            limit=limit,
            within=[rows_of_regions(kind, [region])],
        )
        rows = [as_json(kind, one) for one in found.documents]
        return Portion(rows, found.documents[-1].doc_key if found.after else "")

    work.__signature__ = inspect.Signature(_asked(kind))  # type: ignore[attr-defined]
    work.__name__ = f"list_{kind.prefix}"
    return work


def _asked(kind: Kind[Any]) -> list[inspect.Parameter]:
    others = (name for name in kind.facets if name not in _PLACE)
    return [
        _PARAMETER("conn", _PARAMETER.POSITIONAL_OR_KEYWORD, annotation=Conn),
        *(_said(name, kind_of) for name, kind_of in (("mof_div_code", str), ("fiscal_year", int))),
        _said("state", Annotated[str, OneOf(kind.states)], ""),
        *(_said(name, str, "") for name in others),
        _said("limit", HowMany, PAGE),
        _said("after", str, ""),
    ]


def _said(name: str, kind: Any, default: object = _PARAMETER.empty) -> inspect.Parameter:
    return _PARAMETER(name, _PARAMETER.KEYWORD_ONLY, default=default, annotation=kind)


def showing_of(kind: Kind[Any]) -> Callable[[Conn, Sequence[str]], list[Shown]]:
    """A service that shows documents of a kind whole, by their numbers. Raises NotFound."""

    def work(conn: Conn, doc_keys: Sequence[str]) -> list[Shown]:
        return [_shown(conn, kind, key) for key in doc_keys]

    work.__name__ = f"show_{kind.prefix}"
    return work


def _shown(conn: Conn, kind: Kind[Any], doc_key: str) -> Shown:
    from fisc.documents.files import detail_as_json

    told = detail_as_json(detail(conn, kind, doc_key))
    return Shown(told["document"], told["lines"], told["trail"], told["entries"], told_of(conn, doc_key))
