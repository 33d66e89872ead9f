"""How receipts and refunds were divided among centre, region, city and banners, and what the books hold."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, NamedTuple

from fisc.documents.inputs import OneOf
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry.areas import area_of, governments
from fisc.registry.open_books import require_kept
from fisc.revenue import ledger
from fisc.revenue.ledger import GENERAL
from fisc.revenue.services.common import Conn
from fisc.revenue.services.receipts import REFUND_KINDS
from fisc.revenue.services.relief import RELIEF_KINDS
from fisc.revenue.sharing import LEVEL_NAMES, LEVELS, SharingRule, rule_for, rules_in_force

_SECTION: Final = 5
#: The register of tax statistics: relief, refunds in full.
_REGISTERS: Final = ("tax_register:T100", "tax_register:T200")


@dataclass(frozen=True, slots=True)
class LevelShare:
    """What one level got of what was collected in a division, in fen; refunds are above zero.

    `to_div_code` is '' for the centre; `rev_func_code` a section, '' for all together.
    """

    level: str
    to_div_code: str
    rev_func_code: str
    received_fen: int
    refunded_fen: int

    @property
    def net_fen(self) -> int:
        """Receipts less refunds."""
        return self.received_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class RegionBooks:
    """A government's own revenue by the document it came in by, in fen: every fund together.

    `other_fen` is what documents of other domains posted (dividends, interest, published books).
    """

    mof_div_code: str
    daily_fen: int
    shared_fen: int
    refunded_fen: int
    books_fen: int

    @property
    def other_fen(self) -> int:
        """What the books hold beyond daily reports, shared receipts and refunds."""
        return self.books_fen - self.daily_fen - self.shared_fen + self.refunded_fen


@dataclass(frozen=True, slots=True)
class TaxSide:
    """What the register of tax statistics holds, in fen: neither outlay nor revenue.

    `refunds` by kind (credit, other) are the full amounts, whoever bore them; `relief` by kind.
    """

    refunds: dict[str, int]
    relief: dict[str, int]


_SHARES: Final = """
    select s.level, s.to_div_code, d.section,
           coalesce(sum(s.amount_fen) filter (where s.doc_kind = 'receipt'), 0)::bigint,
           coalesce(-sum(s.amount_fen) filter (where s.doc_kind = 'refund'), 0)::bigint
    from revenue_level_share s join (
        select 'receipt' as doc_kind, doc_key, left(rev_func_code, %(length)s) as section, received_on as day
        from revenue_receipt where mof_div_code = any(%(regions)s) and fiscal_year = %(year)s
          and state <> 'reversed'
        union all
        select 'refund', doc_key, left(rev_func_code, %(length)s), refunded_on
        from revenue_refund where mof_div_code = any(%(regions)s) and fiscal_year = %(year)s
          and state <> 'reversed'
    ) d using (doc_kind, doc_key)
    where extract(month from d.day) <= %(month)s
    group by 1, 2, 3 order by 3, 1, 2"""


def divided(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> list[LevelShare]:
    """How what was collected in a division up to `month` was divided, by section, from the top level down.

    Suffix 998 is what a city and its banners collected. Daily reports tell a government's own share
    only and have no other level: they are in `books`.
    """
    asked = {"regions": list(governments(area_of(mof_div_code))), "year": fiscal_year, "month": month,
             "length": _SECTION}  # fmt: skip
    found = [LevelShare(*row) for row in conn.execute(_SHARES.encode(), asked)]
    return sorted(found, key=lambda s: (s.rev_func_code, LEVELS.index(s.level), s.to_div_code))


def by_level(shares: Iterable[LevelShare]) -> list[LevelShare]:
    """The same, all sections together, from the top level down."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for s in shares:
        sums[s.level, s.to_div_code][0] += s.received_fen
        sums[s.level, s.to_div_code][1] += s.refunded_fen
    ordered = sorted(sums, key=lambda key: (LEVELS.index(key[0]), key[1]))
    return [LevelShare(level, code, "", *sums[level, code]) for level, code in ordered]


class SharePart(NamedTuple):
    """What one level has of a section, per 10,000."""

    level: Annotated[str, OneOf(LEVEL_NAMES)]
    share_bp: int


@dataclass(frozen=True, slots=True)
class SectionRule:
    """By which rule a section, or a finer code that has its own, collected in a division is shared.

    `is_ours`: a document that was confirmed here says so; else the rule is one of the shipped.
    """

    rev_func_code: str
    mof_div_code: str
    shares: tuple[SharePart, ...]
    valid_from: date
    source: str
    is_verified: bool
    is_ours: bool


