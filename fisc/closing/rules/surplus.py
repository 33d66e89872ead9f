"""What a year leaves over, and what law does with it (预算法第六十六条、实施条例第七十八条).

What the balance of the general budget holds beyond what is carried over, over-collected revenue in it,
feeds the stabilisation fund. A kind of government fund goes on for itself; what of it exceeds a share of its
income of the year goes to the general budget and then to the stabilisation fund. The proceeds of bonds stay
with their projects. Pure functions over sums in fen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from fisc.closing.kinds import YEAR_END
from fisc.documents import Leg, voucher
from fisc.documents.inputs import OneOf
from fisc.kernel import Coding, Entry
from fisc.kernel.money import format_fen
from fisc.registry import funds, limits
from fisc.registry.fund_kinds import FUND, kind_name
from fisc.registry.quota_rules import SET_ASIDE, speaks_of

if TYPE_CHECKING:
    from fisc.closing.models import YearEnd

GENERAL: Final = "111"
#: A fund type and, of government funds, the kind ('' where codes do not tell it).
Kind = tuple[str, str]
#: 政府性基金预算调出资金, 从政府性基金预算调入一般公共预算, 安排预算稳定调节基金.
_OUT, _IN = "2300802", "110090102"


@dataclass(frozen=True, slots=True)
class Left:
    """What a region's year leaves over by kind of money, and what explains it; fen.

    `is_known`: whether quotas were kept here, so that what is carried over is known. `income` is own revenue,
    `budgeted` that of the adjusted budget, where there is one. `lying` is what of `carried` nobody spent for
    two years, as only the proceeds of bonds may lie. `period` is where the settlement stands:
    December while it is open, else the year-end period. `deficit_fen` is the deficit of the general budget,
    `reduced_fen` what was decided to reduce it: it goes on as a budget of principal. `given` is what papers
    settled of the year before: of the general budget what they set aside, of a kind of fund what they took.
    `is_carried`: whether all that goes on went on; before, what returned to quotas or waits is no surplus.
    `owed` is what goes back to the level above: no surplus, though it was not carried over.
    """

    mof_div_code: str
    fiscal_year: int
    period: int
    is_known: bool
    balance: Mapping[Kind, int] = field(default_factory=Counter)
    carried: Mapping[Kind, int] = field(default_factory=Counter)
    income: Mapping[Kind, int] = field(default_factory=Counter)
    budgeted: Mapping[Kind, int] = field(default_factory=Counter)
    lying: Mapping[Kind, int] = field(default_factory=Counter)
    deficit_fen: int = 0
    reduced_fen: int = 0
    given: Mapping[Kind, int] = field(default_factory=Counter)
    is_carried: bool = True
    owed: Mapping[Kind, int] = field(default_factory=Counter)

    def over_collected(self, kind: Kind) -> int:
        """Own revenue above the adjusted budget (超收), transfers and debt apart; 0 where it is not."""
        return max(self.income.get(kind, 0) - self.budgeted[kind], 0) if kind in self.budgeted else 0

    @property
    def surplus_fen(self) -> int:
        """What of the general budget nothing is carried over for, nor reduces the deficit.

        Below zero, carry-over lacks money.
        """
        return self.balance.get((GENERAL, ""), 0) - self.bound((GENERAL, "")) - self.reduced_fen

    def bound(self, kind: Kind) -> int:
        """What of a kind of money is no surplus: carried over, or due to the level above."""
        return self.carried.get(kind, 0) + self.owed.get(kind, 0)

    @property
    def over_left_fen(self) -> int:
        """What of over-collected revenue is there still: beyond what reduces the deficit."""
        over = self.over_collected((GENERAL, "")) - self.reduced_fen
        return min(max(over, 0), max(self.set_aside_fen, 0))

    @property
    def reducible_fen(self) -> int:
        """What of it may still be decided to reduce the deficit."""
        return min(max(self.deficit_fen - self.reduced_fen, 0), self.over_left_fen)

    @property
    def over_reduced_fen(self) -> int:
        """What reduces the deficit though revenue or the deficit came to less since it was decided."""
        return max(self.reduced_fen - min(self.over_collected((GENERAL, "")), self.deficit_fen), 0)

    @property
    def set_aside_fen(self) -> int:
        """What of the general budget is due to the stabilisation fund.

        Below zero what comes back of it: the year was settled, and holds less since than is carried over.
        """
        return self._due(self.surplus_fen, (GENERAL, "")) if self.is_known else 0

    @property
    def excess(self) -> dict[str, int]:
        """Kind of fund -> what of it is due to the general budget: beyond the share that it may keep.

        Each kind for itself, as far as nothing is carried over for it, and all together no more than the
        fund has. Below zero what comes back: the kind was settled, and holds less since than it may keep.
        Nothing where no fund had income in the year: then a share of it cannot be told.
        """
        if not self.is_known:
            return {}
        due = {kind: self._due(fen, (FUND, kind)) for kind, fen in self._beyond_share().items()}
        back = sum(-fen for fen in due.values() if fen < 0)
        room = self._of_fund(self.balance) - self._of_fund(self.carried) - self._of_fund(self.owed) + back
        found = {}
        for kind, fen in sorted(due.items()):
            found[kind] = min(fen, max(room, 0))
            room -= max(found[kind], 0)
        return {kind: fen for kind, fen in found.items() if fen}

    def beyond_share(self, kind: str) -> int:
        """What of a kind of fund exceeds the share that it may keep; 0 where that cannot be told."""
        return max(self._beyond_share().get(kind, 0), 0) if self.is_known else 0

    def _beyond_share(self) -> dict[str, int]:
        share_bp = limits.limit("fund_carry_share_max_bp", self.fiscal_year)
        of_fund = {kind: fen for (fund, kind), fen in self.balance.items() if fund == FUND and kind}
        of_fund |= {kind: of_fund.get(kind, 0) for fund, kind in self.given if fund == FUND}
        found = {}
        for kind, fen in of_fund.items():
            if self.has_fund_income or self.given.get((FUND, kind), 0):
                keeps = max(self.income.get((FUND, kind), 0), 0) * share_bp // 10_000
                found[kind] = fen - max(keeps, self.bound((FUND, kind)))
        return found

    def _due(self, fen: int, kind: Kind) -> int:
        """What is there is due; what is lacking comes back, as far as it was given before."""
        return fen if fen > 0 else -min(-fen, max(self.given.get(kind, 0), 0))

    def _of_fund(self, sums: Mapping[Kind, int]) -> int:
        return sum(fen for (fund, _), fen in sums.items() if fund == FUND)

    @property
    def has_fund_income(self) -> bool:
        """Whether any kind of government fund had income in the year."""
        return any(fen > 0 for (fund, _), fen in self.income.items() if fund == FUND)

    @property
    def aside_fen(self) -> int:
        """What goes to the stabilisation fund of all of it; below zero it comes back."""
        return self.set_aside_fen + sum(self.excess.values())

    @property
    def short(self) -> dict[str, int]:
        """Fund type -> what was carried over beyond what the year left of it, and what comes back to it."""
        if not self.is_known:
            return {}
        gone = Counter({GENERAL: self.reduced_fen})
        back = -sum(min(fen, 0) for fen in self.excess.values())
        there = Counter({GENERAL: -min(self.set_aside_fen, 0), FUND: back})
        for sums, of in ((gone, self.carried), (there, self.balance)):
            for (fund, _), fen in of.items():
                sums[fund] += fen
        return {fund: fen - there[fund] for fund, fen in sorted(gone.items()) if fen > max(there[fund], 0)}

    @property
    def is_due(self) -> bool:
        """Whether a settlement has anything to do."""
        return bool(self.set_aside_fen or self.excess)


def settlement_entries(given: YearEnd, standing: Sequence[Left]) -> list[Entry]:
    """The voucher by which a document settles what a year leaves over: T30, then T32 (41-21, 41-20)."""
    (left,) = standing
    year, region = given.fiscal_year, given.mof_div_code
    general = Coding(year, region, GENERAL)
    legs = [leg for kind, fen in left.excess.items() for leg in _handed_over(general, kind, fen)]
    if aside := left.aside_fen:
        block = replace(general, exp_func_code=SET_ASIDE)
        legs.append(Leg("stabilisation_set_aside", aside, block, general))
    return [
        voucher(
            YEAR_END.event(given.doc_key, "surplus"), region, date(year, 12, 31), legs,
            document_id=given.id, period=left.period, summary=f"{year} 年{_words(left)}补充预算稳定调节基金",
        )
    ]  # fmt: skip


def _handed_over(general: Coding, kind: str, fen: int) -> Iterator[Leg]:
    year, region = general.fiscal_year, general.mof_div_code
    cash = Coding(year, region, FUND)
    out = Coding(year, region, FUND, exp_func_code=_OUT, rev_func_code=kind)
    yield Leg("fund_transfer_out", fen, out, cash)
    yield Leg("fund_transfer_in", fen, general, Coding(year, region, GENERAL, rev_func_code=_IN))


def _words(left: Left) -> str:
    over = left.over_left_fen
    parts = [
        f"{name} {format_fen(fen)} 元"
        for name, fen in (
            ("超收收入", over), ("一般公共预算结余", left.set_aside_fen - over),
            *((f"{kind_name(kind)}结转超额", fen) for kind, fen in left.excess.items()),
        )  # what comes back is red
        if fen
    ]  # fmt: skip
    return "、".join(parts)


# ---- what is told of it


#: What comes of a part of what a year leaves over.
WAYS: Final = {
    "sum": "合计",
    "carried": "结转",
    "settled": "超收和结余处理",
    "open": "尚未结转",
    "decided": "待决定",
    "within": "其中",
    "done": "已处理",
}


@dataclass(frozen=True, slots=True)
class SurplusItem:
    """A part of what a year leaves over: its fund, kind of fund, fen, and what law does with it.

    `way`: `sum` is what a balance comes to, the parts below explain it to the fen; `carried` went on with its
    quotas; `settled` the settlement does; `decided` the government does; `within` the same of a part of
    another item; `open` is not known before all that goes on was carried over; `done` went
    to the stabilisation fund already, beside what is left.
    """

    mof_div_code: str
    fiscal_year: int
    fund_type_code: str
    rev_func_code: str
    part_name: str
    amount_fen: int
    treatment: str
    source: str
    way: Annotated[str, OneOf(WAYS)]

    @property
    def is_settled_by_us(self) -> bool:
        """Whether the settlement of the year does it."""
        return self.way == "settled"

    @property
    def is_for_decision(self) -> bool:
        """Whether the government decides on it."""
        return self.way in ("decided", "within")

    def __str__(self) -> str:
        """In words."""
        kind = f" {kind_name(self.rev_func_code)}" if self.rev_func_code else ""
        return f"{funds.words(self.fund_type_code)}{kind} {self.part_name} {format_fen(self.amount_fen)} 元"


_LAW = "预算法第六十六条"
_RULE = "预算法实施条例第七十八条"
_OLD_MONEY = "财预〔2015〕15号"
_BONDS = "预算法第三十五条"
_CARRIED = "预算法第四十二条：结转下年继续用于原项目"


def items(left: Left) -> list[SurplusItem]:
    """Every item of a region's year, each with its amount, parts below their sums; zeros are left out."""
    found = [
        one
        for kind in sorted(left.balance.keys() | left.carried.keys() | left.owed.keys())
        for one in _of_kind(left, kind)
    ]
    done = SurplusItem(
        left.mof_div_code, left.fiscal_year, GENERAL, "", "已补充预算稳定调节基金",
        left.given.get((GENERAL, ""), 0),
        "已办理超收和结余处理，不再列在年末结转结余中", _LAW, "done",
    )  # fmt: skip
    return [one for one in (*found, done) if one.amount_fen]


