"""Why a pay line found no quota, quota by quota, and what would help: a swap, or an append."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fisc.kernel.money import format_fen
from fisc.registry import classifications, funds
from fisc.treasury.services.payroll.matching import Group, Matching, PayItem, PersonnelQuota, fits

#: Quotas that a sentence names; the trials have all of them.
_SAID = 6


@dataclass(frozen=True, slots=True)
class Trial:
    """A quota that was looked at for a line; `short_fen` is set where only money was wanting."""

    bgt_id: str
    reason: str
    short_fen: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What would pay the rest of a group: money swapped in from `from_bgt_id`, or appended.

    `to_bgt_id` is '' where a new quota is needed. Amounts promised to one group are not promised again.
    """

    group: Group
    kind: str
    """`swap` 调剂 or `append` 追加."""
    amount_fen: int
    to_bgt_id: str
    from_bgt_id: str = ""
    from_left_fen: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line that stays over: what was tried, and in one sentence why."""

    item: PayItem
    trials: tuple[Trial, ...]
    text: str


def explain(matching: Matching) -> Iterator[Explanation]:
    """An explanation for every line that stays over, in the lines' order."""
    looked: dict[Group, list[tuple[PersonnelQuota, str]]] = {}
    by_agency: dict[str, list[PersonnelQuota]] = {}
    for quota in matching.quotas:
        by_agency.setdefault(quota.coding.agency_code, []).append(quota)
    for item in matching.residual:
        if item.group not in looked:
            own = by_agency.get(item.agency_code, [])
            looked[item.group] = [(quota, _hindrance(matching, item.group, quota)) for quota in own]
        trials = tuple(_trial(matching, item, quota, why) for quota, why in looked[item.group])
        yield Explanation(item, trials, _sentence(item, trials))


def _trial(matching: Matching, item: PayItem, quota: PersonnelQuota, why: str) -> Trial:
    if why:
        return Trial(quota.bgt_id, why)
    left = matching.left_fen[quota.bgt_id]
    short = item.amount_fen - left
    return Trial(quota.bgt_id, f"余 {format_fen(left)} 元，差 {format_fen(short)} 元", short)


def _hindrance(matching: Matching, group: Group, quota: PersonnelQuota) -> str:
    """Why a quota cannot pay a group under any rule; '' where only money is wanting."""
    if any(fits(rule, group, quota) for rule in matching.rules):
        return ""
    c, payable = quota.coding, {fund for rule in matching.rules for fund in rule.fund_type_codes}
    if not quota.is_executable:
        return "待分指标，尚未下达为可执行"
    if c.fund_type_code not in payable:
        return f"资金性质 {funds.words(c.fund_type_code)} 不用于工资"
    if c.dep_bgt_eco_code not in ("", group[2], group[2][:3]):
        return f"经济分类是 {_class_name(c.dep_bgt_eco_code, c.fiscal_year)}"
    if c.dep_bgt_eco_code == "":
        return f"政府经济分类 {c.gov_bgt_eco_code or '未填'} 与 {group[2]} 不对应"
    return f"功能科目是 {c.exp_func_code}，不是 {group[1] or '（表中未填）'}"


def _class_name(code: str, year: int) -> str:
    row = classifications.lookup("dep_bgt_eco", code, year)
    return f"{code} {row.name}" if row else code


def _sentence(item: PayItem, trials: tuple[Trial, ...]) -> str:
    who = f"{item.per_name}（{item.per_code}）{item.item_name} {format_fen(item.amount_fen)} 元"
    if not trials:
        return f"{who}：单位 {item.agency_code} 没有人员经费指标"
    ordered = sorted(trials, key=lambda trial: trial.short_fen == 0)
    why = "指标余额不足" if ordered[0].short_fen else "没有可用的指标"
    more = f"；另有 {len(ordered) - _SAID} 个指标不适用" if len(ordered) > _SAID else ""
    return f"{who}：{why}：" + "；".join(f"{t.bgt_id} {t.reason}" for t in ordered[:_SAID]) + more


def suggest(matching: Matching) -> list[Suggestion]:
    """What would pay what stays over, group by group: swaps from the agency's other quotas, then appends."""
    needs: dict[Group, int] = {}
    for item in matching.residual:
        needs[item.group] = needs.get(item.group, 0) + item.amount_fen
    free = dict(matching.left_fen)
    targets = {group: _targets(matching, group) for group in needs}
    for own in targets.values():
        for quota in own[:1]:
            free[quota.bgt_id] = 0  # what is left there helps the group itself
    found: list[Suggestion] = []
    helped: dict[str, int] = {}
    for group, need in needs.items():
        to = targets[group][0].bgt_id if targets[group] else ""
        used = min(need, matching.left_fen.get(to, 0) - helped.get(to, 0))
        helped[to] = helped.get(to, 0) + used
        found += _for_group(matching, group, need - used, to, free)
    return found


def _targets(matching: Matching, group: Group) -> list[PersonnelQuota]:
    """Quotas that could pay the group if they had more, by the cascade's order."""
    fitting = [q for rule in matching.rules for q in matching.quotas if fits(rule, group, q)]
    return list({quota.bgt_id: quota for quota in fitting}.values())


def _for_group(
    matching: Matching, group: Group, need: int, to: str, free: dict[str, int]
) -> Iterator[Suggestion]:
    fund = next((q.coding.fund_type_code for q in matching.quotas if q.bgt_id == to), "")
    givers = sorted(
        (q for q in matching.quotas if _may_give(matching, q, group, fund) and free[q.bgt_id] > 0),
        key=lambda q: (-free[q.bgt_id], q.bgt_id),
    )
    for quota in givers:
        if need <= 0:
            return
        left = free[quota.bgt_id]
        part = min(need, left)
        free[quota.bgt_id] -= part
        need -= part
        where = f"指标 {to}" if to else f"新的指标（{group[0]}，{group[2]}）"
        text = f"由指标 {quota.bgt_id}（可用 {format_fen(left)} 元）调剂 {format_fen(part)} 元到{where}"
        yield Suggestion(group, "swap", part, to, quota.bgt_id, left, text)
    if need > 0:
        where = f"指标 {to}" if to else f"单位 {group[0]} 经济分类 {group[2]} 的新指标"
        yield Suggestion(group, "append", need, to, text=f"追加 {format_fen(need)} 元到{where}")


def _may_give(matching: Matching, quota: PersonnelQuota, group: Group, fund: str) -> bool:
    """A swap stays inside one agency, one fund and the personnel classes."""
    c = quota.coding
    payable = {fund} if fund else {f for rule in matching.rules for f in rule.fund_type_codes}
    return (
        quota.is_executable and c.agency_code == group[0] and c.fund_type_code in payable and is_personnel(c)
    )


def is_personnel(coding: object) -> bool:
    """Whether a coding block is personnel money: 301, 303, or the government classes for them."""
    dep, gov = getattr(coding, "dep_bgt_eco_code", ""), getattr(coding, "gov_bgt_eco_code", "")
    return dep[:3] in ("301", "303") or (dep == "" and gov[:3] in ("501", "505", "509"))
