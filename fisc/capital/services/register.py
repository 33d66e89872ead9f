"""Injections as a register shows them: basis, budget, payment, both entries, uses and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from fisc.budget import services as budget
from fisc.capital.codes import BASIS, terms
from fisc.capital.kinds import INJECTION, REFUND
from fisc.capital.rules import COST, UseLine, use_lines
from fisc.capital.services.enterprises import ACCOUNTS
from fisc.capital.services.lines import used_of_lines
from fisc.capital.services.shared import Conn, enterprise_key, enterprises_of
from fisc.documents import select
from fisc.kernel import Coding, Entry, Line, read_entries_of
from fisc.reading.books import is_own_spending
from fisc.treasury import services as treasury

if TYPE_CHECKING:
    from fisc.capital.models import Enterprise, Injection


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry of an injection: spending (5001, 5003, 5007) or equity (1071, 1061), in fen, signed."""

    natural_key: str
    business_date: date
    spent_fen: int
    equity_fen: int


@dataclass(frozen=True, slots=True)
class UseState:
    """A use line with what was repaid to banks and what was given back of it, in fen."""

    line: UseLine
    prepaid_fen: int
    refunded_fen: int

    @property
    def left_fen(self) -> int:
        """What is neither repaid nor given back; a line that is no loan is not repaid."""
        return self.line.amount_fen - self.prepaid_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class InjectionRecord:
    """An injection in whole. `coding` is its quota's block; payment fields are '' or None while there is
    no payment."""

    injection_no: str
    state: str
    enterprise_code: str
    enterprise_name: str
    basis_kind: str
    basis_name: str
    basis_doc_no: str
    basis_on: date
    bgt_id: str
    coding: Coding
    amount_fen: int
    share_bp: int
    pay_app_no: str
    payment_state: str
    paid_on: date | None
    refunded_fen: int
    uses: tuple[UseState, ...]
    entries: tuple[PostedEntry, ...]

    @property
    def spent_fen(self) -> int:
        """What the payment posted as spending, less what came back; since 2023 the equity takes it over."""
        return sum(e.spent_fen for e in self.entries if not e.equity_fen)

    @property
    def equity_fen(self) -> int:
        """Equity that stands on the books."""
        return sum(e.equity_fen for e in self.entries)


#: The books that an injection is told by: its spending and the equity it became.
_BOOKS = ("treasury_2015", "treasury_2022_financial")


def injection_register(conn: Conn, mof_div_code: str, fiscal_year: int) -> list[InjectionRecord]:
    """The injections of a region out of a year's budget, by number, those under way too."""
    found = select(conn, INJECTION, _OF_YEAR, [mof_div_code, fiscal_year])
    quotas = [row.bgt_id for row in found]
    codings = budget.quota_codings(conn, quotas) if quotas else {}
    payments = {p["pay_app_no"]: p for p in treasury.payments_of_quotas(conn, sorted(set(quotas)))}
    entries = _entries(conn, found)
    used = used_of_lines(conn, [row.doc_key for row in found])
    known = enterprises_of(conn, [enterprise_key(row.mof_div_code, row.enterprise_code) for row in found])
    return [
        _record(row, known[enterprise_key(row.mof_div_code, row.enterprise_code)], codings[row.bgt_id],
                payments.get(row.pay_app_no, {}), used=used, entries=entries.get(row.doc_key, []))
        for row in found
    ]  # fmt: skip


_OF_YEAR: Final = (
    "where mof_div_code = %s and fiscal_year = %s and state not in ('discarded', 'reversed') order by doc_key"
)


def _entries(conn: Conn, found: Sequence[Injection]) -> dict[str, list[PostedEntry]]:
    """The entries of each injection's payment, its equity and what came back of both."""
    number_of = {paper: number for number, paper in _papers(conn, found)}
    told: dict[str, list[PostedEntry]] = {}
    for entry in read_entries_of(conn, list(number_of)).values():
        if any(_book(line) in _BOOKS for line in entry.lines):
            told.setdefault(number_of[entry.document_id], []).append(_posted(entry))
    return {number: sorted(of, key=lambda e: (e.business_date, e.natural_key)) for number, of in told.items()}


def _book(line: Line) -> str:
    return line.account.partition(":")[0]


def _posted(entry: Entry) -> PostedEntry:
    lines = [line for line in entry.lines if _book(line) in _BOOKS]
    spent = (x for x in lines if x.account.partition(":")[2].startswith("5") and _is_spent(x.coding))
    equity = (x for x in lines if x.account in ACCOUNTS and x.coding.equity_part_code == COST)
    return PostedEntry(
        entry.natural_key, entry.business_date,
        sum(x.side * x.amount_fen for x in spent), sum(x.side * x.amount_fen for x in equity),
    )  # fmt: skip


def _is_spent(coding: Coding) -> bool:
    return is_own_spending(coding) and not coding.equity_part_code


def _papers(conn: Conn, found: Sequence[Injection]) -> Iterator[tuple[str, int]]:
    """(injection, ledger document): itself, what was given back of it, the payment that carries it, and
    what the treasury got back of that."""
    of_payments = treasury.papers_of_payments(conn, [row.pay_app_no for row in found])
    for row in found:
        yield row.doc_key, row.id
        yield from ((row.doc_key, paper) for paper in of_payments.get(row.pay_app_no, ()))
    for refund in select(conn, REFUND, "where injection_no = any(%s)", [[row.doc_key for row in found]]):
        yield refund.injection_no, refund.id


def _record(
    row: Injection, enterprise: Enterprise, coding: Coding, payment: Mapping[str, Any], *,
    used: dict[tuple[str, int], tuple[int, int]], entries: Sequence[PostedEntry],
) -> InjectionRecord:  # fmt: skip
    uses = tuple(UseState(u, *used[row.doc_key, u.line_no]) for u in use_lines(row.uses))
    content: dict[str, Any] = INJECTION.row(row, uses=uses)
    told = {name: content[name] for name in InjectionRecord.__slots__ if name in content}
    return InjectionRecord(
        injection_no=row.doc_key, state=row.state, **told, coding=coding,
        enterprise_name=enterprise.name, basis_name=terms(BASIS, row.fiscal_year).get(row.basis_kind, ""),
        payment_state=payment.get("state", ""), paid_on=payment.get("paid_on"),
        refunded_fen=payment.get("refunded_fen", 0), entries=tuple(entries),
    )  # fmt: skip
