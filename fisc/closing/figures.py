"""What is left at the end (年终结转结余): opening plus income less outlay, fund by fund."""

from fisc.closing.balance_figures import FIGURES as BALANCES
from fisc.reading.algebra import CREDIT, By, Figure, Flow, Span, Stock
from fisc.reading.books import (
    BOOKS_LAW,
    BUDGET_LAW,
    FUND_FUNDS,
    GENERAL_FUNDS,
    STATE_CAPITAL,
    quota_sources,
    treasury,
)
from fisc.registry.quota_rules import CARRIED
from fisc.reserves.rules import PRINCIPAL

_LAW = f"{BUDGET_LAW}第四十二条、第六十六条；{BOOKS_LAW}"

_FUNDS = (
    ("general", "一般公共预算", "3001", "8001", GENERAL_FUNDS),
    ("fund", "政府性基金预算", "3002", "8002", FUND_FUNDS),
    ("state_capital", "国有资本经营预算", "3003", "8003", (STATE_CAPITAL,)),
)


def _figures(key: str, name: str, old: str, new: str, funds: tuple[str, ...]) -> tuple[Figure, Figure]:
    left = treasury((old, "4", "5"), (new, "6", "7"), CREDIT, By("fund_type_code")).where(
        "fund_type_code", *funds
    )
    opening = treasury((old,), (new,), CREDIT, By("fund_type_code")).where("fund_type_code", *funds)
    return (
        Figure(
            f"carryover.{key}",
            f"{name}年终结转结余",
            f"上年结转结余加当年{name}全部收入（含补助、债务、调入）减全部支出",
            _LAW,
            Stock(left),
        ),
        Figure(
            f"carryover.{key}.opening",
            f"{name}上年结转结余",
            f"{name}由上年转入的结转结余",
            _LAW,
            Flow(opening, Span.OPENING),
        ),
    )


#: What came into a year of the year before's over-collected revenue, to repay what that had borrowed.
_AGAINST_DEFICIT = Figure(
    "carryover.general.deficit",
    "上年超收收入冲减赤字转入",
    "上年一般公共预算超收收入中由本级政府决定冲减赤字、转入本年只用于还本的数额",
    f"{BUDGET_LAW}第六十六条",
    Flow(
        quota_sources(By("fund_type_code"), "9104")
        .where("fund_type_code", *GENERAL_FUNDS)
        .where("exp_func_code", PRINCIPAL)
        .where("bgt_type_code", CARRIED),
        Span.OPENING,
    ),
)

_STABILISATION_FUND = Figure(
    "reserves.stabilisation_fund",
    "预算稳定调节基金余额",
    "期末预算稳定调节基金余额：年初余额加安排补充减动用",
    f"{BUDGET_LAW}第六十六条",
    Stock(treasury(("3031",), ("8031",), CREDIT, By("fund_type_code"))),
)

FIGURES: tuple[Figure, ...] = (
    _STABILISATION_FUND,
    *(figure for fund in _FUNDS for figure in _figures(*fund)),
    _AGAINST_DEFICIT,
    *BALANCES,
)
