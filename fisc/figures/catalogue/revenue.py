"""General public budget revenue (一般公共预算收入): total, tax, non-tax, and what else came in."""

from fisc.figures.algebra import CREDIT, By, Figure, Of, Share, Unit
from fisc.figures.catalogue.books import BUDGET_LAW, GENERAL, Line, line_figures, quota_sources, treasury
from fisc.figures.catalogue.statistics import RANKS, STATISTICS
from fisc.figures.catalogue.tax_side import tax_side

_BY_CLASS = By("rev_func_code", 3)
_BY_SECTION = By("rev_func_code", 5)

GENERAL_REVENUE = Line(
    "revenue.general",
    "一般公共预算收入",
    "当年缴入国库的地方一般公共预算本级收入（税收与非税，减退库），不含上级补助、债务和调入资金",
    treasury(("4001",), ("6001",), CREDIT, _BY_CLASS).where("fund_type_code", GENERAL),
    quota_sources(_BY_CLASS, "9101").where("fund_type_code", GENERAL),
)

_TAX = GENERAL_REVENUE.narrowed(
    "revenue.tax", "税收收入", "一般公共预算收入中收入分类 101 税收收入", "rev_func_code", "101"
)
_NONTAX = GENERAL_REVENUE.narrowed(
    "revenue.nontax", "非税收入", "一般公共预算收入中收入分类 103 非税收入", "rev_func_code", "103"
)

_CARRIED = Line(
    "revenue.transferred_in",
    "调入资金",
    "从其他预算和资金调入一般公共预算的资金（收入分类 11009）",
    treasury(("4021",), ("6021",), CREDIT, _BY_SECTION).where("fund_type_code", GENERAL),
    quota_sources(_BY_SECTION, "9104").where("fund_type_code", GENERAL).where("rev_func_code", "11009"),
)

_STABILISATION = Line(
    "revenue.stabilisation_drawn",
    "动用预算稳定调节基金",
    "为弥补当年收入而动用的预算稳定调节基金（收入分类 11015）",
    treasury(("4031",), ("6031",), CREDIT, _BY_SECTION).where("fund_type_code", GENERAL),
    quota_sources(_BY_SECTION, "9104").where("fund_type_code", GENERAL).where("rev_func_code", "11015"),
)


def _sections(line: Line) -> Line:
    """The same line broken down by section (款), where all of it is one class."""
    return Line(
        line.id,
        line.name,
        line.definition,
        line.actual.broken_down("rev_func_code", 5),
        line.budget.broken_down("rev_func_code", 5),
        line.scope,
        line.law,
    )


_NAMED_TAXES = (
    ("vat", "增值税", "10101"),
    ("corporate_income_tax", "企业所得税", "10104"),
    ("personal_income_tax", "个人所得税", "10106"),
    ("resource_tax", "资源税", "10107"),
    ("farmland_tax", "耕地占用税", "10118"),
    ("deed_tax", "契税", "10119"),
    ("tobacco_tax", "烟叶税", "10120"),
)

_TAXES = tuple(
    GENERAL_REVENUE.narrowed(
        f"revenue.{key}", name, f"一般公共预算收入中的{name}（收入分类 {code}）", "rev_func_code", code
    )
    for key, name, code in _NAMED_TAXES
)

FIGURES: tuple[Figure, ...] = (
    *line_figures(GENERAL_REVENUE, _sections(_TAX), _sections(_NONTAX), *_TAXES, _CARRIED, _STABILISATION),
    Figure(
        "revenue.tax.share",
        "税收占比",
        "税收收入 ÷ 一般公共预算收入",
        BUDGET_LAW,
        Share(Of("revenue.tax"), Of("revenue.general")),
        Unit.RATIO,
    ),
    *tax_side(GENERAL_REVENUE.actual),
    *STATISTICS,
    *RANKS,
)
