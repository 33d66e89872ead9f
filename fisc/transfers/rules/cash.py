"""Cash between governments, as entries of their treasury books (财库〔2015〕192号 T05–T11, T16, T17).

`KINDS` is the table: which event each side posts, between which coding blocks, and what the cash
does to its line and to the account between the two governments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fisc.documents import Leg, RuleBroken, period_for, voucher, year_end
from fisc.documents.refusals import refusal
from fisc.kernel import Coding, Entry
from fisc.registry import regions
from fisc.transfers import codings, twins
from fisc.transfers.codings import Line

UPPER, LOWER = "upper", "lower"
_OUTLAY, _INCOME, _WITH_LOWER, _WITH_UPPER = "outlay", "income", "with_lower", "with_upper"


@dataclass(frozen=True, slots=True)
class Side:
    """What one government posts: an event between two coding blocks. `sign` -1: in red."""

    event: str
    debit: str
    credit: str
    sign: int = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of cash between an upper and a lower government.

    `books` is what it does to the line's booked amount (+1, 0, -1); `opens` an item of the account
    between the two, `settles` one of the given kinds. `is_year_end` posts on the last of December;
    so does, when it comes later, what moves no cash.
    """

    code: str
    name: str
    upper: Side | None
    lower: Side | None
    books: int = 0
    opens: bool = False
    settles: tuple[str, ...] = ()
    is_year_end: bool = False
    moves_cash: bool = True


_EARLY = Side("transfer_in_before_document", _WITH_UPPER, _WITH_UPPER)
_LENT = Side("treasury_advance_to_lower", _WITH_LOWER, _WITH_LOWER)
_PAID = Side("transfer_out_paid", _OUTLAY, _OUTLAY)
_RECEIVED = Side("transfer_in_received", _INCOME, _INCOME)
_BOND_PAID = Side("debt_onlent_out", _OUTLAY, _OUTLAY)
_BOND_RECEIVED = Side("debt_onlent_in", _INCOME, _INCOME)


def _red(side: Side) -> Side:
    return Side(side.event, side.debit, side.credit, -side.sign)


KINDS: Final[Mapping[str, Kind]] = {
    kind.code: kind
    for kind in (
        Kind("paid", "拨付补助（T07/T05）", _PAID, _RECEIVED, books=1),
        Kind("bond_paid", "转贷债券资金（T17/T16）", _BOND_PAID, _BOND_RECEIVED, books=1),
        Kind("recovered", "收回补助资金（红字）", _red(_PAID), _red(_RECEIVED), books=-1),
        Kind("bond_recovered", "收回转贷资金（红字）", _red(_BOND_PAID), _red(_BOND_RECEIVED), books=-1),
        Kind("advanced", "调度库款（T08/T05）", _LENT, _EARLY, opens=True),
        Kind(
            "advance_charged",
            "调度款文件下达（T08/T05）",
            Side("treasury_advance_document_follows", _OUTLAY, _WITH_LOWER),
            Side("transfer_in_document_follows", _WITH_UPPER, _INCOME),
            books=1,
            settles=("advanced",),
            moves_cash=False,
        ),
        Kind("advance_returned", "归还调度款（红字）", _red(_LENT), _red(_EARLY), settles=("advanced",)),
        Kind(
            "accrued",
            "年终应拨未拨补助（T09/T06）",
            Side("transfer_out_payable_at_year_end", _OUTLAY, _WITH_LOWER),
            Side("transfer_in_receivable_at_year_end", _WITH_UPPER, _INCOME),
            books=1,
            opens=True,
            is_year_end=True,
            moves_cash=False,
        ),
        Kind("accrual_paid", "拨付上年应拨补助（T08/T05）", _LENT, _EARLY, settles=("accrued",)),
        Kind(
            "uploaded",
            "上解（T11/T10）",
            Side("upload_received", _INCOME, _INCOME),
            Side("upload_paid", _OUTLAY, _OUTLAY),
        ),
        Kind(
            "upload_accrued",
            "年终应解未解（T11/T10）",
            Side("upload_receivable_at_year_end", _WITH_LOWER, _INCOME),
            Side("upload_payable_at_year_end", _OUTLAY, _WITH_UPPER),
            opens=True,
            is_year_end=True,
            moves_cash=False,
        ),
        Kind(
            "upload_settled",
            "缴来上年应解（T08/T05 红字）",
            _red(_LENT),
            _red(_EARLY),
            settles=("upload_accrued",),
        ),
    )
}

