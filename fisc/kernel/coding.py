"""Coding blocks (要素组合): the budget elements of a posting, interned as one row.

Element names are the national standard's where it has one (facts: 26 核算要素 of
财办〔2022〕36号); `rev_func_code` and `theme_code` are ours, for 收入分类 and themes, and so are
those of `OWN`, which say what a part of an account is. A coding block never changes once it is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, Final
from uuid import UUID

import psycopg

from fisc.kernel.columns import joined
from fisc.kernel.errors import UnknownAccount
from fisc.kernel.memory import Memory, memory_of


class _HashedOnce:
    """Room for hash and key: a coding block is looked up in every posting, and has thirty elements."""

    __slots__ = ("_hash", "_key")
    _hash: int
    _key: UUID


@dataclass(frozen=True, slots=True)
class Coding(_HashedOnce):
    """One combination of budget elements; an element that does not apply is ''."""

    fiscal_year: int
    mof_div_code: str = ""
    fund_type_code: str = ""
    agency_code: str = ""
    dept_code: str = ""
    pro_code: str = ""
    exp_func_code: str = ""
    rev_func_code: str = ""
    tp_func_code: str = ""
    gov_bgt_eco_code: str = ""
    dep_bgt_eco_code: str = ""
    manage_mof_dep_code: str = ""
    bgt_mof_dep_code: str = ""
    bgt_type_code: str = ""
    source_type_code: str = ""
    is_advance: str = ""
    rec_div_code: str = ""
    budget_level_code: str = ""
    cor_bgt_doc_no: str = ""
    sup_bgt_doc_no: str = ""
    is_gov_purchase: str = ""
    pay_type_code: str = ""
    is_unified_pay: str = ""
    is_direct_fund: str = ""
    is_research: str = ""
    is_debt: str = ""
    is_capital: str = ""
    found_type_code: str = ""
    theme_code: str = ""
    table_part_code: str = ""
    scheme_code: str = ""
    debt_type_code: str = ""
    debt_move_code: str = ""
    relief_code: str = ""
    cut_scope_code: str = ""
    from_div_code: str = ""
    enterprise_code: str = ""
    equity_part_code: str = ""
    sector_code: str = ""
    loan_no: str = ""
    book_owner_code: str = ""
    is_last_year: str = ""
    is_reclassified: str = ""

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            found = hash(_elements(self))
            object.__setattr__(self, "_hash", found)
            return found


ELEMENTS: tuple[str, ...] = tuple(f.name for f in fields(Coding))
#: Elements of ours that tell parts of an account apart; most coding blocks have none of them.
OWN: tuple[str, ...] = ELEMENTS[ELEMENTS.index("table_part_code") :]
_elements = attrgetter(*ELEMENTS)

_INTERN = f"""
    insert into ledger.coding ({", ".join(ELEMENTS)}, elements_key)
    select {", ".join(f"c.{e}" for e in ELEMENTS)}, c.elements_key
    from jsonb_populate_recordset(null::ledger.coding, %s) c
    order by c.elements_key on conflict do nothing returning elements_key, id""".encode()


def elements_key(coding: Coding) -> UUID:
    """The digest by which equal coding blocks are one row; raises LedgerError for control characters."""
    try:
        return coding._key
    except AttributeError:
        key = UUID(bytes=hashlib.sha256(_elements_text(coding).encode()).digest()[:16])
        object.__setattr__(coding, "_key", key)
        return key


def _elements_text(coding: Coding) -> str:
    """As `ledger.elements_text`: what is ours follows an empty text, and only where there is some of it."""
    values = [str(value) for value in _elements(coding)]
    common, own = values[: -len(OWN)], values[-len(OWN) :]
    return joined([*common, "", *(own if any(own) else ())])


def intern_codings(conn: psycopg.Connection, codings: Iterable[Coding]) -> dict[Coding, int]:
    """The ids of `codings`, creating those that are new. One round trip, none for remembered ones."""
    memory, wanted = memory_of(conn), set(codings)
    found = {coding: memory.codings[coding] for coding in wanted if coding in memory.codings}
    if len(found) < len(wanted):
        looked_up = _intern(conn, wanted - found.keys(), memory)
        if memory.is_settled:
            memory.add_codings(looked_up)
        found |= looked_up
    return found


def _intern(conn: psycopg.Connection, codings: Iterable[Coding], memory: Memory) -> dict[Coding, int]:
    keys = {coding: elements_key(coding) for coding in codings}
    known = _known_ids(conn, keys.values())
    missing = [coding for coding, key in keys.items() if key not in known]
    if missing:
        rows = [
            dict(zip(ELEMENTS, _elements(coding), strict=True), elements_key=str(keys[coding]))
            for coding in missing
        ]
        memory.made()
        known |= dict(conn.execute(_INTERN, [json.dumps(rows)]).fetchall())
        if others := [keys[coding] for coding in missing if keys[coding] not in known]:
            known |= _known_ids(conn, others)  # somebody else made them meanwhile
    return {coding: known[key] for coding, key in keys.items()}


_READ = f"select id, {', '.join(ELEMENTS)} from ledger.coding where id = any(%s)".encode()


#: What a statement asks of the coding block `b` that `block_of` joins, and `blocks_in` reads.
BLOCK: Final = ", ".join(f"b.{column}" for column in ("id", *ELEMENTS))


def block_of(coding_id: str) -> str:
    """SQL that joins the coding block of an id, a column of the statement's, as `b`."""
    return f"join lateral ledger.blocks({coding_id}) b on true"


