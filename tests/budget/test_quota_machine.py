"""Any sequence of operations against a ten-line model of quotas.

Σ(待分+可执行+冻结+占用+计划+已申请+已支付)+未下达 = 支出预算; nothing is ever negative; what is
refused changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from fisc.budget.services import QuotaChange, cuts, operations, quota_balances, quota_codings, quotas
from fisc.documents import Leg, RuleBroken, voucher
from fisc.kernel import Coding, QuotaShortfall, post
from tests.budget.quota_world import CITY, DAY, SIGNED, YEAR, YUAN, document, line, operation, received
from tests.papers import a_document, available

OFFICES = "2010301"
BUDGET = 500_000  # yuan approved for this class
FROM_ABOVE = {"source": "transfer", "sup_bgt_doc_no": "内7号"}
RECEIVED = 400_000  # yuan that came under that number
#: Q1 to Q3 come out of the approved budget, Q4 and Q5 from above; Q3 is pending.
NAMES = ("Q1", "Q2", "Q3", "Q4", "Q5")

Stage = tuple[str, str]


class Model:
    """Where every yuan is. A move is refused where it would leave a place below zero."""

    def __init__(self) -> None:
        self.at: Counter[Stage] = Counter({("1", "unissued"): BUDGET, ("2", "received"): RECEIVED})

    def move(self, *changes: tuple[Stage, int]) -> bool:
        after = self.at.copy()
        for place, yuan in changes:
            after[place] += yuan
        if min(after.values()) < 0:
            return False
        self.at = after
        return True


def class_of(name: str) -> Stage:
    return ("2" if name in ("Q4", "Q5") else "1", "unissued")


def stage_of(name: str) -> str:
    return "pending" if name == "Q3" else "executable"


quota = st.sampled_from(NAMES)
yuan = st.integers(1, 60_000)
#: Payment's events, which the treasury posts: event, choices, from, to, sign of the leg.
TREASURY = {
    "plan": ("quota_planned", "", "executable", "planned"),
    "unplan": ("quota_plan_released", "", "planned", "executable"),
    "apply": ("payment_applied", "executable", "executable", "applied"),
    "apply_planned": ("payment_applied", "planned", "planned", "applied"),
    "apply_reserved": ("payment_applied", "reserved", "reserved", "applied"),
    "withdraw": ("payment_application_withdrawn", "executable", "applied", "executable"),
    "pay": ("payment_confirmed", "", "applied", "paid"),
}


class Quotas(RuleBasedStateMachine):
    """The services on one side, the model on the other."""

    def __init__(self, dsn: str) -> None:
        super().__init__()
        self.open = ExitStack()
        self.conn: psycopg.Connection[Any] = self.open.enter_context(psycopg.connect(dsn, autocommit=True))
        self.open.enter_context(self.conn.transaction(force_rollback=True))
        self.model = Model()
        self.added = 0
        self.number = 0

    def teardown(self) -> None:
        self.open.close()

    def paper(self) -> str:
        self.number += 1
        return f"第{self.number}号"

    def expect(self, is_allowed: bool, work: Callable[[], object]) -> None:
        if is_allowed:
            assert work() == [True]
        else:
            with pytest.raises((QuotaShortfall, RuleBroken)):
                work()

    def operate(self, service: Callable[..., object], *changes: Any, **given: Any) -> Callable[[], object]:
        said = {name: given.pop(name) for name in tuple(given) if name in ("kind", "with_source")}
        paper = operation(self.paper(), *changes, **given)
        return lambda: service(self.conn, [paper], **said, **SIGNED)

    @initialize(given=st.lists(yuan, min_size=len(NAMES), max_size=len(NAMES)))
    def begin(self, given: list[int]) -> None:
        received(self.conn, "内7号", RECEIVED)
        for name, fen in zip(NAMES, given, strict=True):
            self.enter_or_append(name, fen)

    @rule(name=quota, fen=yuan)
    def enter_or_append(self, name: str, fen: int) -> None:
        above = name in ("Q4", "Q5")
        coding = {"exp_func_code": OFFICES, "cor_bgt_doc_no": f"{name}号"}
        given = document(
            self.paper(),
            line(name, fen, is_executable=name != "Q3", pro_code="", **coding),
            **(FROM_ABOVE if above else {}),
        )
        out = ("2", "received") if above else class_of(name)
        allowed = self.model.move((out, -fen), ((name, stage_of(name)), fen))
        self.added += fen * (above and allowed)
        service = quotas.append if above else quotas.enter
        self.expect(allowed, lambda: service(self.conn, [given], **SIGNED))

    @rule(name=quota, fen=yuan)
    def cut(self, name: str, fen: int) -> None:
        allowed = self.model.move(((name, stage_of(name)), -fen), (class_of(name), fen))
        change = QuotaChange(name, fen * YUAN, stage_of(name))
        self.expect(allowed, self.operate(operations.cut, change))

    @rule(name=st.sampled_from(("Q4", "Q5")), fen=yuan)
    def cut_with_source(self, name: str, fen: int) -> None:
        """What was received goes back as a take-back of its document, not as a cut."""
        self.expect(False, self.operate(operations.cut, (name, fen), with_source=True))

    @rule(name=st.sampled_from(("Q4", "Q5")), fen=yuan)
    def enter_out_of_the_budget_under_the_number(self, name: str, fen: int) -> None:
        """What was cut is given out again under its number, and no more than that."""
        coding = {"exp_func_code": OFFICES, "cor_bgt_doc_no": f"{name}号"}
        given = document(
            self.paper(),
            line(name, fen, pro_code="", source_type_code="2", **coding),
            sup_bgt_doc_no=" 内７号 ",
        )
        allowed = self.model.move((class_of(name), -fen), ((name, "executable"), fen))
        self.expect(allowed, lambda: quotas.enter(self.conn, [given], **SIGNED))

    @rule(name=st.sampled_from(("Q1", "Q2")), fen=yuan, base=yuan)
    def cut_by_policy(self, name: str, fen: int, base: int) -> None:
        allowed = fen <= base and self.model.move(((name, "executable"), -fen), (class_of(name), fen))
        change = QuotaChange(name, fen * YUAN, base_fen=base * YUAN)
        self.expect(allowed, self.operate(cuts.cut_budget, change, scope="一般性支出"))

    @rule(out=quota, into=quota, fen=yuan)
    def swap(self, out: str, into: str, fen: int) -> None:
        if out != into:
            same = class_of(out) == class_of(into) and stage_of(out) == stage_of(into)
            allowed = same and self.model.move(((out, "executable"), -fen), ((into, "executable"), fen))
            changes = [
                QuotaChange(out, -fen * YUAN, stage_of(out)),
                QuotaChange(into, fen * YUAN, stage_of(into)),
            ]
            self.expect(allowed, self.operate(operations.swap, *changes))

    @rule(name=st.sampled_from(("Q1", "Q2")), fen=yuan)
    def assign(self, name: str, fen: int) -> None:
        coding = quota_codings(self.conn, [name])[name]
        given = document(self.paper(), quotas.QuotaLine(name, fen * YUAN, coding, ori_bgt_id="Q3"))
        allowed = self.model.move((("Q3", "pending"), -fen), ((name, "executable"), fen))
        self.expect(allowed, lambda: quotas.assign(self.conn, [given], **SIGNED))

    @rule(
        name=quota,
        fen=yuan,
        what=st.sampled_from(("freeze", "unfreeze", "reserve", "release", "take_back")),
    )
    def hold(self, name: str, fen: int, what: str) -> None:
        if name != "Q3":
            there = {"freeze": (name, "frozen"), "unfreeze": (name, "frozen"), "take_back": class_of(name)}
            place = there.get(what, (name, "reserved"))
            gained = -fen if what in ("unfreeze", "release") else fen
            allowed = self.model.move(((name, "executable"), -gained), (place, gained))
            given = {"kind": "unused"} if what == "take_back" else {}
            self.expect(allowed, self.operate(getattr(operations, what), (name, fen), **given))

    @rule(name=quota, fen=yuan, what=st.sampled_from(sorted(TREASURY)))
    def spend(self, name: str, fen: int, what: str) -> None:
        if name != "Q3":
            event, stage, source, target = TREASURY[what]
            allowed = self.model.move(((name, source), -fen), ((name, target), fen))
            coding = quota_codings(self.conn, [name])[name]
            leg = Leg(event, fen * YUAN, coding, choices={"stage": stage} if stage else {})
            paper = a_document(self.conn, CITY)
            entry = voucher(f"{what}:{self.paper()}", CITY, DAY, [leg], document_id=paper, summary=what)
            self.expect(allowed, lambda: post(self.conn, [entry]).is_new)

    @invariant()
    def every_balance_is_the_models(self) -> None:
        for name, balance in quota_balances(self.conn, NAMES).items():
            for stage in ("pending", "executable", "frozen", "reserved", "planned", "applied", "paid"):
                assert getattr(balance, f"{stage}_fen") == self.model.at[name, stage] * YUAN
        for kind, number in (("1", ""), ("2", "内7号")):
            block = Coding(
                YEAR, CITY, "111", exp_func_code=OFFICES, source_type_code=kind, sup_bgt_doc_no=number
            )
            assert available(self.conn, "quota:9201", block) == self.model.at[kind, "unissued"] * YUAN
        above = Coding(YEAR, CITY, "111", sup_bgt_doc_no="内7号")
        assert available(self.conn, "quota:9200", above) == self.model.at["2", "received"] * YUAN

    @rule(name=st.sampled_from(("Q1", "Q2")), fen=yuan)
    def enter_what_was_cut_without_its_number(self, name: str, fen: int) -> None:
        """What came under a number and was cut is out of reach of a quota that names none."""
        coding = {"exp_func_code": OFFICES, "cor_bgt_doc_no": f"{name}号", "source_type_code": "2"}
        given = document(self.paper(), line(f"{name}-2", fen, pro_code="", **coding))
        self.expect(False, lambda: quotas.enter(self.conn, [given], **SIGNED))

    @invariant()
    def all_stages_together_are_the_budget(self) -> None:
        row = self.conn.execute(
            "select sum(m.credit_fen - m.debit_fen)::bigint, min(least(b.balance_fen, 0)) "
            "from ledger.balance_month m join ledger.account a on a.id = m.account_id "
            "join ledger.coding c on c.id = m.coding_id "
            "left join ledger.balance b on b.account_id = a.id and b.coding_id = c.id "
            "where a.book = 'quota' and a.class in ('quota_spending', 'quota_application', 'quota_payment') "
            "and c.exp_func_code = %s or a.code = '9201' and c.exp_func_code = %s and c.mof_div_code = %s",
            [OFFICES, OFFICES, CITY],
        ).fetchone()
        assert row == ((BUDGET + self.added) * YUAN, 0)
        assert sum(self.model.at.values()) == BUDGET + RECEIVED


def check(dsn: str, examples: int, steps: int) -> None:
    few = settings(
        max_examples=examples, stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(lambda: Quotas(dsn), settings=few)


def test_any_sequence_of_operations(furnished_db: str) -> None:
    check(furnished_db, examples=10, steps=25)


@pytest.mark.heavy
def test_many_sequences_of_operations(furnished_db: str) -> None:
    check(furnished_db, examples=150, steps=60)
