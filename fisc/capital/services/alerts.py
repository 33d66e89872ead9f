"""What is overdue in a funder's duties: registrations, returns, dividends, loans not yet repaid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fisc.capital.services.lines import left_of_lines
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


_INJECTIONS = (
    "select doc_key, enterprise_code, amount_fen, invested_on, uses from capital_injection "
    "where mof_div_code = %s and state = 'invested' and invested_on <= %s order by doc_key"
)
_ENTERPRISES = (
    "select enterprise_code, kind, held_on from capital_enterprise "
    "where mof_div_code = %s and state = 'registered' and held_on <= %s order by enterprise_code"
)
_RETURNS = (
    "select enterprise_code, duty_code, injection_no, fiscal_year from capital_return "
    "where mof_div_code = %s and state = 'accepted' and filed_on <= %s"
)
_DIVIDENDS = """
    select d.doc_key, d.enterprise_code, d.due_on, (d.amount_fen - coalesce((
        select sum(r.amount_fen) from capital_income r where r.declared_no = d.doc_key and r.state = 'posted'
        and r.happened_on <= %(on)s), 0))::bigint as left_fen
    from capital_income d where d.mof_div_code = %(region)s and d.kind = 'declared' and d.state = 'posted'
      and d.due_on < %(on)s order by d.doc_key"""


def alerts(conn: Conn, mof_div_code: str, on: date) -> list[Alert]:
    """What is overdue in a region at the end of `on`, the latest first; [] when every duty is done."""
    given = [mof_div_code, on]
    known = {duty.code: duty for duty in duties()}
    filed = {
        (row["enterprise_code"], row["duty_code"], row["injection_no"] or str(row["fiscal_year"]))
        for row in rows(conn, _RETURNS, given)
    }
    injections = rows(conn, _INJECTIONS, given)
    found = [
        *_yearly(rows(conn, _ENTERPRISES, given), filed, on),
        *_registrations(known["title_registration"], injections, filed, on),
        *_loans(conn, known["loan_prepayment"], injections, on),
        *_dividends(known["dividend"], rows(conn, _DIVIDENDS, {"region": mof_div_code, "on": on}), on),
    ]
    return sorted(found, key=lambda alert: (-alert.days_late, alert.enterprise_code, alert.concerns))


def _alert(duty: Duty, enterprise_code: str, concerns: str, days: tuple[date, date], fen: int = 0) -> Alert:
    due_on, on = days
    late = (on - due_on).days
    return Alert(duty.code, duty.name, enterprise_code, concerns, due_on, late, fen, duty.rule, duty.source)


def _yearly(enterprises: list[Row], filed: set[tuple[str, str, str]], on: date) -> Iterator[Alert]:
    for duty in (d for d in duties() if d.counted_from == "year"):
        for row in enterprises:
            if duty.enterprise_kind not in ("", row["kind"]):
                continue
            for year in range(row["held_on"].year, on.year):
                due = duty.due_on(date(year, 12, 31))
                if due < on and (row["enterprise_code"], duty.code, str(year)) not in filed:
                    yield _alert(duty, row["enterprise_code"], f"{year} 年度", (due, on))


def _registrations(
    duty: Duty, injections: list[Row], filed: set[tuple[str, str, str]], on: date
) -> Iterator[Alert]:
    for row in injections:
        due = duty.due_on(row["invested_on"])
        if due < on and (row["enterprise_code"], duty.code, row["doc_key"]) not in filed:
            yield _alert(duty, row["enterprise_code"], row["doc_key"], (due, on), row["amount_fen"])


def _loans(conn: Conn, duty: Duty, injections: list[Row], on: date) -> Iterator[Alert]:
    left = left_of_lines(conn, [row["doc_key"] for row in injections])
    for row in injections:
        due = duty.due_on(row["invested_on"])
        for use in row["uses"]:
            fen = left[row["doc_key"], use["line_no"]]
            if use["kind"] == "loan" and fen > 0 and due < on:
                what = f"{row['doc_key']} {use['bank_name']} {use['contract_no']}"
                yield _alert(duty, row["enterprise_code"], what, (due, on), fen)


def _dividends(duty: Duty, declared: list[Row], on: date) -> Iterator[Alert]:
    for row in declared:
        if row["left_fen"] > 0:
            yield _alert(duty, row["enterprise_code"], row["doc_key"], (row["due_on"], on), row["left_fen"])
