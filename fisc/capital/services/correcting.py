"""What stands against reversing a stake: the injections, results and returns of its enterprise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from fisc.capital.kinds import ENTERPRISE
from fisc.capital.services.shared import Conn
from fisc.documents import RuleBroken
from fisc.documents.flow import ENDED

if TYPE_CHECKING:
    from fisc.documents.models import ReversalDocument

#: Documents that stand and name the enterprise of a stake.
_ON_STAKES: Final = """
    select e.doc_key, x.doc_key from capital_enterprise e join (
        select mof_div_code, enterprise_code, doc_key, state from capital_injection
        union all select mof_div_code, enterprise_code, doc_key, state from capital_income
        union all select mof_div_code, enterprise_code, doc_key, state from capital_return
    ) x using (mof_div_code, enterprise_code)
    where e.doc_key = any(%s) and e.state = 'registered' and x.state <> all(%s) order by 1, 2 limit 20"""


def require_bare(conn: Conn, reversals: Sequence[ReversalDocument]) -> None:
    """Raise RuleBroken where injections, results or returns rest on a stake that one of these reverses."""
    stakes = [one.of_no for one in reversals if one.of_kind == ENTERPRISE.prefix]
    found = conn.execute(_ON_STAKES, [stakes, list(ENDED)]).fetchall() if stakes else []
    if found:
        raise RuleBroken(
            f"{ENTERPRISE.name} {found[0][0]} 之上还有单据 {found[0][1]}，不能冲销",
            rule="先冲销后来的，再冲销它所依据的", hint="请先作废或冲销该企业的注资、收益与报告",
            details={"keys": [key for _, key in found]},
        )  # fmt: skip
