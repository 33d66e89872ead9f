"""Quota documents to entries of the quota book (财办〔2022〕36号): one pure function per operation.

What an amount moves is looked up in the posting rules of its year. A quota's class is the coding
block on which the approved budget (9201) stands; its pool is the one of its fund (9200).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Final

from fisc.budget.kinds import QUOTA_DOCUMENT
from fisc.budget.rules.advances import advance_charged
from fisc.budget.rules.approval import class_coding, pool_coding, source_coding
from fisc.budget.rules.quota_types import EXECUTABLE, PENDING, RECEIVED, Movement, QuotaFacts
from fisc.documents import Leg, period_for, voucher
from fisc.kernel import Coding, Entry, Line
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.registry.fund_kinds import fund_kind
from fisc.registry.quota_rules import CARRIED, SET_ASIDE, quota_rules, speaks_of

if TYPE_CHECKING:
    from fisc.budget.models import QuotaDocument

#: Legs of one voucher at most: a document of forty thousand quotas is several vouchers.
_MOST_LEGS: Final = 8_000


@dataclass(frozen=True, slots=True)
class Part:
    """A voucher's worth of legs; `name` tells it from others; `period` where the day does not tell it."""

    legs: Sequence[Leg]
    name: str = ""
    period: int | None = None


Posting = Callable[["QuotaDocument", Sequence[Movement], date], Iterable[Part]]


def entries(document: QuotaDocument, movements: Sequence[Movement], on: date) -> list[Entry]:
    """The vouchers of a document: what its operation moves, equal lines added up.

    Raises UnknownRule where the year has no rule for one of the events.
    """
    return [
        _entry(document, part, number, legs, on)
        for part in POSTINGS[document.operation](document, movements, on)
        for number, legs in enumerate(_split(part.legs), start=1)
    ]


def _entry(document: QuotaDocument, part: Part, number: int, legs: Sequence[Leg], on: date) -> Entry:
    further = [part.name] if part.name else []
    if number > 1:
        further.append(str(number))
    entry = voucher(
        QUOTA_DOCUMENT.event(document.doc_key, document.operation, *further), document.mof_div_code, on, legs,
        summary=f"{OPERATIONS[document.operation]} {document.doc_no} {document.title}".strip(),
        period=part.period or period_for(document.fiscal_year, on),
        document_id=document.id, source_ref=document.doc_no,
    )  # fmt: skip
    return replace(entry, lines=_added_up(entry.lines))


def _split(legs: Sequence[Leg]) -> Iterator[Sequence[Leg]]:
    for start in range(0, len(legs), _MOST_LEGS):
        yield legs[start : start + _MOST_LEGS]


