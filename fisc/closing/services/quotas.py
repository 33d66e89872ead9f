"""The quota book at a year's end: what may go on is carried over, and nothing else is left (36-13, 36-14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple, Unpack

import psycopg

from fisc.budget import services as budget
from fisc.budget.services.quota_flow import Signed
from fisc.closing.rules.quota_book import QuotaBalance, closable, quota_entries
from fisc.closing.services.papers import QUOTAS, Ending, YearEndResult, end_each, entry_keys
from fisc.closing.services.sources import refuse_uncarried, sources_left
from fisc.documents import RuleBroken
from fisc.documents.accounts import APPLIED, EXECUTABLE, FROZEN, PENDING, PLANNED, RESERVED
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
#: What a quota can still be spent from: zero in a closed year, all of it carried over or taken back.
_QUOTAS: Final = (PENDING, EXECUTABLE, FROZEN, RESERVED, PLANNED, APPLIED)
#: Carry-over itself, through which money only passes.
_THROUGH: Final = "quota:9601"


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


def quota_left(conn: Conn, region: str, fiscal_year: int) -> dict[str, int]:
    """Account -> fen that a region's year still holds in the quota book; {} once the book is closed."""
    return quotas_left(conn, [region], fiscal_year)[region]


def quotas_left(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, dict[str, int]]:
    """As `quota_left`, of many regions at once: region -> account -> fen.

    An account is there where any coding block on it is not zero, as balances may make each other up.
    """
    periods = year(fiscal_year, YEAR_END_MONTH, 0)
    asked = Turnover(("quota:",), tuple(regions), periods, coding_year=fiscal_year)
    found: dict[str, dict[str, int]] = {region: {} for region in regions}
    for (region, account, _), fen in turnover(conn, asked, "mof_div_code", "account", "coding_id").items():
        known = rules.account(account)
        if fen and known is not None:
            found[region][account] = found[region].get(account, 0) + fen * known.normal_side
    return found


#: What every quota passes: where nothing ever did, what is carried over is not known.
_ISSUED: Final = PENDING


def quota_keepers(conn: Conn, regions: Sequence[str], fiscal_year: int) -> set[str]:
    """The regions in whose year quotas were kept."""
    span = year(fiscal_year, YEAR_END_MONTH, 0)
    asked = Turnover((_ISSUED,), tuple(regions), span, coding_year=fiscal_year)
    return {region for (region,) in turnover(conn, asked, "mof_div_code", column="credit")}


def carries_known(conn: Conn, regions: Sequence[str], fiscal_year: int) -> set[str]:
    """The regions of whose year it is known what was carried over: quotas were kept, nothing waits."""
    left = quotas_left(conn, regions, fiscal_year)
    waiting = sources_left(conn, regions, fiscal_year)
    return {
        one for one in quota_keepers(conn, regions, fiscal_year)
        if not spendable(left[one]) and not any(source.goes_on for source in waiting[one])
    }  # fmt: skip


class Unallotted(NamedTuple):
    """A budget of which something was never made quotas: its account, what for, by which document; fen."""

    account: str
    func_code: str
    sup_bgt_doc_no: str
    fen: int

    def __str__(self) -> str:
        """In words."""
        said = filter(None, (self.func_code, self.sup_bgt_doc_no))
        return f"{' '.join(said) or '未分科目'} {format_fen(self.fen)} 元"


#: What a year may spend or pass on, and was never made quotas: sources that wait, and both budgets.
_BUDGETS: Final = ("quota:9200", "quota:9201", "quota:9202", "quota:9203")


#: What a transfer budget is carried out by without quotas: uploads, moves to other budgets and to the
#: stabilisation fund. Transfers to lower governments are issued (36-09), and leave the budget by that.
_TRANSFERRED: Final = tuple(
    f"{book}:{code}"
    for book, codes in (("treasury_2015", (5012, 5021, 5031)), ("treasury_2022_budget", (7012, 7021, 7031)))
    for code in codes
)
#: What a budget gives out, own spending or transfers: where uploads and moves stand is the approval's choice.
_SPENT_FROM: Final = ("quota:9201", "quota:9202")


def _carried_out(conn: Conn, regions: Sequence[str], fiscal_year: int) -> Counter[tuple[str, str]]:
    """(region, class) -> fen that went out of its transfer budgets without quotas."""
    asked = Turnover(_TRANSFERRED, tuple(regions), year(fiscal_year))
    found: Counter[tuple[str, str]] = Counter()
    moved = turnover(conn, asked, "mof_div_code", "exp_func_code", "tp_func_code")
    for (region, own, transfer), fen in moved.items():
        found[region, own or transfer] += fen
    return found


def unallotted(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[Unallotted]]:
    """Region -> what of its year's budgets is no quota; it lapses as the quota book is closed.

    What of a budget was carried out without quotas, as money moved to another budget, does not.
    """
    asked = Turnover(
        _BUDGETS, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0), coding_year=fiscal_year,
        without=tuple(key for region in regions for key in entry_keys(conn, region, fiscal_year, QUOTAS)),
    )  # fmt: skip
    elements = ("mof_div_code", "account", "exp_func_code", "tp_func_code", "sup_bgt_doc_no")
    found: dict[str, list[Unallotted]] = {region: [] for region in regions}
    stands = Counter(turnover(conn, asked, *elements))
    for region, sources in sources_left(conn, regions, fiscal_year).items():
        for one in (part for source in sources if source.goes_on for part in source.taken):
            block = one.coding
            key = region, f"quota:{one.code}", block.exp_func_code, block.tp_func_code, block.sup_bgt_doc_no
            stands[key] += one.fen
    spent = _carried_out(conn, regions, fiscal_year)
    for (region, account, own, transfer, paper), fen in sorted(stands.items()):
        code, left = own or transfer, -fen
        if account in _SPENT_FROM and code and left > 0:
            done = min(left, max(spent[region, code], 0))
            spent[region, code] -= done
            left -= done
        if left:
            found[region].append(Unallotted(account, code, paper, left))
    return found


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


def spendable(left: dict[str, int]) -> dict[str, int]:
    """What of `quota_left` can still be spent from, or is on its way over: zero in a year that is locked."""
    return {account: fen for account, fen in left.items() if account in (*_QUOTAS, _THROUGH)}


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
