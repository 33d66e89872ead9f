"""The register item of coding blocks of 0.1.0 became elements: the same money under each meaning."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from fisc.kernel import seal, verify
from fisc.kernel.verify import verify_within
from fisc.reading.ledger import Turnover, turnover
from tests.upgrade.conftest import Restored

Conn = psycopg.Connection[Any]

#: Accounts, and the elements that the item of the blocks on them became: joined by ':' it is the item again.
MEANINGS = (
    ("city_0_1_0", ("treasury_2015:1071", "treasury_2015:1022"), ("equity_part_code", "enterprise_code")),
    ("city_0_1_0", ("capital_register:K110",), ("loan_no",)),
    ("city_0_1_0", ("capital_register:K120",), ("sector_code",)),
    ("city_0_1_0", ("tax_register:T100", "tax_register:T200"), ("relief_code",)),
    ("city_0_1_0", ("quota:9691", "quota:9692"), ("cut_scope_code",)),
    ("book_0_1_0", ("debt_register:D100", "debt_register:D200"), ("debt_type_code", "debt_move_code")),
    ("book_0_1_0", ("social_insurance:",), ("scheme_code",)),
    ("book_0_1_0", ("quota:9102",), ("table_part_code",)),
)


@pytest.fixture(scope="module")
def databases(forward: Restored) -> Iterator[dict[str, str]]:
    """Both databases of 0.1.0, brought forward."""
    with forward("city_0_1_0") as city, forward("book_0_1_0") as book:
        yield {"city_0_1_0": city, "book_0_1_0": book}


@pytest.mark.parametrize(("name", "accounts", "elements"), MEANINGS, ids=str)
def test_the_same_money_stands_under_each_meaning(
    databases: dict[str, str], name: str, accounts: tuple[str, ...], elements: tuple[str, ...]
) -> None:
    with psycopg.connect(databases[name]) as conn:
        regions = tuple(row[0] for row in conn.execute("select mof_div_code from ledger.region"))
        now = turnover(conn, Turnover(accounts, regions), "account", *elements)
        was = dict(conn.execute(_BY_ITEM, [[f"{a}%" for a in accounts]]).fetchall())
    told = {
        f"{account} {':'.join(code for code in codes if code)}": fen for (account, *codes), fen in now.items()
    }
    assert {k: fen for k, fen in told.items() if fen} == {k: int(fen) for k, fen in was.items() if fen}
    assert any(text.partition(" ")[2] for text in told)


_BY_ITEM = """
    select a.book || ':' || a.code || ' ' || coalesce(b.item_code, ''), sum(p.amount_fen)
    from ledger.posting p join ledger.account a on a.id = p.account_id
    left join ledger.coding_before b on b.id = p.coding_id
    where a.book || ':' || a.code like any(%s) group by 1"""

_ONE = "where id = (select min(id) from ledger.coding_before)"
FORGED = {
    "the elements of a rewritten block": f"""
        update ledger.coding c set loan_no = 'x', elements_key =
            ledger.elements_key(jsonb_populate_record(c, '{{"loan_no": "x"}}')) {_ONE}""",
    "what it was": f"update ledger.coding_before set item_code = item_code || 'x' {_ONE}",
    "that it was": f"delete from ledger.coding_before {_ONE}",
    "a block that never was": """
        insert into ledger.coding_before select id, '10210', elements_key, 'scheme_code' from ledger.coding
        where id not in (select id from ledger.coding_before) order by id limit 1""",
}


@pytest.mark.parametrize("name", ["city_0_1_0", "book_0_1_0"])
@pytest.mark.parametrize("what", FORGED)
def test_a_forged_rewriting_shows(databases: dict[str, str], name: str, what: str) -> None:
    with psycopg.connect(databases[name], autocommit=True) as conn:
        seal(conn)
        assert not [check for check in verify(conn).checks if not check.ok]
        with conn.transaction(force_rollback=True):
            conn.execute("alter table ledger.coding disable trigger user")
            conn.execute("alter table ledger.coding_before disable trigger user")
            conn.execute(FORGED[what].encode())
            wrong = [check.name for check in verify_within(conn).checks if not check.ok]
    assert set(wrong) & {"封存 master", "改写的要素组合"}


def test_what_was_rewritten_is_never_touched_again(databases: dict[str, str]) -> None:
    with psycopg.connect(databases["book_0_1_0"]) as conn:
        for statement in ("update ledger.coding set loan_no = ''", "delete from ledger.coding_before"):
            with pytest.raises(psycopg.Error, match="不能修改或删除"), conn.transaction():
                conn.execute(statement.encode())
