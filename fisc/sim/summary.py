"""What a run came to, read from the books: public totals met, counts, faults named, refusals, proofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

import psycopg

from fisc.sim.driver.paying import Payments
from fisc.sim.driver.world import World
from fisc.sim.faults import Compared, compare
from fisc.sim.plan import plan
from fisc.sim.plan.tables import public, regions

Conn = psycopg.Connection[Any]

#: What is compared with public figures: item, name, side of the treasury's account.
_TOTALS: Final = (
    ("general_revenue", "全市一般公共预算收入", "4001", -1),
    ("general_expenditure", "全市一般公共预算支出", "5001", 1),
)  # fmt: skip
_OTHERS: Final = (
    ("全市政府性基金支出", "5002", 1), ("市对旗区补助", "5011", 1), ("转贷旗区债券", "5042", 1),
    ("市与旗区收到的债券转贷", "4042", -1),
)  # fmt: skip


class Total(NamedTuple):
    """A total of a year, and the public figure it must equal (None: there is none, it is synthetic)."""

    year: int
    name: str
    fen: int
    public_fen: int | None

    @property
    def is_met(self) -> bool:
        """Whether it equals the public figure, where there is one."""
        return self.public_fen in (None, self.fen)


class Held(NamedTuple):
    """An invariant: at how many month ends it was looked at, and at how many it held."""

    name: str
    times: int
    held: int
    words: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A run as a person wants to read it."""

    scale: str
    seed: int
    years: str
    last_day: str
    seconds: float
    crashes: int
    totals: tuple[Total, ...]
    counts: tuple[tuple[str, int], ...]
    faults: tuple[Compared, ...]  # seeded against named, by class
    refusals: tuple[tuple[str, int, str], ...]  # fate, how many, words of one
    proofs: tuple[Held, ...]

    @property
    def is_sound(self) -> bool:
        """Whether public totals are met, exactly the seeded faults named, and every invariant held."""
        held = all(p.times == p.held for p in self.proofs)
        return held and all(t.is_met for t in self.totals) and all(c.is_exact for c in self.faults)


def summary(conn: Conn) -> Summary | None:
    """The summary of the run that the database holds, or None where it holds none."""
    row = conn.execute("select scale, seed, years, last_day, seconds, crashes from sim_run").fetchone()
    if row is None:
        return None
    return Summary(
        row[0], row[1], row[2], row[3].isoformat(), row[4], row[5], tuple(_totals(conn, row[2])),
        tuple(_counts(conn)), tuple(_faults(conn, *row[:4])), tuple(_refusals(conn)), tuple(_proofs(conn)),
    )  # fmt: skip


#: Closing brings these accounts to zero in period 13: a year's turnover is that of its months.
_TURNOVER: Final = """
    select m.period / 100, a.code, sum(m.debit_fen - m.credit_fen)::bigint from ledger.balance_month m
    join ledger.account a on a.id = m.account_id join ledger.coding c on c.id = m.coding_id
    where a.book = 'treasury_2015' and a.code = any(%s) and c.mof_div_code = any(%s)
      and m.period %% 100 between 1 and 12
    group by 1, 2"""


def _totals(conn: Conn, years: str) -> list[Total]:
    codes = [row[2] for row in _TOTALS] + [row[1] for row in _OTHERS]
    rows = conn.execute(_TURNOVER, [codes, list(regions())]).fetchall()
    turnover = {(year, code): fen for year, code, fen in rows}
    found = []
    for year in map(int, years.split("-")):
        for item, name, code, sign in _TOTALS:
            found.append(Total(year, name, sign * turnover.get((year, code), 0), public(item, year)))
        found += [
            Total(year, name, sign * turnover.get((year, code), 0), None) for name, code, sign in _OTHERS
        ]
    return found


#: Counts people ask for, each one query.
_COUNTS: Final = (
    ("预算单位", "select count(distinct (mof_div_code, agency_code)) from registry_agency "
                 "where kind <> 'department'"),
    ("项目（年度）", "select count(*) from budget_library_project"),
    ("指标（可执行）", "select count(*) from budget_quota where bgt_exe_flag = '1'"),
    ("上级文件", "select count(*) from transfers_receipt"),
    ("下达旗区文件", "select count(*) from transfers_issue"),
    ("支付申请", "select count(*) from treasury_payment"),
    ("已清算", "select count(*) from treasury_payment where state = 'cleared'"),
    ("撤销", "select count(*) from treasury_payment where state = 'withdrawn'"),
    ("退款", "select count(*) from treasury_refund"),
    ("银行报文（发出）", "select count(*) from treasury_message where direction = 'out'"),
    ("银行报文（收到）", "select count(*) from treasury_message where direction = 'in'"),
    ("对账报告", "select count(*) from treasury_reconciliation"),
    ("凭证", "select count(*) from ledger.entry"),
    ("分录", "select count(*) from ledger.posting"),
)  # fmt: skip


def _counts(conn: Conn) -> list[tuple[str, int]]:
    found = []
    for name, query in _COUNTS:
        row = conn.execute(query.encode()).fetchone()
        found.append((name, int(row[0]) if row else 0))
    return found


def _faults(conn: Conn, scale: str, seed: int, years: str, last_day: date) -> list[Compared]:
    """What the plan seeded against what was named, by class."""
    given = [int(year) for year in years.split("-") if int(year) <= last_day.year]
    planned = [Payments(World(plan(float(scale), seed, year, given[0])), seed) for year in given]
    return compare(conn, planned, date(given[0], 1, 1), last_day) if given else []


_FATES: Final = {"overspend": "超指标申请", "wrong_payee": "收款人户名与账号不符"}


def _refusals(conn: Conn) -> list[tuple[str, int, str]]:
    rows = conn.execute("select fate, count(*), min(words) from sim_refusal group by 1 order by 1").fetchall()
    return [(_FATES.get(fate, fate), n, words) for fate, n, words in rows]


def _proofs(conn: Conn) -> list[Held]:
    rows = conn.execute(
        "select name, count(*), count(*) filter (where is_held), "
        "coalesce(min(words) filter (where not is_held), '') from sim_proof group by 1 order by 1"
    ).fetchall()
    return [Held(*row) for row in rows]
