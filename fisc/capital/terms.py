"""A funder's duties: what falls due, what was done and when, and what is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from fisc.capital.codes import Duty, duties
from fisc.capital.kinds import RETURN
from fisc.capital.services.shared import Conn, Row, rows
from fisc.documents import select
from fisc.documents.terms import Term
from fisc.kernel.findings import Place

if TYPE_CHECKING:
    from fisc.capital.models import FunderReturn

_INJECTIONS = (
    "select doc_key, enterprise_code, amount_fen, invested_on from capital_injection "
    "where mof_div_code = %s and state = 'invested' and invested_on <= %s order by doc_key"
)
_ENTERPRISES = (
    "select enterprise_code, kind, held_on from capital_enterprise "
    "where mof_div_code = %s and state = 'registered' and held_on <= %s order by enterprise_code"
)
_RETURNS: Final = "where mof_div_code = %s and state = 'accepted' and filed_on <= %s"
_DIVIDENDS = """
    select d.doc_key, d.enterprise_code, d.happened_on, d.due_on,
        (d.amount_fen - coalesce(sum(r.amount_fen), 0))::bigint as left_fen,
        max(r.happened_on) as last_on, max(r.evidence_no) as evidence_no
    from capital_income d left join capital_income r
      on r.declared_no = d.doc_key and r.state = 'posted' and r.happened_on <= %(on)s
    where d.mof_div_code = %(region)s and d.kind = 'declared' and d.state = 'posted'
      and d.happened_on <= %(on)s
    group by d.doc_key, d.enterprise_code, d.happened_on, d.due_on, d.amount_fen order by d.doc_key"""
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

Filed = dict[tuple[str, str, str], "FunderReturn"]


def overdue(conn: Conn, mof_div_code: str, on: date) -> list[Term]:
    """What is overdue in a region at the end of `on`, the latest first; [] when every duty is done."""
    late = [term for term in funder_terms(conn, mof_div_code, on) if term.is_overdue]
    return sorted(late, key=lambda term: (-term.days_late, term.about, term.document))


def funder_terms(conn: Conn, mof_div_code: str, on: date) -> list[Term]:
    """Every duty of a region's stakes that has begun by `on`, done or not, by the day it falls due.

    `about` is the enterprise, `document` what the duty concerns. `open_fen` is what is left of money that
    is due (of an injection to be registered, the injection).
    """
    given, asked = [mof_div_code, on], {"region": mof_div_code, "on": on}
    known = {duty.code: duty for duty in duties()}
    filed: Filed = {
        (row.enterprise_code, row.duty_code, row.injection_no or str(row.fiscal_year)): row
        for row in select(conn, RETURN, _RETURNS, given)
    }
    at = _At(mof_div_code, on)
    found = [
        *_yearly(at, rows(conn, _ENTERPRISES, given), filed),
        *_registrations(at, known["title_registration"], rows(conn, _INJECTIONS, given), filed),
        *_loans(at, known["loan_prepayment"], rows(conn, _LOANS, asked)),
        *_dividends(at, known["dividend"], rows(conn, _DIVIDENDS, asked)),
    ]
    return sorted(found, key=lambda term: (term.due_on, term.about, term.document))


class _At(NamedTuple):
    """Whose duties, as they stand on which day."""

    mof_div_code: str
    on: date

    def term(
        self, duty: Duty, enterprise_code: str, document: str, began_on: date, due_on: date, **told: Any
    ) -> Term:
        """A term of a duty."""
        return Term(
            duty.code, duty.name, f"{duty.rule}（{duty.source}）", self.mof_div_code, began_on, due_on,
            told.pop("done_on"), self.on, enterprise_code, document, **told,
        )  # fmt: skip


def _yearly(at: _At, enterprises: list[Row], filed: Filed) -> Iterator[Term]:
    for duty in (d for d in duties() if d.counted_from == "year"):
        for row in enterprises:
            if duty.enterprise_kind not in ("", row["kind"]):
                continue
            for year in range(row["held_on"].year, at.on.year):
                done = filed.get((row["enterprise_code"], duty.code, str(year)))
                yield _filed(at, duty, row["enterprise_code"], f"{year} 年度", date(year, 12, 31), done)


def _registrations(at: _At, duty: Duty, injections: list[Row], filed: Filed) -> Iterator[Term]:
    for row in injections:
        done = filed.get((row["enterprise_code"], duty.code, row["doc_key"]))
        began = row["invested_on"]
        yield _filed(at, duty, row["enterprise_code"], row["doc_key"], began, done, row["amount_fen"])


def _filed(  # noqa: PLR0917 -- a row of the register
    at: _At,
    duty: Duty,
    enterprise_code: str,
    document: str,
    began: date,
    done: FunderReturn | None,
    fen: int = 0,
) -> Term:
    on, number = (done.filed_on, done.evidence_no) if done else (None, "")
    due = duty.due_on(began)
    return at.term(
        duty,
        enterprise_code,
        document,
        began,
        due,
        done_on=on,
        amount_fen=fen,
        open_fen=0 if done else fen,
        evidence=number,
    )


def _loans(at: _At, duty: Duty, loans: list[Row]) -> Iterator[Term]:
    for row in loans:
        what = f"{row['doc_key']} {row['bank_name']} {row['contract_no']}"
        yield _settled(at, duty, row, what, (row["invested_on"], duty.due_on(row["invested_on"])))


def _dividends(at: _At, duty: Duty, declared: list[Row]) -> Iterator[Term]:
    for row in declared:
        yield _settled(at, duty, row, row["doc_key"], (row["happened_on"], row["due_on"]))


def _settled(at: _At, duty: Duty, row: Row, document: str, days: tuple[date, date]) -> Term:
    """Money that is due: done on the day its last part came. `days`: begun, due."""
    is_done, left = row["left_fen"] <= 0, max(row["left_fen"], 0)
    return at.term(
        duty, row["enterprise_code"], document, *days, done_on=row["last_on"] if is_done else None,
        amount_fen=left, open_fen=left, evidence=(row["evidence_no"] or "") if is_done else "",
    )  # fmt: skip


def terms(conn: Conn, place: Place) -> list[Term]:
    """A funder's duties that began or fall due in the year, and older ones that are not done."""
    year = place.fiscal_year
    return [
        term
        for term in funder_terms(conn, place.mof_div_code, place.on)
        if term.done_on is None or year in (term.began_on.year, term.due_on.year)
    ]


TERMS: Final = (terms,)
