"""The two sides of a budget (收支平衡): all that came in with what was left of last year, all that went out
with what is left; as carried out and as first approved (人大批准的年初预算: what was carried over from last
year comes beside it and is an adjustment, as in the final accounts' 预算数 and 调整预算数).

Both sides come from the accounts, each from its own; that they are equal is what a table of them proves.
Of a whole area without a published consolidation, what its governments give each other cancels out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from fisc.reading.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Difference,
    Figure,
    Flow,
    Formula,
    Growth,
    Of,
    Reach,
    Selection,
    Span,
    Total,
    Unit,
)
from fisc.reading.books import (
    BOOKS_LAW,
    BUDGET_LAW,
    FUND_FUNDS,
    GENERAL_FUNDS,
    PRINCIPAL,
    QUOTA_LAW,
    STATE_CAPITAL,
    quota_sources,
    treasury,
)
from fisc.reading.budget_lines import difference_planned, first_approved
from fisc.registry.quota_rules import CARRIED, SET_ASIDE

_SOURCES = ("9101", "9102", "9103", "9104", "9105", "9199")
_SPENDING = ("9201", "9301", "9302", "9303", "9304", "9401", "9402", "9501", "9502")


@dataclass(frozen=True, slots=True)
class _Budget:
    """One of the budgets: its key, name and funds, and where its balance stands up to 2022 and since."""

    key: str
    name: str
    funds: tuple[str, ...]
    until_2022: str
    since_2023: str


_BUDGETS = (
    _Budget("general", "一般公共预算", GENERAL_FUNDS, "3001", "8001"),
    _Budget("fund", "政府性基金预算", FUND_FUNDS, "3002", "8002"),
    _Budget("state_capital", "国有资本经营预算", (STATE_CAPITAL,), "3003", "8003"),
)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one side takes from: where it looks, its accounts up to 2022 and since, in words.

    Of its plan: the accounts of the quota book, and the codes of `element` that it has, or (`is_rest`) that
    no other part has; `but`: elements and codes that it has not. `is_detailed`: tables show it code by code.
    """

    key: str
    words: str
    reach: Reach
    until_2022: tuple[str, ...] = ()
    since_2023: tuple[str, ...] = ()
    quota: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    element: str = ""
    is_rest: bool = False
    is_detailed: bool = False
    but: tuple[tuple[str, str], ...] = ()


