"""Special funds (专项资金) and the benefits among them: a theme over quotas and payments, never an account.

A coding block carries one theme: the one under which its quota was issued. A project of several
themes has a quota for each, so that themes add up and no yuan is told twice. The themes are rows of
themes.csv; what each may be used for are rows of theme_uses.csv.
"""

from collections.abc import Iterator

from fisc.reading.algebra import (
    DEBIT,
    By,
    Figure,
    Flow,
    Of,
    Share,
    Stock,
    Sum,
    Unit,
)
from fisc.reading.books import BOOKS_LAW, BUDGET_LAW, QUOTA_LAW, quota_issued, treasury
from fisc.reading.budget_lines import first_approved, growth
from fisc.registry.tables import read_table

_BY_SECTION = By("exp_func_code", 5)
_PAID = treasury(("5001", "5002", "5003"), ("7001", "7002", "7003"), DEBIT, _BY_SECTION)
#: The approved budget has no themes.
_ISSUED = quota_issued(_BY_SECTION)


def _theme_figures(code: str, name: str, rule: str) -> Iterator[Figure]:
    key, said = f"special.{code}", f"{name}资金"
    paid, issued = _PAID.where("theme_code", code), _ISSUED.where("theme_code", code)
    yield Figure(
        key, said, f"当年支付的{name}专题资金（减退款），只计本级支出，全辖为各级本级之和；{rule}",
        f"{BUDGET_LAW}；{BOOKS_LAW}", Flow(paid),
    )  # fmt: skip
    yield growth(key, said, BUDGET_LAW)
    yield Figure(
        f"{key}.budget", f"{said}年初预算", f"年初预算安排的{name}专题指标（减调减、压减），不含上年结转",
        f"{BUDGET_LAW}；{QUOTA_LAW}", Stock(first_approved(issued)),
    )  # fmt: skip
    yield Figure(
        f"{key}.issued", f"{said}下达指标", f"期末部门和单位的{name}专题指标：年初、上年结转和年中增减",
        f"{BUDGET_LAW}；{QUOTA_LAW}", Stock(issued),
    )  # fmt: skip
    yield growth(f"{key}.issued", f"{said}下达指标", BUDGET_LAW)
    yield Figure(
        f"{key}.progress", f"{said}支付进度", f"{said} ÷ {said}下达指标", BUDGET_LAW,
        Share(Of(key), Of(f"{key}.issued")), Unit.RATIO,
    )  # fmt: skip


#: Themes whose payments are subsidies to enterprises.
_ENTERPRISE = ("special.enterprise_support",)

_BENEFITS: tuple[Figure, ...] = (
    Figure(
        "benefits.enterprise",
        "惠企补贴",
        "当年支付的产业扶持和惠企补贴各专题资金（减退款），只计本级支出，全辖为各级本级之和",
        BUDGET_LAW,
        Sum(tuple(Of(theme) for theme in _ENTERPRISE)),
    ),
    growth("benefits.enterprise", "惠企补贴", BUDGET_LAW),
)

FIGURES: tuple[Figure, ...] = (
    *(
        figure
        for row in read_table("themes.csv")
        if row["kind"] == "special_fund"
        for figure in _theme_figures(row["code"], row["name"], row["rule"])
    ),
    *_BENEFITS,
)
