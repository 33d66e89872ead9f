"""The claims of the annual summary: each is a predicate over figures and stands only while true.

A claim declares the figures that it reads; they are fetched before it is judged, so that it is never
judged on a number that is not there. A claim whose figures are not all there cannot be told: it is a
gap, never a boast; nor can a record ("higher than ever") without an earlier year on the books to be
higher than.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from fisc.registry import areas
from fisc.report.ports import FigureAsk, FigureResult, Scope, Value
from fisc.report.reasons import Reason, absent, why
from fisc.report.views import Desk

#: How many years back a record is looked for.
YEARS_BACK = 10
#: Risk bands of government debt (债务风险等级), the least first: green, yellow, orange, red.
_RED = 4

Verdicts = Literal["stands", "fell", "unknown"]


@dataclass(frozen=True, slots=True)
class Found:
    """What a predicate found: whether the claim is true, and why it is not.

    `places` names the places that the finding is about: those it holds for, or those in its way.
    `rival` is the earlier figure that a record did not beat.
    """

    is_true: bool
    reason: str = ""
    places: tuple[str, ...] = ()
    rival: FigureResult | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a claim; `reason` says why it does not stand or cannot be told.

    `why` is the reason in brief and what to do, for a claim that cannot be told; `figures` are what
    it was judged by.
    """

    state: Verdicts
    reason: str = ""
    figures: tuple[FigureResult, ...] = ()
    places: tuple[str, ...] = ()
    rival: FigureResult | None = None
    why: Reason | None = None


class Untold(Exception):
    """A figure that a claim needs is not there."""

    def __init__(self, why: Reason, name: str = "") -> None:
        self.why = why
        super().__init__(f"“{name}”没有数：{why.text}" if name else why.text)


@dataclass(frozen=True, slots=True)
class Read:
    """A figure that a claim reads: of which years (0: this one, -1: the last), of which places."""

    figure_id: str
    years: tuple[int, ...] = (0,)
    of: Literal["city", "own", "counties"] = "city"

    def asks(self, scope: Scope) -> Iterator[FigureAsk]:
        """What is asked for."""
        places = {"city": [scope.whole], "own": [scope.level], "counties": [p.code for p in scope.counties]}
        codes = places[self.of]
        for code in codes:
            yield from (FigureAsk(self.figure_id, code, scope.fiscal_year + years) for years in self.years)


@dataclass(slots=True)
class Facts:
    """The figures a claim may read: those it declared; `read` are those it was judged by."""

    desk: Desk
    scope: Scope
    read: dict[str, FigureResult] = field(default_factory=dict)
    declared: frozenset[str] = frozenset()

    def fetch(self, reads: Sequence[Read]) -> bool:
        """Ask for all that a claim declares; whether everything is there (else it is asked again later)."""
        asks = [
            ask for read in reads if self.desk.source.knows(read.figure_id) for ask in read.asks(self.scope)
        ]
        self.declared = frozenset(ask.key for read in reads for ask in read.asks(self.scope))
        for ask in asks:
            self.desk.figure(ask)
        return not any(ask.key in self.desk.wanted for ask in asks)

    def value(self, figure_id: str, *, years: int = 0, region: str = "") -> Value:
        """The figure's value, `years` later (negative: earlier); raises Untold where there is none."""
        result = self._result(figure_id, years, region or self.scope.whole)
        if result.value is None:
            raise Untold(why(result, self.desk.source.knows), result.name_zh)
        self.read[result.ask.key] = result
        return result.value

    def best_earlier(self, figure_id: str, region: str = "") -> FigureResult | None:
        """The highest of the years before that are held and were counted alike; None where none is."""
        place = region or self.scope.whole
        meant = self._result(figure_id, 0, place).definition_zh
        results = [self._result(figure_id, -back, place) for back in range(1, YEARS_BACK + 1)]
        held = [one for one in results if one.value is not None and one.definition_zh == meant]
        self.read |= {result.ask.key: result for result in held}
        return max(held, key=lambda result: result.value or 0, default=None)

    def counties(self, test: Callable[[str], bool]) -> tuple[str, ...]:
        """The names of the counties whose code passes the test; each is asked. Raises Untold for none."""
        if not self.scope.counties:
            city = areas.city_of(self.scope.level)
            remedy = f"看全市的总结：fisc report annual --region {city[:6]}"
            raise Untold(Reason("所问的范围只是本级，没有县级", remedy))
        return tuple(place.name for place in self.scope.counties if test(place.code))

    def _result(self, figure_id: str, years: int, region: str) -> FigureResult:
        ask = FigureAsk(figure_id, region, self.scope.fiscal_year + years)
        if ask.key not in self.declared:
            raise LookupError(f"论断没有申报它所读的指标 {ask.key}")
        if not self.desk.source.knows(figure_id):
            raise Untold(absent(figure_id))
        return self.desk.figure(ask)