_OF_SOURCE, _OF_USE = "rev_func_code", "tp_func_code"
_PASSED_ON: Final = ("9202", "9305")
_SENT_UP, _AID_RECEIVED = "11006", "11021"
_AID, _OUT = "23021", "23008"
#: Repayment of principal stands by itself, whoever holds the quota.
_OF_PRINCIPAL = ("exp_func_code", PRINCIPAL)
_DOWN = ("23001", "23002", "23003", "23004", "23005", "23011")
#: 192号 and 41号 number income and outlay alike: 4xxx/5xxx of the old book are 6xxx/7xxx of the new.
_INCOME = (
    _Part("own", "本级收入", "area", ("4001", "4002", "4003"), ("6001", "6002", "6003"),
          ("9101", "9105", "9199")),
    _Part("debt", "债务收入", "city", ("4041", "4042"), ("6041", "6042"), ("9103",)),
    _Part("above", "上级补助收入", "city", ("4011",), ("6011",), ("9102",), (_SENT_UP, _AID_RECEIVED),
          _OF_SOURCE, is_rest=True, is_detailed=True),
    _Part("below", "下级上解收入", "level", ("4012",), ("6012",), ("9102",), (_SENT_UP,), _OF_SOURCE),
    _Part("aid", "区域间转移性收入", "area", ("4013",), ("6013",), ("9102",), (_AID_RECEIVED,), _OF_SOURCE),
    _Part("moved_in", "调入资金", "area", ("4021",), ("6021",), ("9104",), ("11009",), _OF_SOURCE),
    _Part("drawn", "动用预算稳定调节基金", "area", ("4031",), ("6031",), ("9104",), ("11015",), _OF_SOURCE),
    _Part("brought", "上年结余收入", "area", (), (), ("9104",), ("11009", "11015"), _OF_SOURCE, is_rest=True),
)  # fmt: skip
_OUTLAY = (
    _Part("own", "本级支出", "area", ("5001", "5002", "5003"), ("7001", "7002", "7003"), _SPENDING,
          but=(_OF_PRINCIPAL,)),
    _Part("up", "上解支出", "city", ("5012",), ("7012",), _PASSED_ON, ("23006",), _OF_USE),
    _Part("down", "补助和转贷下级支出", "level", ("5011", "5042"), ("7011", "7042"), _PASSED_ON, _DOWN,
          _OF_USE, is_detailed=True),
    _Part("aid", "区域间转移性支出", "area", ("5013",), ("7013",), _PASSED_ON, (_AID,), _OF_USE),
    _Part("moved_out", "调出资金", "area", ("5021",), ("7021",), _PASSED_ON, (_OUT,), _OF_USE),
    _Part("set_aside", "安排预算稳定调节基金", "area", ("5031",), ("7031",), _PASSED_ON, (SET_ASIDE,),
          _OF_USE),
    _Part("principal", "债务还本支出", "area", ("5041",), ("7041",), (*_SPENDING, *_PASSED_ON),
          (PRINCIPAL,), "exp_func_code"),
    _Part("other", "其他支出", "area", (), (), _PASSED_ON,
          ("23006", *_DOWN, _AID, _OUT, SET_ASIDE), _OF_USE, is_rest=True, but=(_OF_PRINCIPAL,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Side:
    """A side of a budget: its key, its total's name, its parts, its side of the books, its breakdown."""

    key: str
    name: str
    parts: tuple[_Part, ...]
    side: int
    by: By

    @property
    def word(self) -> str:
        return self.name[:2]

    @property
    def is_income(self) -> bool:
        return self.side == CREDIT


_SIDES = (
    _Side("income", "收入总计", _INCOME, CREDIT, By("rev_func_code", 5)),
    _Side("outlay", "支出总计", _OUTLAY, DEBIT, By("tp_func_code", 5)),
)
_LAW = f"{BUDGET_LAW}第十二条、第六十六条"


def _figure(key: str, name: str, said: str, law: str, formula: Formula) -> Figure:
    return Figure(key, name, said, f"{_LAW}；{law}", formula)


def _actual(part: _Part, budget: _Budget, side: _Side) -> Flow:
    found = treasury(part.until_2022, part.since_2023, side.side, side.by)
    return Flow(replace(found.where("fund_type_code", *budget.funds), reach=part.reach))


def _planned(part: _Part, budget: _Budget, side: _Side) -> Flow:
    """What the first budget has of a part."""
    return Flow(first_approved(_in_quota_book(part, budget, side)), Span.FIRST)


def _in_quota_book(part: _Part, budget: _Budget, side: _Side) -> Selection:
    """What comes in stands on the debit side of the quota book, what goes out on the credit side."""
    found = quota_sources(side.by, *part.quota) if side.is_income else _quota_credit(part.quota, side.by)
    found = found.where("fund_type_code", *budget.funds)
    if part.codes:
        narrow = found.without if part.is_rest else found.where
        found = narrow(part.element, *part.codes)
    for element, code in part.but:
        found = found.without(element, code)
    return replace(found, reach=part.reach)


def _planned_to_leave(budget: _Budget, side: _Side) -> Flow:
    """What a first budget has not given to spending: its sources less its uses, each government's own.

    Not what waits in the pool (9200): money from above that came in January waits there too, and is no
    part of the first budget on whichever day it is placed.
    """
    found = Selection((Accounts("quota", (*_SOURCES, *_SPENDING, *_PASSED_ON)),), DEBIT, (), side.by)
    return Flow(first_approved(found.where("fund_type_code", *budget.funds)), Span.FIRST)


def _quota_credit(codes: tuple[str, ...], by: By) -> Selection:
    return Selection((Accounts("quota", codes),), CREDIT, (), by)


def _came_to(budget: _Budget, side: _Side) -> Iterator[Figure]:
    """What a side came to: its parts, and last year's balance, or what is left at the end."""
    total, name = f"balance.{budget.key}.{side.key}", budget.name
    parts = [part for part in side.parts if part.until_2022]
    for part in parts:
        said = f"{name}{part.words}"
        yield _figure(f"{total}.{part.key}", said, f"当年{said}", BOOKS_LAW, _actual(part, budget, side))
    of = [f"{total}.{part.key}" for part in parts]
    if not side.is_income:
        of.append(f"{total}.set_apart")
        apart = treasury((budget.until_2022,), (budget.since_2023,), DEBIT, side.by)
        apart = apart.where("fund_type_code", *budget.funds)
        yield _figure(of[-1], f"{name}结余补充周转金", "当年由结转结余补充预算周转金等的数额", BOOKS_LAW,
                      Flow(apart))  # fmt: skip
    yield _figure(f"{total}.items", f"{name}当年全部{side.word}", f"{name}当年全部{side.word}，不含结转结余",
                  BOOKS_LAW, Total(tuple(map(Of, of))))  # fmt: skip
    left, words = (".opening", "上年结转结余") if side.is_income else ("", "年终结转结余")
    said = f"{name}当年全部{side.word}加{words}；汇总全辖时上下级之间的收支抵销"
    yield _figure(total, f"{name}{side.name}", said, BOOKS_LAW,
                  Total((Of(f"{total}.items"), Of(f"carryover.{budget.key}{left}"))))  # fmt: skip


def _was_planned(budget: _Budget, side: _Side) -> Iterator[Figure]:
    """What a side was planned to come to: the sources, or the uses with what they leave."""
    total, name = f"balance.{budget.key}.{side.key}", budget.name
    parts = [part for part in side.parts if part.quota]
    for part in parts:
        said = f"{name}{part.words}"
        yield _figure(f"{total}.{part.key}.budget", f"{said}年初预算", f"年初预算安排的{said}", QUOTA_LAW,
                      _planned(part, budget, side))  # fmt: skip
    if side.is_income:
        for part in parts:
            if part.key != "brought":
                yield from _was_changed(f"{total}.{part.key}", f"{name}{part.words}", part, budget, side)
    of = [f"{total}.{part.key}.budget" for part in parts]
    said = f"{name}全部{side.word}"
    yield _figure(f"{total}.items.budget", f"{said}年初预算", f"年初预算安排的{said}", QUOTA_LAW,
                  Total(tuple(map(Of, of))))  # fmt: skip
    if not side.is_income:
        of.append(f"carryover.{budget.key}.budget")
        said = "年初预算的来源减去年初预算安排的支出：没有安排支出的部分"
        yield _figure(of[-1], f"{name}年终结转年初预算", said, QUOTA_LAW, _planned_to_leave(budget, side))
    yield _figure(f"{total}.budget", f"{name}{side.name}年初预算", f"年初预算安排的{name}{side.name}",
                  QUOTA_LAW, Total(tuple(map(Of, of))))  # fmt: skip
    if not side.is_income:
        yield difference_planned(budget.key, name, f"{_LAW}；{QUOTA_LAW}")
    yield Figure(f"{total}.budget.growth", f"{name}{side.name}预算比上年执行数增长率",
                 "（本年年初预算 − 上年执行数）÷ 上年执行数", f"{_LAW}；{QUOTA_LAW}",
                 Growth(Of(f"{total}.budget"), Of(total, -1)), Unit.RATIO)  # fmt: skip


def _was_changed(key: str, said: str, part: _Part, budget: _Budget, side: _Side) -> Iterator[Figure]:
    """What sources came to in the year's budget, and by how much they changed after it was approved.

    Transfers from above are added without a resolution; all else is an adjustment of the budget (law 67).
    """
    adjusted = _in_quota_book(part, budget, side).without("bgt_type_code", CARRIED)
    yield _figure(f"{key}.adjusted", f"{said}调整预算", f"{said}年初预算加全年增减，不含上年结转", QUOTA_LAW,
                  Flow(adjusted, Span.PLAN))  # fmt: skip
    yield _figure(f"{key}.changed", f"{said}年中增减", f"{said}调整预算 − 年初预算", QUOTA_LAW,
                  Difference(Of(f"{key}.adjusted"), Of(f"{key}.budget")))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shown:
    """A part as a table shows it: its key and words, whether it has accounts and a plan, its codes if any."""

    key: str
    words: str
    has_actual: bool
    has_budget: bool
    element: str = ""


def shown_parts(side: str) -> tuple[Shown, ...]:
    """The parts that a side (income, outlay) of every budget adds up, in the order of a table."""
    found = next(one for one in _SIDES if one.key == side)
    return tuple(
        Shown(p.key, p.words, bool(p.until_2022), bool(p.quota), found.by.element if p.is_detailed else "")
        for p in found.parts
    )


FIGURES: tuple[Figure, ...] = tuple(
    figure
    for budget in _BUDGETS
    for side in _SIDES
    for figures in (_came_to(budget, side), _was_planned(budget, side))
    for figure in figures
)
