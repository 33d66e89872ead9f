"""Each posting rule of transfers, shown as the entry in full."""

from __future__ import annotations

from datetime import date

from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    EARLY_ED,
    ED,
    UP,
    UPPER,
    YEAR,
    Conn,
    Shown,
    arranged,
    entries,
    hands,
    issued,
    line,
    moves,
    own_budget,
    passed_on,
    source,
    tills,
)

FULL = f"fund_type_code=111 rev_func_code={EARLY_ED} source_type_code=2 sup_bgt_doc_no={UP}"
BELOW = f"fund_type_code=111 rev_func_code={EARLY_ED} source_type_code=2 sup_bgt_doc_no={DOWN}"
POOL_BELOW = f"fund_type_code=111 sup_bgt_doc_no={DOWN}"
POOL = f"fund_type_code=111 sup_bgt_doc_no={UP}"
CLASS = f"fund_type_code=111 source_type_code=2 sup_bgt_doc_no={UP} tp_func_code={ED}"
SENT = (
    f"cor_bgt_doc_no={DOWN} fund_type_code=111 rec_div_code={BANNER} source_type_code=2 "
    f"sup_bgt_doc_no={UP} tp_func_code={ED}"
)


def test_36_09_received_from_above(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    assert entries(city, "transfer_receipt") == [
        Shown(CITY, "36-09", 202203, (("借", "quota:9102", 900, FULL), ("贷", "quota:9200", 900, POOL)))
    ]


def test_36_01_arranged_for_transfers_and_for_own_use(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 600), arranged("安-2", 300, "2050202")], **hands(), on=DAY)
    own = f"exp_func_code=2050202 fund_type_code=111 source_type_code=2 sup_bgt_doc_no={UP}"
    assert entries(city, "transfer_arrangement") == [
        Shown(CITY, "36-01", 202203, (("借", "quota:9200", 600, POOL), ("贷", "quota:9202", 600, CLASS))),
        Shown(CITY, "36-01", 202203, (("借", "quota:9200", 300, POOL), ("贷", "quota:9201", 300, own))),
    ]


