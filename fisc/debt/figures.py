"""What governments owe by their own books (财库〔2015〕192号; from 2023 财库〔2022〕41号).

It is principal alone, less what was lent on to a lower one, who owes it: own levels add up to a whole area.
"""

from fisc.reading.algebra import CREDIT, Accounts, By, Figure, Selection, Stock
from fisc.reading.books import BOOKS_LAW, FUND_FUNDS, GENERAL_FUNDS, LAST_YEAR_OF_192
from fisc.reading.budget_lines import growth

#: Bonds, loans and what was on-lent by the one above; then what was on-lent to a lower one.
_OF_192 = ("2001", "2021", "2022", "2026", "2027", "1041", "1045")
_OF_41 = ("2001", "2021", "2022", "2031", "2032", "1041", "1042")
_OWED = Selection(
    (
        Accounts("treasury_2015", _OF_192, last_year=LAST_YEAR_OF_192),
        Accounts("treasury_2022_financial", _OF_41, first_year=LAST_YEAR_OF_192 + 1),
    ),
    CREDIT,
    (),
    By("fund_type_code"),
).without("debt_move_code", "interest")
_LAW = f"《中华人民共和国预算法》第三十五条；{BOOKS_LAW}"


def _figure(suffix: str, name: str, funds: tuple[str, ...]) -> Figure:
    owed = _OWED.where("fund_type_code", *funds) if funds else _OWED
    said = f"总账上期末应付的{name}本金，不含转贷给下级、由下级偿还的部分"
    return Figure(f"debt.booked{suffix}", f"{name}账面余额", said, _LAW, Stock(owed))


FIGURES: tuple[Figure, ...] = (
    _figure("", "政府债务", ()),
    _figure(".general", "政府一般债务", GENERAL_FUNDS),
    _figure(".special", "政府专项债务", FUND_FUNDS),
    growth("debt.booked", "政府债务账面余额", _LAW),
)
