"""Asking for elements: may they be used, whose account is this, which are there."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from fisc.kernel.asking import Question, ask
from fisc.registry.elements import table
from fisc.registry.elements.defining import refusal_of, unusable_words
from fisc.registry.elements.items import AGENCIES, PROJECTS, TAGS, THEMES, Key, Kind, PayeeAccount, Record
from fisc.registry.elements.lifecycle import kind_named
from fisc.registry.elements.problems import NAMED, refuse_use

Connection = psycopg.Connection[Any]


def require_usable(
    conn: Connection, fiscal_year: int, mof_div_code: str, *, agency_codes: Collection[str] = (),
    pro_codes: Collection[str] = (), theme_codes: Collection[str] = (), tag_codes: Collection[str] = (),
) -> None:  # fmt: skip
    """Refuse elements that are disabled (DisabledElement) or not recorded (UnknownElement) in a year.

    One query for all that is asked about. '' among the codes is passed over, and so are
    agencies and projects where the region is ''. Under concurrency the guard of the document
    table decides (`guard_table`); this asks beforehand, to say it well.
    """
    region = mof_div_code
    codes: list[tuple[Kind, Collection[str], str]] = [(THEMES, theme_codes, ""), (TAGS, tag_codes, "")]
    if region:
        codes = [(AGENCIES, agency_codes, region), (PROJECTS, pro_codes, region), *codes]
    asked = {
        kind: {Key(fiscal_year, code, where) for code in set(mine) if code} for kind, mine, where in codes
    }
    standing = table.standings_of(conn, asked)
    for kind, keys in asked.items():
        _require(kind, keys, standing[kind.name])


def _require(kind: Kind, keys: set[Key], standing: Mapping[Key, table.Standing]) -> None:
    bad = sorted(key for key in keys if key not in standing or not standing[key].is_enabled)
    if bad:
        bad.sort(key=lambda key: key not in standing)  # the disabled ones are named first
        words = [unusable_words(kind, key, standing.get(key)) for key in bad[:NAMED]]
        refuse_use(refusal_of(standing.get(bad[0])), kind.label, words, [key.code for key in bad])


def payee_accounts(
    conn: Connection, acct_nos: Collection[str], fiscal_year: int | None = None
) -> dict[str, PayeeAccount]:
    """Whose accounts these are, in a year or (by default) in the latest year each is recorded for.

    Accounts that are not recorded are left out; those that are disabled, or whose payee is, have
    `is_usable` False. `acct_name` is the payee's name.
    """
    asked = accounts_asked("%(accounts)s", {"accounts": sorted(set(acct_nos))}, fiscal_year)
    return ask(conn, asked)


def accounts_asked(
    acct_nos: LiteralString, parameters: Mapping[str, Any], fiscal_year: int | None = None
) -> Question[dict[str, PayeeAccount]]:
    """`payee_accounts`, for who asks more at once: `acct_nos` is SQL for the list, with its `parameters`."""
    return Question(
        _accounts(acct_nos), {**parameters, "year": fiscal_year},
        lambda rows: {row[0]: PayeeAccount(*row) for row in rows},
    )  # fmt: skip


@cache
def _accounts(acct_nos: LiteralString) -> bytes:
    return _ACCOUNTS.replace("%(accounts)s", acct_nos).encode()


_ACCOUNTS = """
select distinct on (a.acct_no) a.acct_no, a.bank_no, p.name, a.payee_code, a.is_enabled and p.is_enabled
from registry_payee_account a
join registry_payee p on p.payee_code = a.payee_code and p.fiscal_year = a.fiscal_year
where a.acct_no = any (%(accounts)s) and (%(year)s::smallint is null or a.fiscal_year = %(year)s)
order by a.acct_no, a.fiscal_year desc"""

#: (fiscal year, region, name) -> the budget unit of that name: its code and its department's.
Named = dict[tuple[int, str, str], tuple[str, str]]


def payees_asked(
    fiscal_year: int, acct_nos: Collection[str], names: Collection[str], regions: Collection[str]
) -> Question[tuple[dict[str, PayeeAccount], Named]]:
    """`payee_accounts` of a year, and the budget units of it that bear one of `names` in `regions`."""
    given = {
        "accounts": sorted(set(acct_nos)), "year": fiscal_year, "names": sorted(set(names)),
        "regions": sorted(set(regions)),
    }  # fmt: skip
    return Question(_ASKED, given, _payees_in)


def _payees_in(rows: list[tuple[Any, ...]]) -> tuple[dict[str, PayeeAccount], Named]:
    accounts: dict[str, PayeeAccount] = {}
    agencies: Named = {}
    for row in rows:
        if row[0] is None:
            accounts[row[1]] = PayeeAccount(*row[1:])
        else:
            agencies[row[0], row[1], row[2]] = (row[3], row[4] or row[3])
    return accounts, agencies


_ASKED = f"""
select null::smallint, x.* from ({_ACCOUNTS}) x
union all
select fiscal_year, mof_div_code, name, agency_code, dept_code, true from registry_agency
where fiscal_year = %(year)s and mof_div_code = any(%(regions)s) and name = any(%(names)s)""".encode()


def find(
    conn: Connection, kind: str, fiscal_year: int, mof_div_code: str = "", *,
    codes: Sequence[str] | None = None, enabled_only: bool = True,
) -> list[Record]:  # fmt: skip
    """The elements of a kind in a year, by region and code: of one region ('' for all), of some codes."""
    return table.records(
        conn, kind_named(kind), fiscal_year,
        mof_div_code=mof_div_code, codes=codes, enabled_only=enabled_only,
    )  # fmt: skip


def names_of(
    conn: Connection, kind: Kind, fiscal_year: int, mof_div_code: str, codes: Collection[str]
) -> dict[str, str]:
    """Code -> name, of those units (AGENCIES) or projects (PROJECTS) of a region's year that are known."""
    statement = sql.SQL(
        "select {code}, name from {table} where fiscal_year = %s and mof_div_code = %s and {code} = any(%s)"
    ).format(code=sql.Identifier(kind.code), table=sql.Identifier(kind.table))
    return dict(conn.execute(statement, [fiscal_year, mof_div_code, list(codes)]).fetchall())


def project_kinds(conn: Connection, mof_div_code: str, fiscal_year: int) -> dict[str, str]:
    """pro_code -> pro_kind_code of a region's projects of a year and before, the latest of each."""
    rows = conn.execute(
        "select distinct on (pro_code) pro_code, pro_kind_code from registry_project"
        " where mof_div_code = %s and fiscal_year <= %s order by pro_code, fiscal_year desc",
        [mof_div_code, fiscal_year],
    )
    return dict(rows.fetchall())
