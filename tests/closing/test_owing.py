"""Who owes whom at a year's end, told before and after the rules of accounting change."""

from __future__ import annotations

from fisc.closing import services as closing
from fisc.registry.rules import accounts
from tests.closing.world import BANNER, CITY, YEAR, Conn, a_year, booked, post, seals

NAME = "往来款项有余额"


def owing(conn: Conn, fiscal_year: int) -> dict[str, int | None]:
    """Account and who owes whom -> fen, as `year-end status` tells it; none of it blocks."""
    found = [one for one in closing.open_affairs(conn, [CITY], fiscal_year) if one.name == NAME]
    assert not any(one.refuses for one in found)
    return {one.evidence[0].removeprefix("document:"): one.amount_fen for one in found}


def test_claims_and_debts_are_told_by_name_in_both_books(city: Conn) -> None:
    a_year(city)
    post(city, [
        booked("debt_withheld_by_upper", 60, kind="principal"),
        booked("lower_debt_advanced", 15, kind="principal", rec_div_code=BANNER, is_debt="1"),
    ])  # fmt: skip
    before = owing(city, YEAR)
    assert before == {
        "总预算会计 1011 预拨经费：他方欠本级": 40,
        "总预算会计 1036 其他应收款：他方欠本级": 75,
        "总预算会计 2012 与上级往来：本级欠内蒙古自治区": 60,
        "总预算会计 2026 应付地方政府债券转贷款：本级欠内蒙古自治区": 600,
    }
    closing.close_year(city, [CITY], YEAR, **seals())
    closing.open_next_year(city, [CITY], YEAR, **seals())
    assert owing(city, YEAR) == {}
    assert sorted(owing(city, YEAR + 1).values(), key=str) == sorted(before.values(), key=str)
    assert owing(city, YEAR + 1)["财务会计 1035 其他应收款：他方欠本级"] == 75


def test_no_claim_of_a_chart_goes_unnamed() -> None:
    """What is neither owed nor due, account by account: a new one is looked at here."""
    from fisc.closing.services.owing import is_owed

    untold = {
        a.name for year in (2022, 2023) for a in accounts(fiscal_year=year)
        if a.book.startswith("treasury_") and a.account_class in ("asset", "liability")
        and not is_owed(f"{a.book}:{a.code}")
    }  # fmt: skip
    assert untold == {
        "国库存款", "国库现金管理存款", "国库现金管理资产", "其他财政存款", "财政零余额账户存款", "有价证券",
        "在途款", "股权投资", "待发国债", "已结报支出",
    }  # fmt: skip
