"""Use lines of injections: one of them, and what each of them has left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from fisc.capital import rules
from fisc.capital.kinds import INJECTION
from fisc.capital.services.shared import Conn
from fisc.documents import RuleBroken, read
from fisc.documents.refusals import refuse_each
from fisc.kernel.money import format_fen

if TYPE_CHECKING:
    from fisc.capital.models import Injection

#: Injection, line, its amount, what of it was repaid to banks, what was given back; in fen.
_USED = """
    select i.doc_key, (u ->> 'line_no')::int,
        (u ->> 'amount_fen')::bigint,
        coalesce((select sum(p.amount_fen) from capital_prepayment p where p.injection_no = i.doc_key
                    and p.line_no = (u ->> 'line_no')::int
                    and p.state not in ('discarded', 'reversed')), 0)::bigint,
        coalesce((select sum(r.amount_fen) from capital_refund r where r.injection_no = i.doc_key
                    and r.line_no = (u ->> 'line_no')::int
                    and r.state not in ('discarded', 'reversed')), 0)::bigint
    from capital_injection i, jsonb_array_elements(i.uses) u where i.doc_key = any(%s)"""


class _OfInjection(Protocol):
    """What names an injection: a receipt or a refund, handed in or drafted."""

    @property
    def injection_no(self) -> str: ...


def injections_of(conn: Conn, given: Iterable[_OfInjection]) -> dict[str, Injection]:
    """The injections that these name, by number. Raises NotFound."""
    return {row.doc_key: row for row in read(conn, INJECTION, [one.injection_no for one in given])}


def line_of(injection: Injection, line_no: int) -> rules.UseLine | None:
    """A use line of an injection, or None."""
    return next((x for x in rules.use_lines(injection.uses) if x.line_no == line_no), None)


def left_of_lines(conn: Conn, injection_nos: Iterable[str]) -> dict[tuple[str, int], int]:
    """What the lines of these injections have left, in fen; the injections stay locked."""
    numbers = sorted(set(injection_nos))
    lock = "select 1 from capital_injection where doc_key = any(%s) order by doc_key for update"
    conn.execute(lock, [numbers])
    return {
        (number, line): amount - prepaid - refunded
        for number, line, amount, prepaid, refunded in conn.execute(_USED.encode(), [numbers])
    }


def require_left(conn: Conn, taken: Sequence[tuple[str, str, int]]) -> None:
    """No line gives more than it has, repaid to banks and given back together; raises RuleBroken.

    `taken` is what takes from which line: (what it is called, injection, line).
    """
    left = left_of_lines(conn, [injection_no for _, injection_no, _ in taken])
    refuse_each(
        RuleBroken(
            f"注资单 {number} 第 {line_no} 行用途：{what}后超出 {format_fen(-left[number, line_no])} 元",
            rule="还贷与退回之和不超过该行用途的金额",
            hint="请核对用途行号、金额，以及以前的还贷回单与退回",
        )
        for what, number, line_no in taken
        if left[number, line_no] < 0
    )


def used_of_lines(conn: Conn, injection_nos: Iterable[str]) -> dict[tuple[str, int], tuple[int, int]]:
    """(repaid to banks, given back) of the lines of these injections, in fen."""
    numbers = sorted(set(injection_nos))
    return {
        (number, line): (prepaid, refunded)
        for number, line, _, prepaid, refunded in conn.execute(_USED.encode(), [numbers])
    }
