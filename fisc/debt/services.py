"""What is done with events of debt: made by one officer, posted by another, all or none (`rules.KINDS`).

Interest is paid like any other spending, from a quota by a payment of class 232, which posts the first
step of 192-T21; principal by one of class 231. Here stands what payments cannot tell: interest that is due,
what of a payment had been accrued, what goes through the books of two levels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.debt import rules
from fisc.debt.kinds import EVENT
from fisc.debt.rules import KINDS, PARTS, SPENT_AS
from fisc.documents import RuleBroken, advance, read, taken
from fisc.documents.accounts import EXECUTABLE
from fisc.documents.editions import booked, current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import Fault, broken, refuse_all
from fisc.documents.store import By, make
from fisc.kernel import Coding, FiscError, post
from fisc.kernel.money import format_fen
from fisc.kernel.posting import in_transaction
from fisc.registry import regions
from fisc.registry.areas import is_kept
from fisc.registry.rules import budget_fund, code_event
from fisc.treasury import services as treasury
from fisc.treasury.services import drawing

if TYPE_CHECKING:
    from fisc.debt.models import DebtEvent

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class DebtItem:
    """An event of a kind in `KINDS`; amounts are fen, `fund_type_code` that of the bonds or of their budget.

    `part` is principal or interest; of interest `accrued_fen` is what was accrued of the amount. What
    goes between two levels names the lower one. `settles_no` is the event that it settles, `pay_app_no` the
    payment that carried the money, `bgt_id` the quota of a charge.
    """

    event_no: str
    kind: Annotated[str, OneOf(lambda: {code: kind.name for code, kind in KINDS.items()})]
    mof_div_code: str
    part: Annotated[str, OneOf(PARTS)]
    fund_type_code: str
    amount_fen: int
    happened_on: date
    accrued_fen: int = 0
    lower_div_code: str = ""
    settles_no: str = ""
    pay_app_no: str = ""
    bgt_id: str = ""
    basis_doc_no: str = ""
    summary: str = ""


def make_events(conn: Conn, items: Sequence[DebtItem], *, by: By, on: date) -> list[bool]:
    """Make events (编制), all or none: True where new; nothing is posted yet.

    Raises RuleBroken (what the kind needs, more settled or carried than there was), NotFound (payment, quota,
    settled event), QuotaShortfall, DuplicateConflict.
    """
    return in_transaction(conn, lambda: _make(conn, items, by, on))


def _make(conn: Conn, items: Sequence[DebtItem], by: By, on: date) -> list[bool]:
    settled = current(conn, EVENT, [i.settles_no for i in items])
    rows = [_row(i, no) for i, no in zip(items, settled, strict=True)]
    said = [_Said(*(row[name] for name in _SAID)) for row in rows]
    _require_sound(conn, said, _origins(conn, said), on)
    return make(conn, EVENT, fresh(conn, EVENT, rows), by=by, on=on)


def post_events(conn: Conn, event_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Review events and post them (审核入账), in both books where both are kept: True where this call did it.

    What made them sound is asked again. Raises as `make_events`; WrongState, FourEyes; RuleBroken where more
    is repaid than the books owe. Nothing is posted then.
    """
    return in_transaction(conn, lambda: _post(conn, current(conn, EVENT, event_nos), by, on))


def _post(conn: Conn, keys: Sequence[str], by: By, on: date) -> list[bool]:
    moved = advance(conn, EVENT, keys, "post", by=by, on=on)
    if moved:
        said = [_Said(*(getattr(event, name) for name in _SAID)) for event in moved]
        origins = _origins(conn, said)
        quotas = _require_sound(conn, said, origins, on)
        entries = [
            entry
            for event in moved
            for entry in rules.posted(
                event, lower=_lower(event), quota=quotas.get(event.bgt_id),
                origin=origins.get(event.settles_no),
            )
        ]  # fmt: skip
        post(conn, booked(conn, EVENT, entries))
        conn.execute("set constraints debt_standing, debt_claim immediate")  # refused here, not at the end
        conn.execute("set constraints debt_standing, debt_claim deferred")
    return taken(keys, moved)


def discard_events(conn: Conn, event_nos: Sequence[str], *, by: By, on: date, note: str = "") -> list[bool]:
    """Give events up before they are posted (作废); their numbers may be entered anew."""
    return move_last(conn, EVENT, event_nos, "discard", by=by, on=on, note=note)