def _of_kind(left: Left, kind: Kind) -> Iterator[SurplusItem]:
    def said(item: str, fen: int, treatment: str, source: str, way: str = "decided") -> SurplusItem:
        return SurplusItem(left.mof_div_code, left.fiscal_year, *kind, item, fen, treatment, source, way)

    balance, carried = left.balance.get(kind, 0), left.carried.get(kind, 0)
    if not left.is_known:
        yield said("年末结转结余", balance, "没有指标账，其中结转多少不可知：请补登指标后结转", _LAW)
        return
    yield said("年末结转结余", balance, "由以下各项组成", _LAW, "sum")
    yield said("结转", carried, "已随指标结转下年", _CARRIED, "carried")
    owed = left.owed.get(kind, 0)
    yield said("上级专项未分配、结转满两年的部分", owed, _GIVE_BACK, _OLD_MONEY)
    rest = balance - carried - owed
    if not left.is_carried:
        yield said(_OPEN, rest, _OPEN_WAY, _CARRIED, "open")
        return
    if kind == (GENERAL, ""):
        yield said("超收收入冲减赤字", left.reduced_fen, _REDUCED, _LAW, "carried")
        yield said("其中：冲减赤字多于超收收入或赤字的部分", left.over_reduced_fen, OVER_REDUCED, _LAW,
                   "within")  # fmt: skip
        yield from _of_general(left, left.surplus_fen, said)
    elif kind[0] == FUND:
        yield from _of_fund(left, kind, rest, said)
    else:
        lying = left.lying.get(kind, 0)
        yield said("其中：两年未用完的债券等专用资金", lying, _LYING, _BONDS, "within")
        yield said("净结余" if rest > 0 else "结转缺少资金", rest, *_others(left, kind[0]))


