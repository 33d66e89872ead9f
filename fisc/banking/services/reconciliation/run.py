"""One day's reconciliation of a region, set by set: vouchers, bank, treasury, messages, and the proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import psycopg

from fisc.banking.services import findings
from fisc.banking.services.lines import CHAIN
from fisc.banking.services.orders import FOLLOW
from fisc.banking.services.reconciliation.model import CLASSES, Identity, Item
from fisc.documents.findings import Recorded

Conn = psycopg.Connection[Any]

BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """What is reconciled: a region up to a day, after the day of its last report."""

    region: str
    day: date
    last: date
    covered: date
    late_days: int
    clearing_late_days: int

    @property
    def parameters(self) -> dict[str, Any]:
        """Named parameters of the statements."""
        return {
            "region": self.region, "day": self.day, "last": self.last, "covered": self.covered,
            "late": self.late_days, "clearing_late": self.clearing_late_days,
        }  # fmt: skip


class Movement(NamedTuple):
    """What a run closed (and opened again): fen of vouchers, fen of bank lines; count and fen that agree."""

    closed_fen: int
    settled_fen: int
    matched_count: int
    matched_fen: int


@cache
def _statement(name: str) -> bytes:
    return (files("fisc.banking.services.reconciliation") / f"{name}.sql").read_bytes()


_CHAIN = CHAIN.format(
    where="business_on <= %(day)s and acct_no in "
    "(select acct_no from treasury_bank_account where mof_div_code = %(region)s and kind <> '21')"
)


def covered_until(conn: Conn, region: str, day: date) -> date:
    """The last day up to which every paying account that has statements at all has all of them."""
    row = conn.execute(
        "select min(last) from (select coalesce(min(s.before_on) filter (where s.is_gap), "
        f"max(s.business_on)) as last from ({_CHAIN}) s group by s.acct_no) t".encode(),
        {"region": region, "day": day},
    ).fetchone()
    return row[0] if row and row[0] else BEGINNING


def adopt(conn: Conn, at: Day) -> list[Item]:
    """Follow vouchers that went to the bank by another way than a registered file; each is a finding."""
    rows = conn.execute(
        FOLLOW + "where p.pay_cert_no in ("
        "select pay_cert_no from treasury_payment where mof_div_code = %(region)s and sent_on <= %(day)s "
        "and act_lqd_date is null and pay_cert_no is not null "
        "union select ref_no from treasury_bank_line where mof_div_code = %(region)s and closed_on is null "
        "and source = 'S' and role = 'pay' and told_on <= %(day)s) "
        "and p.mof_div_code = %(region)s and p.sent_on <= %(day)s "
        "and (p.state in ('sent', 'paid', 'cleared', 'returned') or p.state = 'withdrawn' "
        "and exists (select from treasury_return r where r.pay_cert_no = p.pay_cert_no)) "
        "and not exists (select from treasury_voucher_match m where m.pay_cert_no = p.pay_cert_no) "
        "returning pay_cert_no, message_id, amount_fen, sent_on",
        {**at.parameters, "is_outside": True},
    ).fetchall()
    return [Item("sent_outside", row[0], row[1], row[2], 0, row[3]) for row in sorted(rows)]


def vouchers(conn: Conn, at: Day) -> tuple[list[Item], Movement]:
    """Judge vouchers and bank lines; what agrees is closed."""
    rows = conn.execute(_statement("vouchers"), at.parameters).fetchall()
    items = [_item(row) for row in rows if row[0] != "=sums"]
    sums = next(row for row in rows if row[0] == "=sums")
    count, fen = sums[6].split(" ")
    return items, Movement(sums[3], sums[4], int(count), int(fen))


def _item(row: Sequence[Any]) -> Item:
    kind, ours, theirs, ours_fen, theirs_fen, since, words = row
    return Item(kind, ours, theirs, ours_fen, theirs_fen, since, words or "")


def clearing(conn: Conn, at: Day) -> list[Item]:
    """Judge clearing documents, the treasury's debits and the agent bank's credits; close what agrees."""
    return [_item(row) for row in conn.execute(_statement("clearing"), at.parameters)]


def messages(conn: Conn, at: Day, derived: Iterable[Item]) -> list[Item]:
    """Messages that came again, and findings that are open or new, unless the sets name them already."""
    again = conn.execute(
        "select message_id, bank_no, amount_fen, recorded_on, receipt_count from treasury_message "
        "where mof_div_code = %(region)s and direction = 'in' and receipt_count > 1 "
        "and recorded_on <= %(day)s and last_received_on > %(last)s and last_received_on <= %(day)s "
        "order by message_id, bank_no",
        at.parameters,
    ).fetchall()
    named = {item.ours for item in derived if item.is_fault}
    told = (_told(one) for one in findings.of_messages(conn, at.region, at.last, at.day))
    return [
        *(Item("duplicate_message", "", row[0], 0, row[2], row[3], f"收到 {row[4]} 次") for row in again),
        *(i for i in told if i.kind in findings.HARMLESS or not i.ours or i.ours not in named),
    ]


def _told(one: Recorded) -> Item:
    finding = one.finding
    theirs = " ".join(filter(None, (finding.ref("bank"), finding.ref("message"))))
    return Item(
        findings.kind_of(finding), finding.document, theirs, finding.amount_fen, finding.against_fen or 0,
        one.found_on, finding.what,
    )  # fmt: skip


class Sums(NamedTuple):
    """Independent totals: of the files sent, of the statements' headers, of clearing documents."""

    files_fen: int
    payments_fen: int
    clearing_fen: int
    moved_fen: int
    other_fen: int
    balances_fen: int
    documents_fen: int
    repeated_fen: int
    gaps_fen: int


