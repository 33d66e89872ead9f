"""The quotas that applications draw on: their coding blocks, and what is available of them.

A batch's demands are held against the balances in their order; what falls short is said in words.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc import kernel
from fisc.budget.services.quota_store import CODING_IDS, QUOTA_BLOCKS, quota_coding_ids
from fisc.documents import RuleBroken, fitting
from fisc.documents.accounts import PLANNED
from fisc.documents.refusals import refuse_all
from fisc.kernel import Coding, QuotaShortfall, codings_of, hold
from fisc.kernel.asking import Question, ask
from fisc.kernel.coding import blocks_in
from fisc.kernel.entries import DECEMBER
from fisc.kernel.money import format_fen
from fisc.kernel.periods import periods
from fisc.registry import elements
from fisc.registry.fit_types import Known, Misfit
from fisc.registry.fitting import misfits


class Quota(NamedTuple):
    """A quota's coding block and the ledger's id of it."""

    coding_id: int
    coding: Coding


def of_quotas(conn: psycopg.Connection[Any], bgt_ids: Iterable[str]) -> dict[str, Quota]:
    """bgt_id -> its coding block. Raises NotFound naming quotas that do not exist."""
    return _quotas(conn, quota_coding_ids(conn, sorted(set(bgt_ids))))


def spent(conn: psycopg.Connection[Any], what: str, bgt_ids: Mapping[str, str]) -> dict[str, Quota]:
    """`of_quotas`, for documents (of a kind, in words) that spend them: number -> bgt_id.

    Raises RuleBroken naming the documents whose quotas nothing may be paid from.
    """
    quotas = of_quotas(conn, bgt_ids.values())
    strange = strange_blocks(conn, (quota.coding for quota in quotas.values()))
    at = {number: quotas[bgt_id].coding for number, bgt_id in bgt_ids.items()}
    refuse_all({
        number: strange_quota(f"{what} {number}", bgt_ids[number], strange[coding])
        for number, coding in at.items() if coding in strange
    })  # fmt: skip
    return quotas


def strange_blocks(conn: psycopg.Connection[Any], blocks: Iterable[Coding]) -> dict[Coding, list[Misfit]]:
    """Blocks of quotas that nothing may be paid from, whenever they were issued, with what does not fit.

    What classifies a payment stands on its quota: its unit, its functional class, both economic classes.
    Whose project it is was asked when it was issued. Units are looked up for those alone that look strange
    without: enterprises keep classes of their own.
    """
    given = set(blocks)
    strange = {block for block in given if _misfits(block, Known())}
    known = ask(conn, elements.fits_asked(strange)) if strange else Known()
    found = {block: _misfits(block, Known(known.units)) for block in strange}
    return {block: those for block, those in found.items() if those}


def _misfits(coding: Coding, known: Known) -> list[Misfit]:
    return [one for one in misfits(coding, known) if not one.is_noted]


def strange_quota(what: str, bgt_id: str, found: Sequence[Misfit]) -> RuleBroken:
    """The refusal of a document, in words, that spends a quota which does not fit together."""
    return fitting.refusal([(f"{what} 的指标 {bgt_id}", one) for one in found])


def _quotas(conn: psycopg.Connection[Any], coding_ids: Mapping[str, int]) -> dict[str, Quota]:
    blocks = codings_of(conn, coding_ids.values())
    return {bgt_id: Quota(coding_id, blocks[coding_id]) for bgt_id, coding_id in coding_ids.items()}


def asked(
    conn: psycopg.Connection[Any], bgt_ids: Iterable[str], *, has_blocks: bool
) -> Question[dict[str, Quota]]:
    """As `of_quotas`, of those that there are, for who asks more at once.

    With `has_blocks` the blocks come with the rows, remembered or not: dear for many. Else those that are not
    remembered are looked up when the rows are read.
    """

    def read(rows: list[tuple[Any, ...]]) -> dict[str, Quota]:
        if has_blocks:
            blocks_in(conn, (row[1:] for row in rows))  # remembered: none is looked up again
        return _quotas(conn, {row[0]: row[1] for row in rows})

    statement = QUOTA_BLOCKS if has_blocks else CODING_IDS
    return Question(statement, {"bgt_ids": sorted(set(bgt_ids))}, read)


_PLAN_HINT: Final = "请核对用款计划：已批准的到计划月份由国库开启（open-plans）后才能用；或减少金额"


class Demand(NamedTuple):
    """An amount asked of a control account's coding block, and who asks."""

    key: str
    account: str
    coding_id: int
    amount_fen: int
    what: str


def shortfalls(conn: psycopg.Connection[Any], demands: Sequence[Demand]) -> dict[str, QuotaShortfall]:
    """key -> refusal, for the demands that exceed what those before them left.

    Locks the balances until the end of the transaction.
    """
    short = hold(conn, [kernel.Demand(d.account, d.coding_id, d.amount_fen) for d in demands])
    closed = _closed_years(conn, {demands[number].coding_id for number in short})
    return {
        demands[number].key: _shortfall(demands[number], left, closed.get(demands[number].coding_id, 0))
        for number, left in short.items()
    }


def _closed_years(conn: psycopg.Connection[Any], coding_ids: Collection[int]) -> dict[int, int]:
    """Coding block -> its fiscal year, of those whose year's books are closed.

    Once the books of December are, no payment of the year is booked.
    """
    blocks = codings_of(conn, coding_ids) if coding_ids else {}
    is_closed = periods(conn, {block.mof_div_code for block in blocks.values()}) if blocks else {}
    return {
        number: block.fiscal_year for number, block in blocks.items()
        if is_closed.get((block.mof_div_code, block.fiscal_year * 100 + DECEMBER))
    }  # fmt: skip


def _shortfall(demand: Demand, available_fen: int, closed_year: int) -> QuotaShortfall:
    left = f"金额 {format_fen(demand.amount_fen)} 元，可用只有 {format_fen(available_fen)} 元"
    hint = _PLAN_HINT if demand.account == PLANNED else "请减少金额，或先追加、调剂指标"
    if closed_year:
        left = f"{closed_year} 年已关账，不再支付（可用 {format_fen(available_fen)} 元）"
        next_year = f"{closed_year + 1} 年"
        hint = f"{closed_year} 年的指标已经结转或注销；结转到{next_year}的，请用{next_year}的指标办理"
    return QuotaShortfall(
        f"{demand.what}：{left}",
        rule="先有预算、再有指标、后有支出；指标余额控制支付（财办〔2022〕36号，监控规则 R32）",
        hint=hint,
        details={"key": demand.key, "account": demand.account, "coding_id": demand.coding_id,
                 "available_fen": available_fen, "requested_fen": demand.amount_fen},
    )  # fmt: skip