def record_events(conn: Conn, items: Sequence[DebtItem], *, by: By, reviewed_by: By, on: date) -> list[bool]:
    """`make_events` and `post_events` by two officers, all or none: True where new."""

    def work() -> list[bool]:
        is_new = make_events(conn, items, by=by, on=on)
        post_events(conn, [i.event_no for i in items], by=reviewed_by, on=on)
        return is_new

    return in_transaction(conn, work)


# ---- what must hold


@dataclass(frozen=True, slots=True)
class _Said:
    """An event as it was handed in, or as it stands, with the government above."""

    doc_key: str
    kind: str
    mof_div_code: str
    part: str
    upper_div_code: str
    lower_div_code: str
    fund_type_code: str
    amount_fen: int
    accrued_fen: int
    settles_no: str
    pay_app_no: str
    bgt_id: str
    happened_on: date


_SAID: Final = tuple(_Said.__dataclass_fields__)


def _row(item: DebtItem, settles_no: str) -> dict[str, Any]:
    """The row of an item: the government above is the one that the registry knows."""
    kind = KINDS.get(item.kind)
    below = item.lower_div_code if kind and kind.is_between else item.mof_div_code
    above = regions.lookup(below) if below else None
    is_two = kind is not None and (kind.is_between or kind.of_upper)
    return EVENT.row(
        item, doc_key=item.event_no, fiscal_year=item.happened_on.year, settles_no=settles_no,
        upper_div_code=above.parent if is_two and above else "",
    )  # fmt: skip


def _lower(event: DebtEvent) -> str:
    """The lower government that posts its side of an event in the same call; '' where none does."""
    return event.lower_div_code if event.lower_div_code and is_kept(event.lower_div_code) else ""


def _require_sound(
    conn: Conn, said: Sequence[_Said], origins: Mapping[str, DebtEvent], on: date
) -> dict[str, Coding]:
    """bgt_id -> coding block of the quotas that these use up. Raises what is wrong, event by event."""
    payments = _payments(conn, said)
    quotas = drawing.spent(conn, EVENT.name, {s.doc_key: s.bgt_id for s in said if s.bgt_id})
    blocks = {bgt_id: quota.coding for bgt_id, quota in quotas.items()}
    wrong: dict[str, FiscError] = {}
    for s in said:
        if refusal := _wrong(s, origins, payments, blocks, on):
            wrong[s.doc_key] = refusal
    refuse_all(wrong)
    demands = [
        drawing.Demand(
            s.doc_key, EXECUTABLE, quotas[s.bgt_id].coding_id,
            s.amount_fen, f"{EVENT.name} {s.doc_key}（指标 {s.bgt_id}）超过可执行指标",
        )
        for s in said if s.bgt_id
    ]  # fmt: skip
    if demands:
        refuse_all(dict(drawing.shortfalls(conn, demands)))
    return blocks


def _origins(conn: Conn, said: Sequence[_Said]) -> dict[str, DebtEvent]:
    """The events that these settle, locked."""
    wanted = sorted({s.settles_no for s in said if s.settles_no})
    return {one.doc_key: one for one in read(conn, EVENT, wanted, is_locked=True)}


def _payments(conn: Conn, said: Sequence[_Said]) -> dict[str, Mapping[str, Any]]:
    """The payments that carried the money, with the functional class of each."""
    wanted = sorted({s.pay_app_no for s in said if s.pay_app_no})
    found = {number: treasury.payment(conn, number) for number in wanted}
    quotas = drawing.of_quotas(conn, {paid["bgt_id"] for paid in found.values()})
    return {
        number: {**paid, "exp_func_code": quotas[paid["bgt_id"]].coding.exp_func_code}
        for number, paid in found.items()
    }


