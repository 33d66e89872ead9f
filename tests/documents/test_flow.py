"""Documents move by their table of steps, whoever writes to the table."""

# ruff: noqa: E402 -- a model can be defined only when Django is up
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc import app

app.configure("dbname=nothing")  # no database is looked for

from django.db import models

from fisc.documents import (
    Flow,
    FourEyes,
    MissingDuty,
    Move,
    NotFound,
    Officer,
    RuleBroken,
    WrongState,
    define_officers,
    make,
    move,
    read,
)
from fisc.documents.errors import Undeclared
from fisc.documents.flow import revision
from fisc.documents.installation import Declared, declared_by, install
from fisc.documents.kind import Kind
from fisc.documents.models import FlowDocument
from fisc.kernel import DuplicateConflict, define_regions
from fisc.settings import INSTALLED_APPS
from tests.conftest import _world

CITY = "150600000"
DAY = date(2022, 3, 1)
FLOW = Flow(
    states={"draft": "草稿", "reviewed": "已审核", "approved": "已批准"},
    initial="draft", make_duty="unit_make",
    moves=(
        revision("draft", "unit_make"),
        Move("review", "审核", ("draft",), "reviewed", "unit_review", not_by=("make", "revise")),
        Move("back", "退回", ("reviewed",), "draft", "dept_review", is_back=True),
        Move("approve", "批准", ("reviewed",), "approved", "dept_review", not_by=("make", "review")),
    ),
)  # fmt: skip


class Paper(FlowDocument):
    """A kind of its own: an amount that stands, a remark that the review writes."""

    amount_fen = models.BigIntegerField("金额（分）")
    remark = models.TextField("备注", null=True)

    class Meta:
        app_label = "documents"
        db_table = "test_paper"
        verbose_name = "试单"

    def __str__(self) -> str:
        return self.doc_key


PAPER: Kind[Paper] = Kind(
    "documents.Paper",
    prefix="paper",
    flow=FLOW,
    content=("amount_fen",),
    written={"revise": ("amount_fen",), "review": ("remark",)},
)
_TABLE = """create table test_paper (id bigint primary key,
    doc_key text unique not null, mof_div_code text not null, fiscal_year smallint not null,
    state text not null, trail jsonb not null, known_at timestamptz[] not null,
    amount_fen bigint not null, remark text)"""


