"""What budgets spend: general expenditure (支出) and its classes, livelihood, other budgets, cuts (压减)."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from fisc.budget.marked_figures import FIGURES as MARKED
from fisc.reading.algebra import (
    CREDIT,
    DEBIT,
    LIVELIHOOD,
    Accounts,
    By,
    Difference,
    Figure,
    Flow,
    Least,
    Of,
    Selection,
    Share,
    Span,
    Unit,
    Where,
)
from fisc.reading.books import (
    BUDGET_LAW,
    FUND_FUNDS,
    GENERAL_FUNDS,
    QUOTA_LAW,
    STATE_CAPITAL,
    quota_issued,
    quota_spending,
    treasury,
)
from fisc.reading.budget_lines import Line, execution, first_approved, growth, increase, line_figures
from fisc.registry.settings import livelihood_sets

_BY_CLASS = By("exp_func_code", 3)

GENERAL_EXPENDITURE = Line(
    "expenditure.general",
    "一般公共预算支出",
    "当年一般公共预算本级支出（支出功能分类 201 至 229、232、233），不含补助下级、上解、还本和调出",
    treasury(("5001",), ("7001",), DEBIT, _BY_CLASS).where("fund_type_code", *GENERAL_FUNDS),
    quota_spending(_BY_CLASS).where("fund_type_code", *GENERAL_FUNDS),
)

#: The classes that reports name one by one (支出功能分类 类).
CLASSES = (
    ("general_services", "一般公共服务支出", "201"),
    ("public_safety", "公共安全支出", "204"),
    ("education", "教育支出", "205"),
    ("science", "科学技术支出", "206"),
    ("culture", "文化旅游体育与传媒支出", "207"),
    ("social_security", "社会保障和就业支出", "208"),
    ("health", "卫生健康支出", "210"),
    ("environment", "节能环保支出", "211"),
    ("urban_rural", "城乡社区支出", "212"),
    ("agriculture", "农林水支出", "213"),
    ("transport", "交通运输支出", "214"),
    ("housing", "住房保障支出", "221"),
    ("disaster", "灾害防治及应急管理支出", "224"),
    ("debt_interest", "债务付息支出", "232"),
)
_KEY_AREAS = ("education", "social_security", "health", "urban_rural")


def _class_line(key: str, name: str, code: str) -> Line:
    part = GENERAL_EXPENDITURE.narrowed(
        f"expenditure.{key}", name, f"一般公共预算支出中支出功能分类 {code} {name}", "exp_func_code", code
    )
    return replace(
        part,
        actual=part.actual.broken_down("exp_func_code", 5),
        budget=part.budget.broken_down("exp_func_code", 5),
    )


_LIVELIHOOD = GENERAL_EXPENDITURE.narrowed_to(
    "expenditure.livelihood",
    "民生支出",
    f"一般公共预算支出中民生支出{LIVELIHOOD}",
    Where("exp_func_code", (), setting="livelihood_set"),
)


def _by_named_sets() -> Iterator[Figure]:
    """The same account by every set that is known: the number means nothing without its set."""
    for known in livelihood_sets().values():
        line = GENERAL_EXPENDITURE.narrowed(
            f"expenditure.livelihood.{known.set_id}",
            f"民生支出（{known.title}）",
            f"一般公共预算支出中民生支出{known}",
            "exp_func_code",
            *known.exp_func_codes,
        )
        yield from execution(line)
        yield Figure(
            f"{line.id}.share", f"{line.name}占比", f"{line.name} ÷ 一般公共预算支出", BUDGET_LAW,
            Share(Of(line.id), Of("expenditure.general")), Unit.RATIO,
        )  # fmt: skip


_FUND_SPENDING = Line(
    "expenditure.fund",
    "政府性基金预算支出",
    "当年政府性基金预算本级支出，不含补助下级、还本和调出",
    treasury(("5002",), ("7002",), DEBIT, _BY_CLASS).where("fund_type_code", *FUND_FUNDS),
    quota_spending(_BY_CLASS).where("fund_type_code", *FUND_FUNDS),
)
_CAPITAL_SPENDING = Line(
    "expenditure.state_capital",
    "国有资本经营预算支出",
    "当年国有资本经营预算本级支出，不含补助下级和调出",
    treasury(("5003",), ("7003",), DEBIT, By("exp_func_code", 5)).where("fund_type_code", STATE_CAPITAL),
    quota_spending(By("exp_func_code", 5)).where("fund_type_code", STATE_CAPITAL),
)

RESERVE: Final = "227"
#: What the reserve (预备费) still holds: what was taken of it stands on the classes that it was given to.
_RESERVE_LAW = f"{BUDGET_LAW}第四十条、第六十四条；{QUOTA_LAW}"
_RESERVE_ACCOUNT = Selection((Accounts("quota", ("9201",)),), CREDIT, (), By("fund_type_code"))
_RESERVE_ACCOUNT = _RESERVE_ACCOUNT.where("exp_func_code", RESERVE).where("fund_type_code", *GENERAL_FUNDS)
_RESERVE: tuple[Figure, ...] = (
    Figure("reserve.budget", "预备费年初预算", "年初预算设置的预备费", _RESERVE_LAW,
           Flow(first_approved(_RESERVE_ACCOUNT), Span.FIRST)),
    Figure("reserve.left", "预备费未动用数", "期末没有动用的预备费，随当年预算终结，不结转下年", _RESERVE_LAW,
           Flow(_RESERVE_ACCOUNT, Span.PLAN)),
    Figure("reserve.used", "预备费动用数", "年初预算设置的预备费减期末没有动用的；预算调整减列的也在其中",
           _RESERVE_LAW, Difference(Of("reserve.budget"), Of("reserve.left"))),
    Figure("quotas.issued", "已下达的指标", "当年下达部门、单位的指标，各个环节都在内", QUOTA_LAW,
           Flow(quota_issued(By("fund_type_code")), Span.PLAN)),
)  # fmt: skip

_CUTS_LAW = f"{BUDGET_LAW}；{QUOTA_LAW}"


def _register(code: str) -> Selection:
    """The register of cuts beside the books; `cut_scope_code` says the scope."""
    return Selection((Accounts("quota", (code,)),), DEBIT, (), By("exp_func_code", 3))


_CUTS: tuple[Figure, ...] = (
    Figure(
        "budget.cut",
        "非重点非刚性支出压减",
        "当年压减单据压减的预算；不含三保、债务付息和上级专款",
        _CUTS_LAW,
        Flow(_register("9691")),
    ),
    growth("budget.cut", "非重点非刚性支出压减", _CUTS_LAW),
    Figure(
        "budget.cut.base",
        "压减基数",
        "压减单据所列项目压减前的预算",
        _CUTS_LAW,
        Flow(_register("9692")),
    ),
    Figure(
        "budget.cut.rate",
        "压减率",
        "压减额 ÷ 压减基数",
        _CUTS_LAW,
        Share(Of("budget.cut"), Of("budget.cut.base")),
        Unit.RATIO,
    ),
)

FIGURES: tuple[Figure, ...] = (
    *line_figures(
        GENERAL_EXPENDITURE,
        *(_class_line(*c) for c in CLASSES),
        _LIVELIHOOD,
        _FUND_SPENDING,
        _CAPITAL_SPENDING,
    ),
    increase(GENERAL_EXPENDITURE),
    increase(_FUND_SPENDING),
    *_by_named_sets(),
    Figure(
        "expenditure.livelihood.share",
        "民生支出占比",
        "民生支出 ÷ 一般公共预算支出",
        BUDGET_LAW,
        Share(Of("expenditure.livelihood"), Of("expenditure.general")),
        Unit.RATIO,
    ),
    Figure(
        "expenditure.key_areas.min_yoy",
        "重点领域支出最低增长率",
        "教育、社会保障和就业、卫生健康、城乡社区四类支出增长率中的最低者",
        BUDGET_LAW,
        Least(tuple(Of(f"expenditure.{key}.yoy") for key in _KEY_AREAS)),
        Unit.RATIO,
    ),
    Figure(
        "general.self_sufficiency",
        "财政自给率",
        "一般公共预算收入 ÷ 一般公共预算支出",
        BUDGET_LAW,
        Share(Of("revenue.general"), Of("expenditure.general")),
        Unit.RATIO,
    ),
    *_RESERVE,
    *_CUTS,
    *MARKED,
)