def _wrong(
    s: _Said, origins: Mapping[str, DebtEvent], payments: Mapping[str, Mapping[str, Any]],
    blocks: Mapping[str, Coding], on: date,
) -> FiscError | None:  # fmt: skip
    kind = KINDS.get(s.kind)
    if kind is None:
        return RuleBroken(
            f"债务收付 {s.doc_key}：没有事项 {s.kind}", rule="债务收付按记账规则办理（财库〔2015〕192号）",
            hint=f"可用的事项：{'、'.join(KINDS)}",
        )  # fmt: skip
    faults = [
        *_faults(s, kind, on),
        *_faults_of_places(s, kind),
        *_faults_of_origin(s, kind, origins.get(s.settles_no)),
        *_faults_of_payment(s, kind, payments.get(s.pay_app_no)),
        *_faults_of_quota(s, kind, blocks.get(s.bgt_id)),
    ]
    if not faults:
        return None
    return broken(
        f"债务收付 {s.doc_key}（{kind.name}）",
        faults,
        f"192-{kind.rule}（财库〔2015〕192号），2023 年起按财库〔2022〕41号",
    )


def _faults(s: _Said, kind: rules.Kind, on: date) -> Iterator[Fault]:
    if s.amount_fen <= 0 or not 0 <= s.accrued_fen <= max(s.amount_fen, 0):
        yield Fault(
            f"金额 {format_fen(s.amount_fen)} 元、其中已计提 {format_fen(s.accrued_fen)} 元不成立",
            "请填写大于零的金额；已计提额不小于零，不大于金额",
        )
    if s.part not in kind.parts:
        allowed = "、".join(PARTS[p] for p in kind.parts)
        yield Fault(f"只办理{allowed}", f"“本金或利息”请改填{allowed}")
    if s.accrued_fen and (s.part == rules.PRINCIPAL or kind.is_of_interest or kind.spends):
        yield Fault("已计提额只在结清利息时填写", "请去掉已计提额")
    if budget_fund(s.fund_type_code) not in ("111", "121"):
        yield Fault(
            f"资金性质 {s.fund_type_code} 没有地方政府债券（只有一般公共预算和政府性基金预算）",
            "请填写债券的资金性质（112、122）或其预算（111、121）",
        )
    elif s.part == rules.INTEREST and s.fund_type_code != budget_fund(s.fund_type_code):
        yield Fault(
            f"资金性质 {s.fund_type_code} 是债券资金，不付利息（预算法第三十五条），"
            f"利息列 {budget_fund(s.fund_type_code)}",
            f"资金性质请填 {budget_fund(s.fund_type_code)}",
        )
    if s.happened_on > on:
        yield Fault(f"发生日 {s.happened_on} 晚于今天 {on}", "请核对发生日和业务日期，事项发生后再登记")


def _faults_of_places(s: _Said, kind: rules.Kind) -> Iterator[Fault]:
    if bool(s.lower_div_code) != kind.is_between:
        if kind.is_between:
            yield Fault("须写明下级区划", "请填写下级区划（--lower-div-code），即欠转贷本息的地区")
        else:
            yield Fault("不写下级区划", "请去掉下级区划；与下级之间的请选相应的事项")
        return
    if kind.is_between and not s.upper_div_code:
        yield Fault(f"没有区划 {s.lower_div_code}", "请核对下级区划（fisc registry list regions）")
        return
    if kind.is_between:
        maker = s.lower_div_code if kind.by_lower and is_kept(s.lower_div_code) else s.upper_div_code
        if s.mof_div_code != maker:
            yield Fault(
                f"由 {maker} 办理，同时记入双方",
                f"请由 {maker} 的人员办理，财政区划填 {maker}，下级区划填 {s.lower_div_code}",
            )
    if kind.of_upper and not kind.spends and is_kept(s.upper_div_code):
        yield Fault(
            f"上级 {s.upper_div_code} 的账也在本系统，由上级办理扣缴，同时记入本级",
            f"请由 {s.upper_div_code} 的人员办理“扣缴下级本息”，下级区划填 {s.mof_div_code}",
        )