Predicate = Callable[[Facts], Found]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, what must be true for it to be said (`rule_zh`), what it reads, and its predicate."""

    id: str
    name_zh: str
    rule_zh: str
    reads: tuple[Read, ...]
    predicate: Predicate

    @property
    def is_of_counties(self) -> bool:
        """Whether it is about counties: it cannot be asked of one level alone."""
        return any(read.of == "counties" for read in self.reads)

    def judge(self, facts: Facts) -> Verdict:
        """Whether the claim stands on these facts; it cannot be told while they are being fetched."""
        if not facts.fetch(self.reads):
            return Verdict("unknown", "尚未取数")
        try:
            found = self.predicate(facts)
        except Untold as missing:
            return Verdict("unknown", str(missing), tuple(facts.read.values()), why=missing.why)
        state: Verdicts = "stands" if found.is_true else "fell"
        reason = "" if found.is_true else found.reason
        return Verdict(state, reason, tuple(facts.read.values()), found.places, found.rival)


def _first_in_all(facts: Facts) -> Found:
    places = [facts.value(f"stat.general_revenue{part}.rank") for part in ("", ".delta", ".yoy")]
    return Found(all(place == 1 for place in places), "总量、增量、增速并非都列第1位")


def _record(figure_id: str, words: str, *, is_own: bool = False) -> Predicate:
    """Above every earlier year held; with none held there is nothing to be higher than: it cannot be told."""

    def judged(facts: Facts) -> Found:
        region = facts.scope.level if is_own else ""
        now, rival = facts.value(figure_id, region=region), facts.best_earlier(figure_id, region)
        if rival is None or rival.value is None:
            raise Untold(Reason(f"账上没有更早年度的{words}可比", "补记以前年度的账务后自动判断"))
        return Found(now > rival.value, f"{words}没有超过以往各年的最高值", rival=rival)

    return judged


def _science_record(facts: Facts) -> Found:
    """A fall is no growth, whatever was before it."""
    if facts.value("special.science_talent.yoy", region=facts.scope.level) <= 0:
        return Found(False, "投入没有比上年增长")
    return _record("special.science_talent.yoy", "增幅", is_own=True)(facts)


def _above_both(facts: Facts) -> Found:
    lifted = facts.value("stat.income_lifted.yoy")
    rural = (facts.value("stat.income_rural.yoy"), facts.value("stat.income_rural_province.yoy"))
    return Found(lifted > max(rural), "脱贫人口收入增速没有同时高于当地和全省（区）农村居民")


def _equals(figure_id: str, wanted: int, reason: str) -> Predicate:
    return lambda facts: Found(facts.value(figure_id) == wanted, reason)


def _all_to_livelihood(facts: Facts) -> Found:
    recovered = facts.value("oversight.idle.recovered")
    used = facts.value("oversight.idle.to_livelihood")
    return Found(used == recovered, "盘活资金没有全部用于民生")


def _cleared(facts: Facts) -> Found:
    found = facts.counties(lambda code: facts.value("debt.hidden.balance", region=code) == 0)
    return Found(bool(found), "没有一个县级隐性债务余额为零", found)


def _left_red(facts: Facts) -> Found:
    def was_red(code: str) -> bool:
        return facts.value("debt.risk_band", years=-1, region=code) >= _RED

    def is_red(code: str) -> bool:
        return facts.value("debt.risk_band", region=code) >= _RED

    before, now = facts.counties(was_red), facts.counties(is_red)
    left = tuple(name for name in before if name not in now)
    return Found(bool(left), "没有县级退出红色等级", left or now)


def _debt_falls(facts: Facts) -> Found:
    size, drop = facts.value("debt.balance.yoy"), facts.value("debt.ratio.drop")
    return Found(size < 0 < drop, "债务规模和债务率没有同时下降")


def _online(facts: Facts) -> Found:
    offline = facts.value("procurement.offline")
    remote = facts.value("procurement.two_site_reviews")
    return Found(offline == 0 < remote, "仍有线下办理的采购，或没有异地评审")


def _of_city(*figure_ids: str) -> tuple[Read, ...]:
    return tuple(Read(figure_id) for figure_id in figure_ids)


def _with_earlier(figure_id: str, of: Literal["city", "own"] = "city") -> tuple[Read, ...]:
    """A figure of this year and of those in which its record may stand."""
    return (Read(figure_id, (0, *range(-1, -YEARS_BACK - 1, -1)), of),)


#: Every claim by id.
CLAIMS = MappingProxyType(
    {
        claim.id: claim
        for claim in (
            Claim("claim.revenue_rank", "收入总量、增量、增速都居首位",
                  "一般公共预算收入的总量、增量、增速在同级各地中都列第1位",
                  _of_city(*(f"stat.general_revenue{part}.rank" for part in ("", ".delta", ".yoy"))),
                  _first_in_all),
            Claim("claim.science_growth_record", "科技投入增幅创新高",
                  "本级科技人才资金比上年增长，且增长率高于账上以往各年",
                  _with_earlier("special.science_talent.yoy", "own"), _science_record),
            Claim("claim.rural_income", "脱贫人口收入增速两个高于",
                  "脱贫人口收入增长率高于当地、也高于全省（区）农村居民收入增长率",
                  _of_city(*(f"stat.income_{who}.yoy" for who in ("lifted", "rural", "rural_province"))),
                  _above_both),
            Claim("claim.livelihood_record", "民生支出创历年最高",
                  "民生支出高于账上以往各年同期",
                  _with_earlier("expenditure.livelihood"), _record("expenditure.livelihood", "同期民生支出")),
            Claim("claim.elderly_coverage", "街道和社区养老服务全部覆盖",
                  "养老服务覆盖率等于100%",
                  _of_city("output.elderly_coverage"),
                  _equals("output.elderly_coverage", 1, "养老服务尚未全部覆盖")),
            Claim("claim.idle_to_livelihood", "盘活资金全部用于民生",
                  "重新安排用于民生的资金等于收回的资金",
                  _of_city("oversight.idle.recovered", "oversight.idle.to_livelihood"), _all_to_livelihood),
            Claim("claim.hidden_cleared", "有县级隐性债务清零", "至少一个县级隐性债务余额为零",
                  (Read("debt.hidden.balance", of="counties"),), _cleared),
            Claim("claim.left_red", "有县级退出红色等级",
                  "至少一个县级上年末为红色等级、本年末不是",
                  (Read("debt.risk_band", (-1, 0), "counties"),), _left_red),
            Claim("claim.debt_falls", "债务规模和债务率都下降",
                  "政府债务余额比上年末减少，债务率也下降",
                  _of_city("debt.balance.yoy", "debt.ratio.drop"), _debt_falls),
            Claim("claim.arrears_cleared", "拖欠企业账款清零", "没有逾期且无争议的欠款",
                  _of_city("oversight.arrears.overdue"),
                  _equals("oversight.arrears.overdue", 0, "仍有逾期无争议的欠款")),
            Claim("claim.procurement_online", "政府采购全程网办并有异地评审",
                  "没有线下办理的采购，且至少有一次两地评审",
                  _of_city("procurement.offline", "procurement.two_site_reviews"), _online),
        )
    }
)  # fmt: skip
