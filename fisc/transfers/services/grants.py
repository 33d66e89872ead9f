"""Documents that grant money, with their lines: written, put into force, read back.

Receipts and issues share this: a document row that moves through its flow, and lines that come into
force with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar, cast

import psycopg
from psycopg import sql

from fisc.budget.services.quota_flow import require_available
from fisc.documents import (
    Kind,
    NotFound,
    RuleBroken,
    advance,
    document_key,
    findings,
    lines_of,
    make,
    select,
    taken,
    write_lines,
)
from fisc.documents.editions import current, fresh
from fisc.documents.fitting import Used, refuse, require_fitting
from fisc.documents.flow import ENDED
from fisc.documents.keys import is_number
from fisc.documents.refusals import refusal
from fisc.documents.store import Row, rows_of
from fisc.kernel import Coding, Entry, post
from fisc.kernel.errors import DuplicateConflict, FiscError
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry.fit_types import State
from fisc.registry.fitting import Misfit, income_misfit
from fisc.sheets.text import paper_number
from fisc.transfers.kinds import ISSUE, LINES, RECEIPT
from fisc.transfers.services.once import paper_of, paper_of_row, require_once

if TYPE_CHECKING:
    from fisc.transfers.models import Grant, TransferLine

P = ParamSpec("P")
T = TypeVar("T")
G = TypeVar("G", bound="Grant")
Conn = psycopg.Connection[Any]


def together(work: Callable[Concatenate[Conn, P], T]) -> Callable[Concatenate[Conn, P], T]:
    """All of `work` or nothing: one transaction (the caller's, where there is one), refusals in words."""

    @wraps(work)
    def run(conn: Conn, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return in_transaction(conn, lambda: work(conn, *args, **kwargs))

    return run


#: What a document with its lines posts on a day.
Poster = Callable[[G, "Sequence[TransferLine]", date], Iterable[Entry]]


def line_key(mof_div_code: str, fiscal_year: int, doc_no: str, line_no: int) -> str:
    """The key of a line: of a receipt with the receiver's code, of an issue with the giver's."""
    return f"{document_key(mof_div_code, fiscal_year, doc_no)}#{line_no}"


def lines_digest(lines: Sequence[Row]) -> str:
    """A digest over the lines of a document: other lines under the same number are a conflict."""
    text = json.dumps(lines, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def require_lines(named: Iterable[tuple[str, Sequence[Any]]]) -> None:
    """Every document has a number, and lines with numbers of their own and amounts above zero.

    Raises RuleBroken.
    """
    bad: list[str] = []
    for doc_no, lines in named:
        if not is_number(paper_number(doc_no)) or len(doc_no.splitlines()) > 1:
            bad.append(f"文号“{doc_no}”不能用")
        if not lines:
            bad.append(f"{doc_no} 没有明细")
        if len({line.line_no for line in lines}) < len(lines):
            bad.append(f"{doc_no} 行号重复")
        bad += [
            f"{doc_no} 第 {line.line_no} 行金额 {format_fen(line.amount_fen)} 元"
            for line in lines
            if line.amount_fen <= 0
        ]
    if bad:
        raise refusal(
            RuleBroken,
            "转移支付文件的明细不完整",
            bad,
            rule="有文号；每行金额大于零，行号不重复（财办〔2022〕36号）",
            hint="请改正明细后重报",
        )


@together
def draft(
    conn: psycopg.Connection[Any],
    kind: Kind[G],
    documents: Sequence[tuple[Row, Sequence[Row]]],
    *,
    by: str,
    on: date,
) -> list[bool]:
    """Make documents with their lines; True for those that are new.

    Raises what `documents.make` raises, and DuplicateConflict for a number that was received and is now to
    be issued, or the other way round: both kinds' lines stand in one table under it; also for money that the
    other government's document brought into force already (`require_once`).
    """
    _require_own_numbers(conn, kind, [str(row["doc_key"]) for row, _ in documents])
    notes = _require_fitting(conn, documents)
    rows = fresh(conn, kind, [row for row, _ in documents])
    is_new = make(conn, kind, rows, by=by, on=on)
    drafted = zip(rows, (lines for _, lines in documents), is_new, strict=True)
    added = [{**line, "doc_key": row["doc_key"]} for row, lines, new in drafted if new for line in lines]
    require_once(conn, kind, map(paper_of_row, added))
    write_lines(conn, LINES, added)
    new = {str(row["doc_key"]) for row, is_one in zip(rows, is_new, strict=True) if is_one}
    findings.record(conn, [note for note in notes if note.document in new], on=on)
    return is_new


def _require_fitting(conn: Conn, documents: Sequence[tuple[Row, Sequence[Row]]]) -> list[Finding]:
    """What is to be noted of lines that name a class beside their code, or pass money on beside its purpose.

    Money of an income comes in the funds of that income alone: on-lent debt in those of debt. A class is an
    item of its fund's budget, of the year. Else it raises RuleBroken.
    """
    lines = [(row, line) for row, mine in documents for line in mine]
    refuse([
        (_said(row, line), misfit)
        for row, line in lines
        if (misfit := _misfit(row, line))
    ])  # fmt: skip
    return require_fitting(conn, [_used(row, line) for row, line in lines])


def _misfit(row: Row, line: Row) -> Misfit | None:
    year = int(str(row["fiscal_year"]))
    return income_misfit(str(line["fund_type_code"]), str(line["rev_func_code"]), year)


def _said(row: Row, line: Row) -> str:
    return f"{row['bgt_doc_no']} 第 {line['line_no']} 行"


def _used(row: Row, line: Row) -> Used:
    """The block that a line puts money on: what it comes for, and what it passes on, where it is issued."""
    own = ("giver_div_code", "tp_func_code", "sup_bgt_doc_no") if line["is_issue"] else ("rec_div_code",)
    place, *passed = (str(line[name]) for name in own)
    fund, rev, func = (str(line[name]) for name in ("fund_type_code", "rev_func_code", "exp_func_code"))
    block = Coding(cast(int, line["fiscal_year"]), place, fund, rev_func_code=rev, exp_func_code=func)
    if passed:
        block = replace(block, tp_func_code=passed[0], sup_bgt_doc_no=passed[1])
    return Used(str(row["doc_key"]), _said(row, line), block, cast(int, line["amount_fen"]), State.BALANCE)


def _require_own_numbers(conn: Conn, kind: Kind[G], doc_keys: Sequence[str]) -> None:
    other: Kind[Any] = RECEIPT if kind is ISSUE else ISSUE
    where: Final = "where t.doc_key = any(%s) and t.state <> all(%s)"
    if taken_by := select(conn, other, where, [current(conn, other, doc_keys), list(ENDED)]):
        raise refusal(
            DuplicateConflict,
            f"文号已用于{other.name}",
            sorted(document.bgt_doc_no for document in taken_by),
            rule="一个文号只指一份文件（财办〔2022〕36号）",
            hint="下达请用本级自己的文号，上级文号另填；请核对文号",
        )


@together
def put_in_force(
    conn: psycopg.Connection[Any],
    kind: Kind[G],
    doc_keys: Sequence[str],
    step: str,
    poster: Poster[G],
    *,
    by: str,
    on: date,
) -> list[bool]:
    """Take the step that puts documents into force and post them, in one transaction; True where now."""
    keys = current(conn, kind, doc_keys)
    moved = advance(conn, kind, keys, step, by=by, on=on)
    if moved:
        _require_dated(moved, on)
        now, is_issue = [document.doc_key for document in moved], LINES.kind_values[kind.prefix]
        lines = lines_of(conn, LINES, moved, kind)
        require_once(conn, kind, [paper_of(line) for of in lines.values() for line in of])
        conn.execute(
            "update transfers_line set effective_on = %s where doc_key = any(%s) and is_issue = %s",
            [on, now, is_issue],
        )
        vouchers = [e for document in moved for e in poster(document, lines[document.doc_key], on)]
        require_available(conn, vouchers, {})
        post(conn, vouchers)
    return taken(keys, moved)


def _require_dated(documents: Sequence[Grant], on: date) -> None:
    """A document comes into force on the day it bears, or later."""
    if early := sorted(f"{d.bgt_doc_no} {d.dated_on}" for d in documents if d.dated_on > on):
        raise refusal(
            RuleBroken,
            f"文件的成文日期晚于办理日 {on}",
            early,
            rule="先有文件，后有下达（财办〔2022〕36号）",
            hint="请核对成文日期与办理日期",
        )


def lock_lines(conn: psycopg.Connection[Any], keys: Sequence[str], on: date) -> dict[str, TransferLine]:
    """Lines in force on a day by key, locked in one order. Raises NotFound naming those that are not."""
    where = "where t.line_key = any(%s) and t.effective_on <= %s order by t.line_key for update"
    rows: list[TransferLine] = rows_of(conn, LINES, where, [list(set(keys)), on])
    found = {line.line_key: line for line in rows}
    if missing := sorted(set(keys) - found.keys()):
        raise refusal(
            NotFound,
            f"到 {on} 没有已下达的转移支付明细",
            missing,
            rule="资金凭文件拨付（预算法第五十二条）",
            hint="请核对文号、行号与日期，或先审核下达；文件之前拨付的请用调度款",
        )
    return found


def change_lines(conn: psycopg.Connection[Any], column: str, changes: Mapping[str, int]) -> None:
    """Add fen to a counter (`booked_fen`, `taken_back_fen`) of lines that the caller has locked.

    Raises RuleBroken naming the lines that would be overdrawn: booked more than granted.
    """
    over = conn.execute(
        sql.SQL(
            "select l.line_key, l.amount_fen, l.taken_back_fen, l.booked_fen from transfers_line l "
            "join unnest(%s::text[], %s::bigint[]) c (key, fen) on c.key = l.line_key "
            "where l.effective_on is not null and (l.{column} + c.fen < 0 "
            "or case when %s then l.booked_fen + c.fen else l.booked_fen end > "
            "l.amount_fen - case when %s then l.taken_back_fen else l.taken_back_fen + c.fen end) order by 1"
        ).format(column=sql.Identifier(column)),
        [list(changes), list(changes.values()), column == "booked_fen", column == "booked_fen"],
    ).fetchall()
    if over:
        raise _overdrawn(over, column)
    conn.execute(
        sql.SQL(
            "update transfers_line l set {column} = l.{column} + c.fen "
            "from unnest(%s::text[], %s::bigint[]) c (key, fen) "
            "where c.key = l.line_key and l.effective_on is not null"
        ).format(column=sql.Identifier(column)),
        [list(changes), list(changes.values())],
    )


def _overdrawn(rows: Sequence[tuple[str, int, int, int]], column: str) -> FiscError:
    items = [
        f"{key}（下达 {_yuan(amount)}，已收回 {_yuan(taken)}，已列收支 {_yuan(booked)}）"
        for key, amount, taken, booked in rows
    ]
    if column == "booked_fen":
        return refusal(
            RuleBroken,
            "拨付（或收回）的资金超过文件下达的金额",
            items,
            rule="无文件不拨款，拨款不超过下达额（预算法第五十二条）",
            hint="请核对金额，或先办理追加下达",
        )
    return refusal(
        RuleBroken,
        "收回的指标超过下达额减已列收支",
        items,
        rule="收回不超过未拨付的部分（财办〔2022〕36号）",
        hint="请先收回已拨的资金，再收回指标",
    )


def _yuan(fen: int) -> str:
    return f"{format_fen(fen)} 元"
