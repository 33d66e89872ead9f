"""The social insurance funds' budget (社会保险基金预算): income, outlay, balance, accumulated."""

from fisc.figures.algebra import CREDIT, DEBIT, Accounts, By, Figure, Flow, Selection, Stock
from fisc.figures.catalogue.books import (
    BUDGET_LAW,
    INSURANCE,
    Line,
    growth,
    line_figures,
    quota_sources,
    quota_spending,
)

_LAW = f"{BUDGET_LAW}第十一条；财会〔2017〕28号"
_BY_SCHEME = By("item_code")


def _posted(side: int, *codes: str) -> Selection:
    return Selection((Accounts("social_insurance", codes),), side, (), _BY_SCHEME)


_INCOME = Line(
    "insurance.income",
    "社会保险基金收入",
    "各项社会保险基金当年收入：保险费、财政补贴、利息和其他收入",
    _posted(CREDIT, "4"),
    quota_sources(_BY_SCHEME, "9101").where("fund_type_code", INSURANCE),
    law=_LAW,
)
_OUTLAY = Line(
    "insurance.outlay",
    "社会保险基金支出",
    "各项社会保险基金当年支出：待遇支出和其他支出",
    _posted(DEBIT, "5"),
    quota_spending(_BY_SCHEME).where("fund_type_code", INSURANCE),
    law=_LAW,
)

FIGURES: tuple[Figure, ...] = (
    *line_figures(_INCOME, _OUTLAY),
    Figure(
        "insurance.premium",
        "社会保险费收入",
        "社会保险基金收入中的保险费收入",
        _LAW,
        Flow(_posted(CREDIT, "4001")),
    ),
    growth("insurance.premium", "社会保险费收入", _LAW),
    Figure(
        "insurance.subsidy",
        "社会保险基金财政补贴收入",
        "社会保险基金收入中的财政补贴收入",
        _LAW,
        Flow(_posted(CREDIT, "4002")),
    ),
    growth("insurance.subsidy", "社会保险基金财政补贴收入", _LAW),
    Figure(
        "insurance.balance",
        "社会保险基金本年收支结余",
        "社会保险基金当年收入减当年支出",
        _LAW,
        Flow(_posted(CREDIT, "4", "5")),
    ),
    Figure(
        "insurance.accumulated",
        "社会保险基金年末滚存结余",
        "上年滚存结余加当年收入减当年支出",
        _LAW,
        Stock(_posted(CREDIT, "3001", "4", "5")),
    ),
    growth("insurance.accumulated", "社会保险基金年末滚存结余", _LAW),
)
