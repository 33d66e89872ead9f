"""Use lines of injections: one of them, and what each of them has left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fisc.capital import rules
from fisc.capital.services.shared import Conn

#: (injection_no, line_no) -> fen; a line's amount less what was repaid to banks and given back.
_LEFT = """
    select i.doc_key, (u ->> 'line_no')::int,
        (u ->> 'amount_fen')::bigint
        - coalesce((select sum(p.amount_fen) from capital_prepayment p where p.injection_no = i.doc_key
                    and p.line_no = (u ->> 'line_no')::int and p.state <> 'discarded'), 0)::bigint
        - coalesce((select sum(r.amount_fen) from capital_refund r where r.injection_no = i.doc_key
                    and r.line_no = (u ->> 'line_no')::int and r.state <> 'discarded'), 0)::bigint
    from capital_injection i, jsonb_array_elements(i.uses) u where i.doc_key = any(%s)"""


def line_of(injection: Mapping[str, Any], line_no: int) -> rules.UseLine | None:
    """A use line of an injection, or None."""
    return next((x for x in rules.use_lines(injection["uses"]) if x.line_no == line_no), None)


def left_of_lines(conn: Conn, injection_nos: Iterable[str]) -> dict[tuple[str, int], int]:
    """What the lines of these injections have left, in fen; the injections stay locked."""
    numbers = sorted(set(injection_nos))
    lock = "select 1 from capital_injection where doc_key = any(%s) order by doc_key for update"
    conn.execute(lock, [numbers])
    return {(row[0], row[1]): row[2] for row in conn.execute(_LEFT.encode(), [numbers])}
