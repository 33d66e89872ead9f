"""One finding: kept once, handled by steps, closed by another, never changed, never deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import psycopg
import pytest

import fisc
from fisc.documents import FourEyes, MissingDuty, Officer, RuleBroken, WrongState, define_officers, findings
from fisc.kernel.findings import Check, Finding, Place
from fisc.settings import INSTALLED_APPS
from tests.conftest import _world

CITY = "150600000"
DAY, NEXT, LATER = date(2022, 3, 1), date(2022, 3, 2), date(2022, 3, 3)
FOUND = Finding(
    "R22", "资金用途不规范", "用途含有“酒水”", "规则表", CITY, 2022, "A1", amount_fen=100,
    evidence=("payment:A1",),
)  # fmt: skip

Conn = psycopg.Connection


def _furnish(conn: Conn) -> None:
    define_officers(conn, [
        Officer("h", "整改人", CITY, frozenset({"finding_handle"})),
        Officer("r", "审核人", CITY, frozenset({"finding_review"})),
        Officer("x", "外县", "150602000", frozenset({"finding_handle"})),
    ])  # fmt: skip


@pytest.fixture(scope="module")
def _with_officers(server_dsn: str) -> Iterator[Conn]:
    with _world(server_dsn, "fisc_findings", _furnish) as conn:
        yield conn


@pytest.fixture
def desk(_with_officers: Conn) -> Iterator[Conn]:
    """A connection to a city whose officers handle findings, inside a transaction that is rolled back."""
    with _with_officers.transaction(force_rollback=True):
        yield _with_officers


def state(conn: Conn) -> str:
    (one,) = findings.recorded(conn, states=())
    return one.state


def test_a_finding_is_kept_once(desk: Conn) -> None:
    assert findings.record(desk, [FOUND, FOUND], on=DAY) == [FOUND.key]
    assert findings.record(desk, [replace(FOUND, what="说法变了", amount_fen=7)], on=NEXT) == []
    other = replace(FOUND, document="A2", against_fen=3, refuses=True)
    assert findings.record(desk, [other], on=NEXT) == [other.key]
    assert [(one.finding, one.found_on) for one in findings.recorded(desk)] == [(FOUND, DAY), (other, NEXT)]


def test_a_finding_goes_from_open_to_closed_through_two_people(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    assert findings.handle(desk, keys, "explain", by="h", on=DAY, note="有接待审批单") == [True]
    assert findings.handle(desk, keys, "explain", by="h", on=DAY, note="再说一次") == [False]
    assert findings.handle(desk, keys, "confirm", by="r", on=NEXT, note="审批单不合规") == [True]
    assert findings.handle(desk, keys, "rectify", by="h", on=NEXT, note="款项已经追回") == [True]
    with pytest.raises(MissingDuty):
        findings.handle(desk, keys, "close", by="h", on=LATER, note="已核实无误了结")
    assert findings.handle(desk, keys, "close", by="r", on=LATER, note="已核实无误了结") == [True]
    (one,) = findings.recorded(desk, states=["closed"])
    assert [step[0] for step in one.trail] == ["make", "explain", "confirm", "rectify", "close"]
    assert findings.recorded(desk) == []
    with pytest.raises(WrongState):
        findings.handle(desk, keys, "back", by="r", on=LATER, note="太迟了请尽早办")


def test_nobody_closes_what_they_handled(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    findings.handle(desk, keys, "rectify", by="h", on=DAY, note="款项已经追回")
    define_officers(desk, [Officer("h", "换了岗", CITY, frozenset({"finding_review"}))])
    with pytest.raises(FourEyes):
        findings.handle(desk, keys, "close", by="h", on=DAY, note="自己了结")


def test_a_document_without_a_title_of_its_own_is_called_by_kind_and_number(desk: psycopg.Connection) -> None:
    named, unnamed = Finding("R1", "有名", "甲", "", CITY, 2022), Finding("R2", "", "乙", "", CITY, 2022)
    keys = findings.record(desk, [named, unnamed], on=DAY)
    titles = desk.execute("select title from ledger.document where kind = 'finding' order by id").fetchall()
    assert titles == [("有名",), (f"疑点 {keys[1]}",)]


@pytest.mark.parametrize(
    ("by", "note", "refusal"),
    [("x", "说明", MissingDuty), ("nobody", "说明", MissingDuty), ("h", "  ", RuleBroken)],
)
def test_steps_need_a_duty_in_the_region_and_a_word(
    desk: Conn, by: str, note: str, refusal: type[Exception]
) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    with pytest.raises(refusal):
        findings.handle(desk, keys, "explain", by=by, on=DAY, note=note)
    assert state(desk) == "open"


def test_what_is_found_again_after_it_was_put_right_is_open_again(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    findings.handle(desk, keys, "rectify", by="h", on=DAY, note="款项已经追回")
    assert findings.record(desk, [FOUND], on=NEXT) == [] and state(desk) == "open"
    findings.lapse(desk, keys, on=NEXT, note="以后不再有了")
    assert state(desk) == "closed"
    findings.record(desk, [FOUND], on=LATER)
    assert state(desk) == "open"


def test_what_was_closed_as_put_right_and_is_found_again_is_open_again(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    findings.handle(desk, keys, "rectify", by="h", on=DAY, note="款项已经追回")
    findings.handle(desk, keys, "close", by="r", on=DAY, note="已核实无误了结")
    assert findings.record(desk, [FOUND], on=NEXT) == [] and state(desk) == "open"
    (one,) = findings.recorded(desk)
    assert one.trail[-1][0] == "recur"


def test_what_a_person_closed_because_it_was_explained_stays_closed(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    findings.handle(desk, keys, "explain", by="h", on=DAY, note="依照规定办理")
    findings.handle(desk, keys, "close", by="r", on=DAY, note="属实依规")
    findings.record(desk, [FOUND], on=NEXT)
    assert state(desk) == "closed"


def test_the_system_leaves_what_people_dealt_with_later(desk: Conn) -> None:
    keys = findings.record(desk, [FOUND], on=DAY)
    findings.handle(desk, keys, "explain", by="h", on=LATER, note="情况已经说明清楚")
    assert findings.lapse(desk, keys, on=NEXT, note="以后不再有了") == [] and state(desk) == "explained"


def test_a_round_of_checks_names_what_is_new_and_what_is_gone(desk: Conn) -> None:
    told = [FOUND]
    check = Check({"R22": "用途"}, lambda conn, place: told)
    place = Place(CITY, 2022, DAY)
    first = findings.look(desk, place, [check])
    assert (first.new, first.gone) == ([FOUND.key], [])
    again = findings.look(desk, place, [check])
    assert (again.found, again.new, again.gone) == ([FOUND], [], [])
    told.clear()
    assert [one.key for one in findings.look(desk, place, [check]).gone] == [FOUND.key]
    other = findings.look(desk, Place(CITY, 2023, DAY), [check])
    assert other.gone == []


OTHER = {
    "rule_id": "'R1'", "name": "'x'", "what": "'x'", "source": "'x'", "mof_div_code": "'150602000'",
    "fiscal_year": "2021", "document": "'x'", "about": "'x'", "amount_fen": "0", "against_fen": "9",
    "evidence": "'{}'", "hint": "'x'", "refuses": "true",
}  # fmt: skip


@pytest.mark.parametrize("column", [field.name for field in fields(Finding)])
def test_content_never_changes_even_with_a_legal_step(desk: Conn, column: str) -> None:
    findings.record(desk, [FOUND], on=DAY)
    step = (
        "trail = trail || jsonb_build_array(jsonb_build_array('explain', 1, 'h', '2022-03-02', '依照规定')), "
        "known_at = known_at || ledger.clock()"
    )
    with pytest.raises(psycopg.Error), desk.transaction():
        desk.execute(
            f"update documents_finding set state = 'explained', {step}, {column} = {OTHER[column]}".encode()
        )
    desk.execute(f"update documents_finding set state = 'explained', {step}".encode())


@pytest.mark.parametrize(
    "attack",
    [
        "delete from documents_finding",
        "truncate documents_finding",
        "update documents_finding set state = 'closed'",
        "update documents_finding set trail = '[]'",
    ],
)
def test_findings_are_neither_deleted_nor_closed_by_hand(desk: Conn, attack: str) -> None:
    findings.record(desk, [FOUND], on=DAY)
    with pytest.raises(psycopg.Error):
        desk.execute(attack.encode())


def test_every_rule_of_a_check_is_named_once() -> None:
    checks = findings.checks_of(INSTALLED_APPS)
    rules = [rule for check in checks for rule in check.rules]
    assert len(rules) == len(set(rules)) and all(name for check in checks for name in check.rules.values())
    assert {"cash.floor", "treasury.books", "quota.pending", "theme.paid", "R01", "R11"} <= set(rules)


def test_there_is_one_class_of_finding() -> None:
    sources = Path(fisc.__file__).parent.rglob("*.py")
    found = [
        name for path in sources for name in re.findall(r"^class (\w*Finding)\b", path.read_text(), re.M)
    ]
    assert found == ["Finding"]
