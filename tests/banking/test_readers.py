"""What a domain tells others in sets is planned with the statement that asks, and knows past moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from fisc.kernel.knowledge import known_at
from tests.banking.world import Conn, signed
from tests.treasury.paying import DAY

#: Relations that domains offer: each with nothing for its arguments.
_READERS = """
select p.proname, format('%s(%s)', p.proname,
       (select string_agg('null::' || a.kind::regtype, ', ' order by a.n)
        from unnest(p.proargtypes) with ordinality a(kind, n)))
from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = 'public'::regnamespace and p.proretset and l.lanname = 'sql' order by 1"""
_NAMES = [
    "registry_account_kinds", "registry_department", "rosters_answer", "rosters_attempts",
    "treasury_debits_on", "treasury_payments_on", "treasury_refunds_on", "treasury_returns_on",
]  # fmt: skip


def test_every_reader_is_planned_as_part_of_the_statement_that_asks(paying: Conn) -> None:
    readers = dict(paying.execute(_READERS).fetchall())
    assert [name for name in readers if name in _NAMES] == _NAMES
    for name, call in readers.items():
        plan = "\n".join(row[0] for row in paying.execute(f"explain select * from {call} t".encode()))
        assert not set(re.findall(r"Function Scan on (\w+)", plan)) & readers.keys(), name


def test_a_reader_tells_what_was_known_at_the_moment_that_is_asked_of(paying: Conn) -> None:
    (number,) = signed(paying, 10)
    asked = "select pay_cert_no, state, is_sent from treasury_payments_on(%s)"
    assert paying.execute(asked, [DAY]).fetchall() == [(number, "certified", False)]
    with known_at(paying, datetime(2000, 1, 1, tzinfo=UTC)):
        assert paying.execute(asked, [DAY]).fetchall() == []
