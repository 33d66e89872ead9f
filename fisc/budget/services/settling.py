"""What may be charged to an advance: what was paid out, to whom it was paid, and no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import psycopg

from fisc.budget.kinds import ADVANCE, QUOTA_LINES
from fisc.budget.rules.refusing import refuse
from fisc.budget.services.quota_store import facts
from fisc.documents import NotFound, RuleBroken, lines_of, read, select
from fisc.documents.refusals import listed
from fisc.kernel.money import format_fen

if TYPE_CHECKING:
    from fisc.budget import models

Conn = psycopg.Connection[Any]
#: Charges: (quota, number of the advance).
Charges = Sequence[tuple[str, str]]

#: The operation of quota documents that settles advances.
SETTLES: Final = "settle_advance"
_SETTLED: Final = (
    "select l.ori_bgt_id, sum(l.amount_fen)::bigint from budget_quota_line l "
    "join budget_quota_document d on d.doc_key = l.doc_key and d.revision = l.revision "
    "where l.ori_bgt_id = any(%s) and d.operation = 'settle_advance' and d.state = 'issued' group by 1"
)
_SAME: Final = attrgetter("agency_code", "fund_type_code", "exp_func_code")


def outstanding_advances(conn: Conn, doc_keys: Sequence[str]) -> dict[str, int]:
    """Fen advanced and not settled yet, by the advance's `doc_key`. NotFound for unknown ones."""
    settled: dict[str, int] = dict(conn.execute(_SETTLED, [list(doc_keys)]).fetchall())
    return {a.doc_key: a.amount_fen - settled.get(a.doc_key, 0) for a in read(conn, ADVANCE, doc_keys)}


def require_settled_well(conn: Conn, documents: Sequence[models.QuotaDocument]) -> None:
    """Of documents that take effect now: each charge on its own advance, and none beyond it.

    One settlement of an advance at a time: the advances stay locked. Raises NotFound, RuleBroken.
    """
    settling = [d for d in documents if d.operation == SETTLES]
    if not settling:
        return
    lines = lines_of(conn, QUOTA_LINES, settling)
    charges = [(line.bgt_id, line.ori_bgt_id) for found in lines.values() for line in found]
    require_chargeable(conn, charges)
    _require_covered(conn, _advances_of(charges))


def require_chargeable(conn: Conn, charges: Charges) -> None:
    """Only what was paid out, to whom it was paid; the advances stay locked. Raises NotFound, RuleBroken."""
    keys = _advances_of(charges)
    standing = select(
        conn, ADVANCE, "where t.doc_key = any(%s) order by t.doc_key for update of t", [keys]
    )  # fmt: skip
    paid = {a.doc_key: a for a in standing if a.state == "issued"}
    missing = [key for key in keys if key not in paid]
    if missing:
        raise NotFound(f"没有已预拨的预拨单 {listed(missing)}", rule="先预拨、后核销", hint="请核对预拨单号")
    _require_same_unit(conn, charges, paid)


def _advances_of(charges: Iterable[tuple[str, str]]) -> list[str]:
    return sorted({advance for _, advance in charges if advance})


def _require_same_unit(conn: Conn, charges: Charges, paid: Mapping[str, models.Advance]) -> None:
    """Charged where it was advanced: the same unit, fund and functional class."""
    quotas = facts(conn, {bgt_id for bgt_id, _ in charges})
    bad = [
        bgt_id
        for bgt_id, advance in charges
        if bgt_id in quotas and advance and _SAME(quotas[bgt_id].coding) != _SAME(paid[advance])
    ]
    refuse(bad, "核销的指标与预拨的单位、资金性质或功能分类不同", "财库〔2015〕192号：预拨经费转列支出",
           "请用同一单位、同一资金性质、同一功能分类的指标核销")  # fmt: skip


def _require_covered(conn: Conn, advances: Sequence[str]) -> None:
    over = {key: -fen for key, fen in outstanding_advances(conn, advances).items() if fen < 0}
    if over:
        shown = [f"{key} 多 {format_fen(fen, '元')} 元" for key, fen in over.items()]
        raise RuleBroken(
            f"核销超过预拨：{listed(shown)}", rule="财库〔2015〕192号：预拨经费按实核销",
            hint="请减少核销金额", details={"refused": len(over)},
        )  # fmt: skip
