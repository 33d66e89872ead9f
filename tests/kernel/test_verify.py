"""Seals and `verify`: what is changed behind disabled triggers is found, and named."""

# ruff: noqa: E501 (a table of statements, one to a line)
from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from fisc.kernel import Document, chains, post, record_documents, seal, seals, verify
from tests.conftest import _copy_of, _template

from . import world
from .world import CITY, COUNTY, DAY, YEAR, A, B, pay


def seal_twice(city: psycopg.Connection) -> None:
    """Two regions, two links each, a document; everything sealed."""
    (document,) = record_documents(city, [Document("d", "kind", CITY, YEAR, DAY, payload={"n": 1})])
    for n in range(2):
        post(city, [
            replace(world.grant(f"g{n}", 100), document_id=document, source_ref="表一!A1", rule_code="r"),
            world.grant(f"c{n}", 100, B, region=COUNTY), pay(f"p{n}", 30), pay(f"q{n}", 30, B, COUNTY),
        ])  # fmt: skip
        seal(city)
    assert verify(city).ok


@pytest.fixture
def sealed_db(server_dsn: str, founded: str) -> Iterator[str]:
    """Connection string of a fresh city in which everything is sealed."""

    def fill(dsn: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as conn:
            seal_twice(conn)

    with _copy_of(server_dsn, _template(server_dsn, "fisc_sealed", fill, founded)) as dsn:
        yield dsn


@pytest.fixture
def sealed(sealed_db: str) -> Iterator[psycopg.Connection]:
    """A connection to it."""
    with psycopg.connect(sealed_db, autocommit=True) as conn:
        yield conn


def tamper(conn: psycopg.Connection, *statements: str) -> None:
    """What a superuser can do who turns the triggers off."""
    with conn.transaction():
        conn.execute("set local session_replication_role = replica")
        for statement in statements:
            conn.execute(statement.encode())


def differences(conn: psycopg.Connection) -> str:
    """All that `verify` finds wrong, as one text; '' where it is ok."""
    report = verify(conn)
    found = [f"{check.name}：{check.difference}" for check in report.checks if not check.ok]
    assert report.ok == (not found)
    return "\n".join(found)


P2 = "(select id from ledger.entry where natural_key = 'p0')"
TAMPERINGS = {
    "amount of one line": (f"update ledger.posting set amount_fen = amount_fen + 1 where entry_id = {P2} and line = 1",
                           "借贷相差 0.01 元"),
    "amounts, still balanced": (f"update ledger.posting set amount_fen = amount_fen * 2 where entry_id = {P2}",
                                "发生额表为"),
    "amounts and turnover and balances": (
        f"update ledger.posting set amount_fen = amount_fen * 2 where entry_id = {P2}; "
        "update ledger.balance_month m set debit_fen = p.d, credit_fen = p.c from (select account_id, coding_id, "
        "coalesce(sum(amount_fen) filter (where side = 1), 0) as d, "
        "coalesce(-sum(amount_fen) filter (where side = -1), 0) as c from ledger.posting group by 1, 2) p "
        "where (m.account_id, m.coding_id) = (p.account_id, p.coding_id); "
        "update ledger.balance b set balance_fen = d.n from (select m.account_id, m.coding_id, "
        "sum(debit_fen - credit_fen) * min(a.normal_side) as n from ledger.balance_month m join ledger.account a "
        "on a.id = account_id group by 1, 2) d where (b.account_id, b.coding_id) = (d.account_id, d.coding_id)",
        f"封存链 {CITY} 第 1 节"),
    "coding of a line": (f"update ledger.posting set coding_id = 2 where entry_id = {P2}", "发生额表为"),
    "account of a line": (f"update ledger.posting set account_id = 4 where entry_id = {P2} and line = 1", "发生额表为"),
    "unknown account": (f"update ledger.posting set account_id = 99 where entry_id = {P2} and line = 1", "借贷相差 0.30 元"),
    "side of a line": (f"update ledger.posting set side = -side where entry_id = {P2} and line = 1", "发生额表为"),
    "period of a line": (f"update ledger.posting set period = 202504 where entry_id = {P2} and line = 1", "会计期间"),
    "order of lines": (f"update ledger.posting set line = 5 - line where entry_id = {P2}", f"封存链 {CITY} 第 1 节"),
    "a line moved to another entry": (f"update ledger.posting set entry_id = 1 where entry_id = {P2} and line = 1",
                                      "行分录，实有"),
    "a line gone": (f"delete from ledger.posting where entry_id = {P2} and line = 1", "应有 4 行分录，实有 3 行"),
    "all lines gone": (f"delete from ledger.posting where entry_id = {P2}", "应有 4 行分录，实有 0 行"),
    "a line twice": (f"insert into ledger.posting select * from ledger.posting where entry_id = {P2} and line = 1",
                     "应有 4 行分录，实有 5 行"),
    "an entry gone": (f"delete from ledger.entry where id = {P2}", "分录指向不存在的凭证"),
    "entry and lines gone": (f"delete from ledger.posting where entry_id = {P2}; delete from ledger.entry "
                             "where natural_key = 'p0'", "发生额表为"),
    "everything gone": ("delete from ledger.posting; delete from ledger.entry; delete from ledger.balance; "
                        "delete from ledger.balance_month", f"封存链 {CITY} 第 1 节"),
    "turnover": ("update ledger.balance_month set debit_fen = debit_fen + 1 where debit_fen > 0", "发生额表为借"),
    "turnover, both sides": ("update ledger.balance_month set debit_fen = debit_fen + 1, credit_fen = credit_fen + 1",
                             "发生额表为借"),
    "number of postings": ("update ledger.balance_month set posting_count = posting_count + 1", "发生额表为借"),
    "turnover gone": ("delete from ledger.balance_month where account_id = 6", "发生额表为借 0 贷 0 共 0 笔"),
    "turnover of nothing": ("insert into ledger.balance_month values (6, 1, 202512, 0, 5, 5, 1)", "202512"),
    "balance": ("update ledger.balance set balance_fen = balance_fen + 1 where balance_fen > 0", "控制余额"),
    "balance gone": ("delete from ledger.balance where balance_fen > 0", "控制余额"),
    "balance of nothing": ("insert into ledger.balance values (4, 1, 5, 0)", "控制余额"),
    "floor of a balance": ("update ledger.balance set floor_fen = -100", "下限 -1.00 元"),
    "floor of an account": ("update ledger.account set floor_fen = -100 where code = '9201'", "控制余额"),
    "side of an account": ("update ledger.account set normal_side = 1 where code = '9201'", "控制余额"),
    "name of an account": ("update ledger.account set name = 'x' where code = '1001'", "封存链 master 第 1 节"),
    "code of an account": ("update ledger.account set code = 'x' where code = '1001'", "封存链 master 第 1 节"),
    "source of an account": ("update ledger.account set legal_source = 'x', is_verified = true",
                             "封存链 master 第 1 节"),
    "account gone": ("alter table ledger.balance_month drop constraint balance_month_account_id_fkey; "
                     "delete from ledger.account where code = '1001'", "凭证借贷平衡"),
    "element of a coding": ("alter table ledger.coding drop constraint key_is_of_elements; "
                            "update ledger.coding set exp_func_code = 'x' where id = 2", "封存链 master 第 1 节"),
    "title of a document": ("update ledger.document set title = 'x'", "封存链 master 第 1 节"),
    "payload of a document": ("update ledger.document set payload = '{}'", "封存链 master 第 1 节"),
    "day of a document": ("update ledger.document set dated_on = dated_on + 1", "封存链 master 第 1 节"),
    "hash of a document": ("update ledger.document set source_sha256 = 'x'", "封存链 master 第 1 节"),
    "moment of a document": ("update ledger.document set recorded_at = recorded_at + interval '1 us'",
                             "封存链 master 第 1 节"),
    "document gone": ("delete from ledger.document", "的单据不存在"),
    "region code": (f"update ledger.region set mof_div_code = '990199000' where mof_div_code = '{CITY}'",
                    f"封存链 {CITY} 第 1 节"),
    "region gone": ("alter table ledger.document drop constraint document_region_id_fkey; "
                    f"delete from ledger.region where mof_div_code = '{CITY}'", "的区划不存在"),
    "period gone": ("delete from ledger.period where period = 202503", "的会计期间不存在"),
    "digest of a seal": (f"update ledger.seal set digest = 'x' where chain = '{CITY}' and seq = 1",
                         f"封存链 {CITY} 第 1 节"),
    "last digest of a seal": (f"update ledger.seal set digest = 'x' where chain = '{CITY}' and seq = 2",
                              f"封存链 {CITY} 第 2 节"),
    "previous of a seal": (f"update ledger.seal set previous = 'x' where chain = '{CITY}' and seq = 2",
                           f"封存链 {CITY} 在第 2 节断开"),
    "first seal gone": (f"delete from ledger.seal where chain = '{CITY}' and seq = 1", f"封存链 {CITY} 在第 2 节断开"),
    "range of a seal": (f"update ledger.seal set last_id = last_id - 1 where chain = '{CITY}' and seq = 1",
                        f"封存链 {CITY} 第 1 节"),
    "counts of a seal": (f"update ledger.seal set row_counts = jsonb_set(row_counts, '{{entries}}', '3') where chain = '{CITY}'",
                         f"封存链 {CITY} 第 1 节"),
    "counts of the master seal": ("update ledger.seal set row_counts = jsonb_set(row_counts, '{coding}', '1') "
                                  "where chain = 'master' and seq = 1", "封存链 master 第 1 节"),
}  # fmt: skip
ENTRY_COLUMNS = ("document_id = document_id + 1", "reverses_id = 1", "posted_at = posted_at - interval '1 us'",
                 "period = 202513", "business_date = business_date + 1", "line_count = line_count - 1",
                 "natural_key = 'x'", "source_ref = 'x'", "rule_code = 'x'", "summary = 'x'", "region_id = 2",
                 "id = -id")  # fmt: skip


@pytest.mark.parametrize("statement,words", TAMPERINGS.values(), ids=TAMPERINGS)
def test_tampering_is_named(sealed: psycopg.Connection, statement: str, words: str) -> None:
    tamper(sealed, *statement.split("; "))
    assert words in differences(sealed)


@pytest.mark.parametrize("change", ENTRY_COLUMNS, ids=[c.split()[0] for c in ENTRY_COLUMNS])
def test_any_column_of_an_entry(sealed: psycopg.Connection, change: str) -> None:
    tamper(sealed, f"update ledger.entry set {change} where natural_key = 'g0'")
    assert "凭证 1" in differences(sealed) or f"封存链 {CITY} 第 1 节" in differences(sealed)


def test_an_entry_slipped_in_behind_a_seal(sealed: psycopg.Connection) -> None:
    tamper(
        sealed,
        "insert into ledger.entry select (e).* from (select jsonb_populate_record(e, "
        '\'{"id": -5, "natural_key": "slipped"}\') as e from ledger.entry e where id = 3) x',
        "insert into ledger.posting select -5, amount_fen, coding_id, period, account_id, line, side "
        "from ledger.posting where entry_id = 3",
    )
    assert differences(sealed)


class TestSeals:
    def test_links_hang_together(self, sealed: psycopg.Connection) -> None:
        chain = chains.list_seals(sealed, CITY)
        assert [(s.seq, s.previous) for s in chain] == [(1, ""), (2, chain[0].digest)]
        assert [s.row_counts for s in chain] == [{"entries": 2, "postings": 8}] * 2
        assert {s.chain for s in chains.list_seals(sealed)} == {CITY, COUNTY, seals.MASTER}
        assert len({s.digest for s in chains.list_seals(sealed)}) == 5

    def test_nothing_new_makes_no_seal(self, sealed: psycopg.Connection) -> None:
        assert seal(sealed) == []
        assert seal(sealed, CITY) == []

    def test_it_waits_for_an_entry_under_way(self, city: psycopg.Connection, city_db: str) -> None:
        city.execute("set lock_timeout = '50ms'")
        with psycopg.connect(city_db) as other, other.transaction():
            post(other, [world.grant("under way", 1)])
            with pytest.raises(psycopg.errors.LockNotAvailable):
                seal(city, CITY)
            assert seal(city, COUNTY) == []
        assert [link.row_counts["entries"] for link in seal(city, CITY)] == [1]

    def test_what_is_not_sealed_is_counted(self, sealed: psycopg.Connection) -> None:
        assert verify(sealed).unsealed_entries == 0
        post(sealed, [world.grant("new", 1), world.grant("there", 1, B, COUNTY)])
        assert verify(sealed).unsealed_entries == 2
        (link,) = seal(sealed, CITY)
        assert (link.chain, link.row_counts) == (CITY, {"entries": 1, "postings": 4})
        assert verify(sealed).unsealed_entries == 1

    def test_seals_that_are_taken_away_leave_their_entries_unsealed(self, sealed: psycopg.Connection) -> None:
        tamper(sealed, f"delete from ledger.seal where chain = '{CITY}' and seq = 2")
        assert verify(sealed).unsealed_entries == 2

    def test_a_large_ledger_is_sealed_in_links(
        self, city: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(seals, "SEAL_ENTRIES", 3)
        post(city, [world.grant(f"g{n}", 1) for n in range(7)])
        assert [s.row_counts["entries"] for s in seal(city, CITY)] == [3, 3, 1]
        assert not differences(city)

    @pytest.mark.parametrize(
        "setting",
        [
            "timezone = 'Asia/Shanghai'",
            "timezone = 'America/New_York'",
            "datestyle = 'German'",
            "client_encoding = 'GBK'",
        ],
    )
    def test_a_digest_does_not_depend_on_the_session(self, city_db: str, setting: str) -> None:
        with (
            psycopg.connect(city_db, autocommit=True) as one,
            psycopg.connect(city_db, autocommit=True) as two,
        ):
            record_documents(
                one, [Document("单据", "付款", CITY, YEAR, DAY, title="凭证", payload={"额": 1})]
            )
            post(one, [replace(world.grant("凭证", 1), summary="摘要")])
            two.execute(f"set {setting}".encode())
            seal(two)
            assert not differences(one)

    def test_refused_entries_leave_gaps_that_are_no_difference(self, city: psycopg.Connection) -> None:
        world.give(city, 10)
        for n in range(3):
            assert world.refusal(city, [pay(f"no{n}", 99)]) is not None
            post(city, [pay(f"yes{n}", 1)])
            seal(city)
        assert not differences(city)

    def test_sealing_while_others_post(self, city: psycopg.Connection, city_db: str) -> None:
        world.give(city, 10**6)

        def poster(name: int) -> int:
            with psycopg.connect(city_db, autocommit=True) as conn:
                return sum(post(conn, [pay(f"{name}/{n}", 1)]).posted_count for n in range(40))

        with ThreadPoolExecutor(3) as pool:
            posted = [pool.submit(poster, name) for name in range(3)]
            while not all(done.done() for done in posted):
                seal(city)
            assert sum(done.result() for done in posted) == 120
        seal(city)
        assert not differences(city)
        assert verify(city).unsealed_entries == 0


class TestReport:
    def test_an_empty_ledger_is_ok(self, conn: psycopg.Connection) -> None:
        assert verify(conn).ok

    def test_progress_is_told(self, sealed: psycopg.Connection) -> None:
        told: list[tuple[str, int, int]] = []
        report = verify(sealed, lambda step, done, total: told.append((step, done, total)))
        assert {step for step, _, _ in told} == {check.name for check in report.checks}
        assert all(done <= total for _, done, total in told)

    def test_it_counts_what_it_proved(self, sealed: psycopg.Connection) -> None:
        rows = {check.name: check.rows for check in verify(sealed).checks}
        assert rows["凭证借贷平衡"] == 8
        assert rows[f"封存 {CITY}"] == 2
        json.dumps(rows)

    def test_it_reads_one_moment(self, sealed: psycopg.Connection, sealed_db: str) -> None:
        """A posting that lands while `verify` runs is not half seen."""
        with psycopg.connect(sealed_db, autocommit=True) as other:
            said = iter(range(10**6))

            def post_meanwhile(_step: str, _done: int, _total: int) -> None:
                post(other, [world.grant(f"meanwhile {next(said)}", 1, A)])

            assert verify(sealed, post_meanwhile).ok
        assert verify(sealed).unsealed_entries == next(said)