def _added_up(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Lines of the same account, coding block, side and colour as one; in the order they first came."""
    sums: dict[tuple[str, Coding, int, bool], int] = defaultdict(int)
    for line in lines:
        sums[line.account, line.coding, line.side, line.amount_fen < 0] += line.amount_fen
    return tuple(Line(account, coding, side, fen) for (account, coding, side, _), fen in sums.items())


def class_of(coding: Coding) -> Coding:
    """The class of the budget that a quota is taken from and goes back to.

    Carried money has its own; money of a document from above stays under its number, other debt with its
    project.
    """
    number = coding.sup_bgt_doc_no
    project = coding.pro_code if speaks_of("bound", coding) and not number else ""
    return replace(open_class(coding), sup_bgt_doc_no=number, pro_code=project)


def open_class(coding: Coding) -> Coding:
    """The class that holds what no document or project holds yet."""
    of_budget = class_coding(
        coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, coding.exp_func_code,
        coding.source_type_code,
    )  # fmt: skip
    return _marked(of_budget, coding)


def _marked(block: Coding, quota: Coding) -> Coding:
    """The block with the mark of what was carried over, where the quota bears it."""
    return replace(block, bgt_type_code=CARRIED) if quota.bgt_type_code == CARRIED else block


def pool_of(coding: Coding) -> Coding:
    """The pool of a quota's fund."""
    return pool_coding(coding.fiscal_year, coding.mof_div_code, coding.fund_type_code)


def received_pool(coding: Coding) -> Coding:
    """The pool of a document from above, where its money waits from its receipt on."""
    return replace(pool_of(coding), sup_bgt_doc_no=coding.sup_bgt_doc_no)


def numbered(coding: Coding, amount_fen: int) -> list[Leg]:
    """src-01: the own budget holds so much more (negative: less) of the document that a quota names.

    A quota out of classes without numbers takes from what they hold of its document, so that no more is given
    out under a number than was received under it.
    """
    return [Leg("source_budgeted", amount_fen, received_pool(coding))]


def source_of(quota: QuotaFacts) -> Coding:
    """The income that a quota's money came as; the document from above stays on it."""
    coding = quota.coding
    income = source_coding(
        coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, quota.rev_func_code,
        coding.source_type_code,
    )  # fmt: skip
    return _marked(replace(income, sup_bgt_doc_no=coding.sup_bgt_doc_no), coding)


def reserve_class(coding: Coding) -> Coding:
    """The class of the approved budget on which a fund's reserve (预备费, 预算法第四十条) stands."""
    code = quota_rules("reserve", coding.fiscal_year)[0].prefix
    return class_coding(coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, code)


# ---- quotas brought about


def _enter(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    yield Part([leg for m in movements for leg in _BASES[document.base](m)])


def _issued(m: Movement) -> Iterator[Leg]:
    """36-02, 36-03: out of the approved budget to the department, and on to the unit."""
    quota = m.quota.coding
    yield from _distributed(m)
    if m.stage == EXECUTABLE:
        yield Leg("quota_allotted", m.amount_fen, quota)


def _distributed(m: Movement) -> Iterator[Leg]:
    """36-02: what its class holds of the quota's number or project, then what is open in the class."""
    quota = m.quota.coding
    own = m.class_fen if class_of(quota) != open_class(quota) else m.amount_fen
    if own:
        yield Leg("quota_distributed", own, class_of(quota), quota)
    if rest := m.amount_fen - own:
        yield from numbered(quota, -rest) if quota.sup_bgt_doc_no else ()
        yield Leg("quota_distributed", rest, open_class(quota), quota)


def _added(m: Movement, first_step: int = 1) -> Iterator[Leg]:
    """36-04: a source, the budget from it, the quota from that."""
    quota, is_received = m.quota.coding, m.quota.source == RECEIVED
    pool = received_pool(quota) if is_received else pool_of(quota)
    choices = {"source": "transfer" if is_received else m.quota.source, "stage": m.stage}
    ends = [(source_of(m.quota), pool), (pool, class_of(quota)), (class_of(quota), quota), (quota, quota)]
    last_step = 4 if m.stage == EXECUTABLE else 3
    for step in range(first_step, last_step + 1):
        yield Leg("quota_added", m.amount_fen, *ends[step - 1], choices=choices, step=step)


def _received(m: Movement) -> Iterator[Leg]:
    """36-04 from its second step on: the source stands in the pool of its document already."""
    return _added(m, first_step=2)


def _from_reserve(m: Movement) -> Iterator[Leg]:
    """36-17, then as any approved budget: 预算法第六十四条."""
    yield Leg("reserve_used", m.amount_fen, reserve_class(m.quota.coding), open_class(m.quota.coding))
    yield from _issued(m)


_BASES: Final[Mapping[str, Callable[[Movement], Iterator[Leg]]]] = {
    "approved": _issued, "added": _added, "received": _received, "reserve": _from_reserve,
}  # fmt: skip


def _assign(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-03 from a pending quota to a unit's; 36-06 where the part stays pending."""
    yield Part([_assigned(m) for m in movements])


def _assigned(m: Movement) -> Leg:
    assert m.origin is not None  # the terms of an assignment name the pending quota
    if m.stage == EXECUTABLE:
        return Leg("quota_allotted", m.amount_fen, m.origin.coding, m.quota.coding)
    return Leg("quota_moved", m.amount_fen, m.origin.coding, m.quota.coding, choices={"stage": PENDING})


# ---- quotas changed


def _simple(event: str) -> Posting:
    """An event on the quota's own coding block."""

    def posting(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
        yield Part([Leg(event, m.amount_fen, m.quota.coding) for m in movements])

    return posting


def _cut_leg(m: Movement) -> Leg:
    """36-05: back to the class of the approved budget, under the number that the quota has."""
    return Leg(
        "quota_cut", m.amount_fen, m.quota.coding, class_of(m.quota.coding), choices={"stage": m.stage}
    )


def _cut(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    yield Part([_cut_leg(m) for m in movements])


def _cut_with_source(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-05: cut, then budget and source in red."""
    yield Part([leg for m in movements for leg in (_cut_leg(m), *_source_cut_legs(m))])


def _source_cut_legs(m: Movement) -> Iterator[Leg]:
    choices, pool = {"source": m.quota.source}, pool_of(m.quota.coding)
    yield Leg("quota_source_cut", m.amount_fen, pool, class_of(m.quota.coding), choices=choices, step=1)
    yield Leg("quota_source_cut", m.amount_fen, source_of(m.quota), pool, choices=choices, step=2)


def _budget_cut(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-05 and, beside the books, 36-18: what was cut and from what base, under the cut's own number."""
    yield Part([leg for m in movements for leg in (_cut_leg(m), *_register_legs(document, m))])


def _register_legs(document: QuotaDocument, m: Movement) -> Iterator[Leg]:
    coding = replace(m.quota.coding, cor_bgt_doc_no=document.doc_no, cut_scope_code=document.scope)
    yield Leg("budget_cut_recorded", m.amount_fen, coding)
    yield Leg("budget_cut_base_recorded", m.base_fen, coding)


def _swap(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-06: out of one coding block, into another."""
    yield Part([
        Leg("quota_moved", fen, out.quota.coding, into.quota.coding, choices={"stage": out.stage})
        for out, into, fen in pairs(movements)
    ])  # fmt: skip


def pairs(movements: Iterable[Movement]) -> Iterator[tuple[Movement, Movement, int]]:
    """Each amount that is swapped out with where it goes, in order, among money of one kind (`SwapKind`)."""
    kinds: dict[SwapKind, tuple[list[Movement], list[Movement]]] = defaultdict(lambda: ([], []))
    for m in movements:
        kinds[swap_kind(m)][m.amount_fen > 0].append(m)
    for outs, ins in kinds.values():
        yield from _paired(outs, ins)


#: Stage, fund, document from above, mark of what was carried over; where they stay, project and item or kind.
SwapKind = tuple[str, str, str, str, str, str]


def swap_kind(m: Movement) -> SwapKind:
    """What must not change in a swap: what was carried over or borrowed stays so, and with what it is for.

    Money of a government fund stays with its kind (`budget_swap_keeps_purpose` asks the same).
    """
    coding = m.quota.coding
    mark = CARRIED if coding.bgt_type_code == CARRIED else ""
    purpose = (coding.pro_code, coding.exp_func_code) if keeps_purpose(coding) else ("", fund_kind(coding))
    return m.stage, coding.fund_type_code, coding.sup_bgt_doc_no, mark, *purpose


def keeps_purpose(coding: Coding) -> bool:
    """Whether money stays with its project and item: carried over or borrowed (预算法 42, 35)."""
    return coding.bgt_type_code == CARRIED or speaks_of("bound", coding)


def _paired(outs: list[Movement], ins: list[Movement]) -> Iterator[tuple[Movement, Movement, int]]:
    wanting = [m.amount_fen for m in ins]
    at = 0
    for out in outs:
        left = -out.amount_fen
        while left and at < len(ins):
            fen = min(left, wanting[at])
            yield out, ins[at], fen
            left -= fen
            wanting[at] -= fen
            at += wanting[at] == 0


def _settle(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """192-T34: the advance becomes spending; the quota it is charged to is used up without cash."""
    yield Part([leg for m in movements for leg in _settled(m)])


def _settled(m: Movement) -> Iterator[Leg]:
    assert m.advance is not None  # the terms of settling name the advance
    yield Leg("payment_applied", m.amount_fen, m.quota.coding, choices={"stage": EXECUTABLE})
    yield Leg("payment_confirmed", m.amount_fen, m.quota.coding)
    yield advance_charged(m.amount_fen, m.quota.coding, m.advance)


# ---- the end of a year


def _carry_over(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-13 and 36-14 close the old year's quota at its year end; 36-04 opens the new year's."""
    old_year = document.fiscal_year - 1
    out = [leg for m in movements for leg in _carried_out(m)]
    yield Part(out, "out", period=old_year * 100 + YEAR_END_MONTH)
    yield Part([leg for m in movements for leg in _added(m)])


def _carried_out(m: Movement) -> Iterator[Leg]:
    assert m.origin is not None  # the terms of carrying over name last year's quota
    old = m.origin.coding
    account = "9302" if m.origin.is_executable else "9301"
    yield Leg("quota_carried_over", m.amount_fen, old, choices={"account": account})
    yield Leg("quota_carryover_closed", m.amount_fen, old, source_of(m.origin))


def _reclaim(document: QuotaDocument, movements: Sequence[Movement], on: date) -> Iterable[Part]:
    """36-15, 36-14: unspent for two years; the surplus feeds the stabilisation fund (预算法第六十六条)."""
    year = document.fiscal_year
    yield Part([leg for m in movements for leg in _reclaimed(m)], period=year * 100 + YEAR_END_MONTH)
    general = [m for m in movements if speaks_of("stabilised", m.quota.coding)]
    if general:
        late = on.year > year
        yield Part([_set_aside(m) for m in general], "fund", period=year * 100 + 12 if late else None)


def _reclaimed(m: Movement) -> Iterator[Leg]:
    yield Leg("quota_reclaimed", m.amount_fen, m.quota.coding, choices={"stage": m.stage})
    yield Leg("quota_carryover_closed", m.amount_fen, m.quota.coding, source_of(m.quota))


def _set_aside(m: Movement) -> Leg:
    """Outlay of its class, as the fund's own papers have it; the fund itself bears none."""
    pool = pool_of(m.quota.coding)
    return Leg("stabilisation_set_aside", m.amount_fen, replace(pool, exp_func_code=SET_ASIDE), credit=pool)


#: Operation -> its Chinese name.
OPERATIONS: Final[Mapping[str, str]] = {
    "enter": "指标录入", "append": "指标追加", "assign": "待分分配", "cut": "指标调减",
    "cut_with_source": "指标调减（连同来源）", "budget_cut": "预算压减", "swap": "指标调剂",
    "freeze": "指标冻结", "unfreeze": "指标解冻", "reserve": "采购占用", "release": "采购占用释放",
    "settle_advance": "预拨核销", "carry_over": "指标结转", "take_back": "指标收回",
    "reclaim": "结转满两年收回",
}  # fmt: skip

POSTINGS: Final[Mapping[str, Posting]] = {
    "enter": _enter, "append": _enter, "assign": _assign, "cut": _cut,
    "cut_with_source": _cut_with_source, "budget_cut": _budget_cut, "swap": _swap,
    "freeze": _simple("quota_frozen"), "unfreeze": _simple("quota_unfrozen"),
    "reserve": _simple("quota_reserved"), "release": _simple("quota_released"),
    "settle_advance": _settle, "carry_over": _carry_over, "take_back": _cut, "reclaim": _reclaim,
}  # fmt: skip
