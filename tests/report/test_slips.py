"""Vouchers and certificates as they are printed: their numbers, their words, one and the same file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import psycopg
import pymupdf
import pytest
from docx import Document
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st

from fisc.kernel.capitals import in_capitals
from fisc.kernel.simulation import NOTICE
from fisc.report.slips import docx, html, pdf
from fisc.report.slips.model import Column, Slip
from tests.api.conftest import Api, api
from tests.treasury.conftest import paying_db, paying_template
from tests.treasury.paying import CITY, YUAN, application, applied, certified, paid
from tests.use_cases.desk import Desk
from tests.use_cases.test_banking import desk

__all__ = ["api", "desk", "paying_db", "paying_template"]


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"), (1, "壹分"), (50, "伍角整"), (105, "壹元零伍分"), (100_320, "壹仟零叁元贰角整"),
        (10_700_053, "壹拾万柒仟元伍角叁分"), (100_000_500, "壹佰万零伍元整"),
        (100_001_000_000, "壹拾亿零壹万元整"), (-1_640_902, "负壹万陆仟肆佰零玖元零贰分"),
    ],
)  # fmt: skip
def test_amounts_in_capitals(fen: int, words: str) -> None:
    assert in_capitals(fen) == words


_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def _number(words: str) -> int:
    """A whole number read sign by sign."""
    for sign, unit in (("亿", 10**8), ("万", 10**4)):
        if sign in words:
            high, _, low = words.rpartition(sign)
            return _number(high) * unit + _number(low)
    total = digit = 0
    for one in words:
        if one in _DIGITS:
            digit = _DIGITS.index(one)
        else:
            total, digit = total + digit * _PLACES[one], 0
    return total + digit


def _read(words: str) -> int:
    """The fen that capitals say."""
    sign = -1 if words.startswith("负") else 1
    yuan, _, rest = words.removeprefix("负").rpartition("元")
    jiao = _DIGITS.index(rest[rest.index("角") - 1]) if "角" in rest else 0
    fen = _DIGITS.index(rest[rest.index("分") - 1]) if "分" in rest else 0
    return sign * (_number(yuan) * 100 + 10 * jiao + fen)


@given(st.integers(-(10**13) + 1, 10**13 - 1))
def test_capitals_say_the_amount(fen: int) -> None:
    assert _read(in_capitals(fen)) == fen


def _words(path: Path) -> str:
    """The text of a file that was printed."""
    if path.suffix == ".pdf":
        with pymupdf.open(path) as pages:
            return "".join("".join(page.get_text() for page in pages).split())
    if path.suffix == ".docx":
        body = Document(str(path))
        cells = [cell.text for table in body.tables for row in table.rows for cell in row.cells]
        return "".join("".join([*(one.text for one in body.paragraphs), *cells]).split())
    return "".join(path.read_text("utf8").split())


@pytest.mark.parametrize("form", ["pdf", "docx", "html"])
def test_a_voucher_is_printed_book_by_book(desk: Desk, tmp_path: Path, form: str) -> None:
    paid(desk.conn, application("A1", yuan=100))
    out, again = tmp_path / f"凭证.{form}", tmp_path / f"又.{form}"
    for path in (out, again):
        desk.told("", "books", "voucher", "pay_app:A1:paid", "--out", path)
    assert out.read_bytes() == again.read_bytes()
    words = _words(out)
    for said in (
        "记账凭证", "财政总预算会计", "预算指标账", "1001国库存款", "合计（大写）人民币壹佰元整", "100.00",
        "制单：单位经办", "复核：单位审核、国库审核", "2022年03月01日",
    ):  # fmt: skip
        assert said in words, said


def test_a_certificate_is_printed_once_it_is_certified(desk: Desk, tmp_path: Path) -> None:
    certified(desk.conn, application("A1", yuan=100))
    applied(desk.conn, application("A2", yuan=1))
    out = tmp_path / "凭证.pdf"
    desk.told("", "treasury", "show", "A1", "--out", out)
    words = _words(out)
    for said in (
        "国库集中支付凭证",
        "鄂尔多斯甲公司",
        "6200001",
        "人民币壹佰元整",
        "￥100.00",
        "签章：国库签章",
    ):
        assert said in words, said
    assert "还没有生成支付凭证" in desk.refused("", "treasury", "show", "A2", "--out", out)
    assert ".pdf" in desk.misused("", "treasury", "show", "A1", "--out", tmp_path / "凭证.txt")


_LONG = Slip(
    "记账凭证", (("日期", "2022年03月01日"),), (Column("摘要", 3), Column("金额", 1, is_amount=True)),
    tuple((f"第{row}行", "1.00") for row in range(40)), ("合计", "40.00"), (("出处", "A1"),),
    (("制单", "甲"),), notice=NOTICE, number="记字第 7 号",
)  # fmt: skip
_SHORT = replace(_LONG, rows=_LONG.rows[:2], number="记字第 8 号", notice="")


def test_each_page_of_a_form_says_its_number_and_that_it_is_simulated() -> None:
    with pymupdf.open(stream=pdf.render([_LONG, _SHORT, _LONG])) as pages:
        heads = ["".join(page.get_text().split()) for page in pages]
    pages_of_one = len(heads) // 2
    assert pages_of_one > 1
    for of_one in (heads[:pages_of_one], heads[-pages_of_one:]):
        for number, words in enumerate(of_one, 1):
            for said in ("记字第7号", NOTICE, f"第{number}页，共{pages_of_one}页"):
                assert said in words, (number, said)
    assert "记字第8号" in heads[pages_of_one]
    assert "第1页，共1页" in heads[pages_of_one]
    assert NOTICE not in heads[pages_of_one]


def test_each_page_of_a_form_in_word_has_its_head() -> None:
    document = Document(BytesIO(docx.render([_LONG, _SHORT])))
    heads = [section.header.paragraphs[0] for section in document.sections]
    assert ["记字第 7 号" in heads[0].text, NOTICE in heads[0].text] == [True, True]
    assert ["记字第 8 号" in heads[1].text, NOTICE in heads[1].text] == [True, False]
    for number, (section, head) in enumerate(zip(document.sections, heads, strict=True), 1):
        asked = [one.text.strip() for one in head._p.iter(qn("w:instrText"))]
        assert asked == ["PAGE", f"PAGEREF slip{number}"]
        assert [one.get(qn("w:start")) for one in section._sectPr.iter(qn("w:pgNumType"))] == ["1"]
    marks = [one.get(qn("w:name")) for one in document.element.iter(qn("w:bookmarkStart"))]
    assert marks == ["slip1", "slip2"]
    assert [one.text for one in document.paragraphs if not one.text] == []  # none that would begin a page


def test_each_page_of_a_form_on_paper_from_the_browser_has_its_head() -> None:
    page = html.render([_LONG]).decode()
    assert ".head { display: table-header-group; break-inside: avoid;" in page  # repeated on each sheet
    head = page[page.index('<div class="head">') : page.index('<div class="form">')]
    assert "记字第 7 号" in head
    assert NOTICE in head
    assert "<tfoot>" not in page  # a total stands once, at the end


def test_the_api_gives_what_is_printed_to_who_sees_it(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        certified(conn, application("A1", yuan=100))
    asked = {"pay_app_no": "A1"}
    path = "/treasury/show/print"
    made = api.call("clerk", "GET", path, params=asked)
    assert made.status_code == 200, made.text
    assert made.headers["content-type"] == "application/pdf"
    assert made.content.startswith(b"%PDF")
    html = api.call("clerk", "GET", path, params={**asked, "format": "html"})
    assert "国库集中支付凭证" in html.text
    assert api.call("clerk", "GET", path, params={**asked, "format": "txt"}).status_code == 422
    assert api.call("", "GET", path, params=asked).status_code == 401
    assert api.call("clerk", "GET", path, params={"pay_app_no": "A9"}).status_code == 404


def test_the_api_gives_the_statements_of_a_year(api: Api) -> None:
    with psycopg.connect(api.dsn, autocommit=True) as conn:
        paid(conn, application("A1", yuan=100))
    asked = {"mof_div_code": CITY, "fiscal_year": 2022}
    [told] = api.call("clerk", "GET", "/year-end/statements", params=asked).json()["rows"]
    assert told["statements"][0]["title"] == "资产负债表"
    assert told["statements"][0]["rows"][0]["cells"][1]["fen"] == -100 * YUAN  # cash below zero is told
    book = api.call("clerk", "GET", "/year-end/statements/print", params=asked)
    assert book.status_code == 200
    assert book.content.startswith(b"PK")
    nothing = api.call("clerk", "GET", "/year-end/statements", params={**asked, "fiscal_year": 2021})
    assert nothing.status_code == 409, nothing.text
    for question in ("status", "settlement"):
        assert api.call("clerk", "GET", f"/year-end/{question}", params=asked).status_code == 200
    place = {"mof_div_code": CITY}
    assert api.call("clerk", "GET", "/year-end/conversion", params=place).status_code == 200
