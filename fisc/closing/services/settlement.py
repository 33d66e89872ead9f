"""Settlement between levels at a year's end (2012/1031; T06, T09, T10, T11): what is owed, by document.

`owed` reads; `settle_year` (`draft_settlement` and `sign_settlement` in one) books what documents grant and
nobody paid as accounts between the two governments, through the services of transfers; `compare` proves that
both sides say the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.debt import services as debt
from fisc.documents import RuleBroken, read, year_end
from fisc.documents.editions import current
from fisc.kernel.money import format_fen
from fisc.kernel.periods import years_open
from fisc.kernel.posting import in_transaction
from fisc.registry.areas import is_city
from fisc.registry.regions import above
from fisc.transfers import services as transfers
from fisc.transfers.checks import Pair, city_equals_banners
from fisc.transfers.kinds import CASH

Conn = psycopg.Connection[Any]

#: A number of a kind of claim in the settlement, by who owes.
GRANTED: Final = transfers.GRANTED
NOT_ARRIVED: Final = transfers.NOT_ARRIVED
ADVANCED: Final = "advanced"
ACCRUED: Final = "accrued"
UPLOAD: Final = "upload_accrued"
WITHHELD: Final = "withheld"
PAID_FOR: Final = "debt_advanced"
_NAMES: Final = {
    GRANTED: "应补未补", NOT_ARRIVED: "转贷资金未到账", ADVANCED: "调度款尚无文件",
    ACCRUED: "年终已挂账补助", UPLOAD: "年终应解未解", WITHHELD: "扣缴本息", PAID_FOR: "垫付本息",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """What one government owes another at a year's end, by document: `key` is a line or a cash number."""

    kind: str
    key: str
    doc_no: str
    debtor: str
    creditor: str
    fund_type_code: str
    amount_fen: int

    @property
    def name(self) -> str:
        """The kind in words."""
        return _NAMES[self.kind]


@dataclass(frozen=True, slots=True)
class Settlement:
    """The claims of a year between a government and those above and below it."""

    mof_div_code: str
    fiscal_year: int
    claims: tuple[Claim, ...]

    def net(self, other: str) -> int:
        """What `other` is owed by this government, less what it owes; fen."""
        ours, theirs = self.mof_div_code, other
        return sum(
            c.amount_fen if (c.debtor, c.creditor) == (ours, theirs) else -c.amount_fen
            for c in self.claims if {c.debtor, c.creditor} == {ours, theirs}
        )  # fmt: skip

    @property
    def others(self) -> list[str]:
        """The governments there are claims with."""
        pairs = {code for c in self.claims for code in (c.debtor, c.creditor)}
        return sorted(pairs - {self.mof_div_code})


def owed(conn: Conn, region: str, fiscal_year: int) -> Settlement:
    """What a government and those above and below owe each other for a year, document by document.

    Granted and not booked, advances without a document (the lower owes them back), accruals of transfers
    and uploads that are not paid yet, debt service that the upper withheld (192-T24, T25) and no grant was
    paid with (T07), and what it paid of the lower's debt (T22) and was not given back.
    """
    claims = [Claim(*one) for one in transfers.between(conn, region, fiscal_year)]
    paid_for = [
        Claim(PAID_FOR, number, "", debtor, creditor, fund, fen)
        for number, debtor, creditor, fund, fen in debt.advanced(conn, region, fiscal_year)
    ]
    return Settlement(region, fiscal_year, (*claims, *_withheld(conn, region, fiscal_year), *paid_for))


def _withheld(conn: Conn, region: str, fiscal_year: int) -> Iterator[Claim]:
    """What was withheld and is not cleared yet, the oldest first, by government and fund."""
    cleared = Counter(transfers.cleared(conn, region, fiscal_year))
    for number, debtor, creditor, fund, fen in debt.withheld(conn, region, fiscal_year):
        place = creditor, debtor, fund
        gone = min(fen, cleared[place])
        cleared[place] -= gone
        if fen > gone:
            yield Claim(WITHHELD, number, "", debtor, creditor, fund, fen - gone)


def settle_year(conn: Conn, region: str, fiscal_year: int, *, by: str, signed_by: str, on: date) -> list[str]:
    """Draft and sign what the documents of a year grant and nobody paid: the numbers. Raises as the steps do.

    All of them new or none. Again: no-op.
    """

    def work() -> list[str]:
        numbers = list(draft_settlement(conn, region, fiscal_year, by=by, on=on))
        sign_settlement(conn, numbers, by=signed_by, on=on)
        _refuse_differences(compare(conn, region, fiscal_year))
        return numbers

    return in_transaction(conn, work)


def draft_settlement(conn: Conn, region: str, fiscal_year: int, *, by: str, on: date) -> dict[str, bool]:
    """Draft accruals of what the documents of a year grant and nobody paid: number -> whether it is new.

    T09 5011/1031 and T06 2012/4011, once a line (`年结-<line>`); of a document from above only this side
    stands. Advances stay: a document or their return settles them. Raises RuleBroken where the books of a
    city and its banners do not agree, MissingDuty.
    """
    _refuse_differences(compare(conn, region, fiscal_year))
    due = [c for c in owed(conn, region, fiscal_year).claims if c.kind == GRANTED]
    items = [transfers.LineCash(f"年结-{c.key}", c.key, c.amount_fen) for c in due]
    is_new = transfers.make_line_cash(conn, items, kind=ACCRUED, by=by, on=on) if items else []
    return dict(zip((item.cash_no for item in items), is_new, strict=True))


def sign_settlement(conn: Conn, cash_nos: Sequence[str], *, by: str, on: date) -> list[bool]:
    """Book drafted accruals: True where now.

    Raises what `transfers.sign_cash` does, and RuleBroken where the books of a city and its banners do not
    agree afterwards; then nothing is posted.
    """

    def work() -> list[bool]:
        is_new = transfers.sign_cash(conn, cash_nos, by=by, on=on) if cash_nos else []
        signed = read(conn, CASH, current(conn, CASH, cash_nos))
        for region, year in sorted({(c.mof_div_code, c.fiscal_year) for c in signed}):
            _refuse_differences(compare(conn, region, year))
        return is_new

    return in_transaction(conn, work)


def compare(conn: Conn, region: str, fiscal_year: int) -> list[Pair]:
    """Where the books of a city and its banners disagree at a year's end; [] where they are equal.

    Of a banner, what of it disagrees with its city's books, where these are kept here. The same before and
    after the year is closed: what is settled after December was closed stands in the year end (13) of both.
    """
    city = region if is_city(region) else next((one.mof_div_code for one in above(region)), "")
    if not is_city(city) or (city != region and fiscal_year not in years_open(conn).get(city, ())):
        return []
    found = city_equals_banners(conn, city, year_end(fiscal_year)[1])
    return found if city == region else [pair for pair in found if pair.mof_div_code == region]


def _refuse_differences(found: Sequence[Pair]) -> None:
    if found:
        words = [
            f"{d.mof_div_code} {d.doc_no or d.side}：{format_fen(d.city_fen)} ≠ {format_fen(d.banner_fen)} 元"
            for d in found[:20]
        ]
        raise RuleBroken(
            f"上下级结算不一致 {len(found)} 处：{'；'.join(words)}",
            rule="上级补助支出等于下级补助收入（财库〔2015〕192号年终结算）",
            hint="请按文号核对双方的收支与往来",
            details={"refused": len(found), "keys": [d.doc_no for d in found[:20]]},
        )