def rules_by_section(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> list[SectionRule]:
    """The rules in force on the last day of a month for the sections received there, and the finer rules by
    which codes of them are shared; a section of which rules name only items is told by these."""
    day = date(fiscal_year, month, monthrange(fiscal_year, month)[1])
    given = rules_in_force(conn)
    found = []
    for place in governments(area_of(mof_div_code)):
        received = {c.rev_func_code for c in ledger.receipts(conn, place, (fiscal_year,), (GENERAL,))}
        holding: dict[str, SharingRule] = {}
        for code in received | {code[:_SECTION] for code in received}:
            if any(rule.fits(code, place, day) for rule in given):
                rule = rule_for(code, place, day, given)
                holding[max(code[:_SECTION], rule.rev_func_code, key=len)] = rule
        found += [_told(code, place, holding[code]) for code in sorted(holding)]
    return found


def _told(code: str, mof_div_code: str, rule: SharingRule) -> SectionRule:
    shares = tuple(SharePart(*part) for part in rule.shares)
    return SectionRule(
        code, mof_div_code, shares, rule.valid_from, rule.source, rule.is_verified, rule.is_ours
    )


_DOCUMENTS: Final = """
    select r.code,
        coalesce((select sum(d.total_fen) from revenue_daily_report d where d.state = 'posted'
                  and d.mof_div_code = r.code and d.fiscal_year = %(year)s
                  and extract(month from d.received_on) <= %(month)s), 0)::bigint,
        coalesce((select sum(s.amount_fen) from revenue_level_share s
                  join revenue_receipt d on d.doc_key = s.doc_key and d.state <> 'reversed'
                  where s.doc_kind = 'receipt' and s.to_div_code = r.code and d.fiscal_year = %(year)s
                  and extract(month from d.received_on) <= %(month)s), 0)::bigint,
        coalesce((select -sum(s.amount_fen) from revenue_level_share s
                  join revenue_refund d on d.doc_key = s.doc_key and d.state <> 'reversed'
                  where s.doc_kind = 'refund' and s.to_div_code = r.code and d.fiscal_year = %(year)s
                  and extract(month from d.refunded_on) <= %(month)s), 0)::bigint
    from unnest(%(regions)s::text[]) r(code) order by r.code"""


def books(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> list[RegionBooks]:
    """What each government of a division received up to `month`, by kind of document and in the books.

    What a banner collected for the city is in the city's books, so shares count wherever collected.
    Raises NoBooks where none of them has books of the year.
    """
    require_kept(conn, mof_div_code, fiscal_year)
    area = governments(area_of(mof_div_code))
    asked: dict[str, Any] = {"regions": list(area), "year": fiscal_year, "month": month}
    held = {
        code: sum(c.amount_fen for c in ledger.receipts(conn, code, (fiscal_year,)) if c.month <= month)
        for code in area
    }
    return [
        RegionBooks(code, daily, shared, refunded, held[code])
        for code, daily, shared, refunded in conn.execute(_DOCUMENTS.encode(), asked)
    ]


def tax_side(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> TaxSide:
    """Refunds in full and relief of a division up to `month`, by kind, from the register.

    Relief that was reported for the whole area (998) counts there only.
    """
    codes = [*governments(area_of(mof_div_code))]
    if area_of(mof_div_code).kind == "whole":
        codes.append(area_of(mof_div_code).published)
    registered = Turnover(_REGISTERS, tuple(codes), year(fiscal_year, month))
    of: dict[str, dict[str, int]] = {register: {} for register in _REGISTERS}
    for (register, kind), fen in turnover(conn, registered, "account", "relief_code").items():
        of[register][kind] = fen
    relief, refunds = (of[register] for register in _REGISTERS)
    return TaxSide(refunds, relief)


class TaxLine(NamedTuple):
    """What the register of tax statistics holds of one kind of refund or relief, in fen."""

    what: str
    kind: str
    amount_fen: int


def tax_lines(conn: Conn, mof_div_code: str, fiscal_year: int, month: int) -> list[TaxLine]:
    """`tax_side` line by line, each kind by its name; [] where nothing is registered."""
    side = tax_side(conn, mof_div_code, fiscal_year, month)
    told = (("退税（全额）", side.refunds, REFUND_KINDS), ("减免税费", side.relief, RELIEF_KINDS))
    return [TaxLine(what, names.get(kind, kind), fen) for what, held, names in told
            for kind, fen in held.items()]  # fmt: skip


@dataclass(frozen=True, slots=True)
class DayLine:
    """One code of one document of a day, in fen (refunds below zero), and the level it went to.

    `level` is '' where a daily report tells a government's own share only; `collected_in` is where it was
    collected, `to_div_code` whose it is ('' the centre's).
    """

    collected_in: str
    document: str
    doc_no: str
    rev_func_code: str
    fund_type_code: str
    level: str
    to_div_code: str
    amount_fen: int


_DAY: Final = """
    select d.mof_div_code, 'daily_report', d.doc_key, l ->> 0, l ->> 1, '', d.mof_div_code, (l ->> 2)::bigint
    from revenue_daily_report d cross join lateral jsonb_array_elements(d.lines) l
    where d.state = 'posted' and d.received_on = %(on)s and d.mof_div_code = any(%(regions)s)
    union all
    select d.mof_div_code, 'receipt', d.doc_key, d.rev_func_code, d.fund_type_code, s.level, s.to_div_code,
           s.amount_fen
    from revenue_receipt d join revenue_level_share s on s.doc_kind = 'receipt' and s.doc_key = d.doc_key
    where d.received_on = %(on)s and d.state <> 'reversed' and d.mof_div_code = any(%(regions)s)
    union all
    select d.mof_div_code, 'refund', d.doc_key, d.rev_func_code, d.fund_type_code, s.level, s.to_div_code,
           s.amount_fen
    from revenue_refund d join revenue_level_share s on s.doc_kind = 'refund' and s.doc_key = d.doc_key
    where d.refunded_on = %(on)s and d.state <> 'reversed' and d.mof_div_code = any(%(regions)s)
    order by 3"""


def day_receipts(conn: Conn, mof_div_code: str, on: date) -> list[DayLine]:
    """What the treasury received and paid back in a division on a day, by place, code, fund and level.

    Only what is in the books: recorded documents that nobody confirmed are not here.
    """
    asked = {"regions": list(governments(area_of(mof_div_code))), "on": on}
    found = [DayLine(*row) for row in conn.execute(_DAY.encode(), asked)]
    order = {level: place for place, level in enumerate(("", *LEVELS))}
    return sorted(
        found, key=lambda x: (x.collected_in, x.rev_func_code, x.fund_type_code, x.doc_no, order[x.level])
    )
