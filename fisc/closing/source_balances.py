"""Money from above that no quota holds at a year's end, document by document: read only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import psycopg

from fisc.closing.over_carried import over_carried
from fisc.closing.rules.sources import (
    BUDGETS,
    GOES_BACK,
    NUMBERED,
    REGISTER,
    SourceLeft,
    Taken,
    taken_from,
)
from fisc.documents.accounts import SOURCE_BUDGETED, SOURCE_PENDING, SPENDING, TRANSFER_SPENDING
from fisc.kernel import Coding, codings_of
from fisc.kernel.entries import OPENING_MONTH, YEAR_END_MONTH
from fisc.reading.algebra import CREDIT
from fisc.reading.ledger import Among, Turnover, turnover, year
from fisc.registry import limits
from fisc.registry.fund_kinds import FUND
from fisc.registry.quota_rules import CARRIED, speaks_of
from fisc.reserves import services as reserves
from fisc.transfers import services as transfers

Conn = psycopg.Connection[Any]

#: What a year's end says of a document whose money does not go on.
UNBOUND: Final = "一般性转移支付没有限定用途，作结余补充预算稳定调节基金"
LYING: Final = "连续两年未用完，作结余"
#: Sources that years before left; those marked as of last year came back in this one.
_CARRIED_SOURCES: Final = "quota:9104"
_Books = dict[tuple[str, Coding], int]


def sources_left(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, list[SourceLeft]]:
    """Region -> what of each document from above no quota of its year holds, by number and fund."""
    books = _books(conn, regions, fiscal_year)
    known = transfers.purposes(conn, regions, fiscal_year) if any(books.values()) else {}
    back = _came_back(conn, regions, fiscal_year) if known else {}
    return {
        region: [
            *(part for one in _left(books[region], known, _room(conn, region, fiscal_year, books[region]))
              for kept in _lying(one, back) for part in _going_back(kept, known)),
            *over_carried(conn, region, fiscal_year),
        ]
        for region in regions
    }  # fmt: skip


def _room(conn: Conn, region: str, fiscal_year: int, books: _Books) -> Counter[str]:
    """Fund -> fen that budgets without numbers hold and that is there: what they only count on is not."""
    registered = {one.fund_type_code for (code, one), fen in books.items() if code == REGISTER and fen}
    missing = reserves.still_to_come(conn, region, fiscal_year, sorted(registered))
    found: Counter[str] = Counter()
    for (code, one), fen in books.items():
        if code in NUMBERED and _is_plain(one) and one.fund_type_code in registered:
            found[one.fund_type_code] += fen
    return Counter({fund: max(fen - missing.get(fund, 0), 0) for fund, fen in found.items()})


def _came_back(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[Coding, int]:
    """The pool of a document -> what of earlier years' payments came back to it in the year and did not go on
    yet; fen."""
    asked = Turnover(
        (_CARRIED_SOURCES,), tuple(regions), year(fiscal_year), coding_year=fiscal_year,
        where=(Among("is_last_year", ("1",)),),
    )  # fmt: skip
    rows = turnover(conn, asked, "mof_div_code", "fund_type_code", "sup_bgt_doc_no")
    went_on = _went_on(conn, regions, fiscal_year) if rows else {}
    return {
        Coding(fiscal_year, region, fund, sup_bgt_doc_no=number): fen - went_on.get((region, number, fund), 0)
        for (region, fund, number), fen in rows.items()
    }  # fmt: skip


def _lying(one: SourceLeft, back: Mapping[Coding, int]) -> list[SourceLeft]:
    """What lies for the second year, apart from what came back in this one: that was spent, and goes on."""
    kept, left = list[Taken](), back.get(one.pool, 0) if one.why_not == LYING else 0
    rest = list(one.taken)
    while left > 0 and rest:
        part = rest.pop(0)
        kept.append(replace(part, fen=min(part.fen, left)))
        if part.fen > left:
            rest.insert(0, replace(part, fen=part.fen - left))
        left -= part.fen
    if not kept:
        return [one]
    goes_on = replace(one, taken=tuple(kept), why_not="")
    return [goes_on, *([SourceLeft(one.pool, tuple(rest), why_not=LYING)] if rest else [])]


def _going_back(one: SourceLeft, known: Mapping[tuple[str, str, str], transfers.Purpose]) -> list[SourceLeft]:
    """What lies for the second year: special money that nobody was given goes back to the level above.

    What the own budget holds of it without a number is its surplus.
    """
    of = known.get((one.pool.mof_div_code, one.pool.sup_bgt_doc_no, one.pool.fund_type_code))
    if one.why_not != LYING or of is None or not of.is_special:
        return [one]
    waits = tuple(part for part in one.taken if part.coding.sup_bgt_doc_no)
    rest = tuple(part for part in one.taken if not part.coding.sup_bgt_doc_no)
    gone = [SourceLeft(one.pool, waits, why_not=GOES_BACK)] if waits else []
    return [*gone, *([replace(one, taken=rest)] if rest or one.budgeted_fen or not waits else [])]


def to_give_back(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, Counter[tuple[str, str]]]:
    """Region -> what of its year goes back to the level above, by fund and kind of fund; fen."""
    left = sources_left(conn, regions, fiscal_year)
    found: dict[str, Counter[tuple[str, str]]] = {region: Counter() for region in regions}
    if not any(one.goes_back for of in left.values() for one in of):
        return found
    kinds = transfers.fund_kinds(conn, regions, fiscal_year)
    for region, of in left.items():
        for one in of:
            if one.goes_back:
                fund, number = one.pool.fund_type_code, one.pool.sup_bgt_doc_no
                kind = kinds.get((region, False, number), "") if fund == FUND else ""
                found[region][fund, kind] += one.fen
    return found


def _books(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[str, _Books]:
    """What stands in pools, in budgets that are no quotas, in the register: region -> place -> fen."""
    accounts = (SOURCE_PENDING, SPENDING, TRANSFER_SPENDING, SOURCE_BUDGETED)
    asked = Turnover(
        accounts, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0), CREDIT, coding_year=fiscal_year
    )
    rows = {
        key: fen for key, fen in turnover(conn, asked, "mof_div_code", "code", "coding_id").items() if fen
    }
    blocks = codings_of(conn, {number for _, _, number in rows})
    found: dict[str, _Books] = {region: {} for region in regions}
    for (region, code, number), fen in rows.items():
        found[region][code, blocks[number]] = fen
    return found


def _left(
    books: _Books, known: Mapping[tuple[str, str, str], transfers.Purpose], room: Counter[str]
) -> Iterator[SourceLeft]:
    waiting: dict[Coding, list[Taken]] = defaultdict(list)
    registered: Counter[Coding] = Counter()
    for (code, coding), fen in books.items():
        if coding.sup_bgt_doc_no and code in NUMBERED:
            waiting[_pool(coding)].append(Taken(code, coding, fen))
        elif code == REGISTER:
            registered[_pool(coding)] += fen
    free = {(code, one): fen for (code, one), fen in books.items() if code in BUDGETS and _is_plain(one)}
    for pool in sorted({*waiting, *registered}, key=lambda one: (one.sup_bgt_doc_no, one.fund_type_code)):
        of = known.get((pool.mof_div_code, pool.sup_bgt_doc_no, pool.fund_type_code))
        of_fund = {key: fen for key, fen in free.items() if key[1].fund_type_code == pool.fund_type_code}
        wanted = min(registered[pool], room[pool.fund_type_code])
        drawn = taken_from(of_fund, wanted, of.classes if of else ())
        for one in drawn:
            free[one.code, one.coding] -= one.fen
            room[pool.fund_type_code] -= one.fen
        used = registered[pool] - sum(one.fen for one in drawn)
        yield SourceLeft(pool, (*waiting[pool], *drawn), registered[pool], used, _why_not(pool, of))


def _pool(coding: Coding) -> Coding:
    return Coding(
        coding.fiscal_year, coding.mof_div_code, coding.fund_type_code, sup_bgt_doc_no=coding.sup_bgt_doc_no
    )


def _is_plain(coding: Coding) -> bool:
    """Whether a block of a budget may hold money of the register: it has no number, nor was it carried."""
    return not coding.sup_bgt_doc_no and coding.bgt_type_code != CARRIED


def _why_not(pool: Coding, of: transfers.Purpose | None) -> str:
    """Why a document's money does not go on; '' where it does. Proceeds of bonds stay with their projects."""
    if of is None or speaks_of("bound", pool):
        return ""
    if not of.has_purpose:
        return UNBOUND
    years = limits.limit("carry_over_years", pool.fiscal_year + 1)
    return LYING if pool.fiscal_year + 1 - of.fiscal_year >= years else ""


def carried_sources(
    conn: Conn, regions: Sequence[str], fiscal_year: int
) -> dict[str, Counter[tuple[str, str]]]:
    """Region -> what papers carried out of its year under numbers, by fund and kind of fund; fen."""
    found: dict[str, Counter[tuple[str, str]]] = {region: Counter() for region in regions}
    rows = _went_on(conn, regions, fiscal_year)
    if not any(number for _, number, _ in rows):
        return found
    kinds = transfers.fund_kinds(conn, regions, fiscal_year)
    for (region, number, fund), fen in rows.items():
        if number:
            found[region][fund, kinds.get((region, False, number), "") if fund == FUND else ""] += fen
    return found


def _went_on(conn: Conn, regions: Sequence[str], fiscal_year: int) -> dict[tuple[str, str, str], int]:
    """(region, number, fund) -> what stands in the next year's pool because papers carried it there; fen."""
    first = (fiscal_year + 1) * 100 + OPENING_MONTH
    asked = Turnover((SOURCE_PENDING,), tuple(regions), (first, first), CREDIT)
    rows = turnover(conn, asked, "mof_div_code", "sup_bgt_doc_no", "fund_type_code")
    return {(region, number, fund): fen for (region, number, fund), fen in rows.items()}
