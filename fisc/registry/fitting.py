"""Do the elements of a coding block fit together? One place that every document of money passes.

Each misfit says what was found, by which rule, and what to do. What rests on tables that are recalled says
so; a region may have such a rule noted instead of refused (setting `eco_mapping`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final, NamedTuple

from fisc.kernel import Coding
from fisc.registry import classifications, fit_terms, funds, theme_uses
from fisc.registry.fit_types import QUOTA, Known, Misfit, State, Unit
from fisc.registry.grant_purposes import line_misfits, purpose_misfits
from fisc.registry.quota_rules import matching
from fisc.registry.rules import budget_fund
from fisc.registry.settings import setting, year_end
from fisc.registry.tables import in_years, read_table

__all__ = ["Known", "Misfit", "State", "Unit", "income_misfit", "misfits"]


def misfits(coding: Coding, known: Known, state: State = QUOTA) -> Iterator[Misfit]:
    """What does not fit in a coding block, by what is known.

    Elements that say nothing fit everything, but for those that are due in a block's `state`.
    """
    for judge in (
        _fund, _classes, _economic_classes, _project, _theme, _debt_for_running_costs, line_misfits,
        purpose_misfits,
    ):  # fmt: skip
        yield from judge(coding, known)
    yield from fit_terms.misfits(coding, known, state)


def _fund(c: Coding, known: Known) -> Iterator[Misfit]:
    """A fund that is none, or that only sums up others."""
    if c.fund_type_code and (funds.lookup(c.fund_type_code) is None or funds.finer(c.fund_type_code)):
        finer = funds.finer(c.fund_type_code)
        why = f"没有列到最细（其下有 {finer[0].code} 等）" if finer else "不存在"
        yield Misfit(
            "fit.fund", "资金性质", f"资金性质 {c.fund_type_code} {why}",
            "资金性质按登记的最细一级填列（预算管理一体化规范，财办〔2020〕13号）", "请改用其下的资金性质",
        )  # fmt: skip


#: Elements that are classified, by the classification's name.
_CLASSIFIED: Final = {
    "exp_func_code": "exp_func", "gov_bgt_eco_code": "gov_bgt_eco", "dep_bgt_eco_code": "dep_bgt_eco",
}  # fmt: skip


def _classes(c: Coding, known: Known) -> Iterator[Misfit]:
    """Codes not in force in the year or in the fund's budget, and functional classes with finer ones."""
    fund = budget_fund(c.fund_type_code) or None
    for element, kind in _CLASSIFIED.items():
        code = getattr(c, element)
        if code and (why := classifications.unknown(kind, code, c.fiscal_year, fund)):
            yield Misfit(
                "fit.class", "科目", why, "政府收支分类科目（按年度、按资金性质）",
                "请改用当年有效的、该资金性质的科目",
            )  # fmt: skip
    if coarse := classifications.coarse(c.exp_func_code, c.fiscal_year, fund):
        yield Misfit(
            "fit.class",
            "科目",
            f"支出功能分类没有列到最细一级：{coarse}",
            classifications.FINEST,
            "请改用其下的科目",
        )


# ---- government and department economic classes

#: Kinds of agency -> the columns of the mapping that hold for them; a department may be of either kind.
_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "administrative": ("administrative",), "institution": ("institution",),
}  # fmt: skip
_BOTH: Final = ("administrative", "institution")
_COLUMN_NAMES: Final = {"administrative": "行政单位", "institution": "事业单位"}


class _Mapped(NamedTuple):
    gov: str
    is_verified: bool


