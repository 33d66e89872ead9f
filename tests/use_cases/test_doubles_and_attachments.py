"""A payment that says what another says, and one that needs an attachment, at every door: what is asked, how
it is answered there, and what is kept. What rules note is told to who enters and shown to who reviews."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fisc.registry import fitting
from fisc.treasury import services as treasury
from tests.api.conftest import Api, api
from tests.budget.quota_world import furnish as with_budget
from tests.conftest import _copy_of, _furnished
from tests.treasury.conftest import paying_db, paying_template
from tests.treasury.paying import DAY, PAPER
from tests.use_cases.desk import Desk
from tests.use_cases.test_treasury import HEAD, PAYEE, applied, table

__all__ = ["api", "paying_db", "paying_template"]

ON = ["--on", DAY.isoformat()]
REASON = "分两次到货，合同第五条"
ODD = "接待 酒水"


@pytest.fixture
def desk(
    paying_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    monkeypatch.setenv("DATABASE_URL", paying_db)
    with psycopg.connect(paying_db, autocommit=True) as conn:
        yield Desk(conn, monkeypatch, capsys)


def asked(number: str, *more: str, use: str = "货款") -> list[str]:
    own = ["--pay-app-no", number, "--bgt-id", "Q1", "--amount", "20", "--pay-type", "direct"]
    payee = [use if one == "教学设备款" else one for one in PAYEE]
    return ["treasury", "apply", *own, *payee, *ON, *more]


def row(number: str, use: str = "货款") -> list[Any]:
    said = applied(number)
    said[7] = use
    return said


def test_pay_is_asked_for_by_its_roster_alone(desk: Desk) -> None:
    own = asked("A1")
    own[own.index("direct")] = "payroll"
    said = desk.refused("unit", *own)
    assert "payroll" in said and "direct" in said
    assert desk.new("unit", *asked("A1")) == [True]


def test_a_command_asks_about_a_double_and_takes_the_reason(desk: Desk) -> None:
    assert desk.new("unit", *asked("A1")) == [True]
    refused = desk.refused("unit", *asked("A2"))
    assert "疑为重复支付" in refused and "--repeat-reason" in refused
    assert "疑为重复支付" in desk.refused("unit", *asked("A2", use="货·款。"))
    assert "说明不了理由" in desk.refused("unit", *asked("A2", "--repeat-reason", "x"))
    assert desk.new("unit", *asked("A2", "--repeat-reason", REASON)) == [True]
    assert treasury.payment(desk.conn, "A2")["repeat_reason"] == REASON
    assert REASON in desk.shown("unit2", "treasury", "show-payments", "A2")


def test_a_file_asks_about_a_double_and_takes_the_reason_in_its_column(desk: Desk, tmp_path: Path) -> None:
    both = table(tmp_path / "a.csv", [HEAD, row("A1"), row("A2")])
    refused = desk.refused("unit", "treasury", "apply", "--file", both, *ON)
    assert "A2" in refused and "疑为重复支付" in refused and "确认重复的理由" in refused
    head = [*HEAD, "确认重复的理由", "附件"]
    told = table(tmp_path / "b.csv", [head, [*row("A1"), "", ""], [*row("A2"), REASON, PAPER]])
    assert desk.new("unit", "treasury", "apply", "--file", told, *ON) == [True, True]
    kept = treasury.payment(desk.conn, "A2")
    assert (kept["repeat_reason"], list(kept["attachments"])) == (REASON, [PAPER])


def test_a_command_takes_attachments_and_tells_what_is_noted(desk: Desk) -> None:
    odd = asked("A1", use=ODD)
    refused = desk.refused("unit", *odd)
    assert "附件" in refused and "SM3" in refused
    [told] = desk.told("unit", *odd, "--attachments", PAPER)
    assert told["is_new"] and any("酒水" in note for note in told["notes"])
    [reviewed] = desk.told("unit2", "treasury", "review", "A1", *ON)
    assert reviewed["notes"] == told["notes"]
    assert "酒水" in desk.shown("unit2", "treasury", "show-payments", "A1")


def test_what_is_split_needs_an_attachment_at_the_doors_too(desk: Desk) -> None:
    desk.conn.execute("update registry_payment_check set value = '3000' where rule_id = 'R13'")
    assert desk.new("unit", *asked("A1")) == [True]
    refused = desk.refused("unit", *asked("A2", use="另一批"))
    assert "大额标准" in refused and "SM3" in refused
    assert desk.new("unit", *asked("A2", "--attachments", PAPER, use="另一批")) == [True]


def given(number: str, **more: Any) -> dict[str, Any]:
    return {
        "pay_app_no": number, "bgt_id": "Q1", "amount_fen": 2000, "pay_type": "direct",
        "payee_name": "鄂尔多斯甲公司", "payee_acct_no": "6200001", "payee_bank_no": "102205000001",
        "purpose": "货款", "mof_div_code": "150600000", **more,
    }  # fmt: skip


def test_the_api_asks_takes_the_reason_and_tells_what_is_noted(api: Api) -> None:
    def post(one: dict[str, Any], path: str = "/treasury/apply") -> Any:
        return api.call("unit", "POST", path, json=one | {"on": DAY.isoformat()})

    assert post(given("A1")).status_code == 201
    refused = post(given("A2"))
    assert refused.status_code == 409 and "疑为重复支付" in refused.json()["title"]
    assert "repeat_reason" in refused.json()["hint"]
    assert post(given("A2", purpose="货，款", repeat_reason="是是是是")).status_code == 409
    assert post(given("A2", repeat_reason=REASON)).status_code == 201
    bare = post(given("A3", purpose=ODD))
    assert bare.status_code == 409 and "SM3" in bare.json()["hint"]
    noted = post(given("A3", purpose=ODD, attachments=[PAPER]))
    assert noted.status_code == 201 and any("酒水" in note for note in noted.json()["notes"])
    both = {"items": [given("A4", purpose="另一批"), given("A5", purpose=ODD + "二", attachments=[PAPER])]}
    first, second = post(both, "/treasury/apply/bulk?each=true").json()["rows"]
    assert first["notes"] == [] and any("酒水" in note for note in second["notes"])
    shown = api.call("unit", "GET", "/treasury/show-payments", params={"pay_app_no": "A3"}).json()["rows"]
    assert any("酒水" in one["what"] for one in shown[0]["findings"])


@pytest.fixture
def budget(
    server_dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Desk]:
    """A city with an approved budget, which has the mapping of economic classes noted."""
    monkeypatch.setattr(fitting, "setting", lambda region, name, of: "note")
    with _copy_of(server_dsn, _furnished(server_dsn, "fisc_quotas", with_budget)) as dsn:
        monkeypatch.setenv("DATABASE_URL", dsn)
        with psycopg.connect(dsn, autocommit=True) as conn:
            yield Desk(conn, monkeypatch, capsys)


def test_what_is_noted_of_a_quota_is_told_to_who_enters_and_who_reviews(budget: Desk) -> None:
    elements = ["--fund-type-code", "111", "--agency-code", "101001", "--dept-code", "101",
                "--exp-func-code", "2050202", "--gov-bgt-eco-code", "50201", "--dep-bgt-eco-code", "30201",
                "--pro-code", "Q1"]  # fmt: skip
    place = ["--region", "150600", "--year", "2022", "--dated-on", "2022-03-01", "--title", "试"]
    made = [
        "budget",
        "make-quotas",
        *place,
        "--doc-no",
        "指1",
        "--bgt-id",
        "Q1",
        "--amount",
        "10",
        *elements,
        *ON,
    ]
    [told] = budget.told("maker", *made)
    assert told["is_new"] and any("50201" in note for note in told["notes"])
    for officer, verb in (("office", "review-quotas"), ("head", "approve-quotas")):
        [row] = budget.told(officer, "budget", verb, told["number"], *ON)
        assert row["is_new"] and row["notes"] == told["notes"]
    shown = budget.shown("office", "budget", "show-quota-documents", told["number"])
    assert "经济分类对应" in shown and "待核实" in shown
    assert "50201" in budget.found("office", "findings", "list", "--region", "150600", "--year", "2022")
