"""Payees of one name: one payee has one code, so that what is paid to it stands together.

Persons may share a name. The database asks the same (`registry_guard_payee_names`), whoever comes first.
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
select g.place - 1, min(n.payee_code)
from unnest(%s::int[], %s::text[], %s::text[], %s::text[]) with ordinality g(year, code, name, kind, place)
cross join lateral registry_namesakes(g.year, g.code, g.name, g.kind) n
where %s::boolean
    or not exists (select from registry_payee p where p.payee_code = g.code and p.fiscal_year = g.year)
group by g.place"""


def problems(conn: psycopg.Connection[Any], payees: Sequence[Payee], *, are_revised: bool) -> list[Problem]:
    """Payees whose name another bears in their year, in the ledger or before them in the call.

    Those that stand are asked about only where they are revised. Who records payees at once waits here.
    """
    conn.execute("select registry_wait_for_names()")
    columns = [
        [payee.fiscal_year for payee in payees], [payee.payee_code for payee in payees],
        [payee.name for payee in payees], [payee.kind for payee in payees],
    ]  # fmt: skip
    found = dict(conn.execute(_STANDING, [*columns, are_revised]).fetchall()) | dict(_among(payees))
    return [
        Problem(
            at,
            f"{payees[at].payee_code} {payees[at].name}",
            f"与收款人 {other} 同名",
            SameName,
            column="name",
        )
        for at, other in sorted(found.items())
    ]


def of_keys(conn: psycopg.Connection[Any], keys: Sequence[Key]) -> list[Problem]:
    """As `problems`, of payees that stand and shall be in use again."""
    rows = conn.execute(
        "select p.payee_code, p.name, p.kind, p.fiscal_year from unnest(%s::int[], %s::text[]) g(year, code) "
        "join registry_payee p on p.payee_code = g.code and p.fiscal_year = g.year",
        [[key.fiscal_year for key in keys], [key.code for key in keys]],
    )
    return problems(
        conn, [Payee(code, name, kind, (), year) for code, name, kind, year in rows], are_revised=True
    )


def _among(payees: Sequence[Payee]) -> Iterator[tuple[int, str]]:
    """Places of those that bear the name of one before them: that one's code."""
    firsts: dict[tuple[int, str], dict[bool, str]] = {}
    for at, payee in enumerate(payees):
        is_person = payee.kind == _PERSON
        named = firsts.setdefault((payee.fiscal_year, plain_words(payee.name)), {})
        others = [code for person, code in named.items() if not (person and is_person)]
        if others and payee.payee_code not in named.values():
            yield at, others[0]
        named.setdefault(is_person, payee.payee_code)
