"""What a quota document must satisfy before anything is posted: the terms of each operation.

Pure functions over drafts and the facts of the quotas they name. What a balance must cover is
not here: the ledger holds that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import Final

from fisc.budget.rules.approval import INITIAL
from fisc.budget.rules.quota_sources import (
    APPENDABLE,
    Quotas,
    coding_of,
    has_source,
    income_misfits,
    is_same,
)
from fisc.budget.rules.quota_types import (
    EXECUTABLE,
    PENDING,
    RECEIVED,
    STAGES,
    Draft,
    DraftLine,
    Movement,
    QuotaFacts,
)
from fisc.budget.rules.quotas import OPERATIONS, SwapKind, pairs, swap_kind
from fisc.budget.rules.refusing import refuse
from fisc.budget.rules.year_end_terms import (
    carried_is_due,
    not_bound,
    not_carried_too_long,
    same_money,
)
from fisc.documents import NotFound, RuleBroken
from fisc.documents.keys import is_number
from fisc.documents.refusals import LISTED, lines_at, listed
from fisc.kernel import Coding, DuplicateConflict
from fisc.kernel.money import format_fen
from fisc.registry.quota_rules import matching, speaks_of

Term = Callable[[Draft, Quotas], None]

QUOTA_LAW = "财办〔2022〕36号：顺向可控、逆向可溯"


def require(draft: Draft, quotas: Quotas) -> None:
    """Refuse a draft that breaks a term of its operation, naming every line that does.

    Raises RuleBroken; NotFound for quotas that do not exist; DuplicateConflict for a quota that
    exists with other elements.
    """
    for term in (*_COMMON, *_TERMS[draft.operation]):
        term(draft, quotas)


# ---- terms of every document


def require_lines(draft: Draft) -> None:
    """Refuse a draft without a number or lines, with lines twice, or with amounts that are none.

    Raises RuleBroken.
    """
    name = f"{OPERATIONS[draft.operation]} {draft.doc_no}"
    if not draft.doc_no or not draft.lines:
        refuse([name], "指标文没有文号或没有明细", QUOTA_LAW, "请填写文号和至少一行明细")
    nameless = [lines_at(n) for n, line in enumerate(draft.lines, start=1) if not is_number(line.bgt_id)]
    refuse(nameless, f"{name} 有不能用的指标代码", QUOTA_LAW, "请填写指标代码，不含空格首尾和不可见字符")
    signed = draft.operation == "swap"
    bad = (ln.bgt_id for ln in draft.lines if ln.amount_fen == 0 or (ln.amount_fen < 0 and not signed))
    refuse(bad, f"{name} 有金额不为正的明细", "指标金额为正的整数分", "调出请用调剂单，减少请用调减单")
    names = Counter((line.bgt_id, line.stage, line.ori_bgt_id) for line in draft.lines)
    repeated = sorted({bgt_id for (bgt_id, _, _), count in names.items() if count > 1})
    refuse(repeated, f"{name} 有重复的明细", "一份指标文中一个指标只列一行", "请合并后再报")


def _stays_home(draft: Draft, quotas: Quotas) -> None:
    """Every quota is of the document's region; of its year too, unless last year's is carried over."""
    here = draft.mof_div_code, draft.fiscal_year
    strange = [
        line.bgt_id
        for line in draft.lines
        for coding in [coding_of(line, quotas)]
        if (coding.mof_div_code, coding.fiscal_year) != here
    ]
    refuse(strange, f"指标不属于 {here[0]} 的 {here[1]} 年", QUOTA_LAW, "一份指标文只办本区划、本年度的指标")


def _quotas_exist(draft: Draft, quotas: Quotas) -> None:
    named = {line.bgt_id for line in draft.lines if line.coding is None}
    if draft.operation in ("assign", "carry_over"):
        named |= {line.ori_bgt_id for line in draft.lines}
    if "" in named:
        at = "来源指标" if draft.operation in ("assign", "carry_over") else "指标"
        raise RuleBroken(
            f"{draft.doc_no}：有明细没有写明{at}", rule="先有指标、后有支出（财办〔2020〕13号）",
            hint=f"请填写{at}（fisc budget list-quotas 列出）",
            details={"keys": [draft.doc_no], "refused": 1},
        )  # fmt: skip
    missing = sorted(named - quotas.keys())
    if missing:
        raise NotFound(
            f"没有指标 {listed(missing)}", rule="先有指标、后有支出（财办〔2020〕13号）",
            hint="请核对指标代码", details={"keys": missing[:LISTED], "refused": len(missing)},
        )  # fmt: skip


def _same_elements(draft: Draft, quotas: Quotas) -> None:
    other = [
        line.bgt_id
        for line in draft.lines
        if line.coding is not None and line.bgt_id in quotas and quotas[line.bgt_id].coding != line.coding
    ]
    if other:
        raise DuplicateConflict(
            f"指标已存在，但要素不同：{listed(other)}", rule="一个指标对应一个要素组合",
            hint="要素不同请用新的指标代码", details={"keys": other[:LISTED], "refused": len(other)},
        )  # fmt: skip


# ---- terms of quotas that are brought about


def _elements_said(draft: Draft, quotas: Quotas) -> None:
    codings = {line.coding: line.bgt_id for line in draft.lines if line.coding is not None}
    bare = [bgt_id for c, bgt_id in codings.items() if not c.fund_type_code or not c.exp_func_code]
    refuse(bare, "指标缺少资金性质或支出功能分类", QUOTA_LAW, "请补齐要素")


def _income_fits(draft: Draft, quotas: Quotas) -> None:
    """What money came as, its fund and the kind of source that the document states say the same."""
    if not draft.rev_func_code:
        return
    stated = "transfer" if draft.source == RECEIVED else draft.source
    source = stated if draft.base in ("added", "received") else ""
    codings = (coding_of(line, quotas) for line in draft.lines)
    funds = dict.fromkeys((c.fund_type_code, c.fiscal_year) for c in codings)
    wrong = [one for fund, year in funds for one in income_misfits(fund, draft.rev_func_code, source, year)]
    if wrong:
        refuse([draft.doc_no], wrong[0].what, wrong[0].rule, wrong[0].hint)


def _not_of_the_first_budget(draft: Draft, quotas: Quotas) -> None:
    """What comes in addition is none of the budget that the congress approved at first."""
    refuse(
        [ln.bgt_id for ln in draft.lines if coding_of(ln, quotas).source_type_code == INITIAL],
        "追加的指标预算来源是年初预算", "预算来源分年初预算、调整、调剂（财办〔2022〕36号）",
        "追加请填 2 调整",
    )  # fmt: skip


def _rests_on_its_year(draft: Draft, quotas: Quotas) -> None:
    """A quota that another is taken from is of the same region and year."""
    other = [
        f"{line.bgt_id}（上级指标 {line.ori_bgt_id}）"
        for line in draft.lines
        if line.ori_bgt_id
        and (
            (origin := quotas.get(line.ori_bgt_id)) is None
            or (origin.coding.mof_div_code, origin.coding.fiscal_year)
            != (draft.mof_div_code, draft.fiscal_year)
        )
    ]
    refuse(
        other, f"上级指标不是 {draft.mof_div_code} {draft.fiscal_year} 年的指标", QUOTA_LAW,
        "请填写本区划、本年度的上级指标；上年的余额请用指标结转",
    )  # fmt: skip


def _government_decided(draft: Draft, quotas: Quotas) -> None:
    if draft.base == "reserve":
        refuse(
            [draft.doc_no] * (not draft.basis_doc_no), "动用预备费没有本级政府的决定",
            "预算法第六十四条：预备费的动用方案由本级政府财政部门提出，报本级政府决定",
            "请填写本级政府批准文号",
        )  # fmt: skip
        named = [ln.bgt_id for ln in draft.lines if coding_of(ln, quotas).sup_bgt_doc_no]
        refuse(
            named, "动用预备费的指标写了上级文号", "预算法第四十条：预备费是本级预算的资金",
            "请去掉上级文号；用上级资金的请按其文号下达",
        )  # fmt: skip


def _taken_from_pending(draft: Draft, quotas: Quotas) -> None:
    """待分 of the same fund, class and source: what it was approved for travels with the money."""
    wrong = [line.bgt_id for line in draft.lines if quotas[line.ori_bgt_id].is_executable]
    refuse(wrong, "所分配的不是待分指标", "财办〔2022〕36号：待分指标分配后可执行", "请核对上级指标")
    for element, name in (
        ("fund_type_code", "资金性质"), ("exp_func_code", "支出功能分类"),
        ("source_type_code", "预算来源"), ("sup_bgt_doc_no", "上级指标文号"),
        ("bgt_type_code", "指标类型"),
    ):  # fmt: skip
        other = [
            line.bgt_id
            for line in draft.lines
            if not is_same(element, coding_of(line, quotas), quotas[line.ori_bgt_id].coding)
        ]
        refuse(other, f"分配改变了{name}", QUOTA_LAW, "分配不改变这一要素；要改变请另作调剂")


# ---- terms of quotas that are changed


def _only_own_sources(draft: Draft, quotas: Quotas) -> None:
    """A cut with its source lowers the total of the budget; only money that came in addition may."""
    received = [
        line.bgt_id
        for line in draft.lines
        if quotas[line.bgt_id].source == RECEIVED or quotas[line.bgt_id].coding.sup_bgt_doc_no
    ]
    refuse(
        received, "收到的转移支付由转移支付办理退回", "上级下达数与本级收到数按文号一致",
        "请先用调减把额度退回支出预算，仍按原文号安排；上级收回的由转移支付办理（make-take-backs）",
    )  # fmt: skip
    own = [line.bgt_id for line in draft.lines if quotas[line.bgt_id].source not in APPENDABLE]
    refuse(
        own, "连同来源调减会减少本级预算总支出，不是调减",
        "预算法第六十七条：减少预算总支出须作预算调整",
        "只收回额度请用调减；要减少预算请编制预算调整方案",
    )  # fmt: skip


def _within_scope(draft: Draft, quotas: Quotas) -> None:
    """压减 spares 三保, interest and earmarked money from above; base, scope and number are kept."""
    refuse([draft.doc_no] * (not draft.scope), "压减没有口径", "过紧日子压减按口径统计", "请填写 scope")
    for line in draft.lines:
        quota = quotas[line.bgt_id]
        rule = matching("cut_exempt", quota.coding, quota.tags)
        if rule is not None:
            exempt = [
                each.bgt_id
                for each in draft.lines
                if rule.fits(quotas[each.bgt_id].coding, quotas[each.bgt_id].tags)
            ]
            refuse(exempt, f"{rule.name}不在压减口径内", f"过紧日子：{rule.source}", "请从压减单中去掉")
    beyond = [line.bgt_id for line in draft.lines if not 0 < line.amount_fen <= line.base_fen]
    refuse(beyond, "压减额超过基数，或没有基数", "压减率＝压减额÷基数", "请填写每个指标的压减基数")


def _sums_to_zero(draft: Draft, quotas: Quotas) -> None:
    """预算法第七十二条: a swap moves money, it makes none; fund, stage, upper document and mark stay.

    So do project and item of what was carried over or borrowed, and the kind of money of a government fund.
    """
    sums: dict[SwapKind, int] = defaultdict(int)
    for m in _movements(draft, quotas):
        sums[swap_kind(m)] += m.amount_fen
    if sum(sums.values()):
        refuse(
            [draft.doc_no], f"调剂合计不为零（差 {format_fen(sum(sums.values()))} 元）", "预算法第七十二条",
            "调出与调入应相等；净增请用追加，净减请用调减",
        )  # fmt: skip
    crossing = [_kind_words(kind) for kind, fen in sums.items() if fen]
    refuse(
        crossing if _only_purposes_differ(sums) else [],
        "调剂改变了上年结转或债务资金的项目、功能分类，或政府性基金的种类",
        "预算法第四十二条：结转按原用途使用；第三十五条：举借的债务用于规定的公益性资本支出；"
        "第九条：政府性基金专款专用",
        "请在原项目、原功能分类（项）之内调剂，政府性基金在同一种类之内调剂；债券调整用途的，请先调减（make-cuts），编制预算调整方案"
        "（make-adjustments，写明项目）报批，批准后再按新用途下达；结转资金不再需要的请收回（make-take-backs）另行安排",
    )  # fmt: skip
    refuse(
        crossing, "调剂跨了环节、资金性质、上级文号或上年结转的指标类型",
        "财办〔2022〕36号：调剂在同一资金性质内；结转资金的年限不因调剂改变（预算法实施条例第五十条）",
        "请在同一环节、同一资金性质、同一上级文号之内调剂；调出的是上年结转，调入指标的指标类型也填 2",
    )  # fmt: skip


def _only_purposes_differ(sums: Mapping[SwapKind, int]) -> bool:
    """Whether a swap sums to nothing but for project and item."""
    rest: dict[tuple[str, ...], int] = defaultdict(int)
    for kind, fen in sums.items():
        rest[kind[:4]] += fen
    return not any(rest.values())


def _kind_words(kind: SwapKind) -> str:
    stage, fund, number, mark, *purpose = kind
    marks = ["上年结转"] if mark else []
    return "/".join([STAGES.get(stage, stage), fund, number or "无上级文", *marks, *filter(None, purpose)])


def _movements(draft: Draft, quotas: Quotas) -> list[Movement]:
    return [Movement(_facts(line, quotas), line.amount_fen, line.stage) for line in draft.lines]


def _facts(line: DraftLine, quotas: Quotas) -> QuotaFacts:
    if line.bgt_id in quotas:
        return quotas[line.bgt_id]
    coding = coding_of(line, quotas)
    return QuotaFacts(line.bgt_id, coding, line.stage == EXECUTABLE, line.tags, "", "", coding.fiscal_year)


def _swap_allowed(draft: Draft, quotas: Quotas) -> None:
    raised = []
    for m in _movements(draft, quotas):
        rule = matching("no_swap_in", m.quota.coding)
        if rule is not None and m.amount_fen > 0:
            raised.append(f"{m.quota.bgt_id}（{rule.name}）")
    refuse(
        raised, "这些经济分类不能调入", "三公经费只减不增（党政机关厉行节约反对浪费条例）", "请改调其他用途"
    )
    if draft.basis_doc_no:
        return
    freed = [
        f"{out.quota.bgt_id}→{into.quota.bgt_id}"
        for out, into, _ in pairs(_movements(draft, quotas))
        if speaks_of("personnel", out.quota.coding) and speaks_of("public", into.quota.coding)
    ]
    refuse(
        freed, "人员经费调剂到公用经费没有批准文号", "人员经费与公用经费之间的调剂须经财政部门批准",
        "请填写批准文号",
    )  # fmt: skip


def _key_spending_kept(draft: Draft, quotas: Quotas) -> None:
    """预算法第六十七条第三项: less for key spending is an adjustment, not a swap."""
    change: dict[str, int] = defaultdict(int)
    for m in _movements(draft, quotas):
        change[m.quota.coding.exp_func_code[:3]] += m.amount_fen
    cut = [
        f"{code} 减 {format_fen(-fen)} 元"
        for code, fen in sorted(change.items())
        if fen < 0 and speaks_of("key_spending", Coding(draft.fiscal_year, exp_func_code=code))
    ]
    refuse(
        cut, "这不是调剂：重点支出数额减少了",
        "预算法第六十七条第三项：调减预算安排的重点支出数额须作预算调整",
        "请编制预算调整方案报人大常委会批准，或在同类支出之内调剂",
    )  # fmt: skip


def _stage_fits(draft: Draft, quotas: Quotas) -> None:
    bad = [line.bgt_id for line in draft.lines if line.stage not in (EXECUTABLE, PENDING)]
    refuse(bad, "环节只能是 executable 或 pending", QUOTA_LAW, "请填写 stage")
    wrong = [
        line.bgt_id
        for line in draft.lines
        if line.coding is None and quotas[line.bgt_id].is_executable != (line.stage == EXECUTABLE)
    ]
    refuse(wrong, "指标不在所填的环节", "待分指标不能执行，可执行指标不再分配", "请核对指标是待分还是可执行")


def _advance_named(draft: Draft, quotas: Quotas) -> None:
    bad = [line.bgt_id for line in draft.lines if not line.ori_bgt_id]
    refuse(bad, "核销没有写明预拨单", "财库〔2015〕192号：预拨经费转列支出", "请填写 advance")


_COMMON: Final[tuple[Term, ...]] = (_quotas_exist, _stays_home, _same_elements, _stage_fits)
_NEW: Final[tuple[Term, ...]] = (_elements_said, _income_fits)
_TERMS: Final[Mapping[str, tuple[Term, ...]]] = {
    "enter": (*_NEW, _rests_on_its_year, has_source, _government_decided),
    "append": (*_NEW, _rests_on_its_year, has_source, _not_of_the_first_budget),
    "assign": (*_NEW, _taken_from_pending),
    "cut": (),
    "cut_with_source": (_only_own_sources,),
    "budget_cut": (_within_scope,),
    "swap": (*_NEW, _sums_to_zero, _swap_allowed, _key_spending_kept),
    "freeze": (), "unfreeze": (), "reserve": (), "release": (),
    "settle_advance": (_advance_named,),
    "carry_over": (*_NEW, same_money, not_carried_too_long),
    "take_back": (),
    "reclaim": (not_bound, carried_is_due),
}  # fmt: skip
