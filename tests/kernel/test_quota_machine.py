"""Quota operations in any order against a dict of balances: same answers, same refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from fisc.kernel import (
    DuplicateConflict,
    Entry,
    QuotaShortfall,
    available_many,
    credit,
    debit,
    post,
    reverse,
    seal,
    verify,
)
from fisc.kernel.gathering import serve_group

from . import world
from .world import FROZEN, POOL, QUOTA, SOURCES, SPENT, A, B, C, entry

CODINGS = st.sampled_from([0, 1, 2])
FEN = st.integers(1, 60)
#: What an operation debits and credits.
OPERATIONS = {
    "source": (SOURCES, POOL), "give": (POOL, QUOTA), "freeze": (QUOTA, FROZEN), "unfreeze": (FROZEN, QUOTA),
    "pay": (QUOTA, SPENT), "take back": (QUOTA, POOL), "withdraw": (POOL, SOURCES),
}  # fmt: skip
CONTROLLED = (POOL, QUOTA, FROZEN)


class Model:
    """The reference: what is available by (account, coding)."""

    def __init__(self) -> None:
        self.balances: Counter[tuple[str, object]] = Counter()
        self.posted: dict[str, Entry] = {}

    def after(self, *entries: Entry) -> Counter[tuple[str, object]]:
        balances = self.balances.copy()
        for line in (line for e in entries for line in e.lines if line.account in CONTROLLED):
            balances[line.account, line.coding] -= line.side * line.amount_fen
        return balances

    def accepts(self, *entries: Entry) -> bool:
        return all(fen >= 0 for fen in self.after(*entries).values())

    def take(self, *entries: Entry) -> None:
        self.balances = self.after(*entries)
        self.posted |= {e.natural_key: e for e in entries}


class QuotaMachine(RuleBasedStateMachine):
    """Drives one ledger; each run has coding blocks and keys of its own in it."""

    conn: psycopg.Connection
    runs = count()
    entries = Bundle("entries")

    def __init__(self) -> None:
        super().__init__()
        self.run = next(self.runs)
        self.codings = [replace(coding, pro_code=f"run {self.run}") for coding in (A, B, C)]
        self.model = Model()
        self.ids: dict[str, int] = {}

    def teardown(self) -> None:
        seal(self.conn)
        report = verify(self.conn)
        assert report.ok, report

    def entry(self, name: str, source: str, out: int, target: str, into: int, fen: int) -> Entry:
        """Debit `source` on one coding block, credit `target` on another."""
        lines = debit(source, self.codings[out], fen), credit(target, self.codings[into], fen)
        return entry(f"{self.run}/{name}", *lines)

    @initialize()
    def sources(self) -> None:
        self.post_like_the_model([self.entry("first", SOURCES, 0, POOL, 0, 100)])

    def post_like_the_model(self, entries: list[Entry]) -> bool:
        if self.model.accepts(*entries):
            result = post(self.conn, entries)
            assert all(result.is_new)
            self.model.take(*entries)
            self.ids |= {e.natural_key: i for e, i in zip(entries, result.entry_ids, strict=True)}
            return True
        with pytest.raises(QuotaShortfall):
            post(self.conn, entries)
        return False

    @rule(target=entries, kind=st.sampled_from(sorted(OPERATIONS)), coding=CODINGS, fen=FEN)
    def operate(self, kind: str, coding: int, fen: int) -> Entry:
        """One operation; refused ones may come again later under the same key."""
        source, target = OPERATIONS[kind]
        given = self.entry(
            f"{kind} {len(self.model.posted)}/{coding}/{fen}", source, coding, target, coding, fen
        )
        if given.natural_key not in self.model.posted:
            self.post_like_the_model([given])
        return given

    @rule(source=CODINGS, into=CODINGS, fens=st.lists(FEN, min_size=1, max_size=4))
    def distribute(self, source: int, into: int, fens: list[int]) -> None:
        """Several shifts as one set: all or none."""
        n = len(self.model.posted)
        self.post_like_the_model(
            [self.entry(f"move {n}/{i}", QUOTA, source, QUOTA, into, fen) for i, fen in enumerate(fens)]
        )

    @rule(given=entries)
    def retry(self, given: Entry) -> None:
        """The same key with the same content: no change, or another attempt if it was refused."""
        if given.natural_key in self.model.posted:
            assert post(self.conn, [given]).entry_ids == [self.ids[given.natural_key]]
        else:
            self.post_like_the_model([given])

    @rule(given=entries, fen=FEN)
    def contradict(self, given: Entry, fen: int) -> None:
        """The same key with another amount is refused once the key stands."""
        changed = self.entry("changed", SOURCES, 0, POOL, 0, 100 + fen)
        if given.natural_key in self.model.posted:
            with pytest.raises(DuplicateConflict):
                post(self.conn, [replace(changed, natural_key=given.natural_key)])

    @rule(given=entries, part=st.integers(1, 60))
    def refund(self, given: Entry, part: int) -> None:
        """Part of an entry comes back by a red entry of its own."""
        fen = min(part, given.lines[0].amount_fen)
        red = entry(f"{self.run}/refund {len(self.model.posted)}",
                    *(world.Line(ln.account, ln.coding, ln.side, -fen) for ln in given.lines))  # fmt: skip
        if given.natural_key in self.model.posted:
            self.post_like_the_model([red])

    @rule(given=entries)
    def reverse(self, given: Entry) -> None:
        """All of an entry comes back; twice is once."""
        key = given.natural_key
        if key not in self.model.posted:
            return
        red = world.red(given, key + "/红")
        if red.natural_key in self.model.posted or self.model.accepts(red):
            is_new = reverse(self.conn, [self.ids[key]], "/红").is_new == [True]
            assert is_new == (red.natural_key not in self.model.posted)
            if is_new:
                self.model.take(red)
        else:
            with pytest.raises(QuotaShortfall):
                reverse(self.conn, [self.ids[key]], "/红")

    @rule(coding=CODINGS, fens=st.lists(FEN, min_size=1, max_size=5), twice=st.booleans())
    def pay_as_a_group(self, coding: int, fens: list[int], twice: bool) -> None:
        """Independent payments gathered in a group: granted in order, as far as it goes."""
        n = len(self.model.posted)
        group = [self.entry(f"group {n}/{i}", QUOTA, coding, SPENT, coding, fen)
                 for i, fen in enumerate(fens)]  # fmt: skip
        asked = group + group if twice else group
        expected: dict[str, bool] = {}
        for given in asked:
            if given.natural_key not in self.model.posted and self.model.accepts(given):
                self.model.take(given)
            expected[given.natural_key] = given.natural_key in self.model.posted
        for given, answer in zip(asked, serve_group(self.conn, asked, entry_ids), strict=True):
            assert isinstance(answer, int) == expected[given.natural_key], (given, answer)
            if isinstance(answer, int):
                assert self.ids.setdefault(given.natural_key, answer) == answer

    @invariant()
    def balances_agree(self) -> None:
        for account in CONTROLLED:
            for coding, fen in available_many(self.conn, account, self.codings).items():
                assert fen == self.model.balances[account, coding]


def entry_ids(conn: psycopg.Connection, entries: Sequence[Entry]) -> list[int]:
    return post(conn, entries).entry_ids


def test_quota_machine(city: psycopg.Connection) -> None:
    QuotaMachine.conn = city
    run_state_machine_as_test(
        QuotaMachine,
        settings=settings(max_examples=25, stateful_step_count=25,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