_SUMS = """
select
  coalesce(sum(amount_fen) filter (where direction = 'out'), 0)::bigint,
  coalesce(sum(payments_fen), 0)::bigint,
  coalesce(sum(clearing_fen), 0)::bigint,
  coalesce(sum(clearing_fen) filter (where kind_of_account = '21'), 0)::bigint,
  coalesce(sum(other_fen), 0)::bigint,
  coalesce((select sum(first - last) from (
      select distinct acct_no, first_value(opening_fen) over w as first,
             last_value(closing_fen) over w as last
      from stated where direction = 'in'
      window w as (partition by acct_no order by business_on, id
                   rows between unbounded preceding and unbounded following)) t), 0)::bigint,
  (select coalesce(sum(amount_fen), 0)::bigint from treasury_clearing_debit
   where mof_div_code = %(region)s and act_lqd_date <= %(day)s)
from stated
"""
_STATED = """
with stated as (
  select m.id, m.direction, m.acct_no, m.business_on, m.opening_fen, m.closing_fen, m.amount_fen,
         m.payments_fen, m.clearing_fen, m.other_fen, a.kind as kind_of_account
  from treasury_message m left join treasury_bank_account a using (acct_no)
  where m.mof_div_code = %(region)s and m.business_on <= %(day)s
    and (m.direction = 'out' and m.kind not like 'persons:%%' or m.kind like 'camt.053%%'))
"""


def sums(conn: Conn, at: Day) -> Sums:
    """The totals up to the day."""
    row = conn.execute((_STATED + _SUMS).encode(), at.parameters).fetchone()
    assert row is not None  # an aggregate always answers
    noted = findings.repeated_fen(conn, at.region, at.day), findings.gaps_fen(conn, at.region, at.day)
    return Sums(*(*row, *noted))


def identities(
    total: Sums, pairs: Sequence[Item], cleared: Sequence[Item], outside_fen: int, closed: tuple[int, int]
) -> tuple[Identity, ...]:
    """The proof: files = closed + open; bank = settled + open; bank = vouchers + in transit; treasury."""
    closed_fen, settled_fen = closed
    sent_fen = total.files_fen + outside_fen
    ours = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.ours_fen))
    theirs = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.theirs_fen))
    between = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.theirs_fen - i.ours_fen))
    treasury = tuple(
        (CLASSES[k].name, fen) for k, fen in _by_kind(cleared, lambda i: i.theirs_fen - i.ours_fen)
    )
    bank = (("对账单支付净额", total.payments_fen), ("减：重复入账明细", -total.repeated_fen))
    return (
        Identity("发出凭证 = 已核对 + 未核对",
                 (("报文发出", total.files_fen), ("未经报文发出", outside_fen)),
                 (("已核对", closed_fen), *ours)),
        Identity("银行支付 = 已核对 + 未核对", bank, (("已核对", settled_fen), *theirs)),
        Identity("银行支付 = 发出凭证 - 退回退款 + 在途及差错", bank,
                 (("发出凭证", sent_fen), ("减：退回和退款", settled_fen - closed_fen), *between)),
        Identity("国库划款 = 划款凭证 + 在途及差错", (("国库对账单清算净额", total.moved_fen),),
                 (("划款凭证", total.documents_fen), *treasury)),
        Identity("账户余额变动 = 支付 + 清算 + 其他", (("期初余额减期末余额", total.balances_fen),),
                 (("支付", total.payments_fen), ("清算", total.clearing_fen), ("其他", total.other_fen),
                  ("对账单不衔接", total.gaps_fen))),
    )  # fmt: skip


def _by_kind(items: Iterable[Item], value: Any) -> list[tuple[str, int]]:
    found: dict[str, int] = defaultdict(int)
    for item in items:
        found[item.kind] += value(item)
    return sorted((kind, fen) for kind, fen in found.items() if fen)
