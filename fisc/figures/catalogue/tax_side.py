"""The tax side: relief, refunds of tax credit in full and as borne here, growth comparable after them."""

from collections.abc import Iterator

from fisc.figures.algebra import DEBIT, Accounts, By, Figure, Flow, Growth, Of, Selection, Unit
from fisc.figures.catalogue.books import BOOKS_LAW, BUDGET_LAW, GENERAL, growth, treasury

#: 增值税留抵退税, and what moves between levels for it.
_CREDIT_REFUNDS = ("101010136", "101010137", "101010138")
_RELIEF_LAW = "《中华人民共和国税收征收管理法》第三条；税务机关统计口径"
_REFUND_LAW = "财政部 税务总局公告2022年第14号；《中华人民共和国国家金库条例》"


def tax_side(general_revenue: Selection) -> Iterator[Figure]:
    """The figures of relief and refunds, and general revenue with the refunds added back."""
    yield from _registered()
    yield Figure(
        "revenue.vat_credit_refunds.local",
        "留抵退税本级负担额",
        "当年增值税留抵退税中冲减本级一般公共预算收入的部分（收入分类 101010136 及各级调库），以正数表示",
        f"{_REFUND_LAW}；{BOOKS_LAW}",
        Flow(
            treasury(("4001",), ("6001",), DEBIT, By("mof_div_code"))
            .where("fund_type_code", GENERAL)
            .where("rev_func_code", *_CREDIT_REFUNDS)
        ),
    )
    yield Figure(
        "revenue.general.before_refunds",
        "一般公共预算收入（加回留抵退税）",
        "一般公共预算收入加回冲减本级收入的增值税留抵退税",
        f"{BUDGET_LAW}；{BOOKS_LAW}",
        Flow(general_revenue.without("rev_func_code", *_CREDIT_REFUNDS)),
    )
    yield Figure(
        "revenue.general.comparable_yoy",
        "一般公共预算收入可比增长率（扣除留抵退税因素）",
        "（本期收入＋本期留抵退税）÷（上年同期收入＋上年同期留抵退税）－1，留抵退税为冲减本级收入的部分",
        f"{BUDGET_LAW}；财政部《2022年财政收支情况》的口径",
        Growth(Of("revenue.general.before_refunds")),
        Unit.RATIO,
    )


def _registered() -> Iterator[Figure]:
    """What the register of tax statistics holds: beside the books, in full, whoever bears it."""
    relief, refunds = "revenue.tax_relief", "revenue.vat_credit_refunds"
    yield Figure(
        relief,
        "减免税费",
        "税务等部门统计的当年减免税费额（减税、免税、降费、缓税缓费），按来源文件登记；不是财政支出，也不冲减收入",
        _RELIEF_LAW,
        Flow(_register("T100", By("item_code"))),
    )
    yield growth(relief, "减免税费", _RELIEF_LAW)
    yield Figure(
        refunds,
        "办理留抵退税",
        "当年办理的增值税留抵退税全额，由中央与地方各级共同负担，按收入退还书登记",
        _REFUND_LAW,
        Flow(_register("T200", By("mof_div_code")).where("item_code", "credit")),
    )
    yield growth(refunds, "办理留抵退税", _REFUND_LAW)


def _register(code: str, by: By) -> Selection:
    return Selection((Accounts("tax_register", (code,)),), DEBIT, (), by)
