"""A funder's duties: what falls due, what was done and when, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fisc.capital.services.shared import Conn, Row, rows
from fisc.capital.terms import Duty, duties


@dataclass(frozen=True, slots=True)
class Alert:
    """A duty that is late: whose, concerning what, since when, and where the duty is written."""

    duty_code: str
    duty_name: str
    enterprise_code: str
    concerns: str
    due_on: date
    days_late: int
    amount_fen: int
    rule: str
    source: str


@dataclass(frozen=True, slots=True)
class DutyState:
    """A duty as it stands on a day: `done_on` and `evidence_no` where it is done, `amount_fen` what is left
    of money that is due (of an injection to be registered, the injection)."""

    duty: Duty
    enterprise_code: str
    concerns: str
    due_on: date
    done_on: date | None
    amount_fen: int
    evidence_no: str = ""

    def days_late(self, on: date) -> int:
        """How many days it was done after its day, or has been open beyond it; 0 where it is in time."""
        return max(((self.done_on or on) - self.due_on).days, 0)


_INJECTIONS = (
    "select doc_key, enterprise_code, amount_fen, invested_on from capital_injection "
    "where mof_div_code = %s and state = 'invested' and invested_on <= %s order by doc_key"
)
_ENTERPRISES = (
    "select enterprise_code, kind, held_on from capital_enterprise "
    "where mof_div_code = %s and state = 'registered' and held_on <= %s order by enterprise_code"
)
_RETURNS = (
    "select enterprise_code, duty_code, injection_no, fiscal_year, filed_on, evidence_no from capital_return "
    "where mof_div_code = %s and state = 'accepted' and filed_on <= %s"
)
_DIVIDENDS = """
    select d.doc_key, d.enterprise_code, d.due_on, (d.amount_fen - coalesce(sum(r.amount_fen), 0))::bigint
               as left_fen, max(r.happened_on) as last_on, max(r.evidence_no) as evidence_no
    from capital_income d left join capital_income r
      on r.declared_no = d.doc_key and r.state = 'posted' and r.happened_on <= %(on)s
    where d.mof_div_code = %(region)s and d.kind = 'declared' and d.state = 'posted'
      and d.happened_on <= %(on)s
    group by d.doc_key, d.enterprise_code, d.due_on, d.amount_fen order by d.doc_key"""
#: What the loans of injections have left on a day: repaid to banks, or given back, up to then.
_LOANS = """
    select i.doc_key, i.enterprise_code, i.invested_on, u ->> 'bank_name' as bank_name,
        u ->> 'contract_no' as contract_no,
        ((u ->> 'amount_fen')::bigint - coalesce(p.fen, 0) - coalesce(r.fen, 0))::bigint as left_fen,
        greatest(p.last_on, r.last_on) as last_on, coalesce(p.evidence_no, '') as evidence_no
    from capital_injection i cross join lateral jsonb_array_elements(i.uses) u
    left join lateral (
        select sum(x.amount_fen) as fen, max(x.prepaid_on) as last_on, max(x.evidence_no) as evidence_no
        from capital_prepayment x where x.injection_no = i.doc_key and x.state = 'confirmed'
          and x.line_no = (u ->> 'line_no')::int and x.prepaid_on <= %(on)s) p on true
    left join lateral (
        select sum(x.amount_fen) as fen, max(x.refunded_on) as last_on
        from capital_refund x where x.injection_no = i.doc_key and x.state = 'posted'
          and x.line_no = (u ->> 'line_no')::int and x.refunded_on <= %(on)s) r on true
    where i.mof_div_code = %(region)s and i.state = 'invested' and i.invested_on <= %(on)s
      and u ->> 'kind' = 'loan'
    order by i.doc_key, (u ->> 'line_no')::int"""

Filed = dict[tuple[str, str, str], Row]


def alerts(conn: Conn, mof_div_code: str, on: date) -> list[Alert]:
    """What is overdue in a region at the end of `on`, the latest first; [] when every duty is done."""
    late = [s for s in duty_states(conn, mof_div_code, on) if s.done_on is None and s.due_on < on]
    found = [
        Alert(
            s.duty.code, s.duty.name, s.enterprise_code, s.concerns, s.due_on, s.days_late(on), s.amount_fen,
            s.duty.rule, s.duty.source,
        )
        for s in late
    ]  # fmt: skip
    return sorted(found, key=lambda alert: (-alert.days_late, alert.enterprise_code, alert.concerns))


def duty_states(conn: Conn, mof_div_code: str, on: date) -> list[DutyState]:
    """Every duty of a region's stakes that has begun by `on`, done or not, by the day it falls due."""
    given, asked = [mof_div_code, on], {"region": mof_div_code, "on": on}
    known = {duty.code: duty for duty in duties()}
    filed: Filed = {
        (row["enterprise_code"], row["duty_code"], row["injection_no"] or str(row["fiscal_year"])): row
        for row in rows(conn, _RETURNS, given)
    }
    found = [
        *_yearly(rows(conn, _ENTERPRISES, given), filed, on),
        *_registrations(known["title_registration"], rows(conn, _INJECTIONS, given), filed),
        *_loans(known["loan_prepayment"], rows(conn, _LOANS, asked)),
        *_dividends(known["dividend"], rows(conn, _DIVIDENDS, asked)),
    ]
    return sorted(found, key=lambda s: (s.due_on, s.enterprise_code, s.concerns))


def _yearly(enterprises: list[Row], filed: Filed, on: date) -> Iterator[DutyState]:
    for duty in (d for d in duties() if d.counted_from == "year"):
        for row in enterprises:
            if duty.enterprise_kind not in ("", row["kind"]):
                continue
            for year in range(row["held_on"].year, on.year):
                done = filed.get((row["enterprise_code"], duty.code, str(year)))
                due = duty.due_on(date(year, 12, 31))
                yield _filed(duty, row["enterprise_code"], f"{year} 年度", due, done)


def _registrations(duty: Duty, injections: list[Row], filed: Filed) -> Iterator[DutyState]:
    for row in injections:
        done = filed.get((row["enterprise_code"], duty.code, row["doc_key"]))
        due = duty.due_on(row["invested_on"])
        yield _filed(duty, row["enterprise_code"], row["doc_key"], due, done, row["amount_fen"])


def _filed(  # noqa: PLR0917 -- a row of the register
    duty: Duty, enterprise_code: str, concerns: str, due: date, done: Row | None, fen: int = 0
) -> DutyState:
    on, number = (done["filed_on"], done["evidence_no"]) if done else (None, "")
    return DutyState(duty, enterprise_code, concerns, due, on, fen, number)


def _loans(duty: Duty, loans: list[Row]) -> Iterator[DutyState]:
    for row in loans:
        what = f"{row['doc_key']} {row['bank_name']} {row['contract_no']}"
        yield _settled(duty, row, what, duty.due_on(row["invested_on"]))


def _dividends(duty: Duty, declared: list[Row]) -> Iterator[DutyState]:
    for row in declared:
        yield _settled(duty, row, row["doc_key"], row["due_on"])


def _settled(duty: Duty, row: Row, concerns: str, due: date) -> DutyState:
    """Money that is due: done on the day its last part came."""
    is_done = row["left_fen"] <= 0
    return DutyState(
        duty, row["enterprise_code"], concerns, due, row["last_on"] if is_done else None,
        max(row["left_fen"], 0), (row["evidence_no"] or "") if is_done else "",
    )  # fmt: skip