def test_general_money_arranged_to_the_own_budget_is_registered_beside_it(city: Conn) -> None:
    tr.receive(city, [source(900, code="1100202")], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-2", 300, "2050202")], **hands(), on=DAY)
    own = "exp_func_code=2050202 fund_type_code=111 source_type_code=2"
    assert entries(city, "transfer_arrangement") == [
        Shown(
            CITY,
            "36-01+src-01",
            202203,
            (
                ("借", "quota:9200", 300, POOL),
                ("贷", "quota:9201", 300, own),
                ("借", "source_register:U100", 300, POOL),
                ("贷", "source_register:U200", 300, POOL),
            ),
        ),
    ]


def test_36_09_issued_in_both_books(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    assert entries(city, "transfer_issue") == [
        Shown(CITY, "36-09", 202203, (("借", "quota:9202", 900, CLASS), ("贷", "quota:9305", 900, SENT))),
        Shown(
            BANNER,
            "36-09",
            202203,
            (("借", "quota:9102", 900, BELOW), ("贷", "quota:9200", 900, POOL_BELOW)),
        ),
    ]


def test_36_09_own_money_bears_the_citys_number_below(city: Conn) -> None:
    own_budget(city, 500)
    tr.issue(city, [issued([(BANNER, 500)], sup="", code="2300202")], **hands(), on=DAY)
    sent, received = entries(city, "transfer_issue")
    assert sent.lines[0][1:] == (
        "quota:9202",
        500,
        "fund_type_code=111 source_type_code=1 tp_func_code=2300202",
    )
    assert received.lines[1][1:] == ("quota:9200", 500, f"fund_type_code=111 sup_bgt_doc_no={DOWN}")
    assert "rev_func_code=1100202" in received.lines[0][3]


def test_36_09_taken_back_in_red_on_both_sides(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.take_back(city, [tr.TakeBackItem("收-1", line(), 400)], **hands(), on=DAY)
    assert entries(city, "transfer_take_back") == [
        Shown(CITY, "36-09", 202203, (("借", "quota:9202", -400, CLASS), ("贷", "quota:9305", -400, SENT))),
        Shown(
            BANNER,
            "36-09",
            202203,
            (("借", "quota:9102", -400, BELOW), ("贷", "quota:9200", -400, POOL_BELOW)),
        ),
    ]


def test_36_09_taken_back_from_above_stands_in_the_citys_book_alone(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.take_back(city, [tr.TakeBackItem("收-1", line(UP), 100)], **hands(), on=DAY)
    assert moves(city, "transfer_take_back") == [
        (CITY, "36-09", [("借", "quota:9102", -100), ("贷", "quota:9200", -100)])
    ]


def test_t05_cash_from_above(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 900)], **tills(), on=DAY)
    lines = (("借", "treasury_2015:1001", 900, FULL), ("贷", "treasury_2015:4011", 900, FULL))
    assert entries(city, "transfer_cash") == [Shown(CITY, "192-T05", 202203, lines)]


def test_t05_cash_before_its_document(city: Conn) -> None:
    tr.advance(city, [tr.AdvanceCash("早-1", UPPER, CITY, YEAR, "111", 900)], **tills(), on=date(2022, 2, 1))
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.charge_advances(city, [tr.ChargeCash("列-1", "早-1", 900, line(UP))], **tills(), on=DAY)
    account = "fund_type_code=111"
    assert entries(city, "transfer_cash:早-1") == [
        Shown(
            CITY,
            "192-T05",
            202202,
            (("借", "treasury_2015:1001", 900, account), ("贷", "treasury_2015:2012", 900, account)),
        )
    ]
    assert entries(city, "transfer_cash:列-1") == [
        Shown(
            CITY,
            "192-T05",
            202203,
            (("借", "treasury_2015:2012", 900, account), ("贷", "treasury_2015:4011", 900, FULL)),
        )
    ]


def test_t06_receivable_at_the_years_end_and_its_cash_next_year(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.accrue(city, [tr.LineCash("挂-1", line(UP), 900)], **tills(), on=date(2022, 12, 31))
    tr.pay_accrued(city, [tr.SettleCash("到-1", "挂-1", 900)], **tills(), on=date(2023, 1, 9))
    shown = entries(city, "transfer_cash:挂-1")
    assert [(e.rule, e.period) for e in shown] == [("192-T06", 202212)]
    assert [ln[:3] for ln in shown[0].lines] == [
        ("借", "treasury_2015:2012", 900),
        ("贷", "treasury_2015:4011", 900),
    ]
    assert len(entries(city, "transfer_cash:到-1")) == 1


def test_t07_paid_to_a_banner_in_one_call(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 900)], **tills(), on=DAY)
    assert entries(city, "transfer_cash") == [
        Shown(
            BANNER,
            "192-T05",
            202203,
            (("借", "treasury_2015:1001", 900, BELOW), ("贷", "treasury_2015:4011", 900, BELOW)),
        ),
        Shown(
            CITY,
            "192-T07",
            202203,
            (("借", "treasury_2015:5011", 900, SENT), ("贷", "treasury_2015:1001", 900, SENT)),
        ),
    ]


def test_t07_recovered_in_red(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 900)], **tills(), on=DAY)
    tr.recover_cash(city, [tr.LineCash("缴-1", line(), 300)], **tills(), on=DAY)
    assert moves(city, "transfer_cash:缴-1") == [
        (BANNER, "192-T05", [("借", "treasury_2015:1001", -300), ("贷", "treasury_2015:4011", -300)]),
        (CITY, "192-T07", [("借", "treasury_2015:5011", -300), ("贷", "treasury_2015:1001", -300)]),
    ]


