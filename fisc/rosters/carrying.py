"""What batches carry or carried, asked before lines are written: nobody is paid twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from psycopg.rows import class_row

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a batch says of a line that it carries or carried: to whom, for what, fen."""

    batch_no: str
    line_key: str
    per_code: str
    per_name: str
    item_name: str
    dep_bgt_eco_code: str
    amount_fen: int
    acct_nos: Sequence[str]
    """The account that was asked for, then those to which it was put right."""


_CARRIED: Final = """
    select l.batch_no, l.line_key, l.per_code, l.per_name, l.item_name, l.dep_bgt_eco_code, l.amount_fen,
        array[l.payee_acct_no] || array(select s.acct_no from rosters_step s
            where s.line_id = l.id and s.kind = 'repaired' order by s.step_no) as acct_nos
    from rosters_line l where """


def carried(conn: Conn, line_keys: Sequence[str]) -> dict[str, list[Carried]]:
    """Key of a line -> the batches that carry it or carried it, one for each round."""
    found: dict[str, list[Carried]] = defaultdict(list)
    for one in _carried(conn, "l.line_key = any(%s)", [list(line_keys)]):
        found[one.line_key].append(one)
    return found


def carried_to(conn: Conn, region: str, period: str, acct_nos: Sequence[str]) -> list[Carried]:
    """The lines of a region's period that were asked to be paid to accounts."""
    where = "l.mof_div_code = %s and l.period = %s and l.payee_acct_no = any(%s) order by l.id"
    return _carried(conn, where, [region, period, list(acct_nos)])


def _carried(conn: Conn, where: str, asked: Sequence[Any]) -> list[Carried]:
    with conn.cursor(row_factory=class_row(Carried)) as cursor:
        return cursor.execute((_CARRIED + where).encode(), asked).fetchall()
