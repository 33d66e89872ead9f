"""What stood between two governments when the rules changed (2023) is settled where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from fisc.closing import services as closing
from fisc.closing.balances import of_year
from fisc.kernel.verify import verify_within
from fisc.transfers import services as tr
from fisc.transfers.rules.cash import KINDS
from tests.closing.world import account_sums
from tests.transfers.world import BANNER, CITY, DAY, Conn, hands, issued, line, own_budget, tills

END, NOW = date(2022, 12, 31), date(2023, 3, 1)
BOOKS = ("treasury_2022_financial", "treasury_2022_budget")
BETWEEN = {CITY: ("1032", "804105"), BANNER: ("2012", "804105")}


Step = Callable[[Conn], object]


def lend(conn: Conn) -> None:
    tr.advance(conn, [tr.AdvanceCash("先", CITY, BANNER, 2022, "111", 900)], **tills(), on=DAY)


def owe(conn: Conn) -> None:
    own_budget(conn, 900)
    tr.issue(conn, [issued([(BANNER, 900)], sup="", code="2300202")], **hands(), on=DAY)
    tr.accrue(conn, [tr.LineCash("先", line(), 900)], **tills(), on=END)


def owe_upload(conn: Conn) -> None:
    due = tr.UploadCash("先", BANNER, CITY, 2022, "111", "2300601", 900)
    tr.accrue_uploads(conn, [due], **tills(BANNER), on=END)


def charge(conn: Conn) -> None:
    own_budget(conn, 900, year=2023)
    given = issued([(BANNER, 900)], sup="", code="2300202", fiscal_year=2023, dated_on=NOW)
    tr.issue(conn, [given], **hands(), on=NOW)
    tr.charge_advances(conn, [tr.ChargeCash("后", "先", 900, line(year=2023))], **tills(), on=NOW)


LATER = tr.SettleCash("后", "先", 900)
#: What settles, what stands before, what both do, and what 2023 moves above and below.
SETTLED: list[tuple[str, Step, Step, dict[str, int], dict[str, int]]] = [
    ("advance_charged", lend, charge, {"5021": 900, "1032": -900, "7011": 900, "804105": -900},
     {"2012": 900, "4004": -900, "804105": 900, "6011": -900}),
    ("advance_returned", lend, lambda c: tr.return_advances(c, [LATER], **tills(), on=NOW),
     {"1001": 900, "1032": -900, "804101": 900, "804105": -900},
     {"2012": 900, "1001": -900, "804105": 900, "804101": -900}),
    ("accrual_paid", owe, lambda c: tr.pay_accrued(c, [LATER], **tills(), on=NOW),
     {"1032": 900, "1001": -900, "804105": 900, "804101": -900},
     {"1001": 900, "2012": -900, "804101": 900, "804105": -900}),
    ("upload_settled", owe_upload, lambda c: tr.settle_uploads(c, [LATER], **tills(BANNER), on=NOW),
     {"1001": 900, "1032": -900, "804101": 900, "804105": -900},
     {"2012": 900, "1001": -900, "804105": 900, "804101": -900}),
]  # fmt: skip


def turned(conn: Conn) -> None:
    """2022 of both is closed and carried into 2023."""
    for region in (CITY, BANNER):
        closing.close_year(conn, [region], 2022, **tills(region), on=date(2023, 1, 20))
        closing.open_next_year(conn, [region], 2022, **tills(region), on=date(2023, 1, 20))


def moved(conn: Conn, region: str) -> dict[str, int]:
    """What the year 2023 moved after its opening; what stands in the old book since counts too."""
    found: dict[str, int] = {}
    for book in (*BOOKS, "treasury_2015"):
        sums = account_sums(conn, region, 202301, 202313, book)
        found |= {(code if book in BOOKS else f"old {code}"): fen for code, fen in sums.items()}
    return found


def left(conn: Conn) -> dict[str, int]:
    """What stands between the two at the end of 2023, block by block."""
    stands = of_year(conn, [CITY, BANNER], 2023)
    return {
        f"{b.code} {b.coding}": b.fen for place, of in BETWEEN.items() for b in stands[place] if b.code in of
    }


def test_every_kind_that_settles_is_tried() -> None:
    assert {one[0] for one in SETTLED} == {code for code, kind in KINDS.items() if kind.settles}


@pytest.mark.parametrize(
    ("kind", "before", "after", "above", "below"), SETTLED, ids=[one[0] for one in SETTLED]
)
def test_what_stood_between_two_governments_is_cleared_on_both_sides(
    city: Conn,
    kind: str,
    before: Step,
    after: Step,
    above: dict[str, int],
    below: dict[str, int],
) -> None:
    before(city)
    turned(city)
    assert left(city)
    after(city)
    assert (moved(city, CITY), moved(city, BANNER)) == (above, below)
    assert left(city) == {}
    assert verify_within(city).ok
