"""A city and a banner with a year of books, small enough to be read as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from fisc import kernel
from fisc.banking import services as banking
from fisc.banking.proven import unproven_at_end
from fisc.closing import services as closing
from fisc.documents import Leg, Officer, define_officers, voucher
from fisc.kernel import Coding, Entry
from fisc.reserves import services as reserves
from tests.papers import a_document
from tests.transfers.world import BANNER, CITY, OTHER, YEAR, Conn, Shown, entries, furnish, tills

__all__ = [
    "BANNER", "CITY", "OTHER", "YEAR", "Conn", "Shown", "decide", "entries", "furnish", "lock",
    "say_why_unproven", "seals", "set_aside", "tills",
]  # fmt: skip

YEAR_END = date(YEAR + 1, 1, 20)


def seals(region: str = CITY) -> dict[str, Any]:
    """Who draws up and who signs a year's end of a region, and when."""
    return {**tills(region), "on": YEAR_END}


def say_why_unproven(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Two officers say why banks that no test sends statements of are not proven at a year's end."""
    define_officers(conn, [
        Officer("tallies", "对账", "", frozenset({"reconcile"})),
        Officer("checks", "疑点审核", "", frozenset({"finding_review"})),
    ])  # fmt: skip
    found = [one for one in unproven_at_end(conn, regions, fiscal_year) if not one.note_no]
    on, left = date(fiscal_year + 1, 1, 20), sorted({one.mof_div_code for one in found})
    said = [banking.UnprovenBank(f"WD{fiscal_year}-{one}", one, fiscal_year, "没有开户") for one in left]
    banking.make_unproven_notes(conn, said, by="tallies", on=on)
    banking.approve_unproven_notes(conn, [one.note_no for one in said], by="checks", on=on)


def lock(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Lock regions' year, by who signs for all of them; of their banks is said why they are not proven."""
    say_why_unproven(conn, regions, fiscal_year)
    define_officers(conn, [Officer("locks", "封账", "", frozenset({"treasury_sign"}))])
    closing.lock_year(conn, regions, fiscal_year, by="locks")


def set_aside(conn: Conn, fen: int, on: date, region: str = CITY) -> None:
    """The government's decision, on record: so much of the general budget feeds the stabilisation fund."""
    define_officers(conn, [
        Officer("moves", "国库经办", "", frozenset({"treasury_make"})),
        Officer("agrees", "国库审核", "", frozenset({"treasury_review"})),
    ])  # fmt: skip
    given = reserves.Move(
        f"安{on}{region}", "stabilisation_set_aside", region, "111", fen, on, f"市府〔{on.year}〕8号"
    )
    reserves.record_moves(conn, [given], by="moves", reviewed_by="agrees", on=on)


def decide(conn: Conn, regions: Sequence[str], fiscal_year: int) -> None:
    """Where no quotas are kept, all that the general budget left is decided on in the next year."""
    for region, left in closing.left_over(conn, regions, fiscal_year).items():
        set_aside(conn, left.surplus_fen, date(fiscal_year + 1, 1, 18), region)


def settled(conn: Conn, regions: Sequence[str], fiscal_year: int = YEAR) -> None:
    """Money from above carried over, regions' quota books closed, and what their year leaves over settled."""
    for region in regions:
        closing.carry_sources(conn, [region], fiscal_year, **seals(region))
        closing.close_quota_books(conn, [region], fiscal_year, **seals(region))
        closing.settle_surplus(conn, [region], fiscal_year, **seals(region))


def booked(
    event: str, fen: int, region: str = CITY, fund: str = "111", year: int = YEAR, month: int = 6, **more: str
) -> Entry:
    """One event of the treasury's books on a coding block; `post` gives it a document."""
    choices = {name: more.pop(name) for name in ("kind", "source", "use", "stage") if name in more}
    coding = Coding(year, region, fund, **more)
    key = f"{event}:{region}:{fund}:{year}:{month}:{fen}:{'-'.join(more.values())}"
    day, period = date(year, min(max(month, 1), 12), 1), year * 100 + month
    return voucher(key, region, day, [Leg(event, fen, coding, choices=choices)],
                   document_id=0, summary=event, period=period)  # fmt: skip


def post(conn: Conn, entries: Sequence[Entry]) -> None:
    """Post what `booked` made, each entry from a paper of its region."""
    papers = {region: a_document(conn, region, YEAR) for region in {e.region for e in entries}}
    kernel.post(conn, [replace(e, document_id=papers[e.region]) for e in entries])


def a_year(conn: Conn, region: str = CITY, year: int = YEAR, *, with_opening: bool = True) -> None:
    """Opening cash, taxes, fees, land, spending, a bond, a transfer between budgets, state capital."""
    opening = [
        booked("opening_balance", 1000, region, month=0, year=year),
        booked("opening_balance", 300, region, "121", month=0, year=year, rev_func_code="1030148"),
    ]
    flows = [
        booked("tax_received", 5000, region, year=year, rev_func_code="1010101"),
        booked("tax_received", 2000, region, year=year, rev_func_code="10104"),
        booked("tax_received", -400, region, year=year, month=7, rev_func_code="1010101"),
        booked("nontax_received", 800, region, "121", year=year, rev_func_code="1030148"),
        booked("nontax_received", 90, region, "13", year=year, rev_func_code="1030601"),
        booked("expenditure_paid", 3000, region, year=year, exp_func_code="2050202"),
        booked("expenditure_paid", 1200, region, year=year, month=9, exp_func_code="2050202"),
        booked("expenditure_paid", 700, region, year=year, exp_func_code="2010301"),
        booked("expenditure_paid", 500, region, "121", year=year, exp_func_code="2120801"),
        booked("expenditure_paid", 60, region, "13", year=year, exp_func_code="2230102"),
        booked("debt_onlent_in", 600, region, "112", year=year, rev_func_code="1101101", is_debt="1"),
        booked("funds_advanced", 40, region, year=year),
        booked(
            "capital_injected", 70, region, "13", year=year, exp_func_code="2230202", enterprise_code="S1"
        ),
    ]
    post(conn, [*(opening if with_opening else []), *flows])


def account_sums(
    conn: Conn, region: str, first: int, last: int, book: str = "treasury_2015"
) -> dict[str, int]:
    """Account code -> fen (debit positive) over periods; zeros are left out."""
    rows = conn.execute(
        "select a.code, sum(m.debit_fen - m.credit_fen)::bigint from ledger.balance_month m "
        "join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id "
        "where c.mof_div_code = %s and m.period between %s and %s and a.book = %s "
        "group by 1 having sum(m.debit_fen - m.credit_fen) <> 0 order by 1",
        [region, first, last, book],
    ).fetchall()
    return dict(rows)
