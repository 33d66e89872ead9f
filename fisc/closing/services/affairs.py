"""What is still under way when a year is to be closed: read only, each kind by its rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg

from fisc.documents import RuleBroken
from fisc.kernel.entries import YEAR_END_MONTH
from fisc.kernel.findings import Finding
from fisc.kernel.money import format_fen
from fisc.reading.ledger import Turnover, turnover, year
from fisc.registry import regions as divisions
from fisc.registry import rules as ledger_rules

_YEAR_END: Final = "财库〔2015〕192号第四十四条：年终前清理核对"


class _Look(NamedTuple):
    """A kind of affair: the rows (region, key, fen) that are open, or the accounts that should be even."""

    kind: str
    name: str
    rows: str | tuple[str, ...]
    rule: str
    hint: str
    blocks: bool = True


_LOOKS: Final = (
    _Look(
        "payments_under_way", "在途支付",
        "select mof_div_code, doc_key, amount_fen from treasury_payment where fiscal_year = %(year)s and "
        "state in ('draft', 'unit_reviewed', 'approved', 'certified', 'sent', 'returned', 'corrected')",
        "财办〔2022〕36号：年终结转前清理在途", "请办完、退回或撤销这些支付",
    ),
    _Look(
        "payments_uncleared", "已付未清算",
        "select mof_div_code, doc_key, amount_fen from treasury_payment "
        "where fiscal_year = %(year)s and state = 'paid' and pay_type <> 'entity'",
        _YEAR_END, "请与人民银行国库办理清算",
    ),
    _Look(
        "refunds_uncleared", "退款未清算",
        "select mof_div_code, doc_key, amount_fen from treasury_refund "
        "where fiscal_year = %(year)s and state = 'recorded'",
        _YEAR_END, "请与人民银行国库办理清算",
    ),
    _Look(
        "reports_unposted", "国库收入日报未入账",
        "select mof_div_code, doc_key, total_fen from revenue_daily_report "
        "where fiscal_year = %(year)s and state = 'recorded'",
        "预算法实施条例第六十七条：月末、年末与国库对账", "请核对入账",
    ),
    _Look(
        "affairs_unposted", "国库其他业务未入账",
        "select mof_div_code, doc_key, amount_fen from treasury_affair "
        "where fiscal_year = %(year)s and state = 'draft'",
        _YEAR_END, "请审核入账",
    ),
    _Look(
        "transfers_unbooked", "已下达未拨付也未挂账的补助",
        "select d.mof_div_code, l.line_key, l.amount_fen - l.taken_back_fen - l.booked_fen "
        "from transfers_line l cross join lateral "
        "(values (l.giver_div_code), (l.rec_div_code)) as d (mof_div_code) "
        "where l.fiscal_year = %(year)s and l.effective_on is not null and l.category <> 'bond' "
        "and l.amount_fen > l.taken_back_fen + l.booked_fen",
        "财库〔2015〕192号年终结算（T06、T09）", "请拨付，或按年终应补未补挂往来（settle_year）",
    ),
    _Look(
        "accruals_unpaid", "上年挂账尚未拨付",
        "select d.mof_div_code, c.cash_no, c.amount_fen - c.settled_fen from transfers_current c "
        "cross join lateral (values (c.giver_div_code), (c.rec_div_code)) as d (mof_div_code) "
        "where c.fiscal_year < %(year)s and c.kind in ('accrued', 'upload_accrued') "
        "and c.amount_fen > c.settled_fen",
        "财库〔2015〕192号第四十四条：上下级结算在次年一月底前办清", "请拨付或缴来上年挂账",
    ),
    _Look(
        "agency_uncleared", "零余额账户或已结报支出有余额",
        ("treasury_2015:1005", "treasury_2015:2091"),
        "财库〔2015〕192号：1005 日终、2091 年终无余额", "请清算并冲转已结报支出（T13）",
    ),
    _Look(
        "advances_open", "调度款尚无文件",
        "select d.mof_div_code, c.cash_no, c.amount_fen - c.settled_fen from transfers_current c "
        "cross join lateral (values (c.giver_div_code), (c.rec_div_code)) as d (mof_div_code) "
        "where c.fiscal_year <= %(year)s and c.kind = 'advanced' and c.amount_fen > c.settled_fen",
        "财库〔2015〕192号（T08）", "随文件列支，或收回；余额可结转下年", blocks=False,
    ),
    _Look(
        "receivables_open", "其他应收款有余额",
        ("treasury_2015:1036",),
        "财库〔2015〕192号：1036 年终原则上无余额", "请收回或按规定列支；余额可结转下年", blocks=False,
    ),
)  # fmt: skip

#: Rule -> name of what may be open at a year's end.
KINDS: Final = {f"year_end.{look.kind}": look.name for look in _LOOKS}

#: Accounts whose balance is told with its sign: what is below zero there is no debt but a mistake.
_ASSETS: Final = ("treasury_2015:1036",)
_GROUPED = (
    "select mof_div_code, count(*), sum(fen)::bigint, (array_agg(key order by key))[1:20] "
    "from ({rows}) as t (mof_div_code, key, fen) where mof_div_code = any(%(regions)s) group by 1 order by 1"
)


def open_affairs(conn: psycopg.Connection[Any], regions: Sequence[str], fiscal_year: int) -> list[Finding]:
    """What regions have not finished in a year, by kind and region; those that block the closing first.

    `amount_fen` is the sum of a kind; its first twenty numbers are the evidence.
    """
    found = []
    for look in _LOOKS:
        found += [_finding(look, fiscal_year, *row) for row in _open(conn, look.rows, regions, fiscal_year)]
    return sorted(found, key=lambda affair: not affair.refuses)


def _finding(  # noqa: PLR0917 -- a row of what is open
    look: _Look, fiscal_year: int, region: str, count: int, fen: int, keys: Sequence[str]
) -> Finding:
    where = divisions.lookup(region)
    shown = "、".join(keys[:5]) + ("…" if count > 5 else "")
    words = f"{where.name if where else region}：{look.name} {count} 笔 {format_fen(fen)} 元（{shown}）"
    return Finding(
        f"year_end.{look.kind}", look.name, words, look.rule, region, fiscal_year, amount_fen=fen,
        evidence=tuple(f"document:{key}" for key in keys), hint=look.hint, refuses=look.blocks,
    )  # fmt: skip


def _open(
    conn: psycopg.Connection[Any], rows: str | tuple[str, ...], regions: Sequence[str], fiscal_year: int
) -> list[tuple[str, int, int, Sequence[str]]]:
    """(region, how many, fen, first keys) of what is open, by region."""
    if isinstance(rows, str):
        asked = {"year": fiscal_year, "regions": list(regions)}
        return conn.execute(_GROUPED.format(rows=rows).encode(), asked).fetchall()
    standing = Turnover(rows, tuple(regions), year(fiscal_year, YEAR_END_MONTH, 0))
    uneven: dict[str, dict[str, int]] = {}
    for (region, account), fen in turnover(conn, standing, "mof_div_code", "account").items():
        if fen:
            uneven.setdefault(region, {})[_named(account)] = fen if account in _ASSETS else abs(fen)
    return [(region, len(of), sum(of.values()), tuple(of)) for region, of in uneven.items()]


def _named(account: str) -> str:
    known = ledger_rules.account(account)
    return account.partition(":")[2] + (known.name if known else "")


def refuse_open(affairs: Sequence[Finding], fiscal_year: int) -> None:
    """Raise RuleBroken naming every affair that blocks the closing of a year; nothing where none does."""
    blocking = [affair for affair in affairs if affair.refuses]
    if blocking:
        raise RuleBroken(
            f"{fiscal_year} 年还有未了事项，不能结账：{'；'.join(map(str, blocking[:20]))}",
            rule="；".join(dict.fromkeys(affair.source for affair in blocking)),
            hint="；".join(dict.fromkeys(affair.hint for affair in blocking)),
            details={
                "refused": len(blocking),
                "affairs": [
                    [a.mof_div_code, a.rule_id.partition(".")[2], a.evidence, a.amount_fen] for a in blocking
                ],
            },
        )
