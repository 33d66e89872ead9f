"""Payees of one credit code or name: one payee has one code, so that what is paid to it stands together.

Persons may share a name, and so may two that say different credit codes. The database asks the same
(`registry_guard_payee_names`), whoever comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import psycopg

from fisc.registry.elements.items import Key, Payee
from fisc.registry.elements.problems import Problem
from fisc.registry.errors import SameName
from fisc.sheets.text import plain_words

_PERSON: Final = "person"
_STANDING: Final = """
select g.place - 1, min(array[n.payee_code, n.what])
from unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::text[])
    with ordinality g(year, code, name, kind, credit, place)
cross join lateral registry_namesakes(g.year, g.code, g.name, g.kind, g.credit) n
where %s::boolean
    or not exists (select from registry_payee p where p.payee_code = g.code and p.fiscal_year = g.year)
group by g.place"""


def problems(conn: psycopg.Connection[Any], payees: Sequence[Payee], *, are_revised: bool) -> list[Problem]:
    """Payees whose credit code or name another has in their year, in the ledger or before them in the call.

    Those that stand are asked about only where they are revised. Who records payees at once waits here.
    """
    conn.execute("select registry_wait_for_names()")
    columns = [
        [payee.fiscal_year for payee in payees], [payee.payee_code for payee in payees],
        [payee.name for payee in payees], [payee.kind for payee in payees],
        [payee.credit_code for payee in payees],
    ]  # fmt: skip
    found = dict(conn.execute(_STANDING, [*columns, are_revised]).fetchall()) | dict(_among(payees))
    return [
        Problem(
            at,
            f"{payees[at].payee_code} {payees[at].name}",
            f"与收款人 {other} {what}",
            SameName,
            column="name",
        )
        for at, (other, what) in sorted(found.items())
    ]


def of_keys(conn: psycopg.Connection[Any], keys: Sequence[Key]) -> list[Problem]:
    """As `problems`, of payees that stand and shall be in use again."""
    rows = conn.execute(
        "select p.payee_code, p.name, p.kind, p.fiscal_year, p.credit_code "
        "from unnest(%s::int[], %s::text[]) g(year, code) "
        "join registry_payee p on p.payee_code = g.code and p.fiscal_year = g.year",
        [[key.fiscal_year for key in keys], [key.code for key in keys]],
    )
    return problems(
        conn,
        [Payee(code, name, kind, (), year, credit) for code, name, kind, year, credit in rows],
        are_revised=True,
    )


def _among(payees: Sequence[Payee]) -> Iterator[tuple[int, tuple[str, str]]]:
    """Places of those that are the same as one of another code before them: that one's code, and in what."""
    by_credit: dict[tuple[int, str], str] = {}
    by_name: dict[tuple[int, str], list[Payee]] = {}
    for at, payee in enumerate(payees):
        named = by_name.setdefault((payee.fiscal_year, plain_words(payee.name)), [])
        of_credit = by_credit.setdefault(
            (payee.fiscal_year, payee.credit_code or payee.payee_code), payee.payee_code
        )
        if of_credit != payee.payee_code:
            yield at, (of_credit, f"是同一统一社会信用代码（{payee.credit_code}）")
        elif other := next((one for one in named if _is_namesake(one, payee)), None):
            yield at, (other.payee_code, "同名")
        named.append(payee)


def _is_namesake(one: Payee, other: Payee) -> bool:
    """Whether two of one name and of different codes would be one payee."""
    are_persons = one.kind == other.kind == _PERSON
    return (
        one.payee_code != other.payee_code and not are_persons and not (one.credit_code and other.credit_code)
    )
