"""Funds advanced that come back (收回) before they were spent: no more than is outstanding of the advance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import psycopg

from fisc.budget.kinds import ADVANCE, ADVANCE_RETURN
from fisc.budget.rules.advances import PENDING_HINT, PENDING_RULE, ends_with_its_year, funds_returned
from fisc.budget.services.settling import standing_advances
from fisc.documents import advance, taken
from fisc.documents.editions import booked, current, fresh, move_last
from fisc.documents.refusals import Fault, broken, refuse_all
from fisc.documents.store import By, make
from fisc.kernel import FiscError, post
from fisc.kernel.coding import codings_of
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction

if TYPE_CHECKING:
    from fisc.budget import models

Conn = psycopg.Connection[Any]
_RULE = "财库〔2015〕192号（T34）、2023 年起财库〔2022〕41号：预拨经费转列支出或收回"


@dataclass(frozen=True, slots=True)
class AdvanceReturned:
    """What came back of an advance (`advance`: its number) on the day `happened_on`, and why."""

    return_no: str
    mof_div_code: str
    advance: str
    amount_fen: int
    happened_on: date
    reason: str


def make_advance_returns(conn: Conn, returns: Sequence[AdvanceReturned], *, by: By, on: date) -> list[bool]:
    """Say that funds advanced came back (编制): True where new; nothing is posted yet.

    Raises NotFound for what was not advanced, RuleBroken for another region's, for more than is outstanding
    and for what had to be settled in its year.
    """

    def work() -> list[bool]:
        keys = current(conn, ADVANCE, [one.advance for one in returns])
        paid = standing_advances(conn, keys)
        refuse_all({one.return_no: wrong for one, key in zip(returns, keys, strict=True)
                    if (wrong := _wrong(one, paid[key], on))})  # fmt: skip
        rows = [_row(one, paid[key]) for one, key in zip(returns, keys, strict=True)]
        return make(conn, ADVANCE_RETURN, fresh(conn, ADVANCE_RETURN, rows), by=by, on=on)

    return in_transaction(conn, work)


def post_advance_returns(conn: Conn, return_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Review what came back and post it (审核入账, 192-T34): True where this call did it."""

    def work() -> list[bool]:
        keys = current(conn, ADVANCE_RETURN, return_nos)
        moved = advance(conn, ADVANCE_RETURN, keys, "post", by=by, on=on)
        paid = standing_advances(conn, [one.advance for one in moved])
        codings = codings_of(conn, {one.coding_id for one in paid.values()})
        entries = [funds_returned(one, codings[paid[one.advance].coding_id]) for one in moved]
        post(conn, booked(conn, ADVANCE_RETURN, entries))
        return taken(keys, moved)

    return in_transaction(conn, work)


def discard_advance_returns(
    conn: Conn, return_nos: Sequence[str], *, by: By, on: date, note: str = ""
) -> list[bool]:
    """Give returns up before they are posted (作废); their numbers may be entered anew."""
    return move_last(conn, ADVANCE_RETURN, return_nos, "discard", by=by, on=on, note=note)


def _row(one: AdvanceReturned, paid: models.Advance) -> Mapping[str, object]:
    return ADVANCE_RETURN.row(
        one, doc_key=one.return_no, fiscal_year=one.happened_on.year, advance=paid.doc_key,
        fund_type_code=paid.fund_type_code,
    )  # fmt: skip


def _wrong(one: AdvanceReturned, paid: models.Advance, on: date) -> FiscError | None:
    found = [*_faults(one, paid, on)]
    return broken(f"预拨经费收回单 {one.return_no}", found, _RULE) if found else None


def _faults(one: AdvanceReturned, paid: models.Advance, on: date) -> Iterator[Fault]:
    if one.amount_fen <= 0:
        yield Fault(f"金额 {format_fen(one.amount_fen)} 元不是正数", "请填写大于零的金额")
    if one.mof_div_code != paid.mof_div_code:
        yield Fault(
            f"预拨单 {paid.doc_key} 不是 {one.mof_div_code} 的", f"请由 {paid.mof_div_code} 的人员办理"
        )
    if one.happened_on > on:
        yield Fault(f"发生日 {one.happened_on} 晚于今天 {on}", "请核对发生日和业务日期，收到款后再登记")
    if one.happened_on.year > paid.fiscal_year and ends_with_its_year(paid.fiscal_year, paid.fund_type_code):
        yield Fault(f"{PENDING_RULE}，{paid.doc_key} 是 {paid.fiscal_year} 年的", PENDING_HINT)
