"""Pages of a statement: none comes after the one that is said to be the last."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

import psycopg

from fisc.banking.iso20022 import MessageRefused, Statement
from fisc.banking.services import register

Conn = psycopg.Connection[Any]
#: An account's day, and which statement of it: place in the sequence, number.
_Whole = tuple[str, date, int, str]

_STANDING: Final = f"""
    select m.acct_no, m.business_on, m.sequence_no, m.statement_no, m.page_no, m.is_last_page, m.message_id,
           m.created_at
    from banking_message m join unnest(%s::text[], %s::date[]) d(acct_no, day)
      on m.acct_no = d.acct_no and m.business_on = d.day
    where {register.statements_only("m.")} order by m.id"""


def require_last_page_is_last(conn: Conn, statements: Sequence[Statement]) -> None:
    """Raise MessageRefused for a page of a statement after the one that the bank marked as its last.

    A page that comes again under another number of message takes the place of the first. The order of coming
    is free: a last page is refused as well where a later one stands. What was made later in one piece
    corrects pages, and is none of them.
    """
    paged = [one for one in statements if one.page_no > 1 or not one.is_last_page]
    if not paged:
        return
    days = sorted({(one.acct_no, one.day) for one in paged})
    pages: dict[_Whole, dict[int, tuple[bool, str]]] = defaultdict(dict)
    pieces: dict[_Whole, list[datetime]] = defaultdict(list)
    rows = conn.execute(_STANDING.encode(), register.columns_of(days, 2)).fetchall()
    for acct_no, day, sequence_no, statement_no, page_no, is_last, message_id, made_at in rows:
        if page_no == 1 and is_last and made_at:
            pieces[acct_no, day, sequence_no, statement_no].append(made_at)
        pages[acct_no, day, sequence_no, statement_no][page_no] = is_last, message_id
    for one in paged:
        key = (one.acct_no, one.day, one.sequence_no, one.statement_id)
        if one.created_at and any(made_at > one.created_at for made_at in pieces[key]):
            continue
        whole = pages[key]
        whole[one.page_no] = one.is_last_page, one.message_id
        _require(one, whole)


def _require(one: Statement, whole: dict[int, tuple[bool, str]]) -> None:
    last = min((number for number, (is_last, _) in whole.items() if is_last), default=0)
    beyond = [number for number in whole if last and number > last]
    if beyond:
        raise MessageRefused(
            f"对账单 {one.statement_id} 第 {last} 页（报文 {whole[last][1]}）已写明是最后一页，"
            f"又有第 {max(beyond)} 页（报文 {whole[max(beyond)][1]}）",
            rule="最后一页（LastPgInd 为 true）之后没有别的页",
            hint="这一页没有收下；请银行核实页数：多发的作废，少写的更正后整份重发",
        )
