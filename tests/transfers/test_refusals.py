"""What is refused posts nothing, says by which rule, and what was done once is not done twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from importlib import import_module

import psycopg
import pytest

from fisc.documents import FourEyes, MissingDuty, NotFound, RuleBroken
from fisc.kernel import DuplicateConflict, FiscError, QuotaShortfall
from fisc.transfers import services as tr
from fisc.transfers import twins
from fisc.transfers.services import grants
from tests.transfers.world import (
    BANNER,
    CITY,
    DAY,
    DOWN,
    OTHER,
    UP,
    UPPER,
    YEAR,
    Conn,
    arranged,
    entry_count,
    hands,
    issued,
    line,
    own_budget,
    passed_on,
    pool,
    source,
    tills,
)


def refused(conn: Conn, kind: type[FiscError], work: Callable[[], object], *said: str) -> FiscError:
    """`work` is refused in clear words, and the ledger is as before."""
    before = entry_count(conn)
    with pytest.raises(kind) as caught:
        work()
    error = caught.value
    assert error.message and error.rule and error.hint
    assert all(word in str(error) for word in said), str(error)
    assert entry_count(conn) == before
    return error


def test_one_person_cannot_draft_and_put_in_force(city: Conn) -> None:
    both = {"by": f"zm-{CITY}", "reviewed_by": f"zm-{CITY}"}
    refused(city, FiscError, lambda: tr.receive(city, [source(900)], **both, on=DAY))
    strangers = hands(BANNER)
    refused(city, MissingDuty, lambda: tr.receive(city, [source(900)], **strangers, on=DAY))
    assert issubclass(FourEyes, FiscError)


def test_more_than_received_is_not_arranged(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    more = [arranged("安-1", 901)]
    refused(city, RuleBroken, lambda: tr.make_arrangements(city, more, by="zm-150600000", on=DAY))
    assert pool(city) == 900


def test_two_drafts_of_the_same_money_are_not_both_put_into_force(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    for number in ("安-1", "安-2"):
        tr.make_arrangements(city, [arranged(number, 500)], by="zm-150600000", on=DAY)
    both = ["安-1", "安-2"]
    refused(city, RuleBroken, lambda: tr.enter_arrangements(city, both, by="zr-150600000", on=DAY))
    assert pool(city) == 900


def test_own_spending_is_arranged_to_the_finest_code(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    with pytest.raises(RuleBroken, match=r"205（其下有 20501 "):
        tr.arrange(city, [arranged("安-1", 500, "205")], **hands(), on=DAY)


def test_another_documents_money_does_not_help(city: Conn) -> None:
    tr.receive(city, [source(900), source(900, "内财预〔2022〕35号")], **hands(), on=DAY)
    refused(city, RuleBroken, lambda: tr.arrange(city, [arranged("安-1", 901)], **hands(), on=DAY))


def test_more_than_arranged_is_not_issued_in_any_book(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 500)], **hands(), on=DAY)
    document = issued([(BANNER, 300), (OTHER, 201)])
    with pytest.raises(QuotaShortfall) as told:
        tr.issue(city, [document], **hands(), on=DAY)
    assert "make-arrangements" in told.value.hint
    assert pool(city, BANNER) == 0


def test_own_money_needs_an_own_budget(city: Conn) -> None:
    document = issued([(BANNER, 100)], sup="", code="2300202")
    refused(city, QuotaShortfall, lambda: tr.issue(city, [document], **hands(), on=DAY))
    own_budget(city, 100)
    assert tr.issue(city, [document], **hands(), on=DAY) == [True]


def test_a_document_that_was_not_received_is_neither_arranged_nor_passed_on(city: Conn) -> None:
    refused(city, NotFound, lambda: tr.arrange(city, [arranged("安-1", 1)], **hands(), on=DAY), UP)
    refused(city, NotFound, lambda: tr.issue(city, [issued([(BANNER, 1)])], **hands(), on=DAY), UP)


def test_only_a_lower_government_receives(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    document = issued([(BANNER, 1), ("150700000", 1)], "鄂财预〔2022〕8号")
    refused(city, RuleBroken, lambda: tr.issue(city, [document], **hands(), on=DAY), "150700000", "预算法")


def test_a_code_without_a_twin_is_refused(city: Conn) -> None:
    refused(
        city, RuleBroken, lambda: tr.receive(city, [source(9, code="1100288")], **hands(), on=DAY), "1100288"
    )
    refused(city, RuleBroken, lambda: tr.receive(city, [source(9, code="1010101")], **hands(), on=DAY))


def test_every_income_code_in_force_has_its_twin() -> None:
    from fisc.registry import classifications

    for year in (2021, 2022):
        for section in ("11001", "11002", "11003"):
            for row in classifications.children("rev_func", section, year):
                outlay = twins.outlay_of(row.code, year, "111")
                assert outlay == "230" + row.code[3:]
                assert twins.income_of(outlay, year, "111") == row.code


@pytest.mark.parametrize(
    ("code", "category"),
    [("1100102", "returns"), ("1100202", "general"), ("1100248", "shared"), ("1100269", "shared"),
     ("1100296", "general"), ("1100313", "special"), ("2300245", "shared"), ("110110101", "bond")],
)  # fmt: skip
def test_categories(code: str, category: str) -> None:
    assert twins.category(code) == category


def test_debt_needs_a_resolution(city: Conn) -> None:
    bond = source(900, code="110110101", fund_type_code="112")
    refused(city, RuleBroken, lambda: tr.receive(city, [bond], **hands(), on=DAY), "实施条例第四十五条")


def test_cash_does_not_exceed_the_document(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    too_much = [tr.LineCash("拨-1", line(), 500), tr.LineCash("拨-2", line(), 401)]
    refused(city, RuleBroken, lambda: tr.pay_out(city, too_much, **tills(), on=DAY), "预算法第五十二条")
    more = [tr.LineCash("缴-1", line(), 1)]
    refused(city, RuleBroken, lambda: tr.recover_cash(city, more, **tills(), on=DAY))
    nowhere = [tr.LineCash("拨-3", line("没有这个文号"), 1)]
    refused(city, NotFound, lambda: tr.pay_out(city, nowhere, **tills(), on=DAY))


def test_what_is_paid_or_used_is_not_taken_back(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.pay_out(city, [tr.LineCash("拨-1", line(), 600)], **tills(), on=DAY)
    back = [tr.TakeBackItem("收-1", line(), 301)]
    refused(city, RuleBroken, lambda: tr.take_back(city, back, **hands(), on=DAY), "先收回已拨的资金")
    use = arranged("旗-1", 700, "2050202", mof_div_code=BANNER, sup_bgt_doc_no=DOWN)
    tr.arrange(city, [use], **hands(BANNER), on=DAY)
    used = [tr.TakeBackItem("收-2", line(), 201)]
    refused(city, QuotaShortfall, lambda: tr.take_back(city, used, **hands(), on=DAY))
    given_back = replace(use, arrange_no="旗-2", amount_fen=100, is_return=True)
    tr.arrange(city, [given_back], **hands(BANNER), on=DAY)
    assert tr.take_back(city, used, **hands(), on=DAY) == [True]
    assert pool(city, BANNER, DOWN) == 99


def test_an_advance_is_settled_once_and_by_its_own_parties(city: Conn) -> None:
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 500)], **tills(), on=DAY)
    passed_on(city, [(BANNER, 900), (OTHER, 900)])
    over = [tr.ChargeCash("列-1", "调-1", 501, line())]
    refused(city, RuleBroken, lambda: tr.charge_advances(city, over, **tills(), on=DAY), "尚余 5.00 元")
    other = [tr.ChargeCash("列-2", "调-1", 1, line(number=2))]
    refused(city, RuleBroken, lambda: tr.charge_advances(city, other, **tills(), on=DAY), BANNER)
    wrong = [tr.SettleCash("列-3", "调-1", 1)]
    refused(city, RuleBroken, lambda: tr.pay_accrued(city, wrong, **tills(), on=DAY), "调度库款")
    missing = [tr.SettleCash("列-4", "调-9", 1)]
    refused(city, NotFound, lambda: tr.return_advances(city, missing, **tills(), on=DAY), "调-9")


def test_cash_of_january_is_not_booked_in_the_year_before(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 400)], **tills(), on=DAY)
    january = {**tills(), "on": date(YEAR + 1, 1, 9)}
    cash = [tr.LineCash("拨-1", line(), 300)]
    refused(city, RuleBroken, lambda: tr.pay_out(city, cash, **january), "拨-1", "T09")
    tr.pay_out(city, cash, **tills(), on=DAY)
    back = [tr.LineCash("缴-1", line(), 300)]
    refused(city, RuleBroken, lambda: tr.recover_cash(city, back, **january), "缴-1")
    up = [tr.UploadCash("解-1", BANNER, CITY, YEAR, "111", "2300602", 7)]
    refused(city, RuleBroken, lambda: tr.upload(city, up, **{**tills(BANNER), "on": january["on"]}), "解-1")
    tr.charge_advances(city, [tr.ChargeCash("列-1", "调-1", 400, line())], **january)
    rows = city.execute("select period, business_date from ledger.entry where source_ref = '列-1'").fetchall()
    assert rows == [(YEAR * 100 + 12, date(YEAR, 12, 31))] * 2


def test_uploads_use_upload_codes(city: Conn) -> None:
    wrong = tr.UploadCash("解-1", BANNER, CITY, YEAR, "111", "2300202", 7)
    refused(city, RuleBroken, lambda: tr.upload(city, [wrong], **tills(BANNER), on=DAY), "23006")


def test_refusals_name_every_item(city: Conn) -> None:
    items = [replace(arranged(f"安-{n}", 1), sup_bgt_doc_no=f"无文{n:02}") for n in range(30)]
    error = refused(city, NotFound, lambda: tr.arrange(city, items, **hands(), on=DAY), "无文19", "等 30 项")
    assert error.details["refused"] == 30


def test_everything_again_changes_nothing(city: Conn) -> None:
    def year() -> list[list[bool]]:
        use = arranged("安-1", 900)
        return [
            tr.receive(city, [source(1000)], **hands(), on=DAY),
            tr.arrange(city, [use], **hands(), on=DAY),
            tr.issue(city, [issued([(BANNER, 500), (OTHER, 400)])], **hands(), on=DAY),
            tr.advance(city, [tr.AdvanceCash("调-1", CITY, OTHER, YEAR, "111", 100)], **tills(), on=DAY),
            tr.pay_out(city, [tr.LineCash("拨-1", line(), 300)], **tills(), on=DAY),
            tr.charge_advances(city, [tr.ChargeCash("列-1", "调-1", 60, line(number=2))], **tills(), on=DAY),
            tr.return_advances(city, [tr.SettleCash("还-1", "调-1", 40)], **tills(), on=DAY),
            tr.recover_cash(city, [tr.LineCash("缴-1", line(), 100)], **tills(), on=DAY),
            tr.take_back(city, [tr.TakeBackItem("收-1", line(), 50)], **hands(), on=DAY),
            tr.accrue(city, [tr.LineCash("挂-1", line(), 10)], **tills(), on=date(YEAR, 12, 31)),
        ]

    assert all(all(done) for done in year())
    count = entry_count(city)
    assert not any(any(done) for done in year())
    assert entry_count(city) == count


def test_the_same_number_with_other_content_is_a_conflict(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    refused(city, DuplicateConflict, lambda: tr.receive(city, [source(901)], **hands(), on=DAY))
    tr.receive_cash(city, [tr.LineCash("到-1", line(UP), 1)], **tills(), on=DAY)
    other = [tr.LineCash("到-1", line(UP), 2)]
    refused(city, DuplicateConflict, lambda: tr.receive_cash(city, other, **tills(), on=DAY))
    early = [tr.AdvanceCash("到-1", UPPER, CITY, YEAR, "111", 1)]
    refused(city, DuplicateConflict, lambda: tr.advance(city, early, **tills(), on=DAY))


def test_a_number_is_received_or_issued_and_not_both(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)], received_fen=2000)
    tr.arrange(city, [arranged("安-2", 900)], **hands(), on=DAY)
    count = entry_count(city)
    for number in (
        1,
        2,
    ):  # under the receipt's number: line 1 is the receipt's own, line 2 would bring it along
        again = issued([(BANNER, 100)] * number, doc_no=UP)
        refused(city, DuplicateConflict, lambda given=again: tr.issue(city, [given], **hands(), on=DAY))
    refused(city, DuplicateConflict, lambda: tr.receive(city, [source(1, DOWN)], **hands(), on=DAY))
    assert entry_count(city) == count


def test_drafts_post_nothing_until_another_officer_reviews(city: Conn) -> None:
    key = tr.document_key(CITY, YEAR, UP)
    assert tr.make_receipts(city, [source(900)], by=f"zm-{CITY}", on=DAY) == [True]
    assert entry_count(city) == 0
    refused(city, NotFound, lambda: tr.arrange(city, [arranged("安-1", 1)], **hands(), on=DAY))
    assert tr.enter_receipts(city, [key], by=f"zr-{CITY}", on=DAY) == [True]
    assert tr.enter_receipts(city, [key], by=f"zr-{CITY}", on=DAY) == [False]
    assert pool(city) == 900


def test_the_database_keeps_a_line_from_being_overdrawn(city: Conn) -> None:
    passed_on(city, [(BANNER, 900)])
    with pytest.raises(psycopg.errors.CheckViolation):
        city.execute("update transfers_line set booked_fen = 901 where line_key = %s", [line()])


def test_two_at_once_do_not_pay_more_than_the_line(city_db: str) -> None:
    def pay(number: str) -> bool:
        with psycopg.connect(city_db, autocommit=True) as own:
            try:
                return tr.pay_out(own, [tr.LineCash(number, line(), 600)], **tills(), on=DAY) == [True]
            except RuleBroken:
                return False

    with psycopg.connect(city_db, autocommit=True) as city, ThreadPoolExecutor(4) as pool_of_threads:
        passed_on(city, [(BANNER, 900)])
        done = list(pool_of_threads.map(pay, [f"拨-{n}" for n in range(4)]))
        assert sum(done) == 1
        assert tr.granted(city, [UP])[1].line.booked_fen == 600


def test_money_goes_from_one_level_to_the_next(city: Conn) -> None:
    lent = [
        tr.AdvanceCash("调-1", BANNER, OTHER, YEAR, "111", 50),
        tr.AdvanceCash("调-2", CITY, UPPER, YEAR, "111", 50),
    ]
    for item, hand in zip(lent, (tills(BANNER), tills()), strict=True):
        refused(city, RuleBroken, lambda i=item, h=hand: tr.advance(city, [i], **h, on=DAY), "不是上下级政府")  # type: ignore[misc]
    wrong = [tr.UploadCash("解-1", CITY, BANNER, YEAR, "111", "2300601", 10)]
    refused(city, RuleBroken, lambda: tr.upload(city, wrong, **tills(), on=DAY), "写反")


def test_a_document_works_from_its_day_on(city: Conn) -> None:
    early = date(2022, 2, 19)
    refused(city, RuleBroken, lambda: tr.receive(city, [source(900)], **hands(), on=early), "成文日期")
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900)], **hands(), on=DAY)
    before = date(2022, 2, 25)
    passed = [issued([(BANNER, 600)], dated_on=before)]
    refused(city, NotFound, lambda: tr.issue(city, passed, **hands(), on=before), "没有收到")
    tr.issue(city, [issued([(BANNER, 600)])], **hands(), on=DAY)
    paid = [tr.LineCash("拨-1", line(), 600)]
    refused(city, NotFound, lambda: tr.pay_out(city, paid, **tills(), on=before), "调度款")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"doc_no": ""}, "文号"),
        ({"doc_no": "内\n财"}, "文号"),
        ({"fund_type_code": "777"}, "没有资金性质 777"),
    ],
)
def test_a_document_without_a_number_or_a_fund_is_refused(
    city: Conn, given: dict[str, str], words: str
) -> None:
    document = replace(source(900), **given)  # type: ignore[arg-type]
    refused(city, RuleBroken, lambda: tr.receive(city, [document], **hands(), on=DAY), words)


def test_money_is_arranged_for_a_class_that_exists(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    wrong = [arranged("安-1", 900, code="9999999")]
    refused(city, RuleBroken, lambda: tr.arrange(city, wrong, **hands(), on=DAY), "9999999")


@pytest.mark.parametrize(
    "change",
    [
        "update transfers_line set amount_fen = amount_fen + 1",
        "update transfers_line set is_direct_fund = '01'",
        "update transfers_line set effective_on = null",
        "delete from transfers_line",
        "update transfers_current set amount_fen = 1",
        "delete from transfers_current",
        "update transfers_cash set amount_fen = 1",
    ],
)
def test_the_database_keeps_what_was_granted_and_lent(city: Conn, change: str) -> None:
    passed_on(city, [(BANNER, 600)])
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 50)], **tills(), on=DAY)
    with pytest.raises(psycopg.Error, match=r"不再改变|不能修改或删除"), city.transaction():
        city.execute(change.encode())


def test_a_document_given_twice_in_a_call_counts_once(city: Conn) -> None:
    passed_on(city, [(BANNER, 600), (OTHER, 200)])
    assert tr.pay_out(city, [tr.LineCash("拨-1", line(), 400)] * 2, **tills(), on=DAY) == [True, False]
    assert tr.pay_out(city, [tr.LineCash("拨-2", line(), 200)], **tills(), on=DAY) == [True]
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 50)] * 2, **tills(), on=DAY)
    tr.return_advances(city, [tr.SettleCash("还-1", "调-1", 30)] * 2, **tills(), on=DAY)
    assert tr.return_advances(city, [tr.SettleCash("还-2", "调-1", 20)], **tills(), on=DAY) == [True]
    back = tr.TakeBackItem("收-1", line(number=2), 150)
    assert tr.take_back(city, [back, back], **hands(), on=DAY) == [True, False]
    assert tr.take_back(city, [replace(back, take_back_no="收-2", amount_fen=50)], **hands(), on=DAY) == [
        True
    ]


def test_nothing_is_older_than_the_document_from_above_that_it_rests_on(city: Conn) -> None:
    """Neither the paper that passes it on, nor the day of what is arranged and taken back of it."""
    eve = date(2022, 2, 28)
    tr.receive(city, [source(900)], **hands(), on=DAY)
    refused(
        city,
        RuleBroken,
        lambda: tr.arrange(city, [arranged("安-0", 900)], **hands(), on=eve),
        "早于所依据的上级文件",
    )
    tr.arrange(city, [arranged("安-1", 900)], **hands(), on=DAY)
    old = issued([(BANNER, 900)], dated_on=date(2022, 2, 19))
    refused(
        city,
        RuleBroken,
        lambda: tr.issue(city, [old], **hands(), on=DAY),
        "文件日期 2022-02-19",
        "2022-02-20",
    )


def test_nothing_goes_back_before_it_came(city: Conn, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line is taken back, and cash of it moves, from the day on which it is in force."""
    on = DAY + timedelta(days=5)
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(city, [arranged("安-1", 900)], **hands(), on=DAY)
    tr.issue(city, [issued([(BANNER, 600)])], **hands(), on=on)
    earlier, back = on - timedelta(days=1), [tr.TakeBackItem("收-1", line(), 100)]
    paid = [tr.LineCash("拨-1", line(), 100)]
    refused(city, NotFound, lambda: tr.take_back(city, back, **hands(), on=earlier), "没有已下达")
    refused(city, NotFound, lambda: tr.pay_out(city, paid, **tills(), on=earlier), "没有已下达")
    for module in map(import_module, ("fisc.transfers.services.take_back", "fisc.transfers.services.cash")):
        monkeypatch.setattr(module, "lock_lines", lambda conn, keys, day: grants.lock_lines(conn, keys, on))
    refused(city, RuleBroken, lambda: tr.take_back(city, back, **hands(), on=earlier), "转移支付明细")
    refused(city, RuleBroken, lambda: tr.pay_out(city, paid, **tills(), on=earlier), "转移支付明细")
    assert tr.take_back(city, back, **hands(), on=on) == [True]


def test_what_was_lent_comes_back_from_the_day_on_which_it_was_lent(city: Conn) -> None:
    tr.advance(city, [tr.AdvanceCash("调-1", CITY, BANNER, YEAR, "111", 400)], **tills(), on=DAY)
    back = [tr.SettleCash("还-1", "调-1", 400)]
    earlier = DAY - timedelta(days=1)
    refused(
        city,
        RuleBroken,
        lambda: tr.return_advances(city, back, **{**tills(), "on": earlier}),
        "往来单",
        "还-1",
    )
    assert tr.return_advances(city, back, **tills(), on=DAY) == [True]
