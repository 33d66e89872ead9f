"""Budget cuts (压减): what was given up by policy, against the base it was cut from."""

from fisc.figures.algebra import DEBIT, Accounts, By, Figure, Flow, Of, Selection, Share, Unit
from fisc.figures.catalogue.books import BUDGET_LAW, QUOTA_LAW, growth

_LAW = f"{BUDGET_LAW}；{QUOTA_LAW}"


def _register(code: str) -> Selection:
    """The register of cuts beside the books; its item is the scope that was cut."""
    return Selection((Accounts("quota", (code,)),), DEBIT, (), By("exp_func_code", 3))


FIGURES: tuple[Figure, ...] = (
    Figure(
        "budget.cut",
        "非重点非刚性支出压减",
        "当年压减单据压减的预算；不含三保、债务付息和上级专款",
        _LAW,
        Flow(_register("9691")),
    ),
    growth("budget.cut", "非重点非刚性支出压减", _LAW),
    Figure(
        "budget.cut.base",
        "压减基数",
        "压减单据所列项目压减前的预算",
        _LAW,
        Flow(_register("9692")),
    ),
    Figure(
        "budget.cut.rate",
        "压减率",
        "压减额 ÷ 压减基数",
        _LAW,
        Share(Of("budget.cut"), Of("budget.cut.base")),
        Unit.RATIO,
    ),
)
