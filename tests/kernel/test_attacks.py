"""What raw SQL by the tables' owner can do to the ledger while its triggers stand: nothing.

The owner here is a superuser. Each attack is followed by a proof that nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from fisc.kernel import close_periods, post, seal, verify

from . import world
from .world import CITY, YEAR, A, left, pay

LEDGER = ("region", "account", "coding", "document", "entry", "posting", "seal")
DERIVED = ("balance", "balance_month", "writing")


@pytest.fixture(scope="module")
def sealed(shared_city: psycopg.Connection) -> psycopg.Connection:
    """A sealed ledger with a grant and a payment."""
    world.give(shared_city, 100)
    post(shared_city, [pay("p", 30)])
    close_periods(shared_city, [CITY], [YEAR * 100 + 1])
    seal(shared_city)
    return shared_city


@pytest.fixture
def stood(sealed: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """That ledger; after the attack it must be what it was, and go on."""
    before = contents(sealed)
    yield sealed
    assert contents(sealed) == before
    report = verify(sealed)
    assert report.ok, report
    with sealed.transaction(force_rollback=True):
        post(sealed, [pay("the ledger goes on", 70)])
        assert left(sealed) == 0


def contents(conn: psycopg.Connection) -> list[tuple[object, ...]]:
    """Every row of the ledger, as text."""
    tables = [t for t in (*LEDGER, *DERIVED, "period") if t != "writing"]
    query = " union all ".join(f"select '{t}', t::text from ledger.{t} t" for t in tables) + " order by 1, 2"
    return conn.execute(query.encode()).fetchall()


def refused(conn: psycopg.Connection, *statements: str, state: str = "FS006") -> None:
    """All statements in one transaction: refused in our words, with this SQLSTATE."""
    with pytest.raises(psycopg.Error) as error, conn.transaction():
        for statement in statements:
            conn.execute(statement.encode())
    assert error.value.sqlstate == state, error.value


def refused_anyhow(conn: psycopg.Connection, *statements: str) -> None:
    """Refused by whatever rule."""
    with pytest.raises(psycopg.Error), conn.transaction():
        for statement in statements:
            conn.execute(statement.encode())


COLUMNS = {"region": "mof_div_code = mof_div_code", "account": "name = 'x'", "coding": "loan_no = 'x'",
           "document": "title = 'x'", "entry": "summary = 'x'", "posting": "amount_fen = 1",
           "seal": "digest = ''", "balance": "balance_fen = 10^9", "balance_month": "debit_fen = 0",
           "writing": "upto = 0", "period": "closed_at = null"}  # fmt: skip


@pytest.mark.parametrize("table", LEDGER)
class TestAppendOnly:
    def test_update(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"update ledger.{table} set {COLUMNS[table]}")

    def test_update_of_nothing(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"update ledger.{table} set {COLUMNS[table]} where false")

    def test_delete(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"delete from ledger.{table}")

    def test_truncate(self, stood: psycopg.Connection, table: str) -> None:
        refused_anyhow(stood, f"truncate ledger.{table}")
        refused_anyhow(stood, f"truncate ledger.{table} cascade")

    def test_merge(self, stood: psycopg.Connection, table: str) -> None:
        source = f"merge into ledger.{table} t using (select 1) s on true"
        refused(stood, f"{source} when matched then delete")
        refused(stood, f"{source} when matched then update set {COLUMNS[table]}")


@pytest.mark.parametrize("table", DERIVED)
class TestDerived:
    def test_update(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"update ledger.{table} set {COLUMNS[table]}")

    def test_insert(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"insert into ledger.{table} select * from ledger.{table}")

    def test_copy(self, stood: psycopg.Connection, table: str) -> None:
        statement = f"copy ledger.{table} from stdin".encode()
        with pytest.raises(psycopg.Error) as error, stood.cursor() as cursor, cursor.copy(statement):
            pass
        assert error.value.sqlstate == "FS006"

    def test_delete(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"delete from ledger.{table}")

    def test_truncate(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"truncate ledger.{table}")

    def test_upsert(self, stood: psycopg.Connection, table: str) -> None:
        refused(stood, f"insert into ledger.{table} select * from ledger.{table} on conflict do nothing")

    def test_merge(self, stood: psycopg.Connection, table: str) -> None:
        source = f"merge into ledger.{table} t using (select 1) s on true"
        refused(stood, f"{source} when matched then delete")
        refused(stood, f"{source} when matched then update set {COLUMNS[table]}")


class TestPeriods:
    @pytest.mark.parametrize(
        "change",
        [
            "closed_at = null",
            "closed_at = now()",
            "closed_at = '2000-01-01'",
            "period = 202599",
            "region_id = 2",
        ],
    )
    def test_a_closed_period_stays_as_it_is(self, stood: psycopg.Connection, change: str) -> None:
        refused(stood, f"update ledger.period set {change} where closed_at is not null")

    def test_no_period_is_removed(self, stood: psycopg.Connection) -> None:
        refused(stood, "delete from ledger.period where period = 202501")
        refused(stood, "truncate ledger.period")

    def test_a_closed_period_is_not_opened_beside_itself(self, stood: psycopg.Connection) -> None:
        refused_anyhow(stood, "insert into ledger.period select region_id, period from ledger.period")
        again = "insert into ledger.period select region_id, period from ledger.period on conflict"
        refused(stood, f"{again} (region_id, period) do update set closed_at = null")


ENTRY = ("insert into ledger.entry (period, business_date, region_id, line_count, natural_key, "
         "document_id{more}) "
         "values (202503, '2025-03-14', 1, {lines}, '{key}', 1{values})")  # fmt: skip


def an_entry(key: str = "raw", lines: int = 2, more: str = "", values: str = "") -> str:
    return ENTRY.format(key=key, lines=lines, more=more, values=values)


def a_posting(*rows: tuple[str, int], key: str = "raw", period: int = 202503) -> str:
    """Postings of (account code, signed fen) to the entry with that key."""
    values = ", ".join(
        f"((select id from ledger.entry where natural_key = '{key}'), {fen}, 1, {period}, "
        f"(select id from ledger.account where code = '{code}'), {n}, {1 if fen > 0 else -1})"
        for n, (code, fen) in enumerate(rows, 1)
    )
    return f"insert into ledger.posting values {values}"


WHOLE = (("7001", 5), ("1001", -5))


class TestPostings:
    def test_what_is_whole_is_taken_by_whatever_way(self, city: psycopg.Connection) -> None:
        """The control of the attacks below: they fail for their own reasons."""
        world.give(city, 100)
        with city.transaction():
            city.execute(an_entry().encode())
            city.execute(a_posting(*WHOLE).encode())
        with city.transaction():
            city.execute(an_entry("copied").encode())
            rows = city.execute(
                "select e.id, p.amount_fen, p.coding_id, p.period, p.account_id, p.line, p.side "
                "from ledger.posting p, ledger.entry e, ledger.entry o where e.natural_key = 'copied' "
                "and o.natural_key = 'raw' and p.entry_id = o.id"
            ).fetchall()
            with city.cursor() as cursor, cursor.copy("copy ledger.posting from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
        assert verify(city).ok

    @pytest.mark.parametrize(
        "rows,state",
        [
            ([("7001", 5), ("1001", -4)], "FS001"),
            ([("7001", 5), ("9401", -5)], "FS001"),
            ([("7001", 5)], "FS001"),
            ([("7001", 5), ("1001", -4), ("1001", -1)], "FS001"),
            ([("9201", 71), ("9401", -71)], "FS002"),
        ],
        ids=["one fen off", "across books", "half", "a line too many", "below the floor"],
    )
    def test_insert(self, stood: psycopg.Connection, rows: list[tuple[str, int]], state: str) -> None:
        refused(stood, an_entry(), a_posting(*rows), state=state)

    def test_copy(self, stood: psycopg.Connection) -> None:
        with pytest.raises(psycopg.Error) as error, stood.transaction():
            (new,) = stood.execute((an_entry() + " returning id").encode()).fetchall()[0]
            with stood.cursor() as cursor, cursor.copy("copy ledger.posting from stdin") as copy:
                copy.write(f"{new}\t5\t1\t202503\t7\t1\t1\n{new}\t-4\t1\t202503\t6\t2\t-1\n".encode())
        assert error.value.sqlstate == "FS001"

    def test_merge(self, stood: psycopg.Connection) -> None:
        merge = ("merge into ledger.posting p using (select 1 as n) s on false when not matched then insert "
                 "values (2, 5, 1, 202503, 7, 1, 1)")  # fmt: skip
        refused_anyhow(stood, merge)

    def test_half_now_and_half_later(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), a_posting(("7001", 5)), a_posting(("1001", -5)), state="FS001")
        halves = a_posting(("7001", 5), ("1001", -5)), a_posting(("7001", 5), ("1001", -5))
        refused(stood, an_entry(lines=4), *halves, state="FS001")

    def test_a_second_helping_in_the_same_transaction(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), a_posting(*WHOLE), a_posting(*WHOLE))

    def test_a_second_helping_on_other_cells(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), a_posting(*WHOLE), a_posting(("9101", 5), ("9401", -5)))

    def test_a_second_helping_after_another_entry(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), a_posting(*WHOLE), an_entry("next"), a_posting(*WHOLE, key="next"),
                a_posting(*WHOLE))  # fmt: skip

    def test_a_second_helping_after_a_savepoint(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), "savepoint s", a_posting(*WHOLE), "release savepoint s", a_posting(*WHOLE))

    def test_a_savepoint_rolled_back_leaves_the_entry_to_be_written(self, city: psycopg.Connection) -> None:
        world.give(city, 1)
        with city.transaction():
            for statement in (an_entry(), "savepoint s", a_posting(*WHOLE), "rollback to savepoint s",
                              a_posting(*WHOLE)):  # fmt: skip
                city.execute(statement.encode())
        assert verify(city).ok

    def test_postings_to_an_old_entry(self, stood: psycopg.Connection) -> None:
        refused(stood, a_posting(("9201", 5), ("9401", -5), ("7001", 5), ("1001", -5), key="p"))
        refused(stood, "insert into ledger.posting select * from ledger.posting where entry_id = 2")

    def test_postings_of_no_entry(self, stood: psycopg.Connection) -> None:
        refused(stood, "insert into ledger.posting values (99, 5, 1, 202503, 7, 1, 1), "
            "(99, -5, 1, 202503, 6, 2, -1)",
                state="FS005")  # fmt: skip
        refused_anyhow(stood, a_posting(*WHOLE, key="none"))

    def test_postings_in_another_period_than_their_entry(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry(), a_posting(*WHOLE, period=202501), state="FS005")

    @pytest.mark.parametrize("account,coding", [(999, 1), (-1, 1), (0, 1), (7, 999)])
    def test_postings_on_what_is_not_there(
        self, stood: psycopg.Connection, account: int, coding: int
    ) -> None:
        rows = (f"select id, v, {coding}, 202503, {account}, n, v "
                "from ledger.entry, (values (1, 1), (2, -1)) x(n, v)")  # fmt: skip
        refused_anyhow(stood, an_entry(), f"insert into ledger.posting {rows} where natural_key = 'raw'")

    def test_a_line_of_zero(self, stood: psycopg.Connection) -> None:
        refused_anyhow(stood, an_entry(), a_posting(("7001", 0), ("1001", 0)))

    def test_spending_the_same_quota_twice_through_subtransactions(self, stood: psycopg.Connection) -> None:
        spend = ("9201", 40), ("9401", -40)
        refused(stood, an_entry("a"), "savepoint s", a_posting(*spend, key="a"), "release s",
                an_entry("b"), a_posting(*spend, key="b"), state="FS002")  # fmt: skip


class TestEntries:
    @pytest.mark.parametrize(
        "more,values",
        [
            (", posted_at", ", '2020-01-01'"), (", posted_at", ", clock_timestamp() + interval '1 hour'"),
            (", posted_at", ", transaction_timestamp() - interval '1 us'"), (", posted_xid", ", '3'"),
            (", id", ", 10^15::bigint"), (", id", ", 2000"),
        ],
    )  # fmt: skip
    def test_forged_stamps(self, stood: psycopg.Connection, more: str, values: str) -> None:
        refused(stood, an_entry(more=more, values=values), state="FS007")

    def test_an_entry_behind_the_seal(self, city: psycopg.Connection) -> None:
        assert world.refusal(city, [pay("refused, its id is a gap", 1)]) is not None
        world.give(city, 10)
        seal(city)
        refused(city, an_entry(more=", id", values=", 1"), a_posting(*WHOLE), state="FS007")
        assert verify(city).ok

    def test_an_old_snapshot(self, stood: psycopg.Connection) -> None:
        refused(stood, "set transaction isolation level repeatable read", an_entry(), state="FS007")
        refused(stood, "set transaction isolation level serializable", an_entry(), state="FS007")

    def test_period_region_document_and_reversed_must_be_there(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry().replace("202503", "202501").replace("-03-14", "-01-14"), state="FS003")
        refused(stood, an_entry().replace("202503", "203003").replace("2025-", "2030-"), state="FS003")
        refused(stood, an_entry().replace(", 1, ", ", 9, "), state="FS003")
        refused(stood, an_entry().replace(", 1)", ", 5)"), state="FS005")
        refused(stood, an_entry(more=", reverses_id", values=", 5000"), state="FS005")

    def test_the_same_key_or_id(self, stood: psycopg.Connection) -> None:
        refused_anyhow(stood, an_entry("p"))
        refused_anyhow(stood, an_entry(more=", id", values=", 2"))
        refused_anyhow(stood, an_entry(lines=1))
        refused_anyhow(stood, an_entry(""))

    def test_upsert(self, stood: psycopg.Connection) -> None:
        refused(stood, an_entry("p") + " on conflict (natural_key) do update set summary = 'x'")


class TestMasterData:
    def test_a_coding_under_the_key_of_another(self, stood: psycopg.Connection) -> None:
        squat = ("insert into ledger.coding (fiscal_year, loan_no, elements_key) "
                 "values (2025, 'x', 'e0b6f9a0-0000-0000-0000-000000000000')")  # fmt: skip
        refused_anyhow(stood, squat)

    def test_a_seal_out_of_turn(self, stood: psycopg.Connection) -> None:
        columns = "(chain, seq, first_id, last_id, row_counts, previous, digest)"
        for seq, previous in [(3, ""), (2, ""), (2, "x"), (1, "")]:
            refused_anyhow(stood, f"insert into ledger.seal {columns} values "
                                  f"('{CITY}', {seq}, 3, 9, '{{}}', '{previous}', 'x')")  # fmt: skip

    def test_setting_the_sequence_back(self, city: psycopg.Connection) -> None:
        world.give(city, 10)
        city.execute("select setval('ledger.entry_id_seq', 1, false)")
        assert world.refusal(city, [pay("p", 5)]) is not None
        assert left(city) == 10
        post(city, [pay("p", 5)])
        assert verify(city).ok

    def test_a_trigger_of_one_s_own_shows(self, city: psycopg.Connection) -> None:
        """Owners can write code that runs inside a trigger; what it does to balances, `verify` names."""
        world.give(city, 10)
        city.execute(
            "create function pg_temp.raise_it() returns trigger language plpgsql as $$ begin "
            "update ledger.balance set balance_fen = 10^9 where balance_fen = 10; return null; end $$; "
            "create temp table lever (n int); create trigger pull after insert on lever "
            "for each statement execute function pg_temp.raise_it(); insert into lever values (1)"
        )
        (bad,) = (check for check in verify(city).checks if not check.ok)
        assert "quota:9201" in bad.difference and "10,000,000.00 元" in bad.difference


def test_what_is_left_can_be_spent(stood: psycopg.Connection) -> None:
    """The control of the fixture itself."""
    assert left(stood, A) == 70
