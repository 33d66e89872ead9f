"""The page as a browser shows it: addresses of numbers, parts that open, what is searched."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest

from fisc.report.annual import Annual
from fisc.report.html import render
from fisc.report.ports import BreakdownRow, FigureAsk, FigureResult, VoucherRow
from fisc.report.source import city_scope
from tests.report.test_annual import YI, Books

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="no browser"),
    pytest.mark.xdist_group("browser"),
]
SPENDING = "expenditure.general"
ROWS = tuple(
    VoucherRow(
        number, date(2022, 3, 1), f"支付申请 ZF{number}", f"PZ{number}", 1_766_635_184 + number,
        "treasury_2015:5001", "T", "采购教具", "东胜区" if number % 2 else "准格尔旗",
        "2050202" if number < 30 else "2080102",
        "小学教育" if number < 30 else "一般行政管理", f"模拟{number}公司", f"ZF{number}",
        "接收方 150622000 准格尔旗" if number == 7 else "",
    )
    for number in range(60)
)  # fmt: skip


class Paged(Books):
    """Books whose expenditure has parts, parts of parts and many vouchers."""

    def _get(self, ask: FigureAsk) -> FigureResult:
        found = super()._get(ask)
        if ask.figure_id != SPENDING or found.value is None:
            return found
        return FigureResult(
            ask, found.name_zh, found.definition_zh, "1", "", "fen", 12 * YI,
            breakdown=(
                BreakdownRow("教育支出", "205", 9 * YI, row_count=34),
                BreakdownRow("社会保障支出", "208", 3 * YI),
            ),
            row_count=5426, load_rows=lambda: ROWS,
            load_leaves=lambda: (BreakdownRow("小学教育", "2050202", 9 * YI, row_count=34),),
        )  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "summary.html"
    scope = city_scope("150600", 2022, date(2022, 12, 31))
    path.write_bytes(render(Annual(Paged(), scope).report()))
    return path


def test_the_contents_list_every_heading_and_lead_to_it(page: Path) -> None:
    text = page.read_text("utf8")
    main = text[text.index("<main") : text.index('<section id="evidence"')]
    headings = re.findall(r'<h[234] id="(s\d+)">(.*?)</h', main)
    contents = re.search(r'<nav class="toc".*?</nav>', text, re.DOTALL)
    assert contents is not None and len(headings) > 5
    assert re.findall(r'<a href="#(s\d+)">(.*?)</a>', contents[0]) == headings


def seen(page: Path, address: str = "", doing: str = "") -> str:
    """The page's document once it is loaded at an address and `doing` is done, as text without tags."""
    if doing:
        page = _doing(page, doing)
    command = [
        str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000",
        "--dump-dom", f"{page.resolve().as_uri()}{address}",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def _doing(page: Path, doing: str) -> Path:
    made = page.with_name("doing.html")
    script = f"<script>addEventListener('load', () => {{ {doing} }});</script></body>"
    made.write_text(page.read_text("utf8").replace("</body>", script), "utf8")
    return made


def panel(document: str) -> str:
    inside = re.search(r'<div id="panel-body">(.*?)</dialog>', document, re.DOTALL)
    assert inside is not None
    return re.sub(r"<[^>]+>", " ", inside[1])


def found(document: str) -> str:
    return re.sub(r"<[^>]+>", " ", document.split('id="hits"')[1].split("</search>", maxsplit=1)[0])


def test_a_number_has_an_address_and_its_rows_say_what_they_are(page: Path) -> None:
    document = seen(page, f"#figure={SPENDING}")
    assert "<dialog" in document and re.search(r"<dialog[^>]* open", document)
    words = panel(document)
    for said in ("一般公共预算支出", "教育支出", "凭证（全部 5426 行）：列出的（60 行", "东胜区",
                 "2050202 小学教育",
                 "收款人 模拟1公司", "支付申请 ZF1　PZ1", "17,666,351.84"):  # fmt: skip
        assert said in words, said
    assert not re.search(r"<dialog[^>]* open", seen(page))
    assert not re.search(r"<dialog[^>]* open", seen(page, "#figure=none.such"))


def test_a_part_opens_to_its_finer_parts_and_its_rows(page: Path) -> None:
    words = panel(seen(page, f"#figure={SPENDING}&part=205"))
    assert "其中：205 教育支出" in words and "2050202" in words
    assert "2080102" not in words and "5426" not in words
    listed = sum(row.amount_fen for row in ROWS if row.code.startswith("205"))
    rest = f"{(9 * YI - listed) / 100:,.2f}"
    for one in (words, panel(seen(page, f"#figure={SPENDING}&part=2050202"))):
        assert "凭证（全部 34 行）：列出的（30 行" in one
        assert f"这一部分共 34 行。这里列出 30 行，其余 4 行合计 {rest} 元，用 fisc trace 查看" in one


def test_the_count_follows_what_is_searched_for(page: Path) -> None:
    narrow = "const s = document.querySelector('#panel-body input'); s.value = '17666351.85'; s.oninput();"
    words = panel(seen(page, f"#figure={SPENDING}", narrow))
    assert "列出的（找到 1 行，合计 17,666,351.85 元；共 60 行）" in words


@pytest.mark.parametrize("wanted", ["150622", "接收方 150622000 准格尔旗"])
def test_the_government_that_money_went_to_is_found(page: Path, wanted: str) -> None:
    narrow = f"const s = document.querySelector('#panel-body input'); s.value = '{wanted}'; s.oninput();"
    words = panel(seen(page, f"#figure={SPENDING}", narrow))
    assert "列出的（找到 1 行，合计 17,666,351.91 元；共 60 行）" in words
    assert "接收方 150622000 准格尔旗" in words


@pytest.mark.parametrize(
    ("words", "said"),
    [("东胜区", "凭证（30"), ("17666351.84", "凭证（1）"), ("17,666,351.84", "凭证（1）"),
     ("小学教育", "构成（1）"), ("民生支出", "正文和附件（"), ("压根没有的词", "没有找到")],
)  # fmt: skip
def test_the_whole_report_is_searched(page: Path, words: str, said: str) -> None:
    box = "document.getElementById('search')"
    look = f"{box}.value = '{words}'; {box}.dispatchEvent(new Event('input'));"
    assert said in found(seen(page, "", look))


def test_going_back_closes_the_panel(page: Path) -> None:
    link = "document.querySelector('main a[data-f]').click();"
    opened = seen(page, "", link)
    assert re.search(r"<dialog[^>]* open", opened)
    back = f"{link} setTimeout(() => history.back(), 100);"
    assert not re.search(r"<dialog[^>]* open", seen(page, "", back))