@cache
def _mapping(year: int) -> Mapping[tuple[str, str], tuple[_Mapped, ...]]:
    """(department class, kind of unit) -> its government classes in a year; coarse classes as their own."""
    found: dict[tuple[str, str], dict[_Mapped, None]] = defaultdict(dict)
    for row in read_table("eco_mapping.csv"):
        last = int(row["valid_to_year"]) if row["valid_to_year"] else None
        if in_years(year, int(row["valid_from_year"]), last):
            one = _Mapped(row["gov_bgt_eco_code"], row["is_verified"] == "yes")
            for code in (row["dep_bgt_eco_code"], row["dep_bgt_eco_code"][:3]):
                found[code, row["unit_kind"]][one] = None
    return {key: tuple(those) for key, those in found.items()}


_Mapping = Mapping[tuple[str, str], tuple[_Mapped, ...]]


def _is_meant(gov: str, mapped: str, mapping: _Mapping) -> bool:
    """Whether a government class is the mapped one, above or below it, or an unmapped rest of its kind."""
    is_rest = gov[:3] == mapped[:3] and not _targets(mapping, gov)
    return mapped.startswith(gov) or gov.startswith(mapped) or is_rest


def _has_no_twin(gov: str, dep: str, mapping: _Mapping) -> bool:
    """Repayment, transfers, reserves: departments have no class of their own for them, but other spending."""
    return not _targets(mapping, gov[:3]) and dep.startswith(_OTHER_SPENDING)


def _targets(mapping: _Mapping, gov: str) -> bool:
    return any(one.gov.startswith(gov) for those in mapping.values() for one in those)


#: Department class of what has none of its own (其他支出).
_OTHER_SPENDING: Final = "399"


def _economic_classes(c: Coding, known: Known) -> Iterator[Misfit]:
    dep, gov = c.dep_bgt_eco_code, c.gov_bgt_eco_code
    if not dep or not gov:
        return
    unit = known.units.get((c.fiscal_year, c.mof_div_code, c.agency_code))
    if unit is not None and unit.kind not in (*_COLUMNS, "department"):
        return  # enterprises keep other classes
    mapping = _mapping(c.fiscal_year)
    if not any((dep, kind) in mapping for kind in _BOTH):
        return  # nothing is known of this class
    kinds = _COLUMNS.get(unit.kind, _BOTH) if unit else _BOTH
    mapped = [one for kind in kinds for one in mapping.get((dep, kind), ())]
    if any(_is_meant(gov, one.gov, mapping) for one in mapped) or _has_no_twin(gov, dep, mapping):
        return
    who = "、".join(_COLUMN_NAMES[kind] for kind in kinds)
    right = "、".join(dict.fromkeys(one.gov for one in mapped))
    recalled = "" if mapped and all(one.is_verified for one in mapped) else "；对应表凭记忆整理，待核"
    yield Misfit(
        "fit.eco_mapping", "经济分类对应",
        f"{who}的部门经济分类 {dep} 对应政府经济分类 {right or '（没有）'}，不是 {gov}",
        f"政府与部门预算支出经济分类的对应（财预〔2017〕98号{recalled}）",
        f"请改用{right or '适用于该单位的经济分类'}；"
        "本地另有规定的，可以地区设定（fisc registry make-settings）改为提示",
        is_noted=setting(c.mof_div_code, "eco_mapping", year_end(c.fiscal_year)) == "note",
    )  # fmt: skip


# ---- projects, themes, debt


def _project(c: Coding, known: Known) -> Iterator[Misfit]:
    """A project is spent by its unit, or by a unit of the department whose project it is."""
    owner = known.projects.get((c.fiscal_year, c.mof_div_code, c.pro_code), "") if c.pro_code else ""
    if not owner or owner == c.agency_code or _is_of(c, owner, known):
        return
    who = f"单位 {c.agency_code}" if c.agency_code else f"部门 {c.dept_code}"
    yield Misfit(
        "fit.project", "项目归属", f"预算项目 {c.pro_code} 是单位 {owner} 的，不是{who}的",
        "项目支出按项目库的申报单位安排（预算法实施条例第四十一条）",
        "请改用本单位的项目，或先把项目转到该单位",
    )  # fmt: skip


