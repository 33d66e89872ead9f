"""A city, two of its banners and their officers, with an own budget for transfers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from fisc.documents import Leg, Officer, define_officers, voucher
from fisc.kernel import Coding, open_year, post
from fisc.transfers import services as tr
from tests.papers import a_document, available, with_cash

CITY, BANNER, OTHER, UPPER = "150600000", "150621000", "150622000", "150000000"
YEAR = 2022
UP, DOWN = "内财预〔2022〕12号", "鄂财预〔2022〕7号"
EARLY_ED, ED = "1100245", "2300245"  # 教育共同财政事权
DAY = date(2022, 3, 1)

MAKER, REVIEWER, CASHIER, SIGNER = "zm", "zr", "gm", "gs"
OFFICERS = [
    Officer(f"{code}-{region}", name, region, frozenset({duty}))
    for region in (CITY, BANNER, OTHER)
    for code, name, duty in (
        (MAKER, "经办", "transfer_make"),
        (REVIEWER, "审核", "transfer_review"),
        (CASHIER, "国库经办", "treasury_make"),
        (SIGNER, "国库签章", "treasury_sign"),
    )
]

Conn = psycopg.Connection[Any]


def hands(region: str = CITY) -> dict[str, str]:
    """Who drafts and who reviews quota documents of a region."""
    return {"by": f"{MAKER}-{region}", "reviewed_by": f"{REVIEWER}-{region}"}


def tills(region: str = CITY) -> dict[str, str]:
    """Who drafts and who signs cash of a region."""
    return {"by": f"{CASHIER}-{region}", "signed_by": f"{SIGNER}-{region}"}


def furnish(conn: Conn) -> None:
    """Open the years, name the officers."""
    open_year(conn, CITY, YEAR)
    open_year(conn, CITY, YEAR + 1)
    furnish_below(conn)


def furnish_below(conn: Conn) -> None:
    """As `furnish`, before the city keeps its books of `YEAR` here; its banners do."""
    open_year(conn, CITY, YEAR - 1)
    for region in (BANNER, OTHER):
        for year in (YEAR - 1, YEAR, YEAR + 1):
            open_year(conn, region, year)
    with_cash(conn, CITY, BANNER, OTHER)
    define_officers(conn, OFFICERS)


def own_budget(conn: Conn, amount_fen: int, tp_func_code: str = "2300202", year: int = YEAR) -> None:
    """An approved budget of the city's own money for transfers below (9202)."""
    source = Coding(year, CITY, "111", rev_func_code="1010101", source_type_code="1")
    pool = Coding(year, CITY, "111")
    use = Coding(year, CITY, "111", tp_func_code=tp_func_code, source_type_code="1")
    legs = [
        Leg("budget_source_approved", amount_fen, source, pool, choices={"source": "own"}),
        Leg("budget_spending_approved", amount_fen, pool, use, choices={"use": "transfer"}),
    ]
    day, paper = date(year, 1, 20), a_document(conn, CITY, year)
    key = f"budget:{year}:{tp_func_code}"
    post(conn, [voucher(key, CITY, day, legs, document_id=paper, summary="预算批复")])


def source(amount_fen: int, doc_no: str = UP, code: str = EARLY_ED, **more: Any) -> tr.SourceDocument:
    """A document from above with one line."""
    given: dict[str, Any] = {
        "mof_div_code": CITY, "fiscal_year": YEAR, "fund_type_code": "111",
        "dated_on": date(2022, 2, 20), "title": "关于下达补助资金的通知",
    } | more  # fmt: skip
    return tr.SourceDocument(doc_no=doc_no, lines=(tr.SourceLine(1, code, amount_fen),), **given)


