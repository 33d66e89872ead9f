"""Two people at once: a budget is not reopened behind the draft's back, nor room used twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg

from fisc.budget.services import approval, preparation
from fisc.budget.services.early import EarlyRequest, PriorLevel, record_early_spending, record_prior_levels
from fisc.kernel import FiscError
from tests.budget.region import CITY, EDUCATION, WAN, YEAR, budget, settle, two_ups

DAY = date(2022, 1, 10)


def _at_once(dsn: str, *deeds: Callable[[psycopg.Connection], object]) -> list[bool]:
    """Whether each deed was done, all of them starting together on connections of their own."""
    together = threading.Barrier(len(deeds))

    def run(deed: Callable[[psycopg.Connection], object]) -> bool:
        with psycopg.connect(dsn, autocommit=True) as conn:
            together.wait()
            try:
                deed(conn)
            except FiscError:
                return False
            return True

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def test_submitting_and_reopening_exclude_each_other(ready_db: str) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        settle(conn)
        two_ups(conn)
        approval.make_draft(conn, budget(), by="maker", on=DAY)
        approval.review_draft(conn, budget().doc_key, by="reviewer", on=DAY)
    key = preparation.proposal_key(CITY, YEAR, EDUCATION, 2)
    submitted, reopened = _at_once(
        ready_db,
        lambda conn: approval.submit_draft(conn, budget().doc_key, by="approver", on=DAY),
        lambda conn: preparation.reopen_proposals(
            conn, [key], by="reviewer", on=DAY, note="数字有误再核一遍"
        ),
    )
    assert submitted != reopened


def test_the_room_before_approval_is_used_once(ready_db: str) -> None:
    with psycopg.connect(ready_db, autocommit=True) as conn:
        settle(conn)
        level = PriorLevel(CITY, YEAR - 1, 1, "department", "111", 100 * WAN, "2021 年执行月报")
        record_prior_levels(conn, [level], by="maker")
    asked = [EarlyRequest(f"{n}号", CITY, YEAR, "department", "111", 60 * WAN) for n in range(4)]
    done = _at_once(ready_db, *(
        lambda conn, r=request: record_early_spending(conn, [r], by="approver", on=DAY) for request in asked
    ))  # fmt: skip
    assert sum(done) == 1
