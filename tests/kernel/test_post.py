"""`post`: what is accepted, what is refused, and that repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fisc.kernel import (
    Account,
    Coding,
    Document,
    DuplicateConflict,
    Entry,
    LedgerError,
    Line,
    PeriodClosed,
    PostResult,
    QuotaShortfall,
    UnbalancedEntry,
    UnknownAccount,
    close_periods,
    credit,
    debit,
    define_accounts,
    define_regions,
    intern_codings,
    open_year,
    post,
    post_columns,
    posting,
    read_entries,
    record_documents,
    reverse,
    seal,
    settle,
    verify,
)
from fisc.kernel.directory import Directory
from fisc.kernel.periods import periods
from fisc.kernel.posting import in_transaction, to_columns

from . import world
from .world import (
    CASH,
    CITY,
    DAY,
    OUTLAY,
    POOL,
    QUOTA,
    SOURCES,
    SPENT,
    YEAR,
    A,
    B,
    C,
    count,
    entry,
    left,
    pay,
)


@pytest.fixture(params=["arrays", "staged"])
def path(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways into the database: what holds for the one must hold for the other."""
    if request.param == "staged":
        monkeypatch.setattr(posting, "STAGE_FROM_LINES", 1)
    return str(request.param)


@pytest.mark.usefixtures("path")
class TestAccepted:
    def test_an_entry_stands_as_it_was_given(self, city: psycopg.Connection) -> None:
        given = Entry(
            "付/1", CITY, date(YEAR, 12, 31), (debit(OUTLAY, A, 5), credit(CASH, B, 5)),
            document_id=world.PAPER, period=YEAR * 100 + 12, source_ref="表一!E7", rule_code="41-07",
            summary='年终 "引号", 逗号\n换行\t制表\\',
        )  # fmt: skip
        result = post(city, [given])
        assert result.is_new == [True]
        assert read_entries(city, result.entry_ids) == {result.entry_ids[0]: given}

    def test_the_period_follows_the_business_date(self, city: psycopg.Connection) -> None:
        ids = post(city, [world.grant("g", 1)]).entry_ids
        assert read_entries(city, ids)[ids[0]].period == YEAR * 100 + 3

    def test_ids_and_news_come_in_the_order_given(self, city: psycopg.Connection) -> None:
        first = post(city, [world.grant("b", 1), world.grant("d", 1)])
        again = post(city, [world.grant(key, 1) for key in "abcd"])
        assert again.is_new == [True, False, True, False]
        assert again.posted_count == 2
        assert [again.entry_ids[1], again.entry_ids[3]] == first.entry_ids
        keys = {i: e.natural_key for i, e in read_entries(city, again.entry_ids).items()}
        assert [keys[i] for i in again.entry_ids] == list("abcd")

    def test_nothing_to_post_is_no_work(self, city: psycopg.Connection) -> None:
        assert post(city, []) == PostResult([], [])
        assert post(city, iter(())) == PostResult([], [])
        assert post_columns(city, to_columns(Directory(city), [])) == PostResult([], [])

    def test_a_red_line_takes_back_in_its_own_column(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        post(city, [pay("p", 30), world.red(pay("", 30), "p/退")])
        assert left(city) == 100
        rows = city.execute(
            "select sum(debit_fen), sum(credit_fen), sum(posting_count) from ledger.balance_month m "
            "join ledger.account a on a.id = m.account_id where a.book || ':' || a.code = %s", [OUTLAY]
        ).fetchall()  # fmt: skip
        assert rows == [(0, 0, 2)]

    def test_quota_granted_in_the_same_set_can_be_spent(self, city: psycopg.Connection) -> None:
        post(city, [pay("p", 5), world.grant("g", 5)])
        assert left(city) == 0

    def test_opening_and_year_end_are_periods(self, city: psycopg.Connection) -> None:
        opening = replace(entry("o", debit(CASH, A, 5), credit(CASH, B, 5)), period=YEAR * 100)
        post(city, [opening, replace(opening, natural_key="y", period=YEAR * 100 + 13)])
        assert verify(city).ok

    def test_outlay_ends_with_december_but_for_its_closing(self, city: psycopg.Connection) -> None:
        late = replace(entry("o", debit(OUTLAY, A, 5), credit(CASH, A, 5)), period=YEAR * 100 + 13)
        assert "在年终期间" in world.refusal(city, [late]).message
        city.execute("select ledger.close_by(kind) from ledger.document where id = %s", [world.PAPER])
        post(city, [late])
        assert verify(city).ok

    def test_texts_of_any_script_pass(self, city: psycopg.Connection) -> None:
        for n, text in enumerate(["", "\x01", "\\N", '"', "𠮷", " ", "\r\n", "'); --", "%s", "NULL"]):
            given = replace(world.grant(f"k{text}{n}", 1), summary=text, source_ref=text, rule_code=text)
            ids = post(city, [given, replace(given, natural_key=f"second{n}")]).entry_ids
            assert read_entries(city, ids)[ids[0]].summary == text

    def test_the_largest_amount_passes_and_adds_up(self, city: psycopg.Connection) -> None:
        most = 2**62
        post(city, [world.grant("g", most)])
        assert left(city) == most
        refused = world.refusal(city, [world.grant("h", most), world.grant("i", most)])
        assert isinstance(refused, LedgerError)
        assert left(city) == most


ONE_SIDED = [debit(OUTLAY, A, 5), credit(CASH, A, 4)]
ACROSS_BOOKS = [debit(OUTLAY, A, 5), credit(SPENT, A, 5)]
CODING_NUL = Coding(YEAR, "9901\x0000")
CODING_SEPARATOR = Coding(YEAR, CITY, "1\x1f11")
GOOD = (debit(OUTLAY, A, 5), credit(CASH, A, 5))

REFUSED: list[tuple[str, Entry, type[LedgerError], str]] = [
    ("one fen off", entry("x", *ONE_SIDED), UnbalancedEntry, "差额 1 分"),
    ("balanced only across books", entry("x", *ACROSS_BOOKS), UnbalancedEntry, "quota"),
    ("no line", entry("x"), UnbalancedEntry, "0 行"),
    ("one line", entry("x", debit(OUTLAY, A, 5)), UnbalancedEntry, "1 行"),
    ("zero", entry("x", debit(OUTLAY, A, 0), credit(CASH, A, 0)), UnbalancedEntry, "金额为零"),
    ("too large", entry("x", debit(OUTLAY, A, 2**62 + 1), credit(CASH, A, 2**62 + 1)), LedgerError, "整数分"),
    ("out of int8", entry("x", debit(OUTLAY, A, 2**70), credit(CASH, A, 2**70)), LedgerError, "整数分"),
    ("half a fen", entry("x", debit(OUTLAY, A, 1.5), credit(CASH, A, 1.5)), LedgerError, "整数分"),  # type: ignore[arg-type]
    ("no such side", entry("x", Line(OUTLAY, A, 2, 5), Line(CASH, A, -2, 5)), LedgerError, "方向"),
    ("side zero", entry("x", Line(OUTLAY, A, 0, 5), Line(CASH, A, 0, 5)), LedgerError, "方向"),
    ("unknown account", entry("x", debit("treasury:9", A, 5), credit(CASH, A, 5)), UnknownAccount,
     "treasury:9"),
    ("account without book", entry("x", debit("7001", A, 5), credit(CASH, A, 5)), UnknownAccount, "7001"),
    ("unknown region", entry("x", *GOOD, region="999999999"), UnknownAccount, "999999999"),
    ("unopened year", entry("x", *GOOD, day=date(YEAR + 1, 1, 1)), PeriodClosed, "202601 尚未开设"),
    ("no such month", replace(entry("x", *GOOD), period=YEAR * 100 + 14), PeriodClosed, "会计期间 202514"),
    ("a day of another month", replace(entry("x", *GOOD), period=YEAR * 100 + 4), PeriodClosed, "2025-03-14"),
    ("a day of no calendar", entry("x", *GOOD, day=date(9999, 12, 31)), LedgerError, "账簿可记的日期"),
    ("nothing was ever granted", pay("x", 1, B), QuotaShortfall, "可用 0.00 元"),
    ("more than there is", pay("x", 101), QuotaShortfall, "可用 1.00 元，需要 1.01 元"),
    ("document unknown", replace(entry("x", *GOOD), document_id=77), UnknownAccount, "单据"),
    ("reversed entry unknown", replace(entry("x", *GOOD), reverses_id=77), UnknownAccount, "原凭证"),
    ("no key", entry("", *GOOD), LedgerError, "没有编号"),
    ("NUL in a text", replace(entry("x", *GOOD), summary="a\x00b"), LedgerError, "控制字符"),
    ("separator in a text", replace(entry("x", *GOOD), source_ref="a\x1fb"), LedgerError, "控制字符"),
    ("half a surrogate", replace(entry("x", *GOOD), summary="\ud800"), LedgerError, "控制字符"),
    ("NUL in an element", entry("x", debit(OUTLAY, CODING_NUL, 5), credit(CASH, A, 5)),
     LedgerError, "控制字符"),
    ("separator in an element", entry("x", debit(OUTLAY, CODING_SEPARATOR, 5), credit(CASH, A, 5)),
     LedgerError, "控制字符"),
    ("too many lines", entry("x", *[*GOOD] * 16_384), LedgerError, "32768 行"),
    ("impossible year", entry("x", debit(OUTLAY, Coding(99_999), 5), credit(CASH, A, 5)),
     LedgerError, "超出可记的范围"),
]  # fmt: skip


@pytest.mark.usefixtures("path")
class TestRefused:
    @pytest.mark.parametrize("bad,kind,words", [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
    def test_all_or_nothing(
        self, city: psycopg.Connection, bad: Entry, kind: type[LedgerError], words: str
    ) -> None:
        world.give(city, 100)
        with pytest.raises(kind, match=words) as refused:
            post(city, [world.grant("before", 7, C), bad, world.grant("after", 7, C)])
        assert refused.value.rule and refused.value.hint, "a refusal says by which rule and what to do"
        assert (count(city), left(city)) == (1, 100)
        assert post(city, [world.grant("before", 7, C)]).is_new == [True], "the ledger goes on"
        assert verify(city).ok

    def test_an_entry_is_balanced_by_itself_not_with_its_neighbour(self, city: psycopg.Connection) -> None:
        over = entry("a", debit(OUTLAY, A, 5), credit(CASH, A, 4))
        under = entry("b", debit(OUTLAY, A, 4), credit(CASH, A, 5))
        assert isinstance(world.refusal(city, [over, under]), UnbalancedEntry)

    def test_of_several_wrong_entries_the_first_is_named(self, city: psycopg.Connection) -> None:
        wrong = [entry(f"wrong {n}", *ONE_SIDED) for n in range(30)]
        for _ in range(5):
            assert "凭证 wrong 0 " in str(world.refusal(city, [world.grant("g", 1), *wrong]))
        lost = [replace(entry(f"lost {n}", *GOOD), document_id=7 + n) for n in range(30)]
        assert "凭证 lost 0 " in str(world.refusal(city, lost))

    def test_a_shortfall_says_what_is_there_and_what_was_asked(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        refused = world.refusal(city, [pay("a", 60), pay("b", 60)])
        assert isinstance(refused, QuotaShortfall)
        (short,) = refused.details["short"]
        assert (short["available_fen"], short["requested_fen"]) == (100, 120)

    def test_a_red_line_that_takes_back_a_grant_meets_the_floor(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        post(city, [pay("p", 1)])
        taken = world.red(world.grant("", 100), "take back")
        assert isinstance(world.refusal(city, [taken]), QuotaShortfall)
        post(city, [world.red(world.grant("", 99), "take back 99")])
        assert left(city) == 0

    def test_a_closed_period_takes_nothing_but_repeats(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        close_periods(city, [CITY], [YEAR * 100 + 3])
        close_periods(city, [CITY], [YEAR * 100 + 3])
        refused = world.refusal(city, [pay("p", 1)])
        assert isinstance(refused, PeriodClosed)
        assert refused.details == {"region": CITY, "period": YEAR * 100 + 3}
        assert post(city, [world.grant(f"grant/{A.exp_func_code}", 100)]).is_new == [False]
        assert post(city, [replace(pay("p", 1), business_date=date(YEAR, 4, 1))]).is_new == [True]
        assert post(city, [world.grant("there", 1, region=world.COUNTY)]).is_new == [True], "only that region"

    def test_a_set_of_periods_is_closed_whole_or_not_at_all(self, city: psycopg.Connection) -> None:
        both, march = [CITY, world.COUNTY], YEAR * 100 + 3
        with pytest.raises(PeriodClosed, match="没有会计期间"):
            close_periods(city, both, [march, march + 1000])
        assert not any(periods(city, both).values())
        close_periods(city, both, [march, march + 1])
        closed = {key for key, is_closed in periods(city, both).items() if is_closed}
        assert closed == {(region, march + month) for region in both for month in (0, 1)}

    def test_a_floor_below_zero_is_what_may_be_overdrawn(self, city: psycopg.Connection) -> None:
        define_accounts(city, [Account("credit", "1", "额度", "control", -1, "test", False, -50),
                               Account("credit", "2", "占用", "use", 1, "test", False)])  # fmt: skip
        draw = entry("d", debit("credit:1", A, 50), credit("credit:2", A, 50))
        assert world.available(city, "credit:1", A) == 50
        post(city, [draw])
        assert world.available(city, "credit:1", A) == 0
        assert isinstance(world.refusal(city, [replace(draw, natural_key="e")]), QuotaShortfall)

    def test_a_floor_above_zero_is_no_floor(self, city: psycopg.Connection) -> None:
        with pytest.raises(LedgerError, match="下限"):
            define_accounts(city, [Account("reserve", "1", "储备", "control", -1, "test", False, 10)])


@pytest.mark.usefixtures("path")
class TestRepeated:
    def test_same_key_same_content_is_the_same_entry(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        first = post(city, [pay("p", 60)])
        again = post(city, [pay("p", 60)])
        assert (again.entry_ids, again.is_new) == (first.entry_ids, [False])
        assert left(city) == 40

    @pytest.mark.parametrize(
        "other",
        [
            pay("p", 61), pay("p", 60, B), pay("p", 60, region=world.COUNTY), world.red(pay("", 60), "p"),
            replace(pay("p", 60), business_date=date(YEAR, 3, 15)),
            replace(pay("p", 60), period=YEAR * 100 + 13),
            replace(pay("p", 60), lines=pay("", 60).lines[2:]),
            replace(pay("p", 60), lines=pay("", 60).lines[::-1]),
            replace(pay("p", 60), lines=(*pay("", 60).lines, debit(OUTLAY, A, 1), credit(CASH, A, 1))),
        ],
        ids=["amount", "coding", "region", "red", "day", "period", "fewer lines", "order", "more lines"],
    )  # fmt: skip
    def test_same_key_other_content_is_refused(self, city: psycopg.Connection, other: Entry) -> None:
        post(city, [world.grant("a", 100), world.grant("b", 100, B), pay("p", 60)])
        with pytest.raises(DuplicateConflict, match="凭证 p 已经入账"):
            post(city, [world.grant("c", 1), other])
        assert (count(city), left(city)) == (3, 40)

    def test_duplicates_inside_one_set_are_one_entry(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        result = post(city, [pay("p", 60), pay("q", 1), pay("p", 60)])
        assert result.is_new == [True, True, False]
        assert result.entry_ids[0] == result.entry_ids[2]
        assert left(city) == 39

    def test_contradicting_duplicates_inside_one_set_are_refused(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        assert isinstance(world.refusal(city, [pay("p", 1), pay("p", 2)]), DuplicateConflict)
        assert left(city) == 100

    def test_a_repeat_needs_no_quota(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        post(city, [pay("p", 100)])
        assert post(city, [pay("p", 100)]).is_new == [False]

    def test_a_refused_key_is_free_again(self, city: psycopg.Connection) -> None:
        assert world.refusal(city, [pay("p", 100)]) is not None
        world.give(city, 100)
        assert post(city, [pay("p", 70)]).is_new == [True]


AMOUNTS = st.integers(min_value=-5, max_value=5)
KEYS = st.sampled_from(["a", "b", "c"])
CODINGS = st.sampled_from([A, B])
LINES = st.lists(
    st.builds(
        Line, st.sampled_from([OUTLAY, CASH, QUOTA, SPENT]), CODINGS, st.sampled_from([1, -1]), AMOUNTS
    ),
    max_size=3,
)
ENTRIES = st.one_of(
    st.builds(world.grant, KEYS, st.integers(1, 5), CODINGS),
    st.builds(pay, KEYS, st.integers(1, 5), CODINGS),
    st.builds(lambda key, lines: entry(key, *lines), KEYS, LINES),
)


def outcome(conn: psycopg.Connection, sets: Sequence[Sequence[Entry]], stage_from: int) -> list[object]:
    """What posting these sets answers, and the ledger afterwards, leaving no trace."""
    answers: list[object] = []
    known: dict[int, str] = {}
    posting.STAGE_FROM_LINES, before = stage_from, posting.STAGE_FROM_LINES
    try:
        with conn.transaction(force_rollback=True):
            for entries in sets:
                try:
                    result = post(conn, entries)
                    known |= dict(zip(result.entry_ids, (e.natural_key for e in entries), strict=True))
                    answers.append((result.is_new, [known[i] for i in result.entry_ids]))
                except LedgerError as error:
                    answers.append((type(error), error.message))
            answers.append(conn.execute(
                "select e.natural_key, p.line, p.account_id, p.amount_fen from ledger.posting p "
                "join ledger.entry e on e.id = p.entry_id order by 1, 2").fetchall())  # fmt: skip
    finally:
        posting.STAGE_FROM_LINES = before
    return answers


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sets=st.lists(st.lists(ENTRIES, min_size=1, max_size=4), max_size=4))
def test_both_ways_in_give_the_same_answers(city: psycopg.Connection, sets: list[list[Entry]]) -> None:
    """Sets of good, bad, repeated and short entries: arrays and staging agree to the word."""
    assert outcome(city, sets, 10**9) == outcome(city, sets, 1)


class TestColumns:
    def test_an_entry_without_its_lines_is_refused(self, city: psycopg.Connection) -> None:
        columns = to_columns(Directory(city), [world.grant("whole", 1), world.grant("empty", 1)])
        kept = np.asarray(columns.line_entry) == 1
        parts = {name: np.asarray(getattr(columns, name))[kept]
                 for name in ("line_entry", "line", "account", "coding", "amount_fen", "side")}  # fmt: skip
        with pytest.raises(UnbalancedEntry, match="凭证 empty 没有分录"):
            post_columns(city, replace(columns, **parts))
        assert count(city) == 0

    def test_columns_and_entries_are_the_same_path(self, city: psycopg.Connection) -> None:
        given = [world.grant("a", 9), pay("b", 4)]
        columns = to_columns(Directory(city), given)
        assert post_columns(city, columns).is_new == [True, True]
        assert post(city, given).is_new == [False, False]


class TestTransactions:
    def test_outermost_it_is_durable_on_return(self, city_db: str) -> None:
        with psycopg.connect(city_db) as conn, psycopg.connect(city_db, autocommit=True) as other:
            post(conn, [world.grant("g", 1)])
            assert count(other) == 1

    def test_it_joins_the_caller_s_transaction(self, city: psycopg.Connection, city_db: str) -> None:
        with psycopg.connect(city_db, autocommit=True) as other:
            with city.transaction():
                world.give(city, 100)
                post(city, [pay("p", 60)])
                assert left(city) == 40
                assert count(other) == 0
            assert count(other) == 2

    def test_it_goes_with_the_caller_s_transaction(self, city: psycopg.Connection) -> None:
        with city.transaction(force_rollback=True):
            world.give(city, 100)
        assert (count(city), count(city, "coding"), left(city)) == (0, 0, 0)
        world.give(city, 50)
        assert left(city) == 50

    def test_a_refusal_inside_leaves_the_caller_s_transaction_usable(self, city: psycopg.Connection) -> None:
        with city.transaction():
            world.give(city, 10)
            assert isinstance(world.refusal(city, [pay("p", 11)]), QuotaShortfall)
            post(city, [pay("q", 10)])
        assert (count(city), left(city)) == (2, 0)
        assert verify(city).ok

    def test_large_then_small_sets_in_one_transaction(
        self, city: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with city.transaction():
            for n, limit in enumerate([1, 10**9, 1]):
                monkeypatch.setattr(posting, "STAGE_FROM_LINES", limit)
                post(city, [world.grant(f"g{n}", 5), world.grant(f"h{n}", 5)])
        assert left(city) == 30

    def test_an_old_snapshot_cannot_post_into_a_period_closed_since(self, city_db: str) -> None:
        with psycopg.connect(city_db) as old, psycopg.connect(city_db, autocommit=True) as now:
            old.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            old.execute("select count(*) from ledger.period")
            close_periods(now, [CITY], [YEAR * 100 + 3])
            with pytest.raises(LedgerError, match="read committed"):
                post(old, [world.grant("late", 1)])

    def test_the_moment_of_posting_is_kept_and_ordered(self, city: psycopg.Connection) -> None:
        post(city, [world.grant("a", 1)])
        settle(city, CITY)
        row = city.execute("select clock_timestamp()").fetchone()
        post(city, [world.grant("b", 1)])
        assert row is not None
        known = city.execute(
            "select natural_key from ledger.entry where posted_at <= %s", [row[0]]
        ).fetchall()
        assert known == [("a",)]

    def test_settle_waits_for_entries_under_way(self, city: psycopg.Connection, city_db: str) -> None:
        with psycopg.connect(city_db, autocommit=True) as other, city.transaction():
            post(city, [world.grant("a", 1)])
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                settle(other, CITY)
            settle(other, world.COUNTY)

    def test_closing_waits_for_entries_under_way(self, city: psycopg.Connection, city_db: str) -> None:
        with psycopg.connect(city_db, autocommit=True) as other, city.transaction():
            post(city, [world.grant("a", 1)])
            other.execute("set lock_timeout = '50ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                close_periods(other, [CITY], [YEAR * 100 + 3])

    @pytest.mark.parametrize("size", [1, 10, 1_000])
    def test_round_trips_do_not_grow_with_the_set(self, city: psycopg.Connection, size: int) -> None:
        post(city, [world.grant("first", 10**6)])
        statements: list[object] = []
        original = psycopg.Cursor.execute

        def counting(self: psycopg.Cursor, query: object, *args: object, **options: object) -> object:
            statements.append(query)
            return original(self, query, *args, **options)  # type: ignore[arg-type]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(psycopg.Cursor, "execute", counting)
            patch.setattr(psycopg.Connection, "execute",
                          lambda conn, query, given=None: conn.cursor().execute(query, given))  # fmt: skip
            post(city, [pay(f"p{n}", 1) for n in range(size)])
        assert len(statements) == 2, statements  # the account not met before, the posting itself


class TestJoining:
    """Services of one call stand in one transaction; the outermost alone is tried again."""

    def test_contention_within_is_tried_again_by_the_outermost(self, city: psycopg.Connection) -> None:
        tries = []

        def contended() -> int:
            tries.append(post(city, [world.grant("g", 100)]).is_new)
            if len(tries) == 1:
                raise psycopg.errors.DeadlockDetected
            return left(city)

        assert in_transaction(city, lambda: in_transaction(city, contended)) == 100
        assert tries == [[True], [True]]  # the first was undone whole

    def test_who_goes_on_after_a_refusal_takes_a_savepoint(self, city: psycopg.Connection) -> None:
        def work() -> None:
            post(city, [world.grant("g", 100)])
            with pytest.raises(QuotaShortfall), city.transaction():
                post(city, [world.grant("more", 5)])
                post(city, [world.grant("less", -200)])
            post(city, [world.grant("after", 1)])

        in_transaction(city, work)
        assert left(city) == 101


class TestReversal:
    def test_reversed_is_as_if_it_had_not_been(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        paid = post(city, [pay("p", 60)])
        undone = reverse(city, paid.entry_ids, "/红")
        assert left(city) == 100
        red = read_entries(city, undone.entry_ids)[undone.entry_ids[0]]
        assert (red.natural_key, red.reverses_id) == ("p/红", paid.entry_ids[0])
        assert [ln.amount_fen for ln in red.lines] == [-60] * 4
        assert [ln.side for ln in red.lines] == [ln.side for ln in pay("", 60).lines]

    def test_reversing_again_changes_nothing(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        paid = post(city, [pay("p", 60)])
        first = reverse(city, paid.entry_ids, "/红")
        assert reverse(city, paid.entry_ids, "/红") == PostResult(first.entry_ids, [False])
        assert left(city) == 100

    def test_reversing_under_another_key_is_refused(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        paid = post(city, [pay("p", 60)])
        reverse(city, paid.entry_ids, "/红")
        with pytest.raises(DuplicateConflict, match="已被凭证 p/红 红字冲销"):
            reverse(city, paid.entry_ids, "/再红")
        assert left(city) == 100

    def test_a_reversal_can_be_reversed(self, city: psycopg.Connection) -> None:
        world.give(city, 100)
        paid = post(city, [pay("p", 60)])
        undone = reverse(city, paid.entry_ids, "/红")
        reverse(city, undone.entry_ids, "/蓝")
        assert left(city) == 40

    def test_what_was_spent_since_cannot_be_taken_back(self, city: psycopg.Connection) -> None:
        granted = post(city, [world.grant("g", 100)])
        post(city, [pay("p", 1)])
        with pytest.raises(QuotaShortfall):
            reverse(city, granted.entry_ids, "/红")

    def test_what_takes_its_place_is_weighed_with_it(self, city: psycopg.Connection) -> None:
        granted = post(city, [world.grant("g", 100)])
        post(city, [pay("p", 70)])
        with pytest.raises(QuotaShortfall):
            reverse(city, granted.entry_ids, "/红", replaced_by=[world.grant("g2", 69)])
        assert left(city) == 30
        done = reverse(
            city, granted.entry_ids, "/红", replaced_by=[world.grant("g2", 80)],
            summary=lambda old: f"更正 {old.natural_key}",
        )  # fmt: skip
        assert (done.is_new, left(city)) == ([True, True], 10)
        red, blue = (read_entries(city, done.entry_ids)[i] for i in done.entry_ids)
        assert (red.natural_key, red.summary, blue.natural_key) == ("g/红", "更正 g", "g2")

    def test_a_closed_period_is_corrected_in_an_open_one(self, city: psycopg.Connection) -> None:
        granted = post(city, [world.grant("g", 100)])
        close_periods(city, [CITY], [YEAR * 100 + 3])
        with pytest.raises(PeriodClosed):
            reverse(city, granted.entry_ids, "/红")
        undone = reverse(city, granted.entry_ids, "/红", business_date=date(YEAR, 4, 1))
        assert read_entries(city, undone.entry_ids)[undone.entry_ids[0]].period == YEAR * 100 + 4

    def test_an_unknown_entry_cannot_be_reversed(self, city: psycopg.Connection) -> None:
        granted = post(city, [world.grant("g", 100)])
        with pytest.raises(UnknownAccount, match="没有凭证 999"):
            reverse(city, [*granted.entry_ids, 999], "/红")
        assert left(city) == 100


class TestCatalogue:
    def test_a_document_is_recorded_once(self, city: psycopg.Connection) -> None:
        given = Document("d/1", "payment", CITY, YEAR, DAY, payload={"b": [1, {"a": None}], "a": "é"})
        other = replace(given, natural_key="d/2")
        first = record_documents(city, [given, other, given])
        assert first[0] == first[2] != first[1]
        assert record_documents(city, [other]) == [first[1]]
        post(city, [replace(world.grant("g", 1), document_id=first[0])])
        for change in ({"kind": "x"}, {"doc_no": "9"}, {"payload": {}}, {"dated_on": date(YEAR, 1, 1)}):
            with pytest.raises(DuplicateConflict, match="d/1"):
                record_documents(city, [replace(given, **change)])  # type: ignore[arg-type]
        assert count(city, "document") == 3  # with the paper of the world

    def test_an_account_keeps_its_nature(self, city: psycopg.Connection) -> None:
        define_accounts(city, world.ACCOUNTS)
        for change in ({"normal_side": 1}, {"floor_fen": None}, {"floor_fen": -1}):
            with pytest.raises(DuplicateConflict, match="quota:9201"):
                define_accounts(city, [replace(world.ACCOUNTS[2], **change)])  # type: ignore[arg-type]

    def test_regions_and_years_may_be_opened_again(self, city: psycopg.Connection) -> None:
        close_periods(city, [CITY], [YEAR * 100])
        open_year(city, CITY, YEAR)
        assert define_regions(city, [CITY, CITY]) == define_regions(city, [CITY])
        assert isinstance(
            world.refusal(city, [replace(world.grant("g", 1), period=YEAR * 100)]), PeriodClosed
        )

    def test_what_is_not_controlled_has_no_availability(self, city: psycopg.Connection) -> None:
        with pytest.raises(UnknownAccount, match="不是控制科目"):
            world.available(city, CASH, A)
        with pytest.raises(UnknownAccount):
            world.available(city, "quota:none", A)
        with pytest.raises(PeriodClosed):
            close_periods(city, [CITY], [209901])

    def test_pool_and_sources_follow(self, city: psycopg.Connection) -> None:
        spend = entry("s", debit(POOL, A, 5), credit(QUOTA, A, 5))
        assert isinstance(world.refusal(city, [spend]), QuotaShortfall), "no quota without a source"
        post(city, [entry("r", debit(SOURCES, A, 5), credit(POOL, A, 5)), spend])
        seal(city)
        assert verify(city).ok


def test_a_block_without_elements_of_ours_keeps_the_key_it_had_before_there_were_any(
    city: psycopg.Connection,
) -> None:
    plain = Coding(2022, "530702000", "111", exp_func_code="2050202", theme_code="T")
    ours = [replace(plain, loan_no="1"), replace(plain, sector_code="1"), replace(plain, is_last_year="1")]
    found = intern_codings(city, [plain, *ours])
    assert len(set(found.values())) == 4
    row = city.execute("select elements_key from ledger.coding where id = %s", [found[plain]]).fetchone()
    assert row is not None and str(row[0]) == "eea0e14f-0eb8-d524-4a44-547b091d04de"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("insert into once values (1), (1)", "已另有一笔办成"),
        ("insert into once values (99999999999)", "超出可记的范围"),
        ("insert into once values (2, 'abcd')", "文字太长"),
        ("insert into once values (3, (select '\"\\u0000\"'::jsonb ->> 0))", "不能保存的字符"),
    ],
)
def test_what_the_database_refuses_is_told_without_its_words(
    conn: psycopg.Connection, statement: str, told: str
) -> None:
    conn.execute("create temporary table once (a int primary key, b varchar(3))")
    with pytest.raises(LedgerError, match=told) as refused:
        in_transaction(conn, lambda: conn.execute(statement))
    assert refused.value.details == {} and "constraint" not in str(refused.value)


# ---- a block's year


@pytest.mark.parametrize(
    ("make", "years"), [(world.grant, 1), (world.pay, 1), (world.pay, -1)],
    ids=["what is to come", "outlay to come", "outlay of a year that is over"],
)  # fmt: skip
def test_a_block_moves_in_its_year(
    city: psycopg.Connection, make: Callable[[str, int, Coding], Entry], years: int
) -> None:
    world.give(city, 100)
    other = replace(world.A, fiscal_year=world.YEAR + years)
    what = f"凭证 other 把 {world.YEAR + years} 年的要素记入 {world.YEAR}03 期间"
    with pytest.raises(PeriodClosed, match=what), city.transaction():
        post(city, [world.grant("right", 10), make("other", 10, other)])
    assert left(city) == 100  # nothing of the refused set stands


def test_what_is_held_of_a_year_may_be_settled_later(city: psycopg.Connection) -> None:
    over = replace(world.A, fiscal_year=world.YEAR - 1)
    assert post(city, [world.grant("settled", 10, over)]).is_new == [True]


def test_what_is_undone_a_year_later_keeps_its_blocks(city: psycopg.Connection) -> None:
    world.give(city, 100)
    paid = post(city, [pay("p", 60)])
    open_year(city, world.CITY, world.YEAR + 1)
    assert reverse(city, paid.entry_ids, "/红", business_date=date(world.YEAR + 1, 1, 9)).is_new == [True]
    assert left(city) == 100
