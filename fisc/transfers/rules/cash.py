"""Cash between governments, as entries of their treasury books (财库〔2015〕192号 T05–T11, T16, T17).

`KINDS` is the table: which event each side posts, between which coding blocks, and what the cash
does to its line and to the account between the two governments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.documents import Leg, period_for, voucher, year_end
from fisc.kernel import Coding, Entry
from fisc.registry.areas import is_kept
from fisc.registry.quota_rules import CARRIED
from fisc.transfers import codings, twins
from fisc.transfers.kinds import CASH

if TYPE_CHECKING:
    from fisc.transfers.models import Cash, TransferLine

UPPER, LOWER = "upper", "lower"
#: A line is paid with what the lower government owes on the account: debt withheld, what stood before.
SET_OFF: Final = "set_off"
#: A line that was paid so is not any more.
SET_OFF_UNDONE: Final = "set_off_recovered"
_OUTLAY, _INCOME, _WITH_LOWER, _WITH_UPPER = "outlay", "income", "with_lower", "with_upper"
#: Where money of a document waits below, and as which source it comes back above.
_POOL, _SOURCE = "pool", "source"
#: 上年结余收入: the class of revenue of what years before left.
_LEFT_OVER: Final = "11008"


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
_SET_OFF_PAID = Side("transfer_out_by_account", _OUTLAY, _WITH_LOWER)
_SET_OFF_RECEIVED = Side("transfer_in_document_follows", _WITH_UPPER, _INCOME)
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
        Kind(SET_OFF, "补助抵拨往来（T07/T05）", _SET_OFF_PAID, _SET_OFF_RECEIVED, books=1, moves_cash=False),
        Kind(
            SET_OFF_UNDONE,
            "冲回补助抵拨（红字）",
            _red(_SET_OFF_PAID),
            _red(_SET_OFF_RECEIVED),
            books=-1,
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
#: Kinds by which money of a document goes back to who gave it: what `line_key` names on them.
GIVES_BACK: Final = UPWARD - {code for code, kind in KINDS.items() if kind.settles}
#: What each kind adds to what was paid on a line: what was accrued counts when it is paid.
PAID_BY: Final[Mapping[str, int]] = {
    code: kind.books for code, kind in KINDS.items() if kind.books and not kind.opens
}


def governments(cash: Cash) -> tuple[str, str]:
    """(upper, lower) of the two governments of a cash document."""
    pair = (cash.giver_div_code, cash.rec_div_code)
    return pair[::-1] if cash.kind in UPWARD else pair


def entries(cash: Cash, line: TransferLine | None, when: tuple[date, int | None]) -> list[Entry]:
    """The entry of each side whose books are kept here, by the kind's row of `KINDS`.

    `line` is the line that the cash is booked on, where there is one; `when` its day and period (`booked`).
    """
    blocks, number = _blocks(cash, line), line.cor_bgt_doc_no if line else ""
    return [_entry(cash, where, blocks, number, when) for where in _sides(cash)]


def _sides(cash: Cash) -> Iterator[tuple[Side, str, str]]:
    kind, (upper, lower) = KINDS[cash.kind], governments(cash)
    if kind.upper is not None and is_kept(upper):
        yield kind.upper, upper, UPPER
    if kind.lower is not None and is_kept(lower):
        yield kind.lower, lower, LOWER


def _entry(
    cash: Cash,
    where: tuple[Side, str, str],
    blocks: Mapping[str, Coding],
    number: str,
    when: tuple[date, int | None],
) -> Entry:
    (side, place, role), kind = where, KINDS[cash.kind]
    day, period = when
    legs = [Leg(side.event, side.sign * cash.amount_fen, blocks[side.debit], blocks[side.credit])]
    if role == LOWER and _POOL in blocks:
        legs.append(_out_of_pool(cash.amount_fen, blocks[_POOL]))
    if role == UPPER and _SOURCE in blocks:
        legs.append(_into_pool(cash.amount_fen, blocks[_SOURCE]))
    return voucher(
        CASH.event(cash.doc_key, kind.code, role),
        place,
        day,
        legs,
        document_id=cash.id,
        summary=f"{kind.name} {number}".rstrip(),
        period=period,
        source_ref=cash.doc_key,
    )


def _out_of_pool(fen: int, pool: Coding) -> Leg:
    """36-04 in red, its first step: what goes back of a document waits for no use any more."""
    source = replace(pool, rev_func_code=_LEFT_OVER, bgt_type_code=CARRIED)
    return Leg("quota_added", -fen, source, pool, choices={"source": "carried"}, step=1)


def _into_pool(fen: int, source: Coding) -> Leg:
    """36-04, its first step: what comes back of a document waits under its number, as what was not used.

    `source` says as what it had been passed on.
    """
    pool = codings.pool(
        (source.fiscal_year, source.mof_div_code, source.fund_type_code), source.sup_bgt_doc_no
    )
    return Leg("quota_added", fen, source, pool, choices={"source": "carried"}, step=1)


def booked(cash: Cash, on: date) -> tuple[date, int | None]:
    """The day and period: a settlement between levels belongs to the year it settles, cash to its day."""
    if _is_settled_at_end(cash, on):
        return year_end(cash.fiscal_year)
    return on, period_for(cash.fiscal_year, on)


def _is_settled_at_end(cash: Cash, on: date) -> bool:
    kind, year = KINDS[cash.kind], cash.fiscal_year
    return kind.is_year_end or (not kind.moves_cash and on.year > year)


def _blocks(cash: Cash, line: TransferLine | None) -> dict[str, Coding]:
    """The coding block of each role in this movement."""
    year, fund, (upper, lower) = cash.fiscal_year, cash.fund_type_code, governments(cash)
    blocks = {
        _WITH_LOWER: codings.with_lower(year, upper, lower, fund),
        _WITH_UPPER: codings.with_upper(year, lower, fund),
    }
    if cash.kind in UPWARD and cash.func_code:
        income = twins.income_of(cash.func_code, year, fund)
        blocks[_OUTLAY] = codings.upload_outlay(year, lower, upper, fund, cash.func_code)
        blocks[_INCOME] = codings.upload_income(year, upper, lower, fund, income)
        if line is not None:  # which document's money goes back stands on it
            blocks[_POOL] = codings.pool((year, lower, fund), line.source_no)
            blocks[_OUTLAY] = replace(blocks[_OUTLAY], sup_bgt_doc_no=line.source_no)
        if line is not None and line.passed_no:  # it is no income of the upper government's own
            blocks[_INCOME] = replace(blocks[_INCOME], sup_bgt_doc_no=line.passed_no)
            blocks[_SOURCE] = replace(
                codings.pool((year, upper, fund), line.passed_no),
                rev_func_code=_LEFT_OVER, tp_func_code=line.tp_func_code, rec_div_code=lower,
            )  # fmt: skip
    elif line is not None:
        blocks[_OUTLAY], blocks[_INCOME] = codings.outlay(line), codings.income(line)
    return blocks
