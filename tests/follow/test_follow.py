"""A yuan of central money down to the payee, and a payment back up: amounts add up at every level."""

from __future__ import annotations

import json

import pytest

from fisc.budget import services as budget
from fisc.cli.main import run
from fisc.documents import NotFound
from fisc.follow import Node, follow_payment, follow_source
from fisc.follow.tree import total
from fisc.transfers import services as transfers
from tests.follow.way import SCHOOL, YUAN, drafted, paid
from tests.past import told_again
from tests.transfers import world
from tests.transfers.world import BANNER, CITY, DAY, DOWN, OTHER, UP, Conn, hands, line


def adds_up(node: Node) -> None:
    for part in node.walk():
        assert not part.parts or total(part.parts) == part.amount_fen, part


def outline(node: Node) -> dict[str, object]:
    """Key or name -> yuan, or the branches below."""
    return {
        part.key or part.name: outline(part) if part.parts else part.amount_fen / YUAN for part in node.parts
    }


def test_down_from_the_upper_document_to_the_payees(way: Conn) -> None:
    tree = follow_source(way, UP)
    adds_up(tree)
    assert (tree.kind, tree.amount_fen, tree.facts["cash_fen"]) == ("source", 1000 * YUAN, 900 * YUAN)
    assert tree.facts["given_by"] == "内蒙古自治区"
    assert outline(tree) == {
        CITY: {"市-Q1": {"未支付": 150.0}, "未下达": 50.0},
        BANNER: {
            "旗-Q1": {
                "62220001": {"付-1": 120.0, "付-2": 70.0},
                "62220002": {"付-3": 60.0},
                "未支付": 50.0,
            },
            "旗-Q2": {"未支付": 100.0},
            "未下达": 100.0,
        },
        OTHER: {"未下达": 300.0},
    }


def test_stages_of_a_quota_and_the_documents_of_a_region(way: Conn) -> None:
    nodes = {node.key: node for node in follow_source(way, UP).walk() if node.key}
    assert nodes["旗-Q2"].facts["stages"] == {"可执行": 70 * YUAN, "已申请": 30 * YUAN}
    assert nodes[BANNER].facts["by"] == [
        {
            "doc_no": DOWN,
            "effective_on": DAY,
            "amount_fen": 500 * YUAN,
            "cash_fen": 450 * YUAN,
            "given_back_fen": 0,
        }
    ]
    assert nodes["付-1"].facts["pay_cert_no"] and nodes["付-2"].facts["refunded_fen"] == 10 * YUAN


def test_the_citys_own_number_leads_to_what_it_brought_its_banners(way: Conn) -> None:
    """The same quotas and payees as below the number from above, whatever way the number is written."""
    tree = follow_source(way, DOWN)
    adds_up(tree)
    whole = outline(follow_source(way, UP))
    assert outline(tree) == {BANNER: whole[BANNER], OTHER: whole[OTHER]}
    assert (tree.amount_fen, tree.facts["given_by"]) == (800 * YUAN, "鄂尔多斯市")
    assert follow_source(way, " 鄂财预[2022] 第07") == tree


def test_a_banners_quota_has_the_citys_number_as_its_number_from_above(way: Conn) -> None:
    found = way.execute(
        "select distinct mof_div_code, sup_bgt_doc_no from budget_quota order by 1"
    ).fetchall()
    assert found == [(CITY, UP), (BANNER, DOWN)]


def test_own_money_is_followed_by_the_citys_number(way: Conn) -> None:
    world.own_budget(way, 500)
    document = world.issued([(OTHER, 500)], "鄂财预〔2022〕9号", sup="", code="2300202")
    transfers.issue(way, [document], **hands(), on=DAY)
    tree = follow_source(way, "鄂财预〔2022〕9号")
    adds_up(tree)
    assert outline(tree) == {OTHER: {"未下达": 5.0}}


