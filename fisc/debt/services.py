"""What is done with events of debt: made by one officer, posted by another, all or none (`rules.KINDS`).

Interest is paid like any other spending, from a quota by a payment of class 232, which posts the first
step of 192-T21; principal by one of class 231. Here stands what payments cannot tell: interest that is due,
what of a payment had been accrued, what goes through the books of two levels.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final

import psycopg

from fisc.debt import faults, rules
from fisc.debt.faults import SAID, Said
from fisc.debt.kinds import EVENT
from fisc.debt.rules import KINDS, PARTS
from fisc.documents import RuleBroken, advance, read, taken
from fisc.documents.accounts import EXECUTABLE
from fisc.documents.editions import booked, current, fresh, move_last
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import broken, refuse_all
from fisc.documents.store import By, make
from fisc.kernel import Coding, FiscError, post
from fisc.kernel.entries import DECEMBER
from fisc.kernel.periods import periods
from fisc.kernel.posting import in_transaction
from fisc.registry import regions
from fisc.registry.areas import is_kept
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
    payment that carried the money, `bgt_id` the quota of a charge. What the level above withheld names its
    paper; `confirm_reason` says why an event that says the same as another is another.
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
    confirm_reason: str = ""


def make_events(conn: Conn, items: Sequence[DebtItem], *, by: By, on: date) -> list[bool]:
    """Make events (编制), all or none: True where new; nothing is posted yet.

    Raises RuleBroken (what the kind needs, more settled or carried than there was, what another event says,
    without a reason), NotFound (payment, quota, settled event), QuotaShortfall, DuplicateConflict.
    """
    return in_transaction(conn, lambda: _make(conn, items, by, on))


def _make(conn: Conn, items: Sequence[DebtItem], by: By, on: date) -> list[bool]:
    settled = current(conn, EVENT, [i.settles_no for i in items])
    rows = [_row(i, no) for i, no in zip(items, settled, strict=True)]
    said = [Said(*(row[name] for name in SAID)) for row in rows]
    _require_sound(conn, said, _origins(conn, said), on)
    return make(conn, EVENT, fresh(conn, EVENT, rows), by=by, on=on)


def post_events(conn: Conn, event_nos: Sequence[str], *, by: By, on: date) -> list[bool]:
    """Review events and post them (审核入账), in both books where both are kept: True where this call did it.

    What made them sound is asked again. Raises as `make_events`; WrongState, FourEyes; RuleBroken where more
    is repaid than the books owe, or interest of a year is more than the debt bears. Nothing is posted then.
    """
    return in_transaction(conn, lambda: _post(conn, current(conn, EVENT, event_nos), by, on))


def _post(conn: Conn, keys: Sequence[str], by: By, on: date) -> list[bool]:
    moved = advance(conn, EVENT, keys, "post", by=by, on=on)
    if moved:
        said = [Said(*(getattr(event, name) for name in SAID)) for event in moved]
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
        conn.execute(
            "set constraints debt_standing, debt_claim, debt_interest immediate"
        )  # refused here, not at the end
        conn.execute("set constraints debt_standing, debt_claim, debt_interest deferred")
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
    conn: Conn, said: Sequence[Said], origins: Mapping[str, DebtEvent], on: date
) -> dict[str, Coding]:
    """bgt_id -> coding block of the quotas that these use up. Raises what is wrong, event by event."""
    payments = _payments(conn, said)
    over = _over(conn, origins.values())
    quotas = drawing.spent(conn, EVENT.name, {s.doc_key: s.bgt_id for s in said if s.bgt_id})
    blocks = {bgt_id: quota.coding for bgt_id, quota in quotas.items()}
    wrong: dict[str, FiscError] = {}
    for s in said:
        if refusal := _wrong(s, origins, payments, blocks, on, is_over=s.settles_no in over):
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


def _origins(conn: Conn, said: Sequence[Said]) -> dict[str, DebtEvent]:
    """The events that these settle, locked."""
    wanted = sorted({s.settles_no for s in said if s.settles_no})
    return {one.doc_key: one for one in read(conn, EVENT, wanted, is_locked=True)}


def _over(conn: Conn, origins: Collection[DebtEvent]) -> set[str]:
    """Those of events whose December is closed where they are charged: that year takes no charge."""
    whose = {one.doc_key: one.lower_div_code or one.mof_div_code for one in origins}
    closed = periods(conn, sorted(set(whose.values())))
    return {
        one.doc_key for one in origins
        if closed.get((whose[one.doc_key], one.fiscal_year * 100 + DECEMBER), False)
    }  # fmt: skip


def _payments(conn: Conn, said: Sequence[Said]) -> dict[str, Mapping[str, Any]]:
    """The payments that carried the money, with the functional class of each."""
    wanted = sorted({s.pay_app_no for s in said if s.pay_app_no})
    found = {number: treasury.payment(conn, number) for number in wanted}
    quotas = drawing.of_quotas(conn, {paid["bgt_id"] for paid in found.values()})
    return {
        number: {**paid, "exp_func_code": quotas[paid["bgt_id"]].coding.exp_func_code}
        for number, paid in found.items()
    }


def _wrong(
    s: Said, origins: Mapping[str, DebtEvent], payments: Mapping[str, Mapping[str, Any]],
    blocks: Mapping[str, Coding], on: date, *, is_over: bool,
) -> FiscError | None:  # fmt: skip
    kind = KINDS.get(s.kind)
    if kind is None:
        return RuleBroken(
            f"债务收付 {s.doc_key}：没有事项 {s.kind}", rule="债务收付按记账规则办理（财库〔2015〕192号）",
            hint=f"可用的事项：{'、'.join(KINDS)}",
        )  # fmt: skip
    found = [*faults.of_itself(s, kind, on), *faults.of_places(s, kind),
             *faults.of_origin(s, kind, origins.get(s.settles_no), is_over=is_over),
             *faults.of_payment(s, kind, payments.get(s.pay_app_no)),
             *faults.of_quota(s, kind, blocks.get(s.bgt_id))]  # fmt: skip
    if not found:
        return None
    return broken(
        f"债务收付 {s.doc_key}（{kind.name}）",
        found,
        f"192-{kind.rule}（财库〔2015〕192号），2023 年起按财库〔2022〕41号",
    )


def withheld(conn: Conn, region: str, fiscal_year: int) -> list[tuple[str, str, str, str, int]]:
    """What was withheld up to a year from or by a region: number, who owes, whom, fund and fen, in order."""
    found = conn.execute(
        "select doc_key, coalesce(nullif(lower_div_code, ''), mof_div_code), upper_div_code, fund_type_code, "
        "amount_fen from debt_event where kind = any(%s) and state = 'posted' and fiscal_year <= %s "
        "and %s in (mof_div_code, upper_div_code, lower_div_code) order by happened_on, doc_key",
        [["debt_withheld_by_upper", *rules.WITHHELD], fiscal_year, region],
    )
    return [(number, debtor, creditor, fund, fen) for number, debtor, creditor, fund, fen in found]


def uncharged(conn: Conn, region: str, fiscal_year: int) -> list[tuple[str, int]]:
    """What was withheld from a region up to a year and not charged by then: number, fen."""
    found = conn.execute(
        "select e.doc_key, e.amount_fen - coalesce(s.fen, 0) from debt_event e "
        "left join lateral (select sum(o.amount_fen)::bigint as fen from debt_event o "
        "where o.settles_no = e.doc_key and o.kind = 'debt_withheld_charged' and o.state = 'posted' "
        "and o.fiscal_year <= %(year)s) s on true "
        "where e.kind = any(%(kinds)s) and e.state = 'posted' and e.fiscal_year <= %(year)s "
        "and coalesce(nullif(e.lower_div_code, ''), e.mof_div_code) = %(region)s "
        "and e.amount_fen > coalesce(s.fen, 0) order by e.happened_on, e.doc_key",
        {"region": region, "year": fiscal_year, "kinds": ["debt_withheld_by_upper", *rules.WITHHELD]},
    )
    return [(number, fen) for number, fen in found]


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


def parties(conn: Conn, numbers: Sequence[str]) -> list[tuple[str, str, str]]:
    """Number, upper and lower government of those of the numbers that are events between two."""
    return conn.execute(
        "select doc_key, upper_div_code, coalesce(nullif(lower_div_code, ''), mof_div_code) from debt_event "
        "where doc_key = any(%s) and upper_div_code <> '' order by 1", [list(numbers)],
    ).fetchall()  # fmt: skip


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
