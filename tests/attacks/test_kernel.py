"""What raw SQL tries at the edges of an entry: by the owner, while the guards of the tables stand."""

from __future__ import annotations

import psycopg
import pytest

from fisc.kernel import Coding, seal, settle, verify
from tests.attacks import Who, attack
from tests.kernel import world
from tests.kernel.test_attacks import WHOLE, a_posting, an_entry, refused, refused_anyhow
from tests.kernel.world import CITY, YEAR

#: What a constraint says (the guards say FS and a number).
BOUND = "23514"


@attack(
    "an entry is committed without its postings",
    who=Who.OWNER,
    stopped_by="a trigger at the transaction's end",
)
def test_an_entry_without_postings_is_not_committed(city: psycopg.Connection) -> None:
    world.give(city, 1)
    refused(city, an_entry(), state="FS001")
    refused(city, an_entry(), a_posting(*WHOLE), an_entry("second"), state="FS001")
    refused(city, an_entry(), "savepoint s", a_posting(*WHOLE), "rollback to s", state="FS001")
    assert verify(city).ok


@attack("an entry of a day that is infinite, or not of its period", who=Who.OWNER,
        stopped_by="a constraint and the guard of entries")  # fmt: skip
@pytest.mark.parametrize("day,state", [
    ("infinity", BOUND), ("-infinity", BOUND), ("2200-01-01", BOUND), ("1949-09-30", BOUND),
    ("2025-04-14", "FS003"), ("2025-02-28", "FS003"), ("2026-03-14", "FS003"), ("2024-03-14", "FS003"),
])  # fmt: skip
def test_a_day_that_is_not_of_the_period(city: psycopg.Connection, day: str, state: str) -> None:
    world.give(city, 100)
    refused(city, an_entry().replace("2025-03-14", day), a_posting(*WHOLE), state=state)
    assert seal(city) and verify(city).ok, "what comes after is sealed"


@attack("an amount that no sum can bear", who=Who.OWNER, stopped_by="a constraint")
@pytest.mark.parametrize("fen", [2**62 + 1, 2**63 - 1, -(2**63) + 1])
def test_an_amount_that_no_sum_can_bear(city: psycopg.Connection, fen: int) -> None:
    world.give(city, 100)
    refused(city, an_entry(), a_posting(("7001", fen), ("1001", -fen)), state=BOUND)
    refused_anyhow(city, an_entry(), a_posting(("7001", 2**62), ("1001", -(2**62)), ("7001", 2**62)))


@attack("an entry says it was known before the past was settled", who=Who.OWNER,
        stopped_by="the guard of entries, by the moment each region was settled")  # fmt: skip
def test_what_was_settled_stays_as_it_was_known(city_db: str, city: psycopg.Connection) -> None:
    world.give(city, 100)
    with psycopg.connect(city_db) as early:
        began = early.execute("select transaction_timestamp()").fetchone()
        assert began is not None
        settle(city, CITY)
        forged = an_entry(more=", posted_at", values=f", '{began[0].isoformat()}'")
        refused(early, forged, a_posting(*WHOLE), state="FS007")
        early.execute(an_entry().encode())
        early.execute(a_posting(*WHOLE).encode())
    assert verify(city).ok


@attack("the moment at which a region was settled is put back", who=Who.OWNER, stopped_by="a trigger")
@pytest.mark.parametrize("change", ["settled_at = settled_at - interval '1 us'", "region_id = 2"])
def test_when_it_was_settled_stands(city: psycopg.Connection, change: str) -> None:
    settle(city, CITY)
    refused(city, f"update ledger.settled set {change}")
    refused(city, "delete from ledger.settled")
    refused_anyhow(city, "truncate ledger.settled")


@attack("a paper of a day or year that no program reads, which no seal could pass", who=Who.OWNER,
        stopped_by="a constraint")  # fmt: skip
@pytest.mark.parametrize("column,value", [
    ("dated_on", "'infinity'"), ("dated_on", "'9999-12-31'"), ("fiscal_year", "0"),
    ("recorded_at", "'infinity'"),
])  # fmt: skip
def test_a_paper_of_no_day(city: psycopg.Connection, column: str, value: str) -> None:
    given = {"natural_key": "'paper:x'", "kind": "'paper'", "region_id": "1", "fiscal_year": str(YEAR),
             "dated_on": f"'{YEAR}-03-01'", column: value}  # fmt: skip
    insert = f"insert into ledger.document ({', '.join(given)}) values ({', '.join(given.values())})"
    refused(city, insert, state=BOUND)


@attack("a period is closed at no moment, or a year is opened that no calendar has", who=Who.OWNER,
        stopped_by="a constraint")  # fmt: skip
def test_a_period_of_no_time(city: psycopg.Connection) -> None:
    refused(city, "update ledger.period set closed_at = 'infinity' where closed_at is null", state=BOUND)
    refused(city, "insert into ledger.period (region_id, period) values (1, 999901)", state=BOUND)


@attack("a coding block of no year", who=Who.OWNER, stopped_by="a constraint")
def test_a_block_of_no_year(city: psycopg.Connection) -> None:
    assert isinstance(world.refusal(city, [world.grant("g", 1, Coding(0, CITY, "111"))]), Exception)
