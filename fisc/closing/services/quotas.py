"""The quota book at a year's end: what may go on is carried over, and nothing else is left (36-13, 36-14)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Unpack

import psycopg

from fisc.budget import services as budget
from fisc.budget.services.quota_flow import Signed
from fisc.closing.papers import QUOTAS
from fisc.closing.quota_balances import quota_left, quotas_left, spendable
from fisc.closing.rules.quota_book import QuotaBalance, closable, quota_entries
from fisc.closing.services.papers import Ending, YearEndResult, end_each
from fisc.closing.services.sources import refuse_owed, refuse_uncarried
from fisc.documents import RuleBroken
from fisc.kernel import codings_of
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import rules
from fisc.registry.books import account_words
from fisc.registry.open_books import require_kept

Conn = psycopg.Connection[Any]

#: By which rule nothing is left.
QUOTA_RULE: Final = "财办〔2022〕36号：年终结账后各类指标除结转外无余额"


@dataclass(frozen=True, slots=True)
class CarryPaper:
    """The document by which a region carries its quotas over: its number, date, title and basis."""

    doc_no: str
    mof_div_code: str
    dated_on: date
    title: str
    basis_doc_no: str


@dataclass(frozen=True, slots=True)
class CarriedQuotas:
    """What was carried over: whether by this call, how many quotas, fen, and what can be spent still."""

    is_new: bool
    count: int
    amount_fen: int
    left: dict[str, int]


def carry_quotas(conn: Conn, paper: CarryPaper, fiscal_year: int, **signed: Unpack[Signed]) -> CarriedQuotas:
    """Carry every unspent quota of a region's year into the next one, each with its elements.

    Raises RuleBroken where quotas are frozen, reserved, planned or under way, where money is unspent for
    the second year (it is taken back first), and where the book holds anything afterwards. Then nothing
    is posted. Again: nothing is left to carry.
    """

    def work() -> CarriedQuotas:
        unspent = budget.unspent(conn, paper.mof_div_code, fiscal_year)
        _refuse_expired(unspent)
        amounts = {u.bgt_id: u.amount_fen for u in unspent}
        if amounts:
            lines = budget.carry_over_lines(conn, amounts)
            document = budget.CarryOver(
                paper.doc_no, paper.mof_div_code, fiscal_year + 1, paper.dated_on, paper.title,
                paper.basis_doc_no, lines,
            )  # fmt: skip
            budget.carry_over(conn, [document], **signed)
        left = spendable(quota_left(conn, paper.mof_div_code, fiscal_year))
        refuse_left(paper.mof_div_code, fiscal_year, left)
        return CarriedQuotas(bool(amounts), len(amounts), sum(amounts.values()), left)

    return in_transaction(conn, work)


def draft_carry_over(
    conn: Conn, paper: CarryPaper, fiscal_year: int, *, by: str, on: date
) -> dict[str, bool]:
    """Draft the document that carries a region's unspent quotas over: number -> whether it is new.

    {} where nothing is left. Its review and approval are those of any quota document; that nothing else is
    left is asked for when the year is locked. Raises as `carry_quotas`.
    """
    unspent = budget.unspent(conn, paper.mof_div_code, fiscal_year)
    _refuse_expired(unspent)
    if not unspent:
        return {}
    plan = budget.CarryOverPlan(
        paper.doc_no, paper.mof_div_code, fiscal_year + 1, paper.dated_on, paper.title, paper.basis_doc_no,
        tuple(budget.Carried(one.bgt_id, one.amount_fen) for one in unspent),
    )  # fmt: skip
    return {plan.doc_key: budget.make_carry_overs(conn, [plan], by=by, on=on)[0]}


def _refuse_expired(unspent: list[budget.Unspent]) -> None:
    expired = [u for u in unspent if not u.may_carry]
    if expired:
        names = [u.bgt_id for u in expired]
        raise RuleBroken(
            f"{len(names)} 个指标结转满两年未用完，共 {format_fen(sum(u.amount_fen for u in expired))} 元："
            f"{'、'.join(names[:20])}",
            rule="预算法实施条例第五十条：连续两年未用完的结转资金作为结余资金管理",
            hint="请先收回补充预算稳定调节基金（36-15），再办理结转",
            details={"keys": names[:20], "refused": len(names)},
        )


@dataclass(frozen=True, slots=True)
class QuotaLeft:
    """What a year still holds on an account of the quota book, and how it comes to zero."""

    account: str
    account_name: str
    amount_fen: int
    hint: str


_CARRY: Final = "结转下年或收回（fisc year-end carry）"
_CLOSE: Final = "指标账结账时结平（fisc year-end close-quotas）"


def show_quota_left(conn: Conn, region: str, fiscal_year: int) -> list[QuotaLeft]:
    """As `quota_left`, account by account. Raises NoBooks."""
    require_kept(conn, region, fiscal_year)
    left = quota_left(conn, region, fiscal_year)
    hints = {account: _CARRY if account in spendable(left) else _CLOSE for account in left}
    return [
        QuotaLeft(account, rules.account_name(account), fen, hints[account])
        for account, fen in sorted(left.items())
    ]


# ---- the book itself is closed


def close_quota_books(
    conn: Conn, regions: Sequence[str], fiscal_year: int, *, by: str, signed_by: str, on: date
) -> list[YearEndResult]:
    """Close regions' quota books for a year (36-19): every account zero, the carried-over in the next year.

    Again with nothing new: no-op. All regions or none. Raises RuleBroken naming what can still be spent
    (it is carried over or taken back first), FourEyes, MissingDuty, PeriodClosed.
    """
    return end_each(conn, QUOTA_CLOSING, regions, fiscal_year, by=by, signed_by=signed_by, on=on)


def _look(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[QuotaBalance]]:
    """What stands in regions' quota books that their closing brings to zero, block by block."""
    asked = Turnover(
        tuple(f"quota:{code}" for code in sorted(closable())), tuple(regions),
        year(fiscal_year, YEAR_END_MONTH, 0), coding_year=fiscal_year,
    )  # fmt: skip
    rows = {
        key: fen for key, fen in turnover(conn, asked, "mof_div_code", "code", "coding_id").items() if fen
    }
    blocks = codings_of(conn, {number for _, _, number in rows})
    found: dict[str, list[QuotaBalance]] = {region: [] for region in regions}
    for (region, code, number), fen in rows.items():
        known = rules.account(f"quota:{code}")
        found[region].append(QuotaBalance(code, blocks[number], fen * (known.normal_side if known else 1)))
    return found


