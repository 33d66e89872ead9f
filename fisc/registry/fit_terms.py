"""What a coding block must say by then, from which lists, and which of its classes go together.

The lists, pairs and rules are shipped tables: element_values.csv, element_pairs.csv, quota_rules.csv.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from fisc.kernel import Coding
from fisc.kernel.coding import ELEMENTS
from fisc.registry import classifications, funds
from fisc.registry.code_forms import forms
from fisc.registry.fit_types import Known, Misfit, State
from fisc.registry.quota_rules import QuotaRule, matching, quota_rules, speaks_of
from fisc.registry.settings import setting, year_end
from fisc.registry.tables import in_years, read_table
from fisc.registry.told_words import recurrent_words
from fisc.registry.value_lists import values


def misfits(c: Coding, known: Known, state: State) -> Iterator[Misfit]:
    """What a block lacks in its state, says in no list, or says of classes that do not go together."""
    yield from _listed(c)
    yield from _written(c)
    yield from _bureaus(c, known)
    if state is not State.BALANCE:
        yield from _spending(c)
    yield from _unit(c, known, state)
    yield from _function(c, state)
    yield from _economic(c, known, state)
    yield from _pairs(c)
    yield from _capital(c, state)
    yield from _named(c, known)


# ---- lists


@cache
def _lists() -> Mapping[str, Mapping[str, str]]:
    """Closed lists of elements of the coding block."""
    return {element: codes for element, codes in values().items() if element in ELEMENTS}


def _listed(c: Coding) -> Iterator[Misfit]:
    for element, codes in _lists().items():
        value = getattr(c, element)
        if value and value not in codes:
            name = _LABELS.get(element, element)
            offered = "、".join(f"{code} {word}" for code, word in codes.items())
            yield Misfit(
                "fit.value", name, f"{name}没有取值“{value}”",
                "要素按代码集取值（预算管理一体化规范，财办〔2020〕13号）", f"{name}可用：{offered}",
            )  # fmt: skip


_LABELS: Final = {
    "pay_type_code": "支付方式", "bgt_type_code": "指标类型", "source_type_code": "预算来源",
    "budget_level_code": "预算级次", "is_direct_fund": "直达资金标识", "found_type_code": "资金来源",
    "is_advance": "是否提前安排", "is_gov_purchase": "是否政府采购", "is_unified_pay": "是否工资统发",
    "is_research": "是否科研", "is_debt": "是否债务", "is_capital": "是否基建",
    "exp_func_code": "支出功能分类", "gov_bgt_eco_code": "政府预算支出经济分类",
    "dep_bgt_eco_code": "部门预算支出经济分类",
}  # fmt: skip


def _written(c: Coding) -> Iterator[Misfit]:
    """Codes that no list tells are at least written as codes: which office manages a quota, and others."""
    for element, form in forms().items():
        value = getattr(c, element, "")
        if value and (why := form.fault(value)):
            yield Misfit(
                "fit.form", form.name, why,
                "要素代码按规定的格式填列（预算管理一体化规范，财办〔2020〕13号）",
                "请改用代码；各要素的格式见 fisc registry list element_forms",
            )  # fmt: skip


def _bureaus(c: Coding, known: Known) -> Iterator[Misfit]:
    """Offices are those that the region has told, where it has told any.

    Who looks after a unit is told by the units; who manages quotas may also be settled (`quota_offices`).
    """
    offices = known.bureaus.get((c.fiscal_year, c.mof_div_code), frozenset())
    code = c.manage_mof_dep_code
    if offices and code and code not in offices:
        yield Misfit(
            "fit.bureau", "业务主管处室", f"业务主管处室 {code} 没有登记在任何预算单位上",
            "要素按代码集取值（预算管理一体化规范，财办〔2020〕13号）",
            f"可用的处室：{'、'.join(sorted(offices))}；新设处室请先登记到预算单位",
        )  # fmt: skip
    settled = (setting(c.mof_div_code, "quota_offices", year_end(c.fiscal_year)) or "").split()
    told, code = offices.union(settled), c.bgt_mof_dep_code
    if told and code and code not in told:
        yield Misfit(
            "fit.bureau", "指标管理处室",
            f"指标管理处室 {code} 没有登记在任何预算单位上，也不在地区设定的指标管理处室之内",
            "要素按代码集取值（预算管理一体化规范，财办〔2020〕13号）",
            f"可用的处室：{'、'.join(sorted(told))}；不主管单位的处室（如预算处室）请以地区设定登记"
            "（fisc registry make-settings，“指标管理处室”）",
        )  # fmt: skip


# ---- what is spent, by whom


def _spending(c: Coding) -> Iterator[Misfit]:
    """A quota is spending of one's own; what goes to other governments or budgets has its own documents."""
    if found := matching("no_quota", c):
        yield Misfit(
            "fit.spending", "支出功能分类",
            f"支出功能分类 {c.exp_func_code} 是{found.name}，不是本级支出",
            "支出指标只用于本级支出；转移性支出按转移支付下达、上解和调出办理（财办〔2022〕36号）",
            "请改用本级支出的科目；对下补助、上解、调出请在转移支付和资金调动中办理",
        )  # fmt: skip


