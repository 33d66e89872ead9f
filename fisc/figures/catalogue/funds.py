"""The government funds' budget (政府性基金预算) and the state capital budget (国有资本经营预算)."""

from dataclasses import replace

from fisc.figures.algebra import CREDIT, DEBIT, By, Figure, Of, Share, Unit
from fisc.figures.catalogue.books import (
    BUDGET_LAW,
    FUND,
    FUND_FUNDS,
    STATE_CAPITAL,
    Line,
    line_figures,
    quota_sources,
    quota_spending,
    quota_transfers,
    treasury,
)

_BY_ITEM, _BY_CLASS = By("rev_func_code", 7), By("exp_func_code", 3)

_FUND_REVENUE = Line(
    "revenue.fund",
    "政府性基金预算收入",
    "当年缴入国库的政府性基金预算本级收入，不含上级补助、专项债务和调入",
    treasury(("4002",), ("6002",), CREDIT, _BY_ITEM).where("fund_type_code", FUND),
    quota_sources(_BY_ITEM, "9101").where("fund_type_code", FUND),
)
_LAND = _FUND_REVENUE.narrowed(
    "revenue.fund.land",
    "国有土地使用权出让收入",
    "政府性基金预算收入中的国有土地使用权出让收入（1030148）",
    "rev_func_code",
    "1030148",
)
_FUND_SPENDING = Line(
    "expenditure.fund",
    "政府性基金预算支出",
    "当年政府性基金预算本级支出，不含补助下级、还本和调出",
    treasury(("5002",), ("7002",), DEBIT, _BY_CLASS).where("fund_type_code", *FUND_FUNDS),
    quota_spending(_BY_CLASS).where("fund_type_code", *FUND_FUNDS),
)
_FUND_RECEIVED = Line(
    "transfers.received.fund",
    "政府性基金上级补助收入",
    "上级下达的政府性基金转移支付收入",
    replace(
        treasury(("4011",), ("6011",), CREDIT, By("rev_func_code", 5)).where("fund_type_code", FUND),
        of_city=True,
    ),
    replace(
        quota_sources(By("rev_func_code", 5), "9102")
        .where("fund_type_code", FUND)
        .where("rev_func_code", "11004"),
        of_city=True,
    ),
)
_FUND_SENT = Line(
    "transfers.to_banners.fund",
    "政府性基金对下补助支出",
    "市级下达旗县区的政府性基金转移支付支出",
    treasury(("5011",), ("7011",), DEBIT, By("tp_func_code", 5)).where("fund_type_code", FUND),
    quota_transfers(By("tp_func_code", 5)).where("fund_type_code", FUND).where("tp_func_code", "23004"),
    "own",
)

_CAPITAL_REVENUE = Line(
    "revenue.state_capital",
    "国有资本经营预算收入",
    "当年国有资本经营预算本级收入，不含上级补助",
    treasury(("4003",), ("6003",), CREDIT, _BY_ITEM).where("fund_type_code", STATE_CAPITAL),
    quota_sources(_BY_ITEM, "9101").where("fund_type_code", STATE_CAPITAL),
)
_CAPITAL_SPENDING = Line(
    "expenditure.state_capital",
    "国有资本经营预算支出",
    "当年国有资本经营预算本级支出，不含补助下级和调出",
    treasury(("5003",), ("7003",), DEBIT, By("exp_func_code", 5)).where("fund_type_code", STATE_CAPITAL),
    quota_spending(By("exp_func_code", 5)).where("fund_type_code", STATE_CAPITAL),
)

FIGURES: tuple[Figure, ...] = (
    *line_figures(
        _FUND_REVENUE, _LAND, _FUND_SPENDING, _FUND_RECEIVED, _FUND_SENT, _CAPITAL_REVENUE, _CAPITAL_SPENDING
    ),
    Figure(
        "revenue.fund.land.share",
        "土地出让收入占比",
        "国有土地使用权出让收入 ÷ 政府性基金预算收入",
        BUDGET_LAW,
        Share(Of("revenue.fund.land"), Of("revenue.fund")),
        Unit.RATIO,
    ),
)