_OPEN: Final = "未结转的指标、上级资金与超收、结余（其中净结余待定）"
_OPEN_WAY: Final = (
    "指标还可以使用（包括退回、收回的），或上级资金还没有结转：办理结转"
    "（fisc year-end carry、fisc year-end carry-sources）以后才分得出结转、超收和净结余"
)
_GIVE_BACK: Final = (
    "交回上级，不作本级结余：年终挂账（fisc transfers make-upload-accruals，写明明细号），"
    "次年缴来；以上解交回为凭记忆"
)
_SET_ASIDE: Final = "补充预算稳定调节基金（fisc year-end settle-surplus）"
_REDUCED: Final = "已由本级政府决定冲减赤字：结转下年，只用于偿还一般债券本金"
OVER_REDUCED: Final = (
    "登记以后收入、预算或赤字有变动：请红字冲销多冲减的（fisc reserves make-reversals），再按现在的数额登记"
)
_MAY_REDUCE: Final = (
    "冲减赤字还是补充预算稳定调节基金由本级政府决定：冲减的在超收和结余处理前登记批准文号"
    "（fisc reserves make-moves，事项“超收收入冲减赤字”），没有决定的补充预算稳定调节基金"
)
_BACK: Final = "处理以后收入或余额减少：按现有的余额红字冲回（fisc year-end settle-surplus）"
_LACKING: Final = "政府性基金合计不足：请核对短缺种类的收支科目，调出多少由本级政府决定"
_SHORT_KIND: Final = "请核对该基金的收支科目；收不抵支的由本级政府决定"
_SHORT: Final = "短收：动用预算稳定调节基金、调入其他预算资金或削减支出，由本级政府决定"


