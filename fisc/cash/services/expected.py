"""Receipts and payments that are known to come: transfers announced, debt service, pay days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

import psycopg

from fisc.cash.kinds import EXPECTED
from fisc.cash.services.flows import streams
from fisc.documents import NotFound, RuleBroken
from fisc.documents.days import require_near
from fisc.documents.inputs import OneOf
from fisc.documents.sight import owners_in
from fisc.kernel import DuplicateConflict
from fisc.kernel.posting import in_transaction
from fisc.registry.officers import require_duty
from fisc.registry.rows import insert_rows, read_rows
from fisc.registry.written import require_codes, require_names

_DUTY = "treasury_make"
_RULE = "库款预测以有依据的预计收支为准"


@dataclass(frozen=True, slots=True)
class Expected:
    """A receipt (positive fen) or payment (negative) expected on a day; `flow_key` names it for good."""

    flow_key: str
    mof_div_code: str
    stream: Annotated[str, OneOf(lambda: {stream.code: stream.name for stream in streams()})]
    expected_on: date
    amount_fen: int
    title: str
    source_doc_no: str = ""
    is_movable: bool = False


#: Whose expected receipts and payments are.
FLOW_OWNERS: Final = owners_in(EXPECTED, "flow_key")


def expect(conn: psycopg.Connection[Any], items: Sequence[Expected], *, by: str, on: date) -> list[bool]:
    """Record what is expected (duty treasury_make): True where new. The same again changes nothing.

    Raises MissingDuty, BadElement for a key or title that cannot be one, RuleBroken for an unknown stream, a
    zero amount or a day after the next year, DuplicateConflict where a key stands for something else.
    """
    require_codes("预计收支的编号", (i.flow_key for i in items))
    require_names("预计收支的名称", (i.title for i in items))
    known = {stream.code for stream in streams()}
    bad = [i.flow_key for i in items if i.stream not in known or i.amount_fen == 0]
    if bad:
        raise RuleBroken(
            f"预计收支 {'、'.join(bad[:20])} 的类别不存在或金额为零",
            rule=_RULE,
            hint=f"可用的类别：{'、'.join(sorted(known))}",
            details={"refused": len(bad)},
        )
    require_near((i.expected_on.year for i in items), on, "预计日期")
    require_duty(conn, by, _DUTY, *{i.mof_div_code for i in items})
    return in_transaction(conn, lambda: _record(conn, items, by, on))


def _record(conn: psycopg.Connection[Any], items: Sequence[Expected], by: str, on: date) -> list[bool]:
    rows = [EXPECTED.row(i, is_settled=False, recorded_by=by, recorded_on=on) for i in items]
    key = ("flow_key",)
    fresh = {flow_key for (flow_key,) in insert_rows(conn, EXPECTED, rows, known_by=key, returning=key)}
    standing = _read(conn, [i.flow_key for i in items])
    other = [i.flow_key for i in items if standing[i.flow_key] != i]
    if other:
        raise DuplicateConflict(
            f"预计收支 {'、'.join(other[:20])} 已登记，但内容不同",
            rule="一项预计收支只登记一次",
            hint="请先取消原来的，再用新的编号登记",
            details={"refused": len(other)},
        )
    return [i.flow_key in fresh for i in items]


def _read(conn: psycopg.Connection[Any], keys: Sequence[str]) -> dict[str, Expected]:
    found = read_rows(conn, EXPECTED, Expected, "where t.flow_key = any(%(keys)s)", {"keys": list(keys)})
    return {item.flow_key: item for item in found}


def settle_expected(conn: psycopg.Connection[Any], flow_keys: Sequence[str], *, by: str) -> list[bool]:
    """Strike off what came, was paid or is cancelled (duty treasury_make): True where this call did it.

    Raises NotFound for unknown keys, MissingDuty.
    """
    standing = _read(conn, flow_keys)
    if missing := sorted(set(flow_keys) - standing.keys()):
        raise NotFound(f"没有预计收支 {'、'.join(missing[:20])}", rule=_RULE, hint="请核对编号")
    require_duty(conn, by, _DUTY, *{item.mof_div_code for item in standing.values()})
    rows = conn.execute(
        "update cash_expected_flow set is_settled = true, settled_at = (select ledger.clock()) "
        "where flow_key = any(%s) and not is_settled returning flow_key",
        [list(flow_keys)],
    ).fetchall()
    struck = {flow_key for (flow_key,) in rows}
    return [flow_key in struck for flow_key in flow_keys]


def waiting(conn: psycopg.Connection[Any], region: str, after_day: date, until: date) -> list[Expected]:
    """What is expected in a region after one day and until another, by day and key."""
    where: Final = (
        "where t.mof_div_code = %(region)s and not t.is_settled and t.expected_on > %(after)s "
        "and t.expected_on <= %(until)s order by t.expected_on, t.flow_key"
    )
    return read_rows(conn, EXPECTED, Expected, where, {"region": region, "after": after_day, "until": until})