def _furnish(conn: psycopg.Connection) -> None:
    conn.execute(_TABLE)
    install(conn, Declared((), (PAPER,), ()))
    define_regions(conn, [CITY])
    define_officers(conn, [
        Officer("a", "甲", CITY, frozenset({"unit_make"})),
        Officer("b", "乙", CITY, frozenset({"unit_review", "dept_review"})),
        Officer("c", "丙", CITY, frozenset({"dept_review"})),
        Officer("d", "丁", CITY, frozenset({"unit_make", "dept_review"})),
        Officer("x", "外", "150602000", frozenset({"unit_review"})),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def _with_papers(server_dsn: str) -> Iterator[psycopg.Connection]:
    with _world(server_dsn, "fisc_papers", _furnish) as conn:
        yield conn


@pytest.fixture
def papers(_with_papers: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """A connection to a city with that kind of paper, inside a transaction that is rolled back."""
    with _with_papers.transaction(force_rollback=True):
        yield _with_papers


def _row(key: str, amount_fen: int = 100) -> dict[str, object]:
    return {"doc_key": key, "mof_div_code": CITY, "fiscal_year": 2022, "amount_fen": amount_fen}


def _make(conn: psycopg.Connection, *keys: str, by: str = "a") -> list[bool]:
    return make(conn, PAPER, [_row(key) for key in keys], by=by, on=DAY)


def test_a_document_goes_its_way_and_keeps_its_trail(papers: psycopg.Connection) -> None:
    assert _make(papers, "p1", "p2") == [True, True]
    assert move(papers, PAPER, ["p2", "p1"], "review", by="b", on=DAY, changes={"remark": ["二", "一"]}) == [
        True,
        True,
    ]
    move(papers, PAPER, ["p1"], "approve", by="c", on=DAY, note="同意")
    [paper] = read(papers, PAPER, ["p1"])
    assert (paper.state, paper.remark) == ("approved", "一")
    assert paper.trail == [
        ["make", 1, "a", "2022-03-01", ""],
        ["review", 1, "b", "2022-03-01", ""],
        ["approve", 1, "c", "2022-03-01", "同意"],
    ]


def test_the_same_step_again_changes_nothing(papers: psycopg.Connection) -> None:
    _make(papers, "p1")
    assert _make(papers, "p1", "p2") == [False, True]
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    before = [vars(one) for one in read(papers, PAPER, ["p1"])]
    assert move(papers, PAPER, ["p1"], "review", by="b", on=DAY, changes={"remark": ["又"]}) == [False]
    assert [vars(one) for one in read(papers, PAPER, ["p1"])] == before
    move(papers, PAPER, ["p1"], "approve", by="c", on=DAY)
    assert move(papers, PAPER, ["p1"], "review", by="b", on=DAY) == [False]


def test_no_step_is_dated_before_the_one_it_follows(papers: psycopg.Connection) -> None:
    _make(papers, "p1")
    with pytest.raises(RuleBroken, match="2022-02-28 早于上一步的日期 2022-03-01"):
        move(papers, PAPER, ["p1"], "review", by="b", on=date(2022, 2, 28))


@pytest.mark.parametrize("table", ["banking_message", "banking_line", "budget_quota", "documents_officer"])
def test_what_a_domain_wrote_is_not_taken_away(ready_db: str, table: str) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        for attack in (f"delete from {table}", f"truncate {table} cascade"):
            with pytest.raises(psycopg.errors.DatabaseError) as refusal:
                conn.execute(attack.encode())
            assert str(refusal.value.sqlstate).startswith("FS")


def test_a_note_is_not_taken_for_a_step(papers: psycopg.Connection) -> None:
    make(papers, PAPER, [_row("p1")], by="a", on=DAY, note="review")
    assert move(papers, PAPER, ["p1"], "review", by="b", on=DAY, note="approve") == [True]
    assert move(papers, PAPER, ["p1"], "approve", by="c", on=DAY) == [True]


def test_another_content_under_the_same_key_is_refused(papers: psycopg.Connection) -> None:
    _make(papers, "p1")
    with pytest.raises(DuplicateConflict, match="p1"):
        make(papers, PAPER, [_row("p0"), _row("p1", 200)], by="a", on=DAY)
    with pytest.raises(DuplicateConflict):
        make(papers, PAPER, [_row("p3"), _row("p3", 200)], by="a", on=DAY)
    with pytest.raises(NotFound, match="p0"):
        read(papers, PAPER, ["p0"])


def test_a_step_back_begins_a_new_round(papers: psycopg.Connection) -> None:
    _make(papers, "p1")
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    assert move(papers, PAPER, ["p1"], "back", by="c", on=DAY) == [True]
    assert move(papers, PAPER, ["p1"], "back", by="c", on=DAY) == [False]
    assert move(papers, PAPER, ["p1"], "review", by="b", on=DAY, round_no=1) == [False]
    assert move(papers, PAPER, ["p1"], "review", by="b", on=DAY) == [True]
    [paper] = read(papers, PAPER, ["p1"])
    assert [step[:2] for step in paper.trail] == [["make", 1], ["review", 1], ["back", 1], ["review", 2]]


def _revise(conn: psycopg.Connection, *amounts: int) -> list[bool]:
    keys = [f"p{number}" for number in range(1, len(amounts) + 1)]
    return move(conn, PAPER, keys, "revise", by="a", on=DAY, changes={"amount_fen": list(amounts)})


def _amounts(conn: psycopg.Connection, *keys: str) -> list[int]:
    return [paper.amount_fen for paper in read(conn, PAPER, keys)]


def test_a_draft_is_put_right_as_often_as_needed(papers: psycopg.Connection) -> None:
    _make(papers, "p1", "p2")
    assert _revise(papers, 200) == [True]
    assert _revise(papers, 200) == [False]
    assert _revise(papers, 300, 100) == [True, False]
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    move(papers, PAPER, ["p1"], "back", by="c", on=DAY)
    assert _revise(papers, 400, 500) == [True, True]
    assert _amounts(papers, "p1", "p2") == [400, 500]


def test_what_is_past_the_draft_is_put_right_no_more(papers: psycopg.Connection) -> None:
    _make(papers, "p1", "p2")
    _revise(papers, 200)
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    assert _revise(papers, 200) == [False]  # said again, not changed
    for amounts in ([300], [300, 300]):
        with pytest.raises(WrongState, match=r"p1 处于“已审核”，不能修改"):
            _revise(papers, *amounts)
    assert _amounts(papers, "p1", "p2") == [200, 100]


def test_one_set_puts_a_document_right_in_one_way(papers: psycopg.Connection) -> None:
    _make(papers, "p1")
    with pytest.raises(DuplicateConflict, match="p1"):
        move(papers, PAPER, ["p1", "p1"], "revise", by="a", on=DAY, changes={"amount_fen": [1, 2]})


def test_a_kind_whose_documents_would_be_stuck_is_refused() -> None:
    once = Flow(FLOW.states, "draft", "unit_make", (
        Move("review", "审核", ("draft",), "reviewed", "unit_review"),
        Move("back", "退回", ("reviewed",), "draft", "dept_review", is_back=True),
    ))  # fmt: skip
    with pytest.raises(Undeclared, match="退回到草稿后没有步骤可以修改"):
        replace(PAPER, flow=once, written={"review": ("remark",)}).check()
    single = Flow(FLOW.states, "draft", "unit_make", (
        Move("review", "审核", ("draft",), "reviewed", "unit_review"),
        Move("correct", "更正", ("reviewed",), "approved", "unit_make"),
    ))  # fmt: skip
    with pytest.raises(Undeclared, match="更正一次之后不能再办"):
        replace(PAPER, flow=single, written={"review": ("remark",), "correct": ("amount_fen",)}).check()


def test_steps_are_refused_as_a_set(papers: psycopg.Connection) -> None:
    _make(papers, "p1", "p2")
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    with pytest.raises(WrongState, match=r"p2.*草稿.*批准"):
        move(papers, PAPER, ["p1", "p2"], "approve", by="c", on=DAY)
    with pytest.raises(NotFound, match="p9"):
        move(papers, PAPER, ["p2", "p9"], "review", by="b", on=DAY)
    assert [row.state for row in read(papers, PAPER, ["p1", "p2"])] == ["reviewed", "draft"]


@pytest.mark.parametrize("by", ["c", "x", "nobody"])
def test_only_who_holds_the_duty_in_that_region_acts(papers: psycopg.Connection, by: str) -> None:
    _make(papers, "p1")
    with pytest.raises(MissingDuty):
        move(papers, PAPER, ["p1"], "review", by=by, on=DAY)
    with pytest.raises(MissingDuty):
        _make(papers, "p2", by="c")


def test_who_took_an_earlier_step_does_not_approve(papers: psycopg.Connection) -> None:
    _make(papers, "p1", by="d")
    move(papers, PAPER, ["p1"], "review", by="b", on=DAY)
    for same in ("b", "d"):
        with pytest.raises(FourEyes):
            move(papers, PAPER, ["p1"], "approve", by=same, on=DAY)


def test_duties_that_exclude_each_other_are_not_given_to_one_person(papers: psycopg.Connection) -> None:
    with pytest.raises(FourEyes, match=r"unit_make.*unit_review"):
        define_officers(papers, [Officer("e", "戊", CITY, frozenset({"unit_make", "unit_review"}))])
    with pytest.raises(MissingDuty, match="fly"):
        define_officers(papers, [Officer("e", "戊", CITY, frozenset({"fly"}))])


#: The moment at which a step becomes known, as the database gives it.
KNOWN = "known_at = known_at || ledger.clock()"


def _step(move_code: str, round_no: int, officer: str, state: str, more: str = "") -> str:
    step = f'[["{move_code}", {round_no}, "{officer}", "2022-03-01", ""]]'
    return f"update test_paper set trail = trail || '{step}', {KNOWN}, state = '{state}'{more}"


def _born(state: str, officer: str) -> str:
    trail = f'[["make", 1, "{officer}", "2022-03-01", ""]]'
    return (
        "insert into test_paper (id, doc_key, mof_div_code, fiscal_year, state, trail, known_at, amount_fen) "
        f"values (99, 'z', '{CITY}', 2022, '{state}', '{trail}', array[ledger.clock()], 1)"
    )


@pytest.mark.parametrize(
    "attack",
    [
        "update test_paper set state = 'approved'",
        "update test_paper set amount_fen = 1",
        "update test_paper set trail = '[]'",
        _step("review", 1, "b", "reviewed", ", doc_key = 'q'"),
        _step("review", 1, "b", "reviewed", ", amount_fen = amount_fen * 10"),
        _step("review", 1, "b", "reviewed", ", id = id + 1"),
        _step("review", 1, "b", "reviewed", ", trail = '[]'").replace("trail = trail ||", "remark ="),
        _step("approve", 1, "c", "approved"),
        _step("review", 1, "a", "reviewed"),
        _step("review", 2, "b", "reviewed"),
        _step("review", 1, "b", "reviewed").replace(KNOWN, "known_at = known_at"),
        _step("review", 1, "b", "reviewed").replace("ledger.clock()", "timestamptz '2022-03-01'"),
        _step("review", 1, "b", "reviewed").replace(
            KNOWN, "known_at = array[ledger.clock(), ledger.clock()]"
        ),
        "delete from test_paper",
        "truncate test_paper",
        _born("approved", "a"),
        _born("draft", "c"),
        _born("draft", "a"),
    ],
)
def test_the_database_refuses_what_goes_around_the_services(papers: psycopg.Connection, attack: str) -> None:
    _make(papers, "p1")
    with pytest.raises(psycopg.errors.DatabaseError) as refusal, papers.transaction():
        papers.execute(attack.encode())
    assert str(refusal.value.sqlstate).startswith("FS1")
    assert [row.doc_key for row in read(papers, PAPER, ["p1"])] == ["p1"]


def test_every_flow_of_the_domains_has_a_guarded_table(ready_db: str) -> None:
    app.configure(ready_db)
    kinds = declared_by(INSTALLED_APPS).kinds
    with psycopg.connect(ready_db) as conn:
        rows = conn.execute(
            "select c.relname from pg_trigger t join pg_class c on c.oid = t.tgrelid "
            "where t.tgname = any (array['flow_insert', 'flow_update', 'flow_delete']) "
            "group by c.relname having count(*) = 3"
        ).fetchall()
    assert {kind.table for kind in kinds} == {row[0] for row in rows}


@pytest.mark.parametrize("key", ["", "  ", " p1", "p1\u3000", "p\n1", "p\0", "长" * 201])
def test_a_number_that_nobody_can_write_down_is_refused(papers: psycopg.Connection, key: str) -> None:
    with pytest.raises(RuleBroken, match="编号") as refused:
        _make(papers, "p1", key)
    assert refused.value.hint
    assert papers.execute("select count(*) from test_paper").fetchone() == (0,)


def test_who_lacks_a_duty_is_told_in_words(papers: psycopg.Connection) -> None:
    with pytest.raises(MissingDuty, match="岗位“单位经办”，不能编制"):
        _make(papers, "p1", by="b")
    _make(papers, "p1")
    with pytest.raises(MissingDuty, match="人员 c 没有本区划的岗位“单位审核”，不能办理“审核”"):
        move(papers, PAPER, ["p1"], "review", by="c", on=DAY)


def test_of_a_document_given_twice_only_the_first_is_new(papers: psycopg.Connection) -> None:
    assert _make(papers, "p1", "p1", "p2") == [True, False, True]
    assert move(papers, PAPER, ["p2", "p1", "p2"], "review", by="b", on=DAY) == [True, True, False]


def test_what_may_still_be_discarded_and_goes_on_is_unfinished() -> None:
    """Whatever kind is declared: a draft, and what was reviewed and may be sent back; nothing in force."""
    unfinished = {kind.prefix: set(kind.flow.unfinished) for kind in declared_by(INSTALLED_APPS).kinds}
    assert unfinished["quota_document"] == {"draft", "reviewed"}
    assert unfinished["tax_refund"] == unfinished["receipt"] == {"recorded"}
    drafts = ("transfer_receipt", "transfer_cash", "fund_move", "debt_event", "opening_reversal")
    assert {prefix: unfinished[prefix] for prefix in drafts} == {prefix: {"draft"} for prefix in drafts}
    assert not unfinished["library_project"] and not unfinished["issue"]