def test_t08_treasury_cash_lent_then_charged_on_the_document(city: Conn) -> None:
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 900)], **tills(), on=date(2022, 2, 1))
    passed_on(city, [(BANNER, 600)])
    tr.charge_advances(city, [tr.ChargeCash("列-1", "调-1", 600, line())], **tills(), on=DAY)
    tr.return_advances(city, [tr.SettleCash("还-1", "调-1", 300)], **tills(), on=DAY)
    assert moves(city, "transfer_cash:调-1") == [
        (BANNER, "192-T05", [("借", "treasury_2015:1001", 900), ("贷", "treasury_2015:2012", 900)]),
        (CITY, "192-T08", [("借", "treasury_2015:1031", 900), ("贷", "treasury_2015:1001", 900)]),
    ]
    assert moves(city, "transfer_cash:列-1") == [
        (BANNER, "192-T05", [("借", "treasury_2015:2012", 600), ("贷", "treasury_2015:4011", 600)]),
        (CITY, "192-T08", [("借", "treasury_2015:5011", 600), ("贷", "treasury_2015:1031", 600)]),
    ]
    assert moves(city, "transfer_cash:还-1") == [
        (BANNER, "192-T05", [("借", "treasury_2015:1001", -300), ("贷", "treasury_2015:2012", -300)]),
        (CITY, "192-T08", [("借", "treasury_2015:1031", -300), ("贷", "treasury_2015:1001", -300)]),
    ]


