"""What an affair may say besides its kind's shape: the classes it is for, its interest, its season.

An affair is no way around the papers of revenue: taxes come by the treasury's reports, transfers and debt by
documents of their own. What lets money in (codes, interest, season) the database holds as well
(`treasury_guard_affair`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Final

from fisc.budget.rules.advances import PENDING_HINT, PENDING_RULE, ends_with_its_year
from fisc.documents.refusals import Fault
from fisc.kernel.money import format_fen
from fisc.registry import classifications
from fisc.registry.fitting import income_misfit
from fisc.registry.settings import check_parameter
from fisc.registry.tables import read_table

if TYPE_CHECKING:
    from fisc.kernel import Coding
    from fisc.treasury.models import Affair
    from fisc.treasury.services.other import TreasuryAffair

_DAYS: Final = 365
_LEAVES: Final = "请用当年的末级科目（fisc registry list rev_func）"


@cache
def _codes() -> dict[str, tuple[str, ...]]:
    """Kind -> what its codes begin with, of revenue or of its quota; kinds without a row take any."""
    found: dict[str, list[str]] = {}
    for row in read_table("affair_codes.csv"):
        found.setdefault(row["kind"], []).append(row["code_prefix"])
    return {kind: tuple(codes) for kind, codes in found.items()}


def beyond(a: TreasuryAffair, origin: Affair | None) -> Iterator[Fault]:
    """What is wrong with an affair by these bounds, in words."""
    if a.rev_func_code:
        yield from _of_code(a)
    if a.interest_fen and origin is not None:
        yield from _of_interest(a, origin)
    if origin is not None and origin.kind == "funds_advanced" and a.year > origin.fiscal_year:
        yield from _of_advance(origin)
    if a.kind == "payment_carryover_accrued" and a.happened_on < date(a.year, 12, 1):
        yield Fault(f"年末列支只在 12 月和清理期办理，不能在 {a.happened_on}", "请在 12 月或清理期办理")


def of_quota(kind: str, quota: Coding) -> Iterator[str]:
    """What is wrong with the quota that an affair of a kind spends, in words."""
    starts = _codes().get(kind, ())
    if starts and not quota.exp_func_code.startswith(starts):
        yield f"科目 {quota.exp_func_code or '（空）'} 不是它的科目（{'、'.join(starts)}）"


def _of_code(a: TreasuryAffair) -> Iterator[Fault]:
    code, starts = a.rev_func_code, _codes().get(a.kind, ())
    if starts and not code.startswith(starts):
        yield Fault(
            f"收入分类 {code} 不是这类事项的科目（{'、'.join(starts)} 起）："
            "税收由税务机关报解、随日报入账，上级补助、债务收入用各自的单据",
            f"请改用 {'、'.join(starts)} 起的科目，或改用相应的单据",
        )
    elif why := classifications.unknown("rev_func", code, a.year):
        yield Fault(why, _LEAVES)
    elif finer := classifications.children("rev_func", code, a.year, a.fund_type_code):
        words = f"其下有 {finer[0].code} {finer[0].name} 等 {len(finer)} 个"
        yield Fault(f"收入分类 {code} 不是末级，{words}", _LEAVES)
    elif misfit := income_misfit(a.fund_type_code, code, a.year):
        yield Fault(misfit.what, misfit.hint)


def _of_advance(origin: Affair) -> Iterator[Fault]:
    if ends_with_its_year(origin.fiscal_year, origin.fund_type_code):
        yield Fault(f"{PENDING_RULE}，{origin.doc_key} 是 {origin.fiscal_year} 年的", PENDING_HINT)


def _of_interest(a: TreasuryAffair, origin: Affair) -> Iterator[Fault]:
    days = max((a.happened_on - origin.happened_on).days, 0)
    rate = int(check_parameter("cash", "rate_max_bp", a.mof_div_code, a.happened_on))
    most = a.amount_fen * rate * days // (10_000 * _DAYS)
    if a.interest_fen > most:
        yield Fault(
            f"利息 {format_fen(a.interest_fen)} 元超过本金 {format_fen(a.amount_fen)} 元存放 {days} 天"
            f"按年利率 {rate / 100:g}% 计的 {format_fen(most)} 元",
            "请按计息单核对利息；利率确实更高的，登记本地的利率上限（fisc registry make-settings）",
        )
