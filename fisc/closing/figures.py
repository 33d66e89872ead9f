"""What is left at the end (年终结转结余): opening plus income less outlay, fund by fund."""

from collections.abc import Iterator
from dataclasses import replace

from fisc.closing.balance_figures import FIGURES as BALANCES
from fisc.reading.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Difference,
    Figure,
    Flow,
    Of,
    Selection,
    Span,
    Stock,
    Total,
)
from fisc.reading.books import (
    BOOKS_LAW,
    BUDGET_LAW,
    FUND_FUNDS,
    GENERAL_FUNDS,
    QUOTA_LAW,
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

#: What a year's end carries over or takes back: nothing of it is left when that is done.
_SPENDABLE = Selection(
    (Accounts("quota", ("9301", "9302", "9303", "9304", "9401", "9402", "9601")),), CREDIT, (),
    By("fund_type_code"),
)  # fmt: skip


def _split(key: str, name: str, funds: tuple[str, ...]) -> Iterator[Figure]:
    """What of a balance goes on with its quotas (结转), and what nobody needs (净结余).

    Nothing goes on where the next year's quotas are kept and nothing came: then all of it is 净结余.
    """
    all_of = quota_sources(By("fund_type_code"), "9104").where("bgt_type_code", CARRIED)
    all_of = all_of.where("fund_type_code", *funds)
    law = f"{_LAW}；{QUOTA_LAW}"
    yield Figure(f"carryover.{key}.brought", f"{name}上年结转转入", f"{name}由上年结转、本年继续使用的资金",
                 law, Flow(all_of.without("exp_func_code", PRINCIPAL), Span.PLAN))  # fmt: skip
    yield Figure(f"carryover.{key}.taken", f"{name}上年结转转入（记作减项）",
                 f"{name}由上年结转、本年使用的全部资金，减上年的结转结余", law,
                 Flow(replace(all_of, side=CREDIT), Span.PLAN))  # fmt: skip
    yield Figure(f"carryover.{key}.carried", f"{name}年终结转",
                 f"{name}年终结转结余中结转下年、继续用于原项目的部分", law,
                 Total((Of(f"carryover.{key}.brought", 1),)))  # fmt: skip
    if key == "general":
        yield Figure("carryover.general.reduced", "超收收入冲减赤字",
                     "年终结转结余中由本级政府决定冲减赤字、结转下年只用于还本的部分",
                     _AGAINST_DEFICIT.legal_source, Total((Of(_AGAINST_DEFICIT.id, 1),)))  # fmt: skip
    yield Figure(f"carryover.{key}.unclosed", f"{name}尚未结转或收回的指标",
                 "年终结转办完后仍在指标账上、可以支用或待结转的指标；为零时结转才办完", QUOTA_LAW,
                 Stock(_SPENDABLE.where("fund_type_code", *funds), Span.CLOSED))  # fmt: skip
    yield Figure(f"carryover.{key}.rest", f"{name}结转后的余额",
                 f"{name}年终结转结余减结转下年的部分", law,
                 Total((Of(f"carryover.{key}"), Of(f"carryover.{key}.taken", 1))))  # fmt: skip
    yield Figure(f"carryover.{key}.net", f"{name}净结余",
                 f"{name}年终结转结余减结转下年的部分，再减尚未结转或收回的指标", law,
                 Difference(Of(f"carryover.{key}.rest"), Of(f"carryover.{key}.unclosed")))  # fmt: skip


_SET_APART = "balance.general.outlay.set_apart"


def _kept(key: str, name: str, moves: str, accounts: tuple[str, str], law: str) -> Iterator[Figure]:
    """What a budget keeps back in a fund, at the end and when the year began."""
    old, new = accounts
    stands = treasury((old,), (new,), CREDIT, By("fund_type_code"))
    yield Figure(f"reserves.{key}", f"{name}余额", f"期末{name}余额：{moves}", law, Stock(stands))
    yield Figure(f"reserves.{key}.opening", f"{name}年初余额", f"由上年转入的{name}余额", law,
                 Flow(stands, Span.OPENING))  # fmt: skip


_KEPT_BACK = (
    *_kept("stabilisation_fund", "预算稳定调节基金", "年初余额加安排补充和预算周转金转入减动用",
           ("3031", "8031"), f"{BUDGET_LAW}第六十六条"),
    *_kept("working_capital", "预算周转金", "年初余额加设置、补充减转入预算稳定调节基金",
           ("3033", "8033"), _LAW),
    Figure("reserves.working_capital.lowered", "预算周转金减少额", "预算周转金当年的净减少", _LAW,
           Flow(treasury(("3033",), ("8033",), DEBIT, By("fund_type_code")))),
    Figure("reserves.working_capital.to_stabilisation", "预算周转金转入预算稳定调节基金",
           "当年由结转结余设置、补充的预算周转金，减它的净增加", _LAW,
           Total((Of(_SET_APART), Of("reserves.working_capital.lowered")))),
)  # fmt: skip

FIGURES: tuple[Figure, ...] = (
    *_KEPT_BACK,
    *(figure for fund in _FUNDS for figure in _figures(*fund)),
    _AGAINST_DEFICIT,
    *(figure for key, name, _, _, funds in _FUNDS for figure in _split(key, name, funds)),
    *BALANCES,
)
