"""What may be charged to an advance: what was paid out, to whom it was paid, and no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import ADVANCE, QUOTA_LINES
from fisc.budget.rules.advances import PENDING_HINT, PENDING_RULE, ends_with_its_year
from fisc.budget.rules.refusing import refuse
from fisc.budget.services.quota_store import facts
from fisc.documents import NotFound, lines_of, read, select
from fisc.documents.refusals import listed

if TYPE_CHECKING:
    from fisc.budget import models

Conn = psycopg.Connection[Any]
#: Charges: (quota, number of the advance).
Charges = Sequence[tuple[str, str]]

#: The operation of quota documents that settles advances.
SETTLES: Final = "settle_advance"
_SETTLED: Final = "select a.key, budget_advance_settled(a.key, false) from unnest(%s::text[]) a(key)"
_SAME: Final = attrgetter("agency_code", "fund_type_code", "exp_func_code")


def outstanding_advances(conn: Conn, doc_keys: Sequence[str]) -> dict[str, int]:
    """Fen advanced, neither charged nor come back, by the advance's `doc_key`. NotFound for unknown ones."""
    settled: dict[str, int] = dict(conn.execute(_SETTLED, [list(doc_keys)]).fetchall())
    return {a.doc_key: a.amount_fen - settled.get(a.doc_key, 0) for a in read(conn, ADVANCE, doc_keys)}


def require_settled_well(conn: Conn, documents: Sequence[models.QuotaDocument]) -> None:
    """Of documents that take effect now: each charge on its own advance. Raises NotFound, RuleBroken.

    That none goes beyond it the database holds (`budget_require_advances`).
    """
    settling = [d for d in documents if d.operation == SETTLES]
    if not settling:
        return
    lines = lines_of(conn, QUOTA_LINES, settling)
    charges = [(line.bgt_id, line.ori_bgt_id) for found in lines.values() for line in found]
    require_chargeable(conn, charges)


def require_chargeable(conn: Conn, charges: Charges) -> None:
    """Only what was paid out, to whom it was paid; the advances stay locked. Raises NotFound, RuleBroken."""
    _require_fit(conn, charges, standing_advances(conn, _advances_of(charges)))


def standing_advances(conn: Conn, keys: Sequence[str]) -> dict[str, models.Advance]:
    """Advances that were paid out, by number; they stay locked. Raises NotFound."""
    wanted = sorted(set(keys))
    standing = select(
        conn, ADVANCE, "where t.doc_key = any(%s) order by t.doc_key for update of t", [wanted]
    )  # fmt: skip
    paid = {a.doc_key: a for a in standing if a.state == "issued"}
    missing = [key for key in wanted if key not in paid]
    if missing:
        raise NotFound(
            f"没有已预拨的预拨单 {listed(missing)}", rule="先预拨、后核销或收回", hint="请核对预拨单号"
        )
    return paid


def _advances_of(charges: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({advance for _, advance in charges if advance})


def _require_fit(conn: Conn, charges: Charges, paid: Mapping[str, models.Advance]) -> None:
    """Charged where it was advanced: the same unit, fund and functional class, in a year that takes it."""
    quotas = facts(conn, {bgt_id for bgt_id, _ in charges})
    bad = [
        bgt_id
        for bgt_id, advance in charges
        if bgt_id in quotas and advance and _SAME(quotas[bgt_id].coding) != _SAME(paid[advance])
    ]
    refuse(bad, "核销的指标与预拨的单位、资金性质或功能分类不同", "财库〔2015〕192号：预拨经费转列支出",
           "请用同一单位、同一资金性质、同一功能分类的指标核销")  # fmt: skip
    late = [
        bgt_id
        for bgt_id, key in charges
        if bgt_id in quotas and key and quotas[bgt_id].coding.fiscal_year > paid[key].fiscal_year
        and ends_with_its_year(paid[key].fiscal_year, paid[key].fund_type_code)
    ]  # fmt: skip
    refuse(late, "核销的指标与预拨不是同一年度", PENDING_RULE, PENDING_HINT)