def _is_of(c: Coding, owner: str, known: Known) -> bool:
    """Whether the project's owner is the department of the unit, or a unit of the department."""
    if c.agency_code:
        unit = known.units.get((c.fiscal_year, c.mof_div_code, c.agency_code))
        return owner == (unit.dept_code if unit else c.dept_code)
    unit = known.units.get((c.fiscal_year, c.mof_div_code, owner))
    return not c.dept_code or c.dept_code in (owner, unit.dept_code if unit else "")


#: What of a coding block the rules of use of themes look at; what is left open is not judged.
_USED: Final = {
    "exp_func_code": "功能分类",
    "gov_bgt_eco_code": "政府经济分类",
    "dep_bgt_eco_code": "部门经济分类",
}


def _theme(c: Coding, known: Known) -> Iterator[Misfit]:
    codes = {name: getattr(c, name) for name in _USED if getattr(c, name)} if c.theme_code else {}
    for one in theme_uses.misuses(c.theme_code, codes):
        yield Misfit(
            "fit.theme", "专题用途",
            f"专题 {one.theme_code} 不能列{_USED[one.element]} {one.code}（{one.rule}）",
            f"专项资金按规定用途使用（{one.source}）", "请改用规定用途之内的科目，或改列其他专题",
        )  # fmt: skip


def _debt_for_running_costs(c: Coding, known: Known) -> Iterator[Misfit]:
    """预算法第三十五条: debt proceeds are for capital of public benefit, never for running costs."""
    debt = matching("debt", c)
    running = matching("recurrent", c) if debt else None
    if debt and running:
        yield Misfit(
            "fit.debt", "债务资金用途",
            f"债务资金不得安排经常性支出：{debt.name}列{running.name}"
            f"（{running.element_name} {running.code_of(c)}）",
            "预算法第三十五条：举借的债务只能用于公益性资本支出，不得用于经常性支出",
            "请改用资本性支出的经济分类，或改用其他资金",
        )  # fmt: skip


# ---- income


@cache
def _incomes() -> Mapping[str, tuple[str, ...]]:
    """Revenue code -> the funds in which it comes."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in read_table("fund_incomes.csv"):
        found[row["rev_func_code"]].append(row["fund_type_code"])
    return {code: tuple(mine) for code, mine in found.items()}


#: Digits of a class (类) of income.
_CLASS_DIGITS: Final = 3


def income_misfit(fund_type_code: str, rev_func_code: str, fiscal_year: int) -> Misfit | None:
    """Why no money comes as this income in a year and a fund; None where it may."""
    if why := classifications.unknown("rev_func", rev_func_code, fiscal_year):
        return Misfit(
            "fit.class", "科目", why, "政府收支分类科目（按年度、按资金性质）",
            "请改用当年有效的收入科目（fisc registry list rev_func 可查）",
        )  # fmt: skip
    below = classifications.children("rev_func", rev_func_code, fiscal_year)
    if below and len(rev_func_code) == _CLASS_DIGITS:
        return Misfit(
            "fit.class", "科目",
            f"收入分类 {rev_func_code} 只到类（其下有 {below[0].code} {below[0].name} 等 {len(below)} 个）",
            "收入按款、项、目编列（预算法第四十六条）", "请改用其下的收入科目",
        )  # fmt: skip
    starts = (rev_func_code[:length] for length in range(len(rev_func_code), 2, -1))
    known = next((_incomes()[start] for start in starts if start in _incomes()), ())
    if not known or not fund_type_code or fund_type_code in known:
        return None
    return Misfit(
        "fit.income", "收入与资金性质",
        f"收入分类 {rev_func_code} 的资金性质应为 {'、'.join(map(funds.words, known))}，"
        f"不是 {funds.words(fund_type_code)}",
        "收入按来源归入各本预算和各类资金（预算法第五条、第三十五条）",
        "请改用相符的资金性质，或核对收入分类",
    )  # fmt: skip
