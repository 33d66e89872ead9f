"""What stands open at a year's end, region by region: quotas, budgets, money from above, surplus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.closing.balances import of_year
from fisc.closing.quota_balances import Unallotted, quotas_left, spendable, unallotted
from fisc.closing.rules.sources import SourceLeft
from fisc.closing.rules.surplus import SurplusItem, items
from fisc.closing.services.open_items import Open
from fisc.closing.services.progress import year_end_states
from fisc.closing.services.surplus import arranged, left_over
from fisc.closing.source_balances import sources_left
from fisc.documents.book_keeping import unfinished
from fisc.documents.listing import Standing
from fisc.documents.refusals import printed
from fisc.kernel.money import format_fen
from fisc.registry import funds
from fisc.registry.books import account_words
from fisc.revenue.kinds import DAILY_REPORT
from fisc.treasury.kinds import AFFAIR

#: Of what cannot be added up, as the accounts of a book: each says its own amount.
_NO_SUM: Final = None


def quotas_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Quotas of a year that can still be spent from: no more once they were carried over."""
    return [
        Standing(region, len(left), sum(left.values()), tuple(map(account_words, left)))
        for region, stands in quotas_left(conn, regions, fiscal_year).items()
        if (left := spendable(stands))
    ]


def book_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """Accounts of a year's quota book that its closing brings to zero, each with what stands on it."""
    return [
        Standing(region, 1, _NO_SUM, (f"{account_words(one)} {format_fen(left[one])} 元",))
        for region, left in quotas_left(conn, regions, fiscal_year).items()
        for one in sorted(left.keys() - spendable(left).keys())
    ]


def _listed(of: Mapping[str, Sequence[SourceLeft | Unallotted]]) -> list[Standing]:
    """One standing for each region that has something left, which names each of them."""
    return [
        Standing(region, len(left), sum(one.fen for one in left), tuple(map(str, left)))
        for region, left in of.items() if left
    ]  # fmt: skip


def sources_open(is_meant: Callable[[SourceLeft], bool]) -> Open:
    """Money from above that no quota holds, document by document."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {
            region: [one for one in of if is_meant(one)]
            for region, of in sources_left(conn, regions, fiscal_year).items()
        }
        return _listed(stands)

    return found


def surplus_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of a year's balances law gives to the stabilisation fund."""
    return _of_items(conn, regions, fiscal_year, lambda one: one.is_settled_by_us)


def decided_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of a year's balances somebody must decide on."""
    return _of_items(conn, regions, fiscal_year, lambda one: one.is_for_decision)


def undecided_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What of the balances of a locked year nobody decided on, neither then nor in the next one, where it is.

    Where that one is locked too, it is part of what that one leaves.
    """
    here = [one.mof_div_code for one in year_end_states(conn, regions, fiscal_year + 1)
            if not one.is_year_closed]  # fmt: skip
    decided = arranged(conn, here, fiscal_year + 1)
    found = []
    for region, left in left_over(conn, here, fiscal_year).items():
        rest = [
            replace(one, amount_fen=fen) for one in items(left) if one.way == "decided"
            if (fen := _not_arranged(decided[region], one)) > 0
        ]  # fmt: skip
        if rest:
            fen = sum(one.amount_fen for one in rest)
            found.append(Standing(region, len(rest), fen, tuple(map(str, rest))))
    return found


def _not_arranged(decided: Counter[str], one: SurplusItem) -> int:
    """What is left of an item, and of what was decided of its fund so much less."""
    part = min(max(decided[one.fund_type_code], 0), one.amount_fen)
    decided[one.fund_type_code] -= part
    return one.amount_fen - part


def short_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What was carried over beyond what the year left, by fund."""
    return [
        Standing(region, len(short), sum(short.values()), tuple(map(funds.words, short)))
        for region, left in left_over(conn, regions, fiscal_year).items() if (short := left.short)
    ]  # fmt: skip


def unfinished_open(
    conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int
) -> list[Standing]:
    """Documents of every kind that are drafts or between two steps; not those that block the closing."""
    found = []
    for region, of in unfinished(conn, regions, fiscal_year).items():
        told = tuple(f"{kind.name} {printed(key)}" for kind, key in of if kind not in _ASKED_BEFORE)
        found += [Standing(region, len(told), _NO_SUM, told)] if told else []
    return found


#: Kinds whose drafts are open affairs by themselves.
_ASKED_BEFORE: Final = (AFFAIR, DAILY_REPORT)


def _of_items(
    conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int,
    is_meant: Callable[[SurplusItem], bool],
) -> list[Standing]:  # fmt: skip
    found = []
    for region, left in left_over(conn, regions, fiscal_year).items():
        meant = [one for one in items(left) if is_meant(one)]
        if meant:
            fen = sum(one.amount_fen for one in meant)
            found.append(Standing(region, len(meant), fen, tuple(map(str, meant))))
    return found


def by_region_year_open(of: Callable[[psycopg.Connection[Any], str, int], list[tuple[str, int]]]) -> Open:
    """What is left of documents, by number and fen, asked region by region."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {region: of(conn, region, fiscal_year) for region in regions}
        return [
            Standing(region, len(left), sum(fen for _, fen in left), tuple(number for number, _ in left))
            for region, left in stands.items() if left
        ]  # fmt: skip

    return found


def lapsing_open(account: str) -> Open:
    """What of a budget was never made quotas, line by line."""

    def found(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
        stands = {
            region: [one for one in of if one.account == account]
            for region, of in unallotted(conn, regions, fiscal_year).items()
        }
        return _listed(stands)

    return found


def balances_open(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Standing]:
    """What stands in the books that are closed and carried on, account by account and side by side."""
    found: list[Standing] = []
    for region, balances in of_year(conn, regions, fiscal_year).items():
        sides: dict[str, list[int]] = {}
        for one in balances:
            sides.setdefault(one.account, [0, 0])[one.fen < 0] += abs(one.fen)
        found += [
            Standing(region, 1, _NO_SUM, (f"{account_words(account)}{_sides(*of)}",))
            for account, of in sides.items()
        ]
    return found


def _sides(debit: int, credit: int) -> str:
    return "".join(f" {side} {format_fen(fen)} 元" for side, fen in (("借", debit), ("贷", credit)) if fen)
