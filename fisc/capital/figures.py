"""State capital (国有资本): injections, loans repaid early with them, interest saved, major projects.

The equity account holds every injection under the coding block of the payment that carried it; what
the money was for stands in a register beside the books, loan by loan and sector by sector.
"""

from fisc.reading.algebra import DEBIT, Accounts, By, Figure, Flow, Selection, Stock
from fisc.reading.books import BOOKS_LAW, LAST_YEAR_OF_192
from fisc.reading.budget_lines import growth

_LAW = f"中发〔2018〕25号；{BOOKS_LAW}"
#: The part of the equity account that was paid in since the books began.
_PAID_IN = "投资成本"


def _equity(old: str, new: str, side: int) -> Selection:
    accounts = (
        Accounts("treasury_2015", (old,), last_year=LAST_YEAR_OF_192),
        Accounts("treasury_2022_financial", (new,), first_year=LAST_YEAR_OF_192 + 1),
    )
    return Selection(accounts, side, (), By("enterprise_code"))


def _register(code: str, element: str) -> Selection:
    return Selection((Accounts("capital_register", (code,)),), DEBIT, (), By(element))


def _figure(key: str, name: str, definition: str, formula: Flow | Stock) -> tuple[Figure, Figure]:
    return (
        Figure(key, name, definition, _LAW, formula),
        growth(key, name, _LAW),
    )


FIGURES: tuple[Figure, ...] = (
    *_figure(
        "capital.injected",
        "向国有企业注资",
        "当年已支付并确认股权的资本金注入（减退回），支出与股权投资两笔都已入账",
        Flow(_equity("1071", "1061", DEBIT).where("equity_part_code", _PAID_IN)),
    ),
    *_figure(
        "capital.loan_prepaid",
        "注资提前偿还银行贷款",
        "当年用注资提前偿还、有银行回单的贷款本金，逐笔贷款登记",
        Flow(_register("K110", "loan_no")),
    ),
    *_figure(
        "capital.interest_saved",
        "提前还贷每年节约利息",
        "当年提前偿还、剩余期限满一年的各笔贷款：本金 ×（贷款年利率 − 新资金成本率），为一个整年的数；"
        "剩余期限不足一年的不计入",
        Flow(_register("K210", "loan_no")),
    ),
    *_figure(
        "capital.interest_saved.tail",
        "提前还贷剩余期限节约利息",
        "当年提前偿还、剩余期限不足一年的各笔贷款：本金 ×（贷款年利率 − 新资金成本率）× 剩余天数 ÷ 365；"
        "不是每年节约数",
        Flow(_register("K220", "loan_no")),
    ),
    *_figure(
        "capital.major_projects",
        "注资支持重大项目",
        "当年注资中用于重大项目的部分，按新能源、高铁、水利、民航、文旅和其他领域",
        Flow(_register("K120", "sector_code")),
    ),
    *_figure(
        "capital.stakes",
        "国有股权账面余额",
        "股权投资余额：投资成本加减损益调整",
        Stock(_equity("1071", "1061", DEBIT)),
    ),
    Figure(
        "capital.dividends_declared",
        "已宣告未缴的国有股利利润",
        "应收股利余额：已宣告分配、尚未缴入国库的股利利润",
        _LAW,
        Stock(_equity("1022", "1022", DEBIT)),
    ),
)