#: Kinds in which the money goes from the lower government to the upper one.
UPWARD: Final = frozenset({"uploaded", "upload_accrued", "upload_settled"})


@dataclass(frozen=True, slots=True)
class Moved:
    """Cash as its document holds it, with the line it is booked on where there is one."""

    cash_no: str
    kind: str
    upper_div_code: str
    lower_div_code: str
    fiscal_year: int
    fund_type_code: str
    amount_fen: int
    func_code: str = ""
    line: Line | None = None


def is_kept(mof_div_code: str) -> bool:
    """Whether a government's books are kept here: those of a city and below (上级的账不在本簿)."""
    found = regions.lookup(mof_div_code)
    return found is not None and found.level in ("city", "county")


def entries(moved: Moved, on: date) -> list[Entry]:
    """The entry of each side whose books are kept here, by the kind's row of `KINDS`."""
    kind = KINDS[moved.kind]
    return [_entry(moved, kind, where, on) for where in _sides(moved, kind)]


def _sides(moved: Moved, kind: Kind) -> Iterator[tuple[Side, str, str]]:
    if kind.upper is not None and is_kept(moved.upper_div_code):
        yield kind.upper, moved.upper_div_code, UPPER
    if kind.lower is not None and is_kept(moved.lower_div_code):
        yield kind.lower, moved.lower_div_code, LOWER


def _entry(moved: Moved, kind: Kind, where: tuple[Side, str, str], on: date) -> Entry:
    side, place, role = where
    blocks = _blocks(moved)
    leg = Leg(side.event, side.sign * moved.amount_fen, blocks[side.debit], blocks[side.credit])
    day, period = _when(moved, kind, on)
    number = moved.line.cor_bgt_doc_no if moved.line else ""
    return voucher(
        f"transfer_cash:{moved.cash_no}:{kind.code}:{role}",
        place,
        day,
        [leg],
        summary=f"{kind.name} {number}".rstrip(),
        period=period,
        source_ref=moved.cash_no,
    )


def _when(moved: Moved, kind: Kind, on: date) -> tuple[date, int | None]:
    """The day and period: a settlement between levels belongs to the year it settles, cash to its day."""
    is_late = not kind.moves_cash and on.year > moved.fiscal_year
    return (
        year_end(moved.fiscal_year)
        if kind.is_year_end or is_late
        else (on, period_for(moved.fiscal_year, on))
    )


def refuse_late(moved: Sequence[Moved], on: date) -> None:
    """Raise RuleBroken for cash of a year that is over: its books hold what was received and paid in it."""
    if late := [m.cash_no for m in moved if KINDS[m.kind].moves_cash and on.year > m.fiscal_year]:
        raise refusal(
            RuleBroken,
            f"资金在 {on.year} 年收付，不能记入上年",
            late,
            rule="财库〔2015〕192号：收支按实际收付列当年；上年应补未补先年终挂账（T06、T09），次年以往来拨付",
            hint="请先按年终挂账办理（settle_year），再拨付挂账（pay_accrued）；当年另下文件的记当年",
        )


def _blocks(moved: Moved) -> dict[str, Coding]:
    """The coding block of each role in this movement."""
    year, fund = moved.fiscal_year, moved.fund_type_code
    upper, lower = moved.upper_div_code, moved.lower_div_code
    blocks = {
        _WITH_LOWER: codings.with_lower(year, upper, lower, fund),
        _WITH_UPPER: codings.with_upper(year, lower, fund),
    }
    if moved.kind in UPWARD and moved.func_code:
        income = twins.income_of(moved.func_code, year, fund)
        blocks[_OUTLAY] = codings.upload_outlay(year, lower, upper, fund, moved.func_code)
        blocks[_INCOME] = codings.upload_income(year, upper, lower, fund, income)
    if moved.line is not None:
        blocks[_OUTLAY], blocks[_INCOME] = codings.outlay(moved.line), codings.income(moved.line)
    return blocks
