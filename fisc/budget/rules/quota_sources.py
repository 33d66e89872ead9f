"""Where the money of quotas comes from that are not of the approved budget: terms of their documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from fisc.budget.rules.quota_types import BASES, SOURCES, Draft, DraftLine, QuotaDocument, QuotaFacts
from fisc.budget.rules.refusing import refuse
from fisc.documents.from_above import above_number
from fisc.kernel import Coding
from fisc.registry.fitting import Misfit, income_misfit
from fisc.registry.rules import code_event

Quotas = Mapping[str, QuotaFacts]
#: Sources that an append may bring; more own revenue or debt changes the total of the budget.
APPENDABLE: Final = ("transfer", "carried", "unit")

#: Operation -> the bases that its documents may state; the first is what they have where none is stated.
_MAY_STATE: Final[Mapping[str, tuple[str, ...]]] = {
    "enter": tuple(BASES), "append": ("added", "received"), "assign": ("approved",),
}  # fmt: skip
_ELSEWHERE: Final[Mapping[str, str]] = {
    "append": (
        "列入本级预算的资金（上级文件的资金已安排列入本级预算的也是）请用指标录入"
        "（fisc budget make-quotas），安排依据写 approved 已批预算；"
        "追加收到的上级文件写 received 已入来源账，自带来源的写 added"
    ),
    "assign": "待分指标分配不写安排依据：来源随所分的待分指标",
}


def based(documents: Sequence[QuotaDocument], operation: str) -> list[QuotaDocument]:
    """Documents with the base that they state, or that their operation has where they state none.

    Raises RuleBroken for one that the operation does not take: what was entered is never read as another.
    """
    may = _MAY_STATE[operation]
    for base in dict.fromkeys(d.base for d in documents if d.base in BASES and d.base not in may):
        refuse(
            [d.doc_no for d in documents if d.base == base], f"不能以“{BASES[base]}”安排（{base}）",
            "追加的是预算以外另来的资金（财办〔2022〕36号）" if operation == "append"
            else "待分指标分配不另有来源（财办〔2022〕36号）", _ELSEWHERE[operation],
        )  # fmt: skip
    refuse(
        [d.doc_no for d in documents if (d.base, d.source) == ("added", "transfer")],
        "上级转移支付不是自带来源（added）：先登记收到，再从收到的上级文件安排",
        "财办〔2022〕36号：转移支付按上级指标文号追踪", "安排依据请写 received 已入来源账",
    )  # fmt: skip
    return [d if d.base else replace(d, base=_unstated(d, may)) for d in documents]


def _unstated(document: QuotaDocument, may: Sequence[str]) -> str:
    """The base of a document that states none: money from above that is appended was received."""
    return "received" if may[0] == "added" and document.source == "transfer" else may[0]


def coding_of(line: DraftLine, quotas: Quotas) -> Coding:
    """The coding block of a line: its own, or that of the quota it names."""
    return line.coding if line.coding is not None else quotas[line.bgt_id].coding


def is_same(element: str, one: Coding, other: Coding) -> bool:
    """Whether two coding blocks have the same of an element; numbers from above as they are compared."""
    mine, theirs = getattr(one, element), getattr(other, element)
    return bool(
        mine == theirs or (element == "sup_bgt_doc_no" and above_number(mine) == above_number(theirs))
    )


def income_misfits(
    fund_type_code: str, rev_func_code: str, source: str, fiscal_year: int
) -> Iterator[Misfit]:
    """Why money of this income is not of this fund, or not of this kind of source; '' says no kind."""
    found = income_misfit(fund_type_code, rev_func_code, fiscal_year)
    if found:
        yield found
    event = code_event("rev_func", rev_func_code, fund_type_code) if rev_func_code and source else None
    kind = dict(event.budget_choices).get("source", "") if event else ""
    if kind not in ("", source):
        yield Misfit(
            "fit.source", "收入与来源",
            f"收入分类 {rev_func_code} 是{SOURCES.get(kind, kind)}，"
            f"与所填来源“{SOURCES.get(source, source)}”不符",
            "来源按收入分类认定（财办〔2022〕36号）", "请改填相符的来源，或核对收入分类",
        )  # fmt: skip


def has_source(draft: Draft, quotas: Quotas) -> None:
    """Refuse added and received money without the number of its source, or under one that is not its own.

    Raises RuleBroken.
    """
    if draft.base not in ("added", "received"):
        return
    no_basis = not (draft.sup_bgt_doc_no or draft.basis_doc_no)
    refuse(
        [draft.doc_no] * no_basis, "追加指标没有来源文号", "财办〔2022〕36号：追加须有来源指标文号",
        "请填写上级指标文号或批准文号",
    )  # fmt: skip
    refuse(
        [draft.doc_no] * (draft.source not in APPENDABLE),
        f"来源 {draft.source} 的追加会改变预算总额，不是追加",
        "预算法第六十七条：增加预算总支出、增加举债须作预算调整",
        "请编制预算调整方案报人大常委会批准，批准后按已批预算下达",
    )
    refuse(
        [draft.doc_no] * (draft.source != "transfer" and bool(draft.sup_bgt_doc_no)),
        f"来源 {draft.source} 的追加写了上级指标文号", "财办〔2022〕36号：上级资金只从收到的上级文件追加",
        "上级转移支付请写来源 transfer；结转请用指标结转；其他来源请去掉上级文号，依据写在批准文号",
    )  # fmt: skip
    other = [ln.bgt_id for ln in draft.lines if coding_of(ln, quotas).sup_bgt_doc_no != draft.sup_bgt_doc_no]
    refuse(other, "指标的上级文号与指标文不同", "财办〔2022〕36号：转移支付按上级指标文号追踪",
           "请按上级文号分别发文")  # fmt: skip
    refuse(
        [draft.doc_no] * (draft.source == "transfer" and not draft.sup_bgt_doc_no),
        "上级转移支付追加没有上级指标文号", "财办〔2022〕36号：转移支付按上级指标文号追踪",
        "请填写上级指标文号",
    )  # fmt: skip
