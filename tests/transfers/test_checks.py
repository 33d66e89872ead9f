"""What the city sent is what its banners received: by number, at every month end, whatever happens."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from fisc.kernel import Coding, FiscError, credit, debit, post, verify
from fisc.kernel.entries import Entry
from fisc.transfers import services as tr
from fisc.transfers.checks import Pair, city_equals_banners, sent_and_received
from tests.papers import a_document
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    OTHER,
    YEAR,
    Conn,
    arranged,
    furnish,
    hands,
    issued,
    line,
    own_budget,
    passed_on,
    source,
    tills,
)


def test_equal_by_number_and_banner(city: Conn) -> None:
    own_budget(city, 50)
    passed_on(city, [(BANNER, 500), (OTHER, 400)])
    tr.issue(city, [issued([(OTHER, 50)], "鄂财预〔2022〕9号", sup="", code="2300202")], **hands(), on=DAY)
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 300)], **tills(), on=date(YEAR, 4, 2))
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, OTHER, YEAR, "111", 70)], **tills(), on=DAY)
    tr.upload(city, [tr.UploadCash("解-1", BANNER, CITY, YEAR, "111", "2300602", 7)], **tills(BANNER), on=DAY)
    assert city_equals_banners(city, CITY, 202203) == []
    assert sent_and_received(city, CITY, 202204) == [
        Pair("account", "", OTHER, 70, 70),
        Pair("cash", DOWN, BANNER, 300, 300),
        Pair("quota", DOWN, BANNER, 500, 500),
        Pair("quota", DOWN, OTHER, 400, 400),
        Pair("quota", "鄂财预〔2022〕9号", OTHER, 50, 50),
        Pair("upload", "", BANNER, 7, 7),
    ]


def test_what_one_side_posts_alone_is_named(city: Conn) -> None:
    passed_on(city, [(BANNER, 500)])
    stray = Coding(YEAR, BANNER, "111", rev_func_code="1100299", sup_bgt_doc_no=DOWN)
    pool = Coding(YEAR, BANNER, "111", sup_bgt_doc_no=DOWN)
    lines = (debit("quota:9200", pool, 30), credit("quota:9102", stray, 30))
    cash = (debit("treasury_2015:1001", stray, 20), credit("treasury_2015:4011", stray, 20))
    paper, later = a_document(city, BANNER), date(YEAR, 4, 1)
    post(city, [Entry("x", BANNER, DAY, lines, document_id=paper),
                Entry("y", BANNER, later, cash, document_id=paper)])  # fmt: skip
    assert city_equals_banners(city, CITY, 202203) == [Pair("quota", DOWN, BANNER, 500, 470)]
    found = city_equals_banners(city, CITY, 202204)
    assert [(d.side, d.difference_fen) for d in found] == [("cash", -20), ("quota", 30)]


BANNERS = st.sampled_from([BANNER, OTHER])
FEN = st.integers(1, 200)
PICK = st.integers(0, 5)


class Transfers(RuleBasedStateMachine):
    """Any sequence of receiving, issuing, paying and taking back, some of it refused."""

    conn: Conn

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.lines: list[str] = []
        self.advances: list[str] = []

    def number(self) -> str:
        self.count += 1
        return f"单-{self.count}"

    @initialize()
    def begin(self) -> None:
        self.prefix = self.conn.execute("select nextval('ledger.entry_id_seq')").fetchone()[0]  # type: ignore[index]
        self.doc_no = f"内财预〔{YEAR}〕{self.prefix}号"
        first = self.first = f"{self.prefix}-首"
        tr.receive(self.conn, [source(1000, self.doc_no, confirm_reason="各为一份")], **hands(), on=DAY)
        use = arranged(first, 900, sup_bgt_doc_no=self.doc_no)
        assert self.attempt(tr.arrange, [use], hands())
        down = issued([(BANNER, 400), (OTHER, 300)], first, self.doc_no)
        assert self.attempt(tr.issue, [down], hands())
        self.lines = [line(first), line(first, 2)]
        assert self.attempt(tr.pay_out, [tr.LineCash(first, self.lines[0], 150)], tills())

    def attempt(self, work: Any, items: list[Any], who: dict[str, str]) -> bool:
        with suppress(FiscError):
            return bool(work(self.conn, items, **who, on=DAY) == [True])
        return False

    @rule(fen=FEN)
    def arrange(self, fen: int) -> None:
        item = arranged(f"{self.prefix}-{self.number()}", fen, sup_bgt_doc_no=self.doc_no)
        self.attempt(tr.arrange, [item], hands())

    @rule(fen=FEN, banner=BANNERS)
    def issue(self, fen: int, banner: str) -> None:
        number = f"{self.prefix}-{self.number()}"
        if self.attempt(tr.issue, [issued([(banner, fen)], number, self.doc_no)], hands()):
            self.lines.append(line(number))

    @rule(fen=FEN, at=PICK, work=st.sampled_from([tr.pay_out, tr.pay_out, tr.recover_cash, tr.accrue]))
    def cash_on_a_line(self, fen: int, at: int, work: Any) -> None:
        number = f"{self.prefix}-{self.number()}"
        self.attempt(work, [tr.LineCash(number, self.lines[at % len(self.lines)], fen)], tills())

    @rule(fen=FEN, at=PICK)
    def take_back(self, fen: int, at: int) -> None:
        number = f"{self.prefix}-{self.number()}"
        self.attempt(tr.take_back, [tr.TakeBackItem(number, self.lines[at % len(self.lines)], fen)], hands())

    @rule(fen=FEN, at=PICK, which=PICK)
    def charge_or_return_an_advance(self, fen: int, at: int, which: int) -> None:
        if self.advances:
            number, key = f"{self.prefix}-{self.number()}", self.lines[at % len(self.lines)]
            reference = self.advances[which % len(self.advances)]
            charged = self.attempt(tr.charge_advances, [tr.ChargeCash(number, reference, fen, key)], tills())
            if not charged:
                self.attempt(tr.return_advances, [tr.SettleCash(number, reference, fen)], tills())

    @rule(fen=FEN, banner=BANNERS)
    def advance(self, fen: int, banner: str) -> None:
        number = f"{self.prefix}-{self.number()}"
        if self.attempt(tr.advance, [tr.AdvanceCash(number, CITY, banner, YEAR, "111", fen)], tills()):
            self.advances.append(number)

    @rule(fen=FEN, banner=BANNERS)
    def banner_uses_and_gives_back(self, fen: int, banner: str) -> None:
        for is_return in (False, True):
            item = arranged(
                f"{self.prefix}-{self.number()}", fen, "2050202", mof_div_code=banner,
                sup_bgt_doc_no=self.first, is_return=is_return,
            )  # fmt: skip
            self.attempt(tr.arrange, [item], hands(banner))

    @invariant()
    def sent_is_received(self) -> None:
        assert city_equals_banners(self.conn, CITY, YEAR * 100 + 13) == []

    def teardown(self) -> None:
        sums = self.conn.execute(
            "select coalesce(sum(amount_fen - taken_back_fen), 0), coalesce(sum(booked_fen), 0) "
            "from transfers_line where is_issue and effective_on is not null"
        ).fetchone()
        stands = sent_and_received(self.conn, CITY, YEAR * 100 + 13)
        totals = [sum(d.city_fen for d in stands if d.side == side) for side in ("quota", "cash")]
        assert sums is not None and [int(s) for s in sums] == totals


def test_any_sequence_keeps_sent_equal_to_received(ready_db: str) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        furnish(conn)
        Transfers.conn = conn
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Transfers,
            settings=settings(
                max_examples=10,
                stateful_step_count=30,
                suppress_health_check=list(HealthCheck),
            ),
        )
        assert verify(conn).ok