def _unit(c: Coding, known: Known, state: State) -> Iterator[Misfit]:
    if state in (State.PENDING, State.BALANCE):
        return
    if not c.agency_code:
        yield _unit_misfit("没有预算单位", "请填写使用资金的预算单位")
        return
    unit = known.units.get((c.fiscal_year, c.mof_div_code, c.agency_code))
    if unit is None:
        return  # that it is not recorded is refused by itself
    if unit.kind == _DEPARTMENT:
        yield _unit_misfit(f"{c.agency_code} 是部门，不是使用资金的单位", "请填写其所属的单位（含部门本级）")
    elif c.dept_code and unit.dept_code and c.dept_code != unit.dept_code:
        yield _unit_misfit(
            f"单位 {c.agency_code} 属于部门 {unit.dept_code}，不属于 {c.dept_code}", "请改填单位所属的部门"
        )


_DEPARTMENT: Final = "department"


def _unit_misfit(what: str, hint: str) -> Misfit:
    rule = "支出落实到部门所属的预算单位（预算法第五十二条；财办〔2020〕13号）"
    return Misfit("fit.unit", "预算单位", what, rule, hint)


def _function(c: Coding, state: State) -> Iterator[Misfit]:
    """What may be paid from says what it is spent on."""
    if state is State.QUOTA and not c.exp_func_code:
        yield Misfit(
            "fit.class", "科目", "没有写明支出功能分类",
            "支出按功能分类编列到项（预算法第三十二条、第四十六条）", "请补填支出功能分类到项",
        )  # fmt: skip


# ---- economic classes

_ECONOMIC: Final = {"gov_bgt_eco_code": "gov_bgt_eco", "dep_bgt_eco_code": "dep_bgt_eco"}


def _economic(c: Coding, known: Known, state: State) -> Iterator[Misfit]:
    """Both are said where money is to be paid, to the last level where the classification has one."""
    unit = known.units.get((c.fiscal_year, c.mof_div_code, c.agency_code))
    if unit is not None and unit.kind == "enterprise":
        return  # enterprises keep other classes
    for element, kind in _ECONOMIC.items():
        if found := _economic_gap(c, element, kind, state):
            yield Misfit(
                "fit.eco_classes", "经济分类", found,
                "支出按经济分类编列到款（预算法第三十二条、第四十六条）",
                "请补填到最细一级的经济分类；本地另有规定的，可在地区设定中改为提示",
                is_noted=_is_noted(c, "eco_classes"),
            )  # fmt: skip


def _economic_gap(c: Coding, element: str, kind: str, state: State) -> str:
    code, name = getattr(c, element), _LABELS[element]
    if not code:
        return f"没有写明{name}" if state is State.QUOTA else ""
    below = classifications.children(kind, code, c.fiscal_year)
    return f"{name} {code} 没有列到最细一级（其下有 {below[0].code} {below[0].name} 等）" if below else ""


def _is_noted(c: Coding, of: str) -> bool:
    return setting(c.mof_div_code, of, year_end(c.fiscal_year)) == "note"


# ---- pairs


@dataclass(frozen=True, slots=True)
class _Pair:
    """Where an element begins so, another must begin with one of `prefixes`, if it says anything."""

    fund_prefix: str
    when_element: str
    when_prefix: str
    element: str
    prefixes: tuple[str, ...]
    name: str
    source: str
    is_verified: bool
    first: int
    last: int | None

    def is_broken(self, c: Coding) -> bool:
        """Whether a block says what does not go together."""
        if not c.fund_type_code.startswith(self.fund_prefix):
            return False
        value = getattr(c, self.element)
        is_meant = getattr(c, self.when_element).startswith(self.when_prefix)
        return bool(is_meant and value and not value.startswith(self.prefixes))


