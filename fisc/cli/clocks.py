"""`fisc clocks` and `fisc direct`: the terms of law and the direct funds of a year, as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fisc.cli.moments import AsOf
from fisc.cli.options import AtYearEnd, Government, Unit, Year
from fisc.cli.output import JsonFlag, emit, say_rounding, table
from fisc.registry.papers import paper_words

if TYPE_CHECKING:
    from rich.console import Console

    from fisc.documents.terms import Term
    from fisc.kernel.findings import Place
    from fisc.transfers.services import DirectProgress


def register(parent: typer.Typer) -> None:
    """Add `clocks` and `direct` to the `fisc` command."""
    parent.command("clocks")(clocks)
    parent.command("direct")(direct)


def clocks(  # noqa: PLR0917 -- a command's options
    region: Government,
    year: Year,
    on: AtYearEnd = None,
    late_only: Annotated[bool, typer.Option("--late", help="只列逾期的 / overrun ones only")] = False,
    as_of: AsOf = "",
    as_json: JsonFlag = False,
) -> None:
    """法定时限：批复、下达、公开、转移支付、出资人职责，逾期几天 / terms of law, days overrun.

    0 无逾期，1 有逾期 / 0 nothing late, 1 something is.
    """
    from fisc.cli.exit_codes import ExitCode
    from fisc.cli.shared import database
    from fisc.documents.terms import terms_of
    from fisc.documents.told import told
    from fisc.kernel.findings import Place
    from fisc.settings import INSTALLED_APPS

    place = Place(region, year, on.date() if on else date(year, 12, 31))
    with database("fisc clocks", as_of, region=region, year=year) as conn:
        found = [term for look in terms_of(INSTALLED_APPS) for term in look(conn, place)]
    late = [term for term in found if term.is_late]
    shown = late if late_only else found
    emit(
        told(shown, ()),
        as_json,
        _clock_table(shown) if shown else _none(place, len(found)),
    )
    raise typer.Exit(ExitCode.FAULTS if late else ExitCode.OK)


def _none(place: Place, known: int) -> str:
    """Why there is nothing to list: nothing is late, or nothing began a term."""
    if known:
        return f"截至 {place.on}，{known} 项法定时限都没有逾期。"
    return f"{place.fiscal_year} 年到 {place.on} 还没有起算的法定时限：没有批复、下达、转移支付等单据。"


def _clock_table(terms: list[Term]) -> Any:
    columns = ("事项", "部门/单位", "文号/事由", "起算", "期限", "办结", "逾期天数>", "依据")
    shown = [
        (
            t.what,
            t.about,
            t.document,
            t.began_on,
            t.due_on,
            t.done_on or "未办结",
            t.days_late or "",
            paper_words(t.rule),
        )
        for t in terms
    ]
    return table(columns, shown)


def direct(year: Year, unit: Unit = "亿元", as_of: AsOf = "", as_json: JsonFlag = False) -> None:
    """直达资金：分配进度与支付进度，分文号、分区划 / direct funds: how far distributed, how far paid."""
    from fisc.cli.shared import database
    from fisc.cli.use_case_view import as_told
    from fisc.documents.told import told
    from fisc.transfers import services as transfers

    with database("fisc direct", as_of, year=year) as conn:
        found = transfers.direct_progress(conn, year)
    said = as_told("transfers.direct-progress", told(found, ()))
    emit(said, as_json, lambda console: _show_direct(console, found, unit))


def _show_direct(console: Console, found: list[DirectProgress], unit: str) -> None:
    if not found:
        console.print("这一年没有直达资金。")
        return
    from fisc.kernel.money import format_fen
    from fisc.registry.regions import name_of

    def name(code: str) -> str:
        return name_of(code) if code else "全链条"

    columns = ("上级文号", "区划", f"收到（{unit}）>", "下达>", "指标>", "支付>", "分配>", "支付进度>")
    rows = [
            (r.doc_no, name(r.mof_div_code), *(format_fen(fen, unit) for fen in
             (r.received_fen, r.issued_fen, r.quota_fen, r.paid_fen)),
             f"{r.distribution_bp / 100:.1f}%", f"{r.payment_bp / 100:.1f}%" if r.own_fen else "—")
            for r in found
    ]  # fmt: skip
    console.print(table(columns, rows))
    say_rounding(console, _direct_sums(found), unit)


def _direct_sums(found: list[DirectProgress]) -> Iterator[tuple[list[int], int]]:
    """The regions' quotas and payments of each document, and those of its whole chain."""
    for whole in (row for row in found if not row.mof_div_code):
        parts = [row for row in found if row.doc_no == whole.doc_no and row.mof_div_code]
        yield [row.quota_fen for row in parts], whole.quota_fen
        yield [row.paid_fen for row in parts], whole.paid_fen