def refuse_waiting(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Raise RuleBroken where quotas or money from above still have to go on: the rest comes after."""
    refuse_spendable(conn, regions, fiscal_year)
    refuse_uncarried(conn, regions, fiscal_year)
    refuse_owed(conn, regions, fiscal_year)


def refuse_spendable(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """As `refuse_left`, of each of regions."""
    for region, left in quotas_left(conn, regions, fiscal_year).items():
        refuse_left(region, fiscal_year, left)


#: 指标账结账.
QUOTA_CLOSING: Final = Ending(QUOTAS, bool, quota_entries, refuse_waiting, _look)


def refuse_unclosed(region: str, fiscal_year: int, left: dict[str, int]) -> None:
    """Raise RuleBroken where a year's quota book is not zero; `left` as `quota_left` finds it."""
    refuse_left(region, fiscal_year, left)
    if left:
        words = [f"{account_words(account)} {format_fen(fen)} 元" for account, fen in left.items()]
        raise RuleBroken(
            f"{region} {fiscal_year} 年指标账还没有结账：{'、'.join(words)}",
            rule=QUOTA_RULE,
            hint="请办理指标账结账（fisc year-end close-quotas），后到的再办一次",
            details={"left": left},
        )


def refuse_left(region: str, fiscal_year: int, left: dict[str, int]) -> None:
    """Raise RuleBroken where quotas of a year can still be spent from; `left` as `quota_left` finds it."""
    wrong = spendable(left)
    if wrong:
        words = [f"{account_words(account)} {format_fen(fen)} 元" for account, fen in wrong.items()]
        raise RuleBroken(
            f"{region} {fiscal_year} 年指标账仍有余额：{'、'.join(words)}",
            rule=QUOTA_RULE,
            hint="请办理指标结转（fisc year-end carry）；结转后仍有的，请核对未经指标单据入账的余额",
            details={"left": wrong},
        )
