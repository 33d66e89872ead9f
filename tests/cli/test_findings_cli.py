"""`fisc findings` and the persons of a batch: what people read, what programs read, and the exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.banking import bankfile
from fisc.banking import iso20022 as iso
from fisc.cli.exit_codes import ExitCode
from fisc.cli.main import run
from fisc.documents import Officer, define_officers, findings
from fisc.kernel.findings import Finding
from fisc.rosters import services as rosters
from tests.conftest import _copy_of, _furnished
from tests.rosters.conftest import _paid
from tests.rosters.test_rosters import batch, returned, send, settle
from tests.signing import sign_in
from tests.treasury.desk import CITY, DAY

Said = pytest.CaptureFixture[str]
Conn = psycopg.Connection[Any]
FOUND = Finding("R22", "资金用途不规范", "用途含有“酒水”", "规则表", CITY, 2022, "A1", amount_fen=100)


@pytest.fixture
def city(server_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Conn]:
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_rosters", _paid)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        monkeypatch.setenv("COLUMNS", "220")
        with psycopg.connect(dsn, autocommit=True) as conn:
            define_officers(conn, [
                Officer("h", "整改人", CITY, frozenset({"finding_handle"})),
                Officer("r", "审核人", CITY, frozenset({"finding_review"})),
            ])  # fmt: skip
            yield conn


def said(capsys: Said) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_a_finding_is_listed_until_it_is_closed(
    city: Conn, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["findings", "list"]) == ExitCode.OK
    (key,) = findings.record(city, [FOUND], on=DAY)
    assert run(["findings", "list", "--region", "150600", "--year", "2022", "--rule", "R22"]) == 1
    assert "用途含有“酒水”" in said(capsys)
    assert run(["findings", "list", "--rule", "R13"]) == ExitCode.OK
    on = ["--on", "2022-03-03", "--note", "款项已经追回"]
    for officer, step, code in (
        ("h", "rectify", ExitCode.OK),
        ("h", "close", ExitCode.REFUSED),
        ("r", "close", ExitCode.OK),
    ):
        sign_in(city, monkeypatch, officer)
        assert run(["findings", step, key[-8:], *on]) == code
    capsys.readouterr()
    assert run(["findings", "list", "--state", "all", "--json"]) == ExitCode.OK
    (one,) = json.loads(capsys.readouterr().out)["rows"]
    assert (one["key"], one["state"], one["found_on"]) == (key, "closed", DAY.isoformat())
    assert one["struck_off"] == "r 销号 2022-03-03：款项已经追回"
    for asked in (["show", key], ["show", key[-8:]], ["list", "--state", "closed", "--rule", FOUND.name]):
        assert run(["findings", *asked]) == ExitCode.OK
        assert "r 销号 2022-03-03：款项已经追回" in said(capsys)
    assert run(["findings", "show", "x"]) == ExitCode.REFUSED
    assert run(["findings", "list", "--state", "x"]) == ExitCode.USAGE


def test_a_finding_that_is_gone_by_itself_says_so(city: Conn, capsys: Said) -> None:
    (key,) = findings.record(city, [FOUND], on=DAY)
    findings.lapse(city, [key], on=DAY, note="未再发现")
    assert run(["findings", "show", key]) == ExitCode.OK
    assert f"自动销号（资金用途不规范不再成立） {DAY}：未再发现" in said(capsys)


def test_a_look_keeps_what_the_checks_find(city: Conn, capsys: Said) -> None:
    place = ["--region", "150600", "--year", "2022", "--on", "2022-04-20"]
    assert run(["findings", "look", *place, "--json"]) == ExitCode.FAULTS
    first = json.loads(capsys.readouterr().out)  # this city has paid what it has not received
    assert [one["rule_id"] for one in first["new"]] == ["cash.overdrawn"]
    city.execute("set session_replication_role = replica")
    city.execute("update treasury_payment set state = 'sent', paid_on = null")
    assert run(["findings", "look", *place, "--json"]) == ExitCode.FAULTS
    made = json.loads(capsys.readouterr().out)
    assert {one["rule_id"] for one in made["new"]} >= {"treasury.books", "cash.unanswered"}
    assert run(["findings", "look", *place, "--json"]) == ExitCode.FAULTS
    assert json.loads(capsys.readouterr().out)["new"] == []


def test_a_batch_says_what_became_of_each_person(city: Conn, capsys: Said) -> None:
    number = batch(city)
    one, *_ = send(city)
    settle(city, returned(one))
    assert run(["treasury", "list-persons", number, "--states", "已退回"]) == ExitCode.OK
    text = said(capsys)
    assert "R1" in text and "AC01" in text
    assert run(["treasury", "sum-persons", number, "--json"]) == ExitCode.OK
    [sums] = json.loads(capsys.readouterr().out)["rows"]
    assert sums["total_fen"] == rosters.sums(city, [number])[number].total_fen
    for unknown in ("list-persons", "sum-persons"):
        assert run(["treasury", unknown, "x"]) == ExitCode.REFUSED


@pytest.mark.parametrize("layout", ["", "pipe", "fixed"])
def test_a_batch_goes_out_by_commands_until_everyone_is_paid(
    city: Conn, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    number, order, reply = batch(city), tmp_path / "order", tmp_path / "reply"
    make = ["banking", "make-roster-order", number, "--out", str(order)]
    signed = ["--on", DAY.isoformat(), *(["--layout", layout] if layout else [])]
    sign_in(city, monkeypatch, "wire")
    code = {"职工2": "RJCT"}
    for turn in ("A1", "A2"):
        assert run([*make, *signed]) == ExitCode.OK
        reply.write_bytes(_answered(order.read_bytes(), turn, code, layout))
        assert run(["banking", "receive", "--message", str(reply), *signed]) == ExitCode.OK
        if code:
            (back,) = rosters.lines_of(city, [number], ["returned"])
            repair = ["treasury", "repair-persons", number, "--line-key", back.line_key]
            repair += ["--acct-no", "62178888"]
            assert run(repair) == ExitCode.REFUSED
            sign_in(city, monkeypatch, "unit")
            assert run([*repair, "--on", DAY.isoformat()]) == ExitCode.OK
            sign_in(city, monkeypatch, "wire")
            code = {}
    at = rosters.sums(city, [number])[number]
    assert at.paid_fen == at.total_fen and "发放" in said(capsys)
    assert run([*make, *signed]) == ExitCode.REFUSED


def _answered(order: bytes, number: str, codes: dict[str, str], layout: str) -> bytes:
    """What a bank says of an order: paid, but for those with another code."""
    read = bankfile.read_order_file(order, layout) if layout else iso.read_order(order)
    told = [
        iso.TransferStatus(t.end_to_end_id, codes.get(t.payee_name, "ACSC"), t.amount_fen, bank_ref="B7",
                           reason_code="AC01" if t.payee_name in codes else "")
        for t in read.batches[0].transfers
    ]  # fmt: skip
    report = iso.StatusReport(number, DAY, "102205000001", read.message_id, told)
    return bankfile.write_answer_file(report, layout) if layout else iso.write_status_report(report)