def test_what_is_taken_back_leaves_the_tree(way: Conn) -> None:
    transfers.take_back(way, [transfers.TakeBackItem("收-1", line(number=2), 40 * YUAN)], **hands(), on=DAY)
    tree = follow_source(way, UP)
    adds_up(tree)
    regions = {node.key: node.amount_fen // YUAN for node in tree.parts}
    assert regions == {CITY: 240, BANNER: 500, OTHER: 260}


def test_an_unknown_number_is_refused_in_words(way: Conn) -> None:
    with pytest.raises(NotFound) as caught:
        follow_source(way, "没有")
    assert caught.value.hint and "没有" in caught.value.message
    with pytest.raises(NotFound):
        follow_payment(way, "没有")


def test_up_from_a_payment_to_the_upper_document(way: Conn) -> None:
    steps = follow_payment(way, "付-1")
    assert [(s.kind, s.key.rpartition(":")[2], s.amount_fen // YUAN) for s in steps] == [
        ("payment", "付-1", 120),
        ("quota", "旗-Q1", 300),
        ("quota_document", "旗财指〔2022〕1号", 300),
        ("transfer", DOWN, 500),
        ("source", UP, 1000),
    ]
    assert steps[0].facts["payee_name"] == "东胜建材有限公司"


def test_every_step_up_opens_to_its_entries(way: Conn) -> None:
    for step in follow_payment(way, "付-2"):
        if step.kind == "quota":
            continue
        assert step.entries, step
        for entry in step.entries:
            row = way.execute(
                "select natural_key from ledger.entry where id = %s", [entry.entry_id]
            ).fetchone()
            assert row == (entry.natural_key,)
    keys = [entry.natural_key for entry in follow_payment(way, "付-2")[0].entries]
    assert any("applied" in key for key in keys) and any(key.startswith("refund") for key in keys)


def test_a_certificate_number_leads_to_the_same_payment(way: Conn) -> None:
    number = follow_payment(way, "付-1")[0].facts["pay_cert_no"]
    assert follow_payment(way, str(number)) == follow_payment(way, "付-1")


def test_long_levels_are_cut_and_still_add_up(way: Conn) -> None:
    tree = follow_source(way, UP, most=1)
    adds_up(tree)
    assert tree.amount_fen == 1000 * YUAN
    assert [part.name for part in tree.parts if part.kind == "rest"] == ["其余 2 项"]


def test_the_command_prints_both_ways(
    way_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", way_db)
    assert run(["follow", "--source", UP]) == 0
    shown = capsys.readouterr().out
    assert (
        "1,000.00 元" in shown and "达拉特旗" in shown and "未下达" in shown and "东胜建材有限公司" in shown
    )
    assert run(["follow", "--payment", "付-1"]) == 0
    shown = capsys.readouterr().out
    assert UP in shown and "凭证" in shown
    assert run(["follow", "--source", UP, "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["amount_fen"] == 1000 * YUAN and len(tree["parts"]) == 3
    assert run(["follow", "--source", UP, "--json", "--most", "1"]) == 0
    assert len(json.loads(capsys.readouterr().out)["parts"]) < 3
    monkeypatch.setattr("fisc.cli.follow._SHOWN", 1)  # what people are shown limits no program
    assert run(["follow", "--source", UP, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == tree
    assert run(["follow", "--source", UP]) == 0
    assert "其余" in capsys.readouterr().out
    assert run(["follow", "--source", "没有"]) == 3
    assert run(["follow"]) == 2
    assert run(["follow", "--source", UP, "--payment", "付-1"]) == 2


def test_money_is_followed_as_far_as_it_was_known_to_have_gone(way: Conn) -> None:
    """A payment and cash of later, and one taken back: the way down, the way up and progress as before."""

    def ask() -> object:
        return follow_source(way, UP), follow_payment(way, "付-1"), transfers.direct_progress(way, world.YEAR)

    told_again(way, ask, lambda: paid(way, BANNER, ("付-9", "旗-Q2", 20, SCHOOL)))
    told_again(
        way, ask,
        lambda: transfers.pay_out(way, [transfers.LineCash("拨9", line(), 5)], **world.tills(), on=DAY),
    )  # fmt: skip


def test_the_way_up_names_no_document_that_did_not_take_effect(way: Conn) -> None:
    """One given up and one still in draft, each of the quota that the payment was made from."""
    asked = [(s.kind, s.key) for s in follow_payment(way, "付-1")]
    for number in ("作废1", "草稿1"):
        drafted(way, BANNER, number, "旗-Q1", 20)
    budget.discard_quota_documents(way, [f"{BANNER}:{world.YEAR}:作废1"], by="b-maker", on=DAY)
    assert [(s.kind, s.key) for s in follow_payment(way, "付-1")] == asked
