"""What is in force and should not stand: reversed by a document of its own, its number entered anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fisc.capital.kinds import ENTERPRISE, REVERSAL, REVERSIBLE
from fisc.capital.services.shared import Conn
from fisc.documents import RuleBroken, move, read
from fisc.documents.flow import ENDED
from fisc.documents.inputs import OneOf
from fisc.documents.reversing import confirm_reversals as confirm
from fisc.documents.reversing import draft_reversals
from fisc.documents.store import By
from fisc.kernel.posting import in_transaction


@dataclass(frozen=True, slots=True)
class Reversal:
    """Which document that is in force should not stand, and why."""

    reversal_no: str
    of_kind: Annotated[str, OneOf(lambda: {code: kind.name for code, kind in REVERSIBLE.items()})]
    of_no: str
    reason: str


def make_reversals(conn: Conn, items: Sequence[Reversal], *, by: By, on: date) -> list[bool]:
    """Draft reversals of what is in force: True for each that is new; a reviewer confirms.

    Raises NotFound, and RuleBroken for what is not in force, of another year, or without a reason.
    """
    given = [(one.reversal_no, one.of_kind, one.of_no, one.reason) for one in items]
    return draft_reversals(conn, REVERSAL, REVERSIBLE, given, by=by, on=on)


def confirm_reversals(conn: Conn, reversal_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Post in red, on the day `on`, all that the named documents posted: True where now.

    Raises WrongState, FourEyes, MissingDuty, RuleBroken where documents that stand rest on one of them, and
    what the ledger refuses; then nothing is reversed.
    """

    def work() -> list[bool]:
        papers = read(conn, REVERSAL, reversal_nos)
        _require_bare(conn, [one.of_no for one in papers if one.of_kind == ENTERPRISE.prefix])
        return confirm(conn, REVERSAL, REVERSIBLE, reversal_nos, by=by, on=on)

    return in_transaction(conn, work)


def discard_reversals(conn: Conn, reversal_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Give drafted reversals up: True where now. Raises NotFound, WrongState, MissingDuty."""
    return move(conn, REVERSAL, reversal_nos, "discard", by=by, on=on)


#: Documents that stand and name the enterprise of a stake.
_ON_STAKES: Final = """
    select e.doc_key, x.doc_key from capital_enterprise e join (
        select mof_div_code, enterprise_code, doc_key, state from capital_injection
        union all select mof_div_code, enterprise_code, doc_key, state from capital_income
        union all select mof_div_code, enterprise_code, doc_key, state from capital_return
    ) x using (mof_div_code, enterprise_code)
    where e.doc_key = any(%s) and e.state = 'registered' and x.state <> all(%s) order by 1, 2 limit 20"""


def _require_bare(conn: Conn, stakes: Sequence[str]) -> None:
    """Raise RuleBroken where injections, results or returns rest on one of these stakes."""
    found = conn.execute(_ON_STAKES, [list(stakes), list(ENDED)]).fetchall() if stakes else []
    if found:
        raise RuleBroken(
            f"{ENTERPRISE.name} {found[0][0]} 之上还有单据 {found[0][1]}，不能冲销",
            rule="先冲销后来的，再冲销它所依据的", hint="请先作废或冲销该企业的注资、收益与报告",
            details={"keys": [key for _, key in found]},
        )  # fmt: skip
