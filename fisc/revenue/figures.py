"""Revenue of the budgets (预算收入), the tax side of relief and refunds, and what others publish."""

from collections.abc import Iterator
from dataclasses import replace

from fisc.reading.algebra import (
    CREDIT,
    DEBIT,
    Accounts,
    By,
    Difference,
    Figure,
    Flow,
    Growth,
    Of,
    Rank,
    Selection,
    Share,
    Statistic,
    Unit,
)
from fisc.reading.books import (
    BOOKS_LAW,
    BUDGET_LAW,
    FUND,
    GENERAL,
    OWN_INCOME_2015,
    OWN_INCOME_2022,
    OWN_SOURCES,
    STATE_CAPITAL,
    quota_sources,
    treasury,
)
from fisc.reading.budget_lines import Line, growth, increase, line_figures

_BY_CLASS = By("rev_func_code", 3)
_BY_SECTION = By("rev_func_code", 5)
_BY_ITEM = By("rev_func_code", 7)

#: What comes into a government's own budgets, of every fund, and the budget of it.
OWN_RECEIPTS = treasury(OWN_INCOME_2015, OWN_INCOME_2022, CREDIT, By("rev_func_code"))
OWN_BUDGET = quota_sources(By("rev_func_code"), OWN_SOURCES)

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
_CAPITAL_REVENUE = Line(
    "revenue.state_capital",
    "国有资本经营预算收入",
    "当年国有资本经营预算本级收入，不含上级补助",
    treasury(("4003",), ("6003",), CREDIT, _BY_ITEM).where("fund_type_code", STATE_CAPITAL),
    quota_sources(_BY_ITEM, "9101").where("fund_type_code", STATE_CAPITAL),
)


#: 增值税留抵退税, and what moves between levels for it.
_CREDIT_REFUNDS = ("101010136", "101010137", "101010138")
_RELIEF_LAW = "《中华人民共和国税收征收管理法》第三条；税务机关统计口径"
_REFUND_LAW = "财政部 税务总局公告2022年第14号；《中华人民共和国国家金库条例》"


def _tax_side(general_revenue: Selection) -> Iterator[Figure]:
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
        Flow(_register("T100", By("relief_code"))),
    )
    yield growth(relief, "减免税费", _RELIEF_LAW)
    yield Figure(
        refunds,
        "办理留抵退税",
        "当年办理的增值税留抵退税全额，由中央与地方各级共同负担，按收入退还书登记",
        _REFUND_LAW,
        Flow(_register("T200", By("mof_div_code")).where("relief_code", "credit")),
    )
    yield growth(refunds, "办理留抵退税", _REFUND_LAW)


def _register(code: str, by: By) -> Selection:
    return Selection((Accounts("tax_register", (code,)),), DEBIT, (), by)


_STATISTICS_LAW = "《中华人民共和国统计法》；按来源文件登记，经他人核对"

#: item, name, unit, who published it, what it is. In a simulated ledger nobody published.
_PUBLISHED = (
    ("gdp", "地区生产总值", Unit.FEN, "统计部门公布", "地区生产总值"),
    ("grain", "粮食产量", Unit.COUNT, "统计部门公布", "全年粮食产量，单位斤"),
    ("livestock", "牲畜存栏", Unit.COUNT, "统计或农牧部门公布", "牲畜存栏数，单位头（只）"),
    ("income_urban", "城镇常住居民人均可支配收入", Unit.FEN, "统计部门公布", "城镇常住居民人均可支配收入"),
    ("income_rural", "农村常住居民人均可支配收入", Unit.FEN, "统计部门公布", "农村常住居民人均可支配收入"),
    ("income_rural_province", "全省（区）农村常住居民人均可支配收入", Unit.FEN, "统计部门公布",
     "全省（区）农村常住居民人均可支配收入，登记在本地区名下，供比较"),
    ("income_lifted", "脱贫人口人均纯收入", Unit.FEN, "乡村振兴部门监测",
     "脱贫人口（含监测对象）人均纯收入"),
    ("jobs", "城镇新增就业", Unit.COUNT, "人社部门公布", "城镇新增就业人数，单位人"),
    ("general_revenue", "一般公共预算收入（{}数）", Unit.FEN, "各市（盟、州）公布",
     "一般公共预算收入，供全省（区）排位"),
)  # fmt: skip


def _statistics() -> Iterator[Figure]:
    for item, name, unit, told, what in _PUBLISHED:
        published = _statistic(item, name.format("公布"), unit, f"{told}的{what}")
        simulated = _statistic(item, name.format("模拟"), unit, f"模拟的{what}")
        for one, other in zip(published, simulated, strict=True):
            yield replace(one, simulated=(other.name_zh, other.definition_zh))


def _statistic(item: str, name: str, unit: Unit, said: str) -> tuple[Figure, Figure, Figure]:
    """A statistic, its increase and its growth."""
    key = f"stat.{item}"
    increase_of = Difference(Of(key), Of(key, -1))
    return (
        Figure(key, name, said, _STATISTICS_LAW, Statistic(item), unit),
        Figure(f"{key}.delta", f"{name}增量", f"{name}比上年的增加量", _STATISTICS_LAW, increase_of, unit),
        growth(key, name, _STATISTICS_LAW),
    )


def _ranks() -> Iterator[Figure]:
    """Places among the leagues and cities of the region: a claim of first place reads all three."""
    for suffix, said in (("", "总量"), (".delta", "增量"), (".yoy", "增速")):
        yield Figure(
            f"stat.general_revenue{suffix}.rank",
            f"一般公共预算收入{said}在全省（区）的位次",
            f"一般公共预算收入{said}在全省（区）各市（盟、州）中从大到小的位次；任一地缺数时不排位",
            _STATISTICS_LAW,
            Rank(Of(f"stat.general_revenue{suffix}"), "peers"),
            Unit.COUNT,
        )


FIGURES: tuple[Figure, ...] = (
    *line_figures(GENERAL_REVENUE, _sections(_TAX), _sections(_NONTAX), *_TAXES, _CARRIED, _STABILISATION),
    *line_figures(_FUND_REVENUE, _LAND, _CAPITAL_REVENUE),
    increase(GENERAL_REVENUE),
    increase(_FUND_REVENUE),
    Figure(
        "revenue.fund.land.share",
        "土地出让收入占比",
        "国有土地使用权出让收入 ÷ 政府性基金预算收入",
        BUDGET_LAW,
        Share(Of("revenue.fund.land"), Of("revenue.fund")),
        Unit.RATIO,
    ),
    Figure(
        "revenue.tax.share",
        "税收占比",
        "税收收入 ÷ 一般公共预算收入",
        BUDGET_LAW,
        Share(Of("revenue.tax"), Of("revenue.general")),
        Unit.RATIO,
    ),
    *_tax_side(GENERAL_REVENUE.actual),
    *_statistics(),
    *_ranks(),
)
