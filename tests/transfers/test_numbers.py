"""Numbers of papers: of no later year than the document that bears them, and numbers at all."""

from __future__ import annotations

from datetime import date

import pytest

from fisc.documents import RuleBroken
from fisc.transfers import services as tr
from tests.transfers.world import DAY, Conn, hands, source

SAID = {
    "鄂府发〔2023〕5号": 2023, "鄂府发[2023]05号": 2023, "鄂府发（２０２３）第5号": 2023,
    "政办【2023年】5号": 2023,
    "鄂府发〔二〇二三〕五号": 2023, "2023年第5次政府常务会议纪要": 2023, "鄂府发〔2023〕十二号": 2023,
    "无": None, "同意": None, "见附件": None, "12号": None, "纪要12号": None, "2023年预算": None,
    "〔2023〕": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize(("written", "year"), SAID.items())
def test_the_year_of_a_number_however_it_is_written(city: Conn, written: str, year: int | None) -> None:
    assert city.execute("select documents_number_year(%s)", [written]).fetchone() == (year,)


def test_a_documents_number_is_of_no_year_after_its_date(city: Conn) -> None:
    late = source(900, "内财预〔2023〕12号", dated_on=date(2022, 12, 20), fiscal_year=2023, is_advance=True)
    with pytest.raises(RuleBroken, match="文号 内财预〔2023〕12号 的年份晚于单据的日期 2022-12-20"):
        tr.make_receipts(city, [late], by=hands()["by"], on=date(2023, 1, 9))


@pytest.mark.parametrize(("number", "said"), [
    ("无", "人大批准文号“无”不是文号"), ("同意", "不是文号"),
    ("鄂人常〔2023〕1号", "年份晚于单据的日期 2022-03-01"),
])  # fmt: skip
def test_an_approval_is_a_number_of_its_time(city: Conn, number: str, said: str) -> None:
    lent = source(900, code="110110101", fund_type_code="112", approval_no=number)
    with pytest.raises(RuleBroken, match=said):
        tr.make_receipts(city, [lent], by=hands()["by"], on=DAY)
