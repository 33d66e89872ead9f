"""What reaches enterprises and people (惠企利民): programmes paid, each resting on its theme's payments."""

from fisc.figures.algebra import Figure, Of, Sum
from fisc.figures.catalogue.books import BUDGET_LAW, growth

#: Themes whose payments are subsidies to enterprises.
_ENTERPRISE = ("special.enterprise_support",)

FIGURES: tuple[Figure, ...] = (
    Figure(
        "benefits.enterprise",
        "惠企补贴",
        "当年支付的产业扶持和惠企补贴各专题资金（减退款），各级本级支出之和",
        BUDGET_LAW,
        Sum(tuple(Of(theme) for theme in _ENTERPRISE)),
    ),
    growth("benefits.enterprise", "惠企补贴", BUDGET_LAW),
)