def _of_general(left: Left, rest: int, said: _Said) -> Iterator[SurplusItem]:
    if rest < 0:
        back = left.set_aside_fen
        yield said("多补充预算稳定调节基金的部分", back, _BACK, _LAW, "settled")
        yield said("结转缺少资金", rest - back, _SHORT, _LAW)
        return
    over = left.over_left_fen
    yield said("超收收入", over, _SET_ASIDE, f"{_LAW}、{_RULE}", "settled")
    yield said("其中：可以冲减赤字的超收收入", left.reducible_fen, _MAY_REDUCE, _LAW, "within")
    yield said("净结余", rest - over, _SET_ASIDE, _LAW, "settled")


def _of_fund(left: Left, kind: Kind, rest: int, said: _Said) -> Iterator[SurplusItem]:
    excess = left.excess.get(kind[1], 0)
    if excess < 0:
        yield said("多调出的结转超额", excess, _BACK, _OLD_MONEY, "settled")
    else:
        treatment = "调入一般公共预算并补充预算稳定调节基金（fisc year-end settle-surplus）"
        yield said("结转超过当年收入 30% 的部分", excess, treatment, _OLD_MONEY, "settled")
    if rest - excess < 0:
        yield said("结转缺少资金", rest - excess, _SHORT_KIND, _LAW)
        return
    lacking = left.beyond_share(kind[1]) - max(excess, 0)
    yield said("结转超过当年收入 30%、其他基金种类短缺而不能调出的部分", lacking, _LACKING, _OLD_MONEY)
    rest -= lacking
    over = min(left.over_collected(kind), rest - excess)
    yield said("超收收入", over, "结转下年安排，先偿还专项债券本息；由本级政府在下年预算中决定", _RULE)
    yield said("净结余", rest - excess - over, _treatment(left, kind), _RULE)


def _treatment(left: Left, kind: Kind) -> str:
    """What becomes of what a kind of fund leaves over, and what cannot be told of it."""
    if not kind[1]:
        return "未分基金种类：请核对收支科目，由本级政府决定"
    if not left.has_fund_income:
        return (
            "当年没有政府性基金收入入账，是否超过当年收入的 30% 无从判定：收入入账后再看；结转下年的专款专用"
        )
    return "结转下年，按基金种类专款专用；由本级政府在下年预算中安排"


_LYING: Final = "仍用于原项目；原项目用不完的，由本级政府报批调整用途"


def _others(left: Left, fund: str) -> tuple[str, str]:
    if speaks_of("bound", Coding(left.fiscal_year, left.mof_div_code, fund)):
        return "没有指标对应的债券等专用资金：须由本级政府决定用途，不作结余", _BONDS
    return "结转下年，由本级政府在下年预算中安排", _LAW


if TYPE_CHECKING:
    from typing import Protocol

    class _Said(Protocol):
        """An item of one kind of money."""

        def __call__(
            self, item: str, fen: int, treatment: str, source: str, way: str = "decided"
        ) -> SurplusItem: ...
