"""Documents from above: one number, one receipt; given by who stands above, of a possible amount."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from fisc.budget import services as budget
from fisc.documents import RuleBroken
from fisc.kernel import Coding, Document, open_year, record_documents
from fisc.kernel.errors import DuplicateConflict
from fisc.transfers import services as tr
from tests.transfers.test_sources import SIGNED, staffed
from tests.transfers.world import BANNER, CITY, DAY, UP, UPPER, YEAR, Conn, hands, issued, pool, source

WAYS = (
    "内财预2022年12号", "内财预⟦2022⟧12号",
    "内财预字〔2022〕12号", "内財预〔二〇二二〕十二号", "内财预〔2022〕12号文",
    "附件：内财预〔2022〕12号", "内财预-2022-12", "内财预〔2O22〕№12", "《内财预〔2022〕12号》",
)  # fmt: skip


def made(conn: Conn, *documents: tr.SourceDocument) -> list[bool]:
    return tr.make_receipts(conn, documents, by=hands()["by"], on=DAY)


def test_no_spelling_registers_a_document_twice(city: Conn) -> None:
    assert tr.receive(city, [source(900)], **hands(), on=DAY) == [True]
    for number in WAYS:
        assert tr.receive(city, [source(900, number)], **hands(), on=DAY) == [False]
    assert pool(city) == 900
    (line,) = tr.received_by(city, CITY, YEAR)
    assert line.line.cor_bgt_doc_no == UP


def test_every_spelling_finds_the_money(city: Conn) -> None:
    tr.receive(city, [source(900, WAYS[0])], **hands(), on=DAY)
    for at, number in enumerate(WAYS):
        assert [one.line.amount_fen for one in tr.granted(city, [number])] == [900]
        item = tr.Arrange(f"安-{at}", CITY, YEAR, "111", number, tr.TRANSFER, "2300245", 100)
        assert tr.make_arrangements(city, [item], by=hands()["by"], on=DAY) == [True]


def test_a_document_issued_here_is_not_registered_below_in_another_spelling(city: Conn) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    tr.arrange(
        city, [tr.Arrange("安", CITY, YEAR, "111", UP, tr.TRANSFER, "2300245", 900)], **hands(), on=DAY
    )
    tr.issue(city, [issued([(BANNER, 900)], "鄂财预2022年7号")], **hands(), on=DAY)
    with pytest.raises(DuplicateConflict):
        tr.receive(city, [source(900, "鄂财预字〔2022〕第7号", mof_div_code=BANNER)], **hands(BANNER), on=DAY)


@pytest.mark.parametrize(("more", "said"), [
    ({"doc_no": "债1"}, "机关代字"), ({"doc_no": "内财预〔2022〕12-1号"}, "机关代字"),
    ({"doc_no": "内财预〔2035〕1号"}, "年份"), ({"doc_no": "内财预〔2003〕1号"}, "年份"),
    ({"from_div_code": "150200000"}, "上级政府"), ({"from_div_code": CITY}, "上级政府"),
    ({"from_div_code": BANNER}, "上级政府"), ({"lines": (tr.SourceLine(1, "11002", 900),)}, "末级"),
    ({"lines": (tr.SourceLine(1, "1100245", 4 * 10**18),)}, "上限"),
])  # fmt: skip
def test_what_is_no_document_from_above_is_refused(city: Conn, more: dict[str, object], said: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        made(city, replace(source(900), **more))  # type: ignore[arg-type]
    assert said in refused.value.message + refused.value.hint + refused.value.rule


def test_what_the_province_gives_is_received_and_next_year_s_told_early(city: Conn) -> None:
    given = source(900, from_div_code=UPPER)
    early = source(800, "内财预〔2022〕13号", fiscal_year=YEAR + 1, is_advance=True)
    assert made(city, given, early) == [True, True]


def test_a_number_one_sign_off_with_the_same_amount_and_day_is_asked_about(city: Conn) -> None:
    made(city, source(900))
    near = source(900, "内财预〔2022〕2号")
    with pytest.raises(RuleBroken, match="疑为同一份文件"):
        made(city, near)
    with pytest.raises(RuleBroken, match="疑为同一份文件"):
        made(city, source(7, "内财社〔2022〕31号"), source(7, "内财社〔2022〕32号"))
    others = [source(901, near.doc_no), source(900, "内财预〔2022〕35号")]
    others.append(source(900, "内财预〔2022〕13号", dated_on=date(2022, 2, 21)))
    assert made(city, *others) == [True] * 3
    told = replace(near, doc_no="内财预〔2022〕14号", confirm_reason="两份原件均已核对")
    assert made(city, told) == [True]


@pytest.mark.parametrize("other", [
    "内财预〔2021〕12号", "内预财〔2022〕12号", "财预内〔2022〕12号", "内财预〔2022〕21号",
])  # fmt: skip
def test_a_slip_in_year_or_order_with_the_same_amount_and_day_is_asked_about(city: Conn, other: str) -> None:
    made(city, source(900))
    with pytest.raises(RuleBroken, match="疑为同一份文件"):
        made(city, source(900, other))
    assert made(city, source(900, other, confirm_reason="两份原件均已核对")) == [True]


@pytest.mark.parametrize("number", ["内7号", "内财预2022年12号", "内财预〔2019〕12号", "内财预[2022]012号"])
def test_the_database_keeps_the_form_of_receipts(city: Conn, number: str) -> None:
    made(city, source(900))
    for table in ("transfers_receipt", "transfers_line"):
        copied = (
            f"insert into {table} select (jsonb_populate_record(t, jsonb_build_object('id', 987654, "
            f"'doc_key', 'x', 'line_key', 'x', 'sup_bgt_doc_no', %s::text))).* from {table} t"
        )
        with pytest.raises(psycopg.Error, match="文号不是上级文件的文号"), city.transaction():
            city.execute(copied.encode(), [number])


# ---- what arrives by itself


@pytest.mark.parametrize("giver", ["", CITY])
def test_what_a_government_that_keeps_books_here_gives_comes_by_its_issue(city: Conn, giver: str) -> None:
    below = source(900, "鄂财预〔2022〕9号", mof_div_code=BANNER, from_div_code=giver)
    with pytest.raises(RuleBroken, match="在本系统记账，没有下达这份文件") as refused:
        tr.receive(city, [below], **hands(BANNER), on=DAY)
    assert "make-issues" in refused.value.hint
    assert tr.receive(city, [replace(below, from_div_code=UPPER)], **hands(BANNER), on=DAY) == [True]


def test_a_document_that_the_city_has_comes_down_by_the_citys(city: Conn) -> None:
    """Together they would have more than the document grants; in either order."""
    tr.receive(city, [source(900)], **hands(), on=DAY)
    below = source(400, "内财预[2022]012号", mof_div_code=BANNER, from_div_code=UPPER)
    with pytest.raises(RuleBroken, match="已由其他层级登记收到") as refused:
        tr.receive(city, [below], **hands(BANNER), on=DAY)
    assert "鄂尔多斯" in refused.value.message
    other = replace(below, doc_no="内财预〔2022〕99号")
    tr.receive(city, [other], **hands(BANNER), on=DAY)
    with pytest.raises(RuleBroken, match="已由其他层级登记收到"):
        tr.receive(city, [source(900, "内财预〔2022〕99号")], **hands(), on=DAY)
    tr.take_back(city, [tr.TakeBackItem("收-1", tr.line_key(BANNER, YEAR, other.doc_no, 1), 400)],
                 **hands(BANNER), on=DAY)  # fmt: skip
    assert tr.receive(city, [source(900, "内财预〔2022〕99号")], **hands(), on=DAY) == [True]


@pytest.mark.parametrize(("giver", "number"), [(CITY, "鄂财预〔2022〕9号"), (UPPER, UP)])
def test_the_database_lets_no_document_arrive_twice(
    city: Conn, monkeypatch: pytest.MonkeyPatch, giver: str, number: str
) -> None:
    tr.receive(city, [source(900)], **hands(), on=DAY)
    monkeypatch.setattr(
        sys.modules["fisc.transfers.services.receive"], "require_arriving", lambda *given: None
    )
    below = source(400, number, mof_div_code=BANNER, from_div_code=giver)
    with pytest.raises(RuleBroken, match=r"在本系统记账|已由 150600000 登记收到"):
        tr.receive(city, [below], **hands(BANNER), on=DAY)


def test_books_that_were_published_alone_issue_nothing(city: Conn) -> None:
    """A province whose published budget was read keeps no books here: its documents are registered."""
    region = "insert into ledger.region (mof_div_code) values (%s) on conflict do nothing"
    city.execute(region, [UPPER])
    record_documents(city, [Document("published_table:x", "published_table", UPPER, YEAR, DAY)])
    open_year(city, UPPER, YEAR)
    assert tr.receive(city, [source(900)], **hands(), on=DAY) == [True]


# ---- classes and marks


@pytest.mark.parametrize(("fund", "code", "func"), [
    ("111", "1100245", "2120801"), ("121", "1100402", "2050202"), ("111", "1100245", "2059999999"),
])  # fmt: skip
def test_a_class_of_another_budget_is_none_of_the_money(
    city: Conn, monkeypatch: pytest.MonkeyPatch, fund: str, code: str, func: str
) -> None:
    given = replace(source(900, fund_type_code=fund), lines=(tr.SourceLine(1, code, 900, func),))
    with pytest.raises(RuleBroken, match=f"第 1 行 .*{func}"):
        made(city, given)
    monkeypatch.setattr("fisc.registry.fitting._classes", lambda *_: ())
    with pytest.raises(RuleBroken, match=f"没有支出功能分类 {func}"):
        made(city, given)


def marked(number: str, mark: str = "", doc_no: str = "鄂财指〔2022〕1号") -> budget.QuotaDocument:
    """A pending quota out of what was received under a number, with a mark of direct funds or none."""
    coding = Coding(YEAR, CITY, "111", exp_func_code="2050202", source_type_code="2", is_direct_fund=mark)
    line = budget.QuotaLine(f"Q-{doc_no}", 100, coding, is_executable=False)
    return budget.QuotaDocument(doc_no, CITY, YEAR, DAY, "下达指标", (line,), base="received",
                                source="transfer", sup_bgt_doc_no=number)  # fmt: skip


def marks(conn: Conn) -> list[str]:
    return [row[0] for row in conn.execute("select is_direct_fund from budget_quota order by bgt_id")]


def test_a_quota_of_direct_funds_bears_their_mark(city: Conn) -> None:
    staffed(city)
    tr.receive(city, [source(900, is_direct_fund="1"), source(500, "内财预〔2022〕45号")], **hands(), on=DAY)
    budget.enter(city, [marked(UP)], **SIGNED)
    budget.enter(city, [marked("内财预〔2022〕45号", doc_no="鄂财指〔2022〕2号")], **SIGNED)
    with pytest.raises(RuleBroken, match=f"标识为“2”，上级文件 {UP} 的为“1”"):
        budget.enter(city, [marked(UP, "2", "鄂财指〔2022〕3号")], **SIGNED)
    assert marks(city) == ["1", ""]
