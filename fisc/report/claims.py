"""The claims of the annual summary: each is a predicate over figures and stands only while true.

A claim whose figures are not all there cannot be told: it is a gap, never a boast. A record
("higher than ever") needs an earlier year on the books to be higher than.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from fisc.report.ports import FigureAsk, FigureResult, Scope, Value
from fisc.report.views import Desk

#: How many years back a record is looked for.
YEARS_BACK = 10
#: Risk bands of government debt (债务风险等级), the least first: green, yellow, orange, red.
_RED = 4

Verdicts = Literal["stands", "fell", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim: the reason where it does not stand, the figures it was judged by.

    `places` names the places that a claim about places holds for.
    """

    state: Verdicts
    reason: str = ""
    figures: tuple[FigureResult, ...] = ()
    places: tuple[str, ...] = ()


class Untold(Exception):
    """A figure that a claim needs is not there."""


@dataclass(slots=True)
class Facts:
    """The figures a claim may read, of the whole city; `absent` says why an unknown id is not there."""

    desk: Desk
    scope: Scope
    absent: Callable[[str], str]
    read: list[FigureResult] = field(default_factory=list)

    def value(self, figure_id: str, *, years: int = 0, region: str = "") -> Value:
        """The figure's value, `years` later (negative: earlier); raises Untold where there is none.

        A figure still to be fetched counts as 0 for now, so that a claim asks for all it needs at
        once; what is rendered meanwhile is thrown away.
        """
        result = self._result(figure_id, years, region or self.scope.whole)
        if result.ask.key in self.desk.wanted:
            return 0
        if result.value is None:
            raise Untold(f"“{result.name_zh}”没有数：{result.gap_reason or result.undefined_reason}")
        self.read.append(result)
        return result.value

    def earlier(self, figure_id: str) -> list[Value]:
        """The figure's values in the years before, those that are held."""
        results = [self._result(figure_id, -back, self.scope.whole) for back in range(1, YEARS_BACK + 1)]
        self.read += [result for result in results if result.value is not None]
        return [result.value for result in results if result.value is not None]

    def counties(self, test: Callable[[str], bool]) -> tuple[str, ...]:
        """The names of the counties whose code passes the test."""
        return tuple(place.name for place in self.scope.counties if test(place.code))

    def _result(self, figure_id: str, years: int, region: str) -> FigureResult:
        if not self.desk.source.knows(figure_id):
            raise Untold(self.absent(figure_id))
        return self.desk.figure(FigureAsk(figure_id, region, self.scope.fiscal_year + years))


Judgement = Callable[[Facts], tuple[bool, str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim and its predicate, which gives (is it true, why it is not, the places it holds for)."""

    id: str
    name_zh: str
    predicate: Judgement

    def judge(self, facts: Facts) -> Verdict:
        """Whether the claim stands on these facts."""
        try:
            is_true, reason, places = self.predicate(facts)
        except Untold as missing:
            return Verdict("unknown", str(missing), tuple(facts.read))
        state: Verdicts = "stands" if is_true else "fell"
        return Verdict(state, "" if is_true else reason, tuple(facts.read), places)


def _first_in_all(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    places = [facts.value(f"stat.general_revenue{part}.rank") for part in ("", ".delta", ".yoy")]
    said = "、".join(f"第{place}位" for place in places)
    return all(place == 1 for place in places), f"总量、增量、增速分别为{said}", ()


def _record(figure_id: str, words: str) -> Judgement:
    """Above every earlier year held; with none held there is no record."""

    def judged(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
        now, before = facts.value(figure_id), facts.earlier(figure_id)
        if not before:
            return False, f"账上没有更早年度的{words}可比", ()
        return now > max(before), f"{words}没有超过以往各年的最高值", ()

    return judged


def _science_record(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    """A fall is no growth, whatever was before it."""
    if facts.value("special.science_talent.yoy") <= 0:
        return False, "投入没有比上年增长", ()
    return _record("special.science_talent.yoy", "增幅")(facts)


def _above_both(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    lifted = facts.value("stat.income_lifted.yoy")
    rural = (facts.value("stat.income_rural.yoy"), facts.value("stat.income_rural_province.yoy"))
    return lifted > max(rural), "脱贫人口收入增速没有同时高于全市和全区农村居民", ()


def _equals(figure_id: str, wanted: int, reason: str) -> Judgement:
    return lambda facts: (facts.value(figure_id) == wanted, reason, ())


def _all_to_livelihood(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    recovered = facts.value("oversight.idle.recovered")
    used = facts.value("oversight.idle.to_livelihood")
    return used == recovered, "盘活资金没有全部用于民生", ()


def _cleared(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    found = facts.counties(lambda code: facts.value("debt.hidden.balance", region=code) == 0)
    return bool(found), "没有一个旗区隐性债务余额为零", found


def _left_red(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    def left(code: str) -> bool:
        before = facts.value("debt.risk_band", years=-1, region=code)
        return before >= _RED > facts.value("debt.risk_band", region=code)

    found = facts.counties(left)
    return bool(found), "没有旗区退出红色等级", found


def _debt_falls(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    size, drop = facts.value("debt.balance.yoy"), facts.value("debt.ratio.drop")
    return size < 0 < drop, "债务规模和债务率没有同时下降", ()


def _online(facts: Facts) -> tuple[bool, str, tuple[str, ...]]:
    offline = facts.value("procurement.offline")
    remote = facts.value("procurement.two_site_reviews")
    return offline == 0 < remote, "仍有线下办理的采购，或没有异地评审", ()


#: Every claim by id.
CLAIMS = MappingProxyType(
    {
        claim.id: claim
        for claim in (
            Claim("claim.revenue_rank", "收入总量、增量、增速都居第一", _first_in_all),
            Claim("claim.science_growth_record", "科技投入增幅创新高", _science_record),
            Claim("claim.rural_income", "脱贫人口收入增速两个高于", _above_both),
            Claim("claim.livelihood_record", "民生支出创历年最高",
                  _record("expenditure.livelihood", "同期民生支出")),
            Claim("claim.elderly_coverage", "街道和社区养老服务全部覆盖",
                  _equals("output.elderly_coverage", 1, "养老服务尚未全部覆盖")),
            Claim("claim.idle_to_livelihood", "盘活资金全部用于民生", _all_to_livelihood),
            Claim("claim.hidden_cleared", "有旗区隐性债务清零", _cleared),
            Claim("claim.left_red", "有旗区退出红色等级", _left_red),
            Claim("claim.debt_falls", "债务规模和债务率都下降", _debt_falls),
            Claim("claim.arrears_cleared", "拖欠企业账款清零",
                  _equals("oversight.arrears.overdue", 0, "仍有逾期无争议的欠款")),
            Claim("claim.procurement_online", "政府采购全程网办", _online),
        )
    }
)  # fmt: skip