@cache
def _pairs_in(year: int) -> tuple[_Pair, ...]:
    return tuple(
        _Pair(
            row["fund_prefix"], row["when_element"], row["when_prefix"], row["element"],
            tuple(row["prefixes"].split()), row["name"], row["source"], row["is_verified"] == "yes",
            int(row["valid_from_year"]), int(row["valid_to_year"]) if row["valid_to_year"] else None,
        )
        for row in read_table("element_pairs.csv")
        if in_years(year, int(row["valid_from_year"]),
                    int(row["valid_to_year"]) if row["valid_to_year"] else None)
    )  # fmt: skip


def _pairs(c: Coding) -> Iterator[Misfit]:
    for pair in _pairs_in(c.fiscal_year):
        if pair.is_broken(c):
            when, then = _LABELS[pair.when_element], _LABELS[pair.element]
            recalled = "" if pair.is_verified else "；凭记忆整理，待核"
            yield Misfit(
                "fit.pair", pair.name,
                f"{when} {getattr(c, pair.when_element)} 不能列{then} {getattr(c, pair.element)}"
                f"（{pair.name}）",
                f"政府收支分类科目：科目之间的对应（{pair.source}{recalled}）",
                _pair_hint(pair, then),
            )  # fmt: skip


def _pair_hint(pair: _Pair, then: str) -> str:
    """What may be written: values of a list with their names, of a classification what they begin with."""
    if names := _lists().get(pair.element):
        return f"{then}请用 {'、'.join(f'{code} {names[code]}' for code in pair.prefixes)}"
    return f"{then}请用 {'、'.join(pair.prefixes)} 之下的"


# ---- debt

_DEBT_LAW: Final = "预算法第三十五条：举借的债务只能用于公益性资本支出，不得用于经常性支出"


def _capital(c: Coding, state: State) -> Iterator[Misfit]:
    """Debt says what it is spent on, both ways, and spends it on nothing but capital."""
    debt = matching("debt", c)
    if debt is None:
        return
    for element in _ECONOMIC:
        code, name = getattr(c, element), _LABELS[element]
        allowed = [one for one in quota_rules("capital", c.fiscal_year) if one.element == element]
        if code and not any(one.fits(c) for one in allowed):
            yield _debt_misfit(
                f"{debt.name}只能列资本性支出，不能列{name} {code}",
                f"{name}请用 {'、'.join(_words(allowed))}，或改用其他资金",
            )
        elif not code and state in (State.QUOTA, State.ADVANCE):
            yield _debt_misfit(
                f"{debt.name}没有写明{name}，不能认定为资本性支出",
                f"请补填{name}（{'、'.join(_words(allowed))}）",
            )


def _named(c: Coding, known: Known) -> Iterator[Misfit]:
    """Debt is not spent on a project that is called after what debt may not pay."""
    name = known.project_names.get((c.fiscal_year, c.mof_div_code, c.pro_code), "")
    if name and speaks_of("debt", c):
        yield from _name_misfit(c, name)


def _name_misfit(c: Coding, name: str) -> Iterator[Misfit]:
    if found := recurrent_words(name, c, year_end(c.fiscal_year)):
        yield _debt_misfit(
            f"债务资金不能用于项目“{name}”：名称含有“{'、'.join(found)}”",
            "请改用公益性资本支出的项目；名称不准确的请更正项目名称，或改用其他资金",
        )


def _words(rules: list[QuotaRule]) -> Iterator[str]:
    return (f"{one.prefix} {one.name}" for one in rules)


def _debt_misfit(what: str, hint: str) -> Misfit:
    return Misfit("fit.debt", "债务资金用途", what, _DEBT_LAW, hint)


def project_misfits(c: Coding, pro_class: str, name: str) -> Iterator[Misfit]:
    """Why debt does not pay for a project of this class and name; nothing of other money."""
    if not speaks_of("debt", c):
        return
    if pro_class in ("personnel", "operating"):
        word = values()["pro_class"].get(pro_class, pro_class)
        what = f"{funds.words(c.fund_type_code)}不能用于{word}项目"
        yield _debt_misfit(what, "债务资金只用于特定目标类项目；请改用其他资金")
    yield from _name_misfit(c, name)