def blocks_in(conn: psycopg.Connection, rows: Iterable[Sequence[Any]]) -> dict[int, Coding]:
    """Coding blocks by id, from rows of `BLOCK`; they are remembered."""
    read = {row[0]: Coding(*row[1:]) for row in rows}
    memory = memory_of(conn)
    memory.add_blocks(read)
    if memory.is_settled:
        memory.add_codings({coding: i for i, coding in read.items()})
    return read


def codings_of(conn: psycopg.Connection, coding_ids: Iterable[int]) -> dict[int, Coding]:
    """Coding blocks by the ledger's ids; one query for those not remembered.

    Raises UnknownAccount naming an id that is not there.
    """
    memory, wanted = memory_of(conn), set(coding_ids)
    found = {i: memory.blocks[i] for i in wanted if i in memory.blocks}
    if missing := wanted - found.keys():
        read = blocks_in(conn, conn.execute(_READ, [list(missing)]))
        if gone := missing - read.keys():
            raise UnknownAccount(
                f"没有要素组合 {min(gone)}", rule="要素组合先登记后使用", hint="请核对单据所记的要素组合"
            )
        found |= read
    return found


def numbers_in(conn: psycopg.Connection, sup_bgt_doc_nos: Iterable[str]) -> set[str]:
    """Those of these numbers from above that coding blocks bear, just as they are written."""
    statement = "select distinct sup_bgt_doc_no from ledger.coding where sup_bgt_doc_no = any(%s)"
    return {number for (number,) in conn.execute(statement, [list(sup_bgt_doc_nos)])}


def first_years(conn: psycopg.Connection, codings: Iterable[Coding]) -> dict[Coding, int]:
    """Coding block -> the first year in which its region had money of its fund under its number from above.

    Its own year where it bears none.
    """
    given = list(codings)
    rows = conn.execute(
        "select mof_div_code, fund_type_code, sup_bgt_doc_no, min(fiscal_year) from ledger.coding "
        "where sup_bgt_doc_no = any(%s) group by 1, 2, 3",
        [list({one.sup_bgt_doc_no for one in given} - {""})],
    ).fetchall()
    known = {(region, fund, number): year for region, fund, number, year in rows}
    return {one: min(one.fiscal_year, known.get(_under_number(one), one.fiscal_year)) for one in given}


def _under_number(coding: Coding) -> tuple[str, str, str]:
    return coding.mof_div_code, coding.fund_type_code, coding.sup_bgt_doc_no


def _known_ids(conn: psycopg.Connection, keys: Iterable[UUID]) -> dict[UUID, int]:
    rows = conn.execute(
        "select elements_key, id from ledger.coding where elements_key = any(%s)", [list(keys)]
    ).fetchall()
    return dict(rows)