def _faults_of_origin(s: _Said, kind: rules.Kind, origin: DebtEvent | None) -> Iterator[Fault]:
    if bool(s.settles_no) != bool(kind.settles):
        if kind.settles:
            yield Fault(
                "须写明所结清的事项",
                f"请填写所结清的{_named(kind.settles)}的编号（--settles-no），见 fisc debt list-open",
            )
        else:
            yield Fault("不结清别的事项", "请去掉所结清的事项")
    if origin is None or not kind.settles:
        return
    if origin.state != "posted":
        yield Fault(
            f"不能结清 {origin.doc_key}：它还没有入账",
            f"请先审核入账 {origin.doc_key}（fisc debt post-events）",
        )
    elif origin.kind not in kind.settles:
        yield Fault(
            f"不能结清 {origin.doc_key}：它是“{KINDS[origin.kind].name}”",
            f"请填写已入账的{_named(kind.settles)}的编号，见 fisc debt list-open",
        )
    if (origin.fund_type_code, origin.part) != (s.fund_type_code, s.part):
        yield Fault(
            f"与 {origin.doc_key} 不是同一资金（{origin.fund_type_code}）的本金或利息",
            f"{origin.doc_key} 是资金性质 {origin.fund_type_code} 的{PARTS[origin.part]}，请照填",
        )
    if s.mof_div_code not in (whose := _whose(origin, kind)):
        yield Fault(
            f"{origin.doc_key} 不是本级的", f"请由 {'、'.join(sorted(whose))} 办理，或核对所结清的事项"
        )
    if kind.is_between and origin.lower_div_code and origin.lower_div_code != s.lower_div_code:
        yield Fault(
            f"{origin.doc_key} 的下级是 {origin.lower_div_code}", f"下级区划请填 {origin.lower_div_code}"
        )
    if kind.spends and origin.fiscal_year != s.happened_on.year:
        yield Fault(
            "上级扣缴的本息须在当年列支，年终其他应收款没有余额",
            f"{origin.doc_key} 是 {origin.fiscal_year} 年的，请以该年的业务日期和指标列支",
        )


def _named(kinds: Sequence[str]) -> str:
    return "、".join(f"“{KINDS[code].name}”" for code in kinds)


def _whose(origin: DebtEvent, kind: rules.Kind) -> set[str]:
    """Who may settle an event: the government that it was withheld from charges it, both others settle it."""
    is_two = KINDS[origin.kind].is_between
    if kind.spends:
        return {origin.lower_div_code if is_two else origin.mof_div_code}
    upper = origin.upper_div_code if is_two else origin.mof_div_code
    return {upper, origin.lower_div_code} if kind.by_lower else {upper}


def _faults_of_payment(s: _Said, kind: rules.Kind, paid: Mapping[str, Any] | None) -> Iterator[Fault]:
    is_due = kind.pays and (not kind.is_between or s.mof_div_code == s.lower_div_code)
    if bool(s.pay_app_no) != is_due:
        if is_due:
            yield Fault(
                "须写明付款的支付申请：付息、还本须有预算和指标",
                f"请先用{_classes(s.part)}的指标支付，再填写支付申请编号（--pay-app-no）",
            )
        else:
            yield Fault("不写支付申请", "请去掉支付申请编号：这一事项不由本级的支付付款")
    if paid is None:
        return
    other = "请核对支付申请编号，另填与本单同一区划、年度、预算的付款"
    if paid["mof_div_code"] != s.mof_div_code:
        yield Fault(f"支付 {s.pay_app_no} 不是本级的", other)
    if budget_fund(paid["fund_type_code"]) != budget_fund(s.fund_type_code):
        yield Fault(f"支付 {s.pay_app_no} 的资金性质是 {paid['fund_type_code']}", other)
    if _spent_as(paid["exp_func_code"], paid["fund_type_code"]) != SPENT_AS[s.part]:
        yield Fault(
            f"支付 {s.pay_app_no} 的支出功能科目 {paid['exp_func_code']} 不是{_classes(s.part)}",
            f"请填写列{_classes(s.part)}的支付申请",
        )
    if paid["fiscal_year"] != s.happened_on.year:
        yield Fault(f"支付 {s.pay_app_no} 是 {paid['fiscal_year']} 年度的", other)


def _faults_of_quota(s: _Said, kind: rules.Kind, quota: Coding | None) -> Iterator[Fault]:
    if bool(s.bgt_id) != kind.spends:
        if kind.spends:
            yield Fault(
                "须写明指标：无预算不得支出",
                f"请填写列{_classes(s.part)}的指标（--bgt-id）；没有的先下达指标（fisc budget make-quotas）",
            )
        else:
            yield Fault("不用指标", "请去掉指标")
    if quota is None:
        return
    place = (quota.fiscal_year, quota.mof_div_code, quota.fund_type_code)
    if place != (s.happened_on.year, s.mof_div_code, s.fund_type_code):
        yield Fault(
            f"年度、区划或资金与指标 {s.bgt_id} 不符",
            f"请改用 {s.mof_div_code} {s.happened_on.year} 年资金性质 {s.fund_type_code} 的指标",
        )
    if _spent_as(quota.exp_func_code, quota.fund_type_code) != SPENT_AS[s.part]:
        yield Fault(
            f"指标 {s.bgt_id} 的支出功能科目 {quota.exp_func_code} 不是{_classes(s.part)}",
            f"请改用列{_classes(s.part)}的指标",
        )