def issued(
    amounts: Iterable[tuple[str, int]], doc_no: str = DOWN, sup: str = UP, code: str = ED, **more: Any
) -> tr.IssueDocument:
    """A document of the city's with a line for each (receiver, fen)."""
    lines = tuple(
        tr.IssueLine(number, region, code, fen) for number, (region, fen) in enumerate(amounts, start=1)
    )
    given: dict[str, Any] = {
        "mof_div_code": CITY, "fiscal_year": YEAR, "fund_type_code": "111",
        "dated_on": date(2022, 3, 1), "title": "关于下达旗区补助资金的通知",
    } | more  # fmt: skip
    return tr.IssueDocument(doc_no=doc_no, lines=lines, sup_bgt_doc_no=sup, **given)


def arranged(number: str, amount_fen: int, code: str = ED, **more: Any) -> tr.Arrange:
    """A use of the upper document's money."""
    given: dict[str, Any] = {
        "mof_div_code": CITY, "fiscal_year": YEAR, "fund_type_code": "111", "sup_bgt_doc_no": UP,
        "use": tr.TRANSFER if code.startswith("230") else tr.OWN,
    } | more  # fmt: skip
    return tr.Arrange(arrange_no=number, func_code=code, amount_fen=amount_fen, **given)


def line(doc_no: str = DOWN, number: int = 1, region: str = CITY, year: int = YEAR) -> str:
    """The key of a line."""
    return tr.line_key(region, year, doc_no, number)


def passed_on(conn: Conn, amounts: Iterable[tuple[str, int]], received_fen: int | None = None) -> None:
    """Received from above, arranged for transfers and issued, all on `DAY`."""
    given = list(amounts)
    total = sum(fen for _, fen in given)
    tr.receive(conn, [source(received_fen or total)], **hands(), on=DAY)
    tr.arrange(conn, [arranged("安-1", total)], **hands(), on=DAY)
    tr.issue(conn, [issued(given)], **hands(), on=DAY)


@dataclass(frozen=True)
class Shown:
    """An entry in full: what a person would read on the voucher."""

    region: str
    rule: str
    period: int
    lines: tuple[tuple[str, str, int, str], ...]


def entries(conn: Conn, key_part: str) -> list[Shown]:
    """Entries whose natural key contains `key_part`: lines as (借|贷, account, fen, elements)."""
    rows = conn.execute(
        """select e.id, r.mof_div_code, e.rule_code, e.period, p.side, a.book || ':' || a.code,
                  p.amount_fen * p.side, to_jsonb(c) - '{id,elements_key,fiscal_year,mof_div_code}'::text[]
           from ledger.entry e join ledger.region r on r.id = e.region_id
           join ledger.posting p on p.entry_id = e.id join ledger.account a on a.id = p.account_id
           join ledger.coding c on c.id = p.coding_id
           where e.natural_key like '%%' || %s || '%%' order by e.natural_key, p.line""",
        [key_part],
    ).fetchall()
    shown: dict[int, Shown] = {}
    for entry_id, region, rule, period, side, account, fen, elements in rows:
        text = " ".join(f"{name}={value}" for name, value in sorted(elements.items()) if value)
        old = shown.get(entry_id, Shown(region, rule, period, ()))
        added = ("借" if side == 1 else "贷", account, fen, text)
        shown[entry_id] = Shown(region, rule, period, (*old.lines, added))
    return list(shown.values())


def moves(conn: Conn, key_part: str) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """The entries without elements: (region, rule, [(借|贷, account, fen)])."""
    return [(e.region, e.rule, [ln[:3] for ln in e.lines]) for e in entries(conn, key_part)]


def pool(conn: Conn, region: str = CITY, doc_no: str = UP, fund: str = "111") -> int:
    """What of a document's money waits in a region's pool."""
    return available(conn, "quota:9200", Coding(YEAR, region, fund, sup_bgt_doc_no=doc_no))


def entry_count(conn: Conn) -> int:
    """How many entries stand."""
    row = conn.execute(
        "select count(*) from ledger.entry where natural_key not like 'test:cash:%'"
    ).fetchone()
    assert row is not None
    return int(row[0])
