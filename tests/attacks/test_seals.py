"""What a superuser does to sealed books with the triggers off: what `verify` says, what only an anchor shows."""

# ruff: noqa: E501 (statements that move what tells of an entry)
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.kernel import anchors, chains, close_periods, post, seal, seals, verify
from tests.attacks import Who, attack
from tests.kernel import world
from tests.kernel.test_verify import differences, tamper
from tests.kernel.world import CITY, YEAR, A, pay

MARCH = YEAR * 100 + 3


@pytest.fixture
def closed(city: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A city with three seals, whose January is closed."""
    world.give(city, 1000)
    for n in range(3):
        post(city, [pay(f"p{n}", 30)])
        seal(city)
    close_periods(city, [CITY], [YEAR * 100 + 1])
    assert verify(city).ok
    yield city


def last(conn: psycopg.Connection, chain: str = CITY) -> chains.Seal:
    found = chains.last_seal(conn, chain)
    assert found is not None
    return found


def newest(conn: psycopg.Connection) -> anchors.Anchor:
    found = anchors.newest(conn)
    assert found is not None
    return found


def carried(sign: str, entry: str) -> tuple[str, str]:
    """Adds what an entry moved to the balances ('+'), or takes it off ('-'), so that the books still add up."""
    return (
        f"update ledger.balance b set balance_fen = b.balance_fen {sign} d.fen from (select p.account_id, p.coding_id, "
        "sum(p.amount_fen) * min(a.normal_side) as fen from ledger.posting p "
        f"join ledger.account a on a.id = p.account_id where p.entry_id = {entry} group by 1, 2) d "
        "where (b.account_id, b.coding_id) = (d.account_id, d.coding_id)",
        f"update ledger.balance_month m set debit_fen = m.debit_fen {sign} d.debit, "
        f"credit_fen = m.credit_fen {sign} d.credit, posting_count = m.posting_count {sign} d.n "
        "from (select account_id, coding_id, period, coalesce(sum(amount_fen) filter (where side = 1), 0) as debit, "
        "coalesce(-sum(amount_fen) filter (where side = -1), 0) as credit, count(*) as n from ledger.posting "
        f"where entry_id = {entry} group by 1, 2, 3) d "
        "where (m.account_id, m.coding_id, m.period) = (d.account_id, d.coding_id, d.period)",
    )


GONE, TWICE = "(select id from gone)", "(select id from twice)"
#: Takes the last entry away with all that tells of it.
TAIL_GONE = (
    "create temporary table gone as select max(id) as id from ledger.entry",
    *carried("-", GONE),
    f"delete from ledger.posting where entry_id = {GONE}",
    f"delete from ledger.entry where id = {GONE}",
    "drop table gone",
)


@attack("the last entries of a region are deleted, with what tells of them and the seals over them",
        who=Who.SUPERUSER, shown_by="verify: the chain of anchors names the seal that is gone")  # fmt: skip
def test_the_tail_of_a_chain_with_its_seals(closed: psycopg.Connection) -> None:
    tamper(closed, *TAIL_GONE, f"delete from ledger.seal where chain = '{CITY}' and seq = {last(closed).seq}")
    assert differences(closed) == (
        f"总锚链：封存链 {CITY} 的第 3 节与总锚链第 {newest(closed).seq - 1} 节所记不符，或已不在"
    )


@attack("the same, and the links of the chain of anchors that named them", who=Who.SUPERUSER,
        shown_by="an anchor kept outside")  # fmt: skip
def test_the_tail_with_its_anchors(closed: psycopg.Connection) -> None:
    kept = newest(closed)
    named = next(
        link.seq for link in anchors._anchors(closed, "order by seq") if link.heads.get(CITY, (0,))[0] == 3
    )
    tamper(
        closed, *TAIL_GONE, f"delete from ledger.seal where chain = '{CITY}' and seq = 3",
        f"delete from ledger.anchor where seq >= {named}",
        f"delete from ledger.seal where chain = '{seals.MASTER}' and seq = {last(closed, seals.MASTER).seq}",
        "delete from ledger.closing", "update ledger.period set closed_at = null",
    )  # fmt: skip
    assert verify(closed).ok, "nothing inside shows it"
    assert f"第 {kept.seq} 节已不在" in anchors.against(closed, kept.seq, kept.digest)
    assert anchors.against(closed, None, kept.check.replace("-", ""))


@attack("all seals are deleted", who=Who.SUPERUSER, shown_by="verify: by the anchors, and by what is closed")
@pytest.mark.parametrize("also", [(), ("delete from ledger.anchor",)])
def test_all_seals(closed: psycopg.Connection, also: tuple[str, ...]) -> None:
    tamper(closed, "delete from ledger.seal", *also)
    found = differences(closed)
    assert "已不在" in found or also, found
    assert f"区划 {CITY} 会计期间 {YEAR * 100 + 1} 的结账没有封存" in found


def double(conn: psycopg.Connection, moment: str) -> None:
    """Copy a payment with all that tells of it, as if it had been posted twice."""
    tamper(
        conn,
        "create temporary table twice as select nextval('ledger.entry_id_seq') as id, e.id as of_id "
        "from ledger.entry e where e.natural_key = 'p0'",
        "insert into ledger.entry select (jsonb_populate_record(e, jsonb_build_object('id', t.id, 'natural_key', "
        f"'p0 again', 'posted_at', {moment}))).* from ledger.entry e, twice t where e.id = t.of_id",
        "insert into ledger.posting select t.id, amount_fen, coding_id, period, account_id, line, side "
        "from ledger.posting p, twice t where p.entry_id = t.of_id",
        *carried("+", TWICE),
        "drop table twice",
    )


@attack("an entry is doubled with the moment of the first, and sealed as if it were new", who=Who.SUPERUSER,
        shown_by="verify: it was known before the seal that it follows")  # fmt: skip
def test_a_doubled_entry_sealed_anew(closed: psycopg.Connection) -> None:
    double(closed, "e.posted_at")
    seal(closed)
    assert "（p0 again）的入账时刻与它的封存不符" in differences(closed)


@attack("an entry is doubled behind the seals, which are then all made again", who=Who.SUPERUSER,
        shown_by="an anchor kept outside")  # fmt: skip
def test_all_seals_made_again_over_a_doubled_entry(closed: psycopg.Connection) -> None:
    kept = newest(closed)
    double(closed, "e.posted_at")
    tamper(closed, "delete from ledger.seal", "delete from ledger.anchor")
    seal(closed)
    assert verify(closed).ok, "the program's own seals, over other rows"
    assert "不符" in anchors.against(closed, 1, kept.digest)
    assert anchors.against(closed, kept.seq, kept.digest)


@attack("a closed period is opened again, an entry posted into it", who=Who.SUPERUSER,
        shown_by="verify: its closing is sealed")  # fmt: skip
@pytest.mark.parametrize("change,words", [
    ("closed_at = null", "结账后又被打开"), ("closed_at = closed_at + interval '1 s'", "的结账时刻被改动"),
])  # fmt: skip
def test_a_period_that_was_closed(closed: psycopg.Connection, change: str, words: str) -> None:
    tamper(closed, f"update ledger.period set {change} where closed_at is not null")
    assert f"区划 {CITY} 会计期间 {YEAR * 100 + 1} {words}" in differences(closed)


@attack("a period is opened again and its closing deleted", who=Who.SUPERUSER,
        shown_by="verify: the seal of the master data")  # fmt: skip
def test_a_closing_deleted(closed: psycopg.Connection) -> None:
    tamper(closed, "update ledger.period set closed_at = null", "delete from ledger.closing")
    assert "封存链 master" in differences(closed)


@attack("a closing is put before what was posted in the period", who=Who.SUPERUSER,
        shown_by="verify: an entry known after its period was closed")  # fmt: skip
def test_an_entry_known_after_its_period_was_closed(closed: psycopg.Connection) -> None:
    early = "(select min(posted_at) from ledger.entry)"
    tamper(closed, f"update ledger.period set closed_at = {early} where period = {MARCH}")
    found = differences(closed)
    assert "的入账时刻在它的会计期间结账之后" in found
    assert f"会计期间 {MARCH} 的结账没有记录" in found


@attack("a period is closed with the triggers off", who=Who.SUPERUSER, shown_by="verify: no closing is noted")
def test_a_period_closed_unseen(closed: psycopg.Connection) -> None:
    tamper(closed, f"update ledger.period set closed_at = clock_timestamp() where period = {MARCH}")
    assert f"会计期间 {MARCH} 的结账没有记录" in differences(closed)


@attack(
    "a period is closed by raw SQL, and not sealed",
    who=Who.OWNER,
    shown_by="verify: the closing is not sealed",
)
def test_a_closing_that_is_not_sealed(closed: psycopg.Connection) -> None:
    closed.execute(b"update ledger.period set closed_at = clock_timestamp() where period = %a" % MARCH)
    assert f"会计期间 {MARCH} 的结账没有封存" in differences(closed)
    seal(closed)
    assert verify(closed).ok


@attack("a seal is written that no anchor names, or an anchor out of turn", who=Who.OWNER,
        stopped_by="triggers, at the transaction's end")  # fmt: skip
def test_a_seal_without_its_anchor(closed: psycopg.Connection) -> None:
    one = last(closed)
    loose = ("insert into ledger.seal (chain, seq, first_id, last_id, row_counts, previous, digest) values "
             f"('{CITY}', {one.seq + 1}, 999, 999, '{{}}', '{one.digest}', 'x')")  # fmt: skip
    for statement in (loose, "insert into ledger.anchor values (99, 0, '{}', '', '')",
                      "insert into ledger.anchor values (1, 0, '{}', '', '')"):  # fmt: skip
        with pytest.raises(psycopg.Error) as refused:
            closed.execute(statement.encode())
        assert refused.value.sqlstate in ("FS007", "23505")


@attack("a link of the chain of anchors is changed", who=Who.SUPERUSER, shown_by="verify: its own digest")
@pytest.mark.parametrize("change", [
    "digest = 'x'", "previous = 'x'", "anchored_us = anchored_us + 1", "heads = heads - 'master'", "seq = seq + 50",
])  # fmt: skip
def test_a_link_of_the_anchors(closed: psycopg.Connection, change: str) -> None:
    tamper(closed, f"update ledger.anchor set {change} where seq = 1")
    assert "总锚链第 1 节被改动" in differences(closed) or "断开" in differences(closed)


def test_what_was_anchored_stands(closed: psycopg.Connection) -> None:
    """The control: an anchor of any moment holds, whole or as it was written down, while the books go on."""
    kept: list[Any] = [newest(closed)]
    post(closed, [pay("later", 1)])
    seal(closed)
    kept.append(newest(closed))
    assert kept[1].seq == kept[0].seq + 1
    for one in kept:
        assert anchors.against(closed, one.seq, one.digest) == ""
        assert anchors.against(closed, None, one.check.replace("-", "")) == ""
    assert anchors.against(closed, kept[0].seq, kept[1].digest)
    assert world.left(closed, A) == 1000 - 91