def test_t09_payable_at_the_years_end(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.accrue(city, [tr.LineCash("挂-1", line(), 900)], **tills(), on=date(2022, 12, 31))
    shown = entries(city, "transfer_cash:挂-1")
    account = f"fund_type_code=111 rec_div_code={BANNER}"
    assert shown == [
        Shown(
            BANNER,
            "192-T06",
            202212,
            (
                ("借", "treasury_2015:2012", 900, "fund_type_code=111"),
                ("贷", "treasury_2015:4011", 900, BELOW),
            ),
        ),
        Shown(
            CITY,
            "192-T09",
            202212,
            (("借", "treasury_2015:5011", 900, SENT), ("贷", "treasury_2015:1031", 900, account)),
        ),
    ]


def test_t10_and_t11_uploads(city: Conn) -> None:
    up = tr.UploadCash("解-1", BANNER, CITY, YEAR, "111", "2300602", 700)
    tr.upload(city, [up], **tills(BANNER), on=DAY)
    paid = f"fund_type_code=111 rec_div_code={CITY} tp_func_code=2300602"
    taken = f"from_div_code={BANNER} fund_type_code=111 rev_func_code=1100602"
    assert entries(city, "transfer_cash") == [
        Shown(
            BANNER,
            "192-T11",
            202203,
            (("借", "treasury_2015:5012", 700, paid), ("贷", "treasury_2015:1001", 700, paid)),
        ),
        Shown(
            CITY,
            "192-T10",
            202203,
            (("借", "treasury_2015:1001", 700, taken), ("贷", "treasury_2015:4012", 700, taken)),
        ),
    ]


def test_t10_and_t11_uploads_at_the_years_end(city: Conn) -> None:
    due = tr.UploadCash("应-1", BANNER, CITY, YEAR, "111", "2300602", 700)
    tr.accrue_uploads(city, [due], **tills(BANNER), on=date(2022, 12, 31))
    tr.settle_uploads(city, [tr.SettleCash("缴-1", "应-1", 700)], **tills(BANNER), on=date(2022, 12, 31))
    assert moves(city, "transfer_cash:应-1") == [
        (BANNER, "192-T11", [("借", "treasury_2015:5012", 700), ("贷", "treasury_2015:2012", 700)]),
        (CITY, "192-T10", [("借", "treasury_2015:1031", 700), ("贷", "treasury_2015:4012", 700)]),
    ]
    assert moves(city, "transfer_cash:缴-1") == [
        (BANNER, "192-T05", [("借", "treasury_2015:1001", -700), ("贷", "treasury_2015:2012", -700)]),
        (CITY, "192-T08", [("借", "treasury_2015:1031", -700), ("贷", "treasury_2015:1001", -700)]),
    ]


def test_t11_upload_to_the_province_stands_in_the_citys_book_alone(city: Conn) -> None:
    tr.upload(city, [tr.UploadCash("解-1", CITY, UPPER, YEAR, "111", "2300601", 700)], **tills(), on=DAY)
    assert moves(city, "transfer_cash") == [
        (CITY, "192-T11", [("借", "treasury_2015:5012", 700), ("贷", "treasury_2015:1001", 700)])
    ]


def _bond(
    fund: str, code: str, tp_code: str, amount_fen: int = 900
) -> tuple[tr.SourceDocument, tr.IssueDocument]:
    document = source(amount_fen, code=code, fund_type_code=fund, approval_no="鄂人常发〔2022〕5号")
    return document, issued([(BANNER, amount_fen)], code=tp_code, fund_type_code=fund)


def test_t16_and_t17_on_lent_general_bonds(city: Conn) -> None:
    document, down = _bond("112", "110110101", "2301101")
    tr.receive(city, [document], **hands(), on=DAY)
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 900)], **tills(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900, "2301101", fund_type_code="112")], **hands(), on=DAY)
    tr.issue(city, [down], **hands(), on=DAY)
    tr.pay_out(city, [tr.LineCash("转-1", line(), 900)], **tills(), on=DAY)
    received = [
        ("借", "treasury_2015:1001", 900), ("贷", "treasury_2015:4042", 900),
        ("借", "treasury_2015:3082", 900), ("贷", "treasury_2015:2026", 900),
    ]  # fmt: skip
    lent = [
        ("借", "treasury_2015:5042", 900), ("贷", "treasury_2015:1001", 900),
        ("借", "treasury_2015:1041", 900), ("贷", "treasury_2015:3081", 900),
    ]  # fmt: skip
    assert moves(city, "transfer_cash:到-1") == [(CITY, "192-T16", received)]
    assert moves(city, "transfer_cash:转-1") == [(BANNER, "192-T16", received), (CITY, "192-T17", lent)]
    assert moves(city, "transfer_receipt") == [
        (CITY, "36-01", [("借", "quota:9103", 900), ("贷", "quota:9200", 900)])
    ]
    assert [m[2] for m in moves(city, "transfer_issue")] == [
        [("借", "quota:9202", 900), ("贷", "quota:9305", 900)],
        [("借", "quota:9103", 900), ("贷", "quota:9200", 900)],
    ]
    assert all("is_debt=1" in ln[3] for e in entries(city, "transfer_cash") for ln in e.lines)


def test_t16_special_bonds_are_of_the_fund_budget(city: Conn) -> None:
    document, down = _bond("122", "1101102", "23011")
    tr.receive(city, [document], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900, "23011", fund_type_code="122")], **hands(), on=DAY)
    tr.issue(city, [down], **hands(), on=DAY)
    tr.pay_out(city, [tr.LineCash("转-1", line(), 900)], **tills(), on=DAY)
    assert [e.rule for e in entries(city, "transfer_cash")] == ["192-T16", "192-T17"]
    assert verify_within(city).ok


def test_debt_that_an_adjustment_holds_moves_no_quota_again(city: Conn) -> None:
    document = source(
        900, code="110110101", fund_type_code="112", approval_no="鄂人常发〔2022〕5号", is_budgeted=True
    )
    assert tr.receive(city, [document], **hands(), on=DAY) == [True]
    assert moves(city, "transfer_receipt") == [
        (CITY, "src-01", [("借", "source_register:U100", 900), ("贷", "source_register:U200", 900)])
    ]
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 900)], **tills(), on=DAY)
    assert [e.rule for e in entries(city, "transfer_cash")] == ["192-T16"]