def _spent_as(exp_func_code: str, fund_type_code: str) -> str:
    found = code_event("exp_func", exp_func_code, fund_type_code)
    return found.event if found else ""


def _classes(part: str) -> str:
    return "还本支出（231）" if part == rules.PRINCIPAL else "付息支出（232）"


def withheld(conn: Conn, region: str, fiscal_year: int) -> list[tuple[str, str, str, str, int]]:
    """What was withheld up to a year from or by a region: number, who owes, whom, fund and fen, in order."""
    found = conn.execute(
        "select doc_key, coalesce(nullif(lower_div_code, ''), mof_div_code), upper_div_code, fund_type_code, "
        "amount_fen from debt_event where kind = any(%s) and state = 'posted' and fiscal_year <= %s "
        "and %s in (mof_div_code, upper_div_code, lower_div_code) order by happened_on, doc_key",
        [["debt_withheld_by_upper", *rules.WITHHELD], fiscal_year, region],
    )
    return [(number, debtor, creditor, fund, fen) for number, debtor, creditor, fund, fen in found]


def advanced(conn: Conn, region: str, fiscal_year: int) -> list[tuple[str, str, str, str, int]]:
    """What an upper paid for a lower up to a year and was not given back, of a region: as `withheld`."""
    found = conn.execute(
        "select e.doc_key, e.lower_div_code, e.upper_div_code, e.fund_type_code, "
        "e.amount_fen - coalesce(s.fen, 0) from debt_event e left join lateral ("
        "select sum(o.amount_fen)::bigint as fen from debt_event o where o.settles_no = e.doc_key "
        "and o.state = 'posted' and o.fiscal_year <= %(year)s) s on true "
        "where e.kind = 'lower_debt_advanced' and e.state = 'posted' and e.fiscal_year <= %(year)s "
        "and %(region)s in (e.upper_div_code, e.lower_div_code) and e.amount_fen > coalesce(s.fen, 0) "
        "order by e.happened_on, e.doc_key",
        {"region": region, "year": fiscal_year},
    )
    return [(number, debtor, creditor, fund, fen) for number, debtor, creditor, fund, fen in found]


def not_settled(conn: Conn, region: str, on: date) -> list[dict[str, Any]]:
    """Events of a region of which something is left to settle or to charge at the end of `on`, in fen.

    What was withheld between two levels stands for each: one passes it on, the other charges it.
    """
    settled = [code for code in KINDS if any(code in kind.settles for kind in KINDS.values())]
    rows = conn.execute(_LEFT, {"region": region, "on": on, "kinds": settled}).fetchall()
    names = ("event_no", "kind", "part", "fund_type_code", "lower_div_code", "happened_on", "left_fen")
    return [dict(zip(names, row, strict=True)) for row in rows]


#: A side of an event is charged by whom it was withheld from, and passed on by whoever withheld it.
_LEFT: Final = """
    select e.doc_key, e.kind, e.part, e.fund_type_code, e.lower_div_code, e.happened_on,
           e.amount_fen - coalesce(s.fen, 0)
    from debt_event e cross join (values (true), (false)) side (is_charge)
    left join lateral (select sum(o.amount_fen)::bigint as fen from debt_event o
        where o.settles_no = e.doc_key and o.state = 'posted' and o.happened_on <= %(on)s
          and (o.kind = 'debt_withheld_charged') = side.is_charge) s on true
    where e.state = 'posted' and e.kind = any(%(kinds)s) and e.happened_on <= %(on)s
      and e.amount_fen > coalesce(s.fen, 0)
      and case when side.is_charge then e.kind like 'debt_withheld%%'
                    and %(region)s = coalesce(nullif(e.lower_div_code, ''), e.mof_div_code)
               else e.kind in ('lower_debt_deposited', 'lower_debt_advanced', 'debt_withheld_from_lower')
                    and %(region)s = e.upper_div_code end
    order by e.happened_on, e.doc_key"""
