"""A day's reconciliation of regions, set by set: vouchers, bank, treasury, messages, and the proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import psycopg

from fisc.banking.services import business, findings, register
from fisc.banking.services.lines import unsettled_gaps
from fisc.banking.services.orders import following
from fisc.banking.services.reconciliation.chain import Chain
from fisc.banking.services.reconciliation.model import CLASSES, OF_REFUNDS, Identity, Item
from fisc.banking.services.reconciliation.taken_back import IN_TURN, TURN, Turn, taken_back
from fisc.documents.findings import Recorded
from fisc.kernel.findings import Finding
from fisc.reading.cash import periods_open_since
from fisc.treasury.services import allocated_by_treasury
from fisc.treasury.services.returns import HARMLESS
from fisc.treasury.services.unsettled import Unsettled

Conn = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Day:
    """What is reconciled: regions up to a day, each after its last report, as far as statements cover it."""

    day: date
    last: Mapping[str, date]
    chain: Mapping[str, Chain]
    late_days: int
    clearing_late_days: int

    @property
    def regions(self) -> list[str]:
        """The regions that are reconciled."""
        return list(self.last)

    @property
    def covered(self) -> dict[str, date]:
        """Region -> the last day up to which each paying account with statements has all of them."""
        return {region: self.chain[region].covered for region in self.last}

    @property
    def parameters(self) -> dict[str, Any]:
        """Named parameters of the statements; what differs between regions stands in the regions' order."""
        return {
            "regions": self.regions, "lasts": list(self.last.values()),
            "covereds": list(self.covered.values()), "day": self.day,
            "late": self.late_days, "clearing_late": self.clearing_late_days,
            "others": [code for code, role in business.roles().items() if role == "other"],
        }  # fmt: skip


#: Region -> what is said of it; regions of which nothing is said are not there.
Items = Mapping[str, list[Item]]


class Movement(NamedTuple):
    """What a run closed (and opened again): fen of vouchers, fen of bank lines; count and fen that agree."""

    closed_fen: int
    settled_fen: int
    matched_count: int
    matched_fen: int


@cache
def _statement(name: str) -> bytes:
    return (files("fisc.banking.services.reconciliation") / f"{name}.sql").read_bytes()


_OPENED_AGAIN: Final = (
    "update banking_voucher_match set closed_on = null, outcome = '', settled_fen = 0 "
    "where mof_div_code = any(%(regions)s) and closed_on >= %(day)s",
    "update banking_line set closed_on = null where mof_div_code = any(%(regions)s) and source = 'S' "
    "and role in ('pay', 'clear') and amount_fen > 0 and document_no = '' and closed_on >= %(day)s",
    "update banking_line l set closed_on = null, document_no = '' from banking_cash_match m "
    "where m.mof_div_code = any(%(regions)s) and m.closed_on >= %(day)s and not m.is_explained "
    "and l.mof_div_code = m.mof_div_code and l.document_no = m.match_no and l.source = 'S'",
    "update banking_cash_match set closed_on = null, match_no = '' "
    "where mof_div_code = any(%(regions)s) and closed_on >= %(day)s and not is_explained",
)
_LEFT: Final = """
    select r.region, array[
           coalesce(sum(m.amount_fen) filter (where m.is_outside and m.sent_on <= %(day)s), 0),
           coalesce(sum(m.amount_fen) filter (where m.closed_on is not null), 0),
           coalesce(sum(m.settled_fen) filter (where m.closed_on is not null), 0)]::bigint[]
    from unnest(%(regions)s::text[]) r(region) left join banking_voucher_match m on m.mof_div_code = r.region
    group by 1"""


def left_before(conn: Conn, at: Day) -> dict[str, list[int]]:
    """Open again what was closed on the day or later; region -> outside, closed, settled fen of the rest."""
    for statement in _OPENED_AGAIN:
        conn.execute(statement, at.parameters)
    return dict(conn.execute(_LEFT, at.parameters).fetchall())


_COUNTS: Final = register.statements_only("m.")
#: Of vouchers that went otherwise, accounts may have come to be known since.
_PAYERS_ANEW: Final = """
    update banking_voucher_match v
    set payer_accts = banking_payer_accounts(p.mof_div_code, p.pay_type, p.agent_bank_no)
    from treasury_payments_on(%(day)s) p
    where v.mof_div_code = any(%(regions)s) and v.closed_on is null and v.is_outside
      and p.pay_app_no = v.pay_app_no
      and v.payer_accts <> banking_payer_accounts(p.mof_div_code, p.pay_type, p.agent_bank_no)"""


def adopt(conn: Conn, at: Day) -> Items:
    """Follow vouchers that went to the bank by another way than a registered file; each is a finding.

    What officers sent, confirmed and cleared by hand before anybody looked is followed as well: open until
    the bank states it.
    """
    conn.execute(_PAYERS_ANEW, at.parameters)
    since = _stated_since(conn, at)
    by_treasury = list(allocated_by_treasury(conn, since).values()) if since else []
    rows = conn.execute(
        following(
            "p.is_sent and (p.mof_div_code, p.pay_cert_no) in ("
            "select mof_div_code, pay_cert_no from treasury_payments_on(%(day)s) "
            "where mof_div_code = any(%(regions)s) "
            "and sent_on <= %(day)s and act_lqd_date is null and pay_cert_no is not null "
            "union select o.mof_div_code, o.pay_cert_no "
            "from unnest(%(stated)s::text[], %(since)s::date[]) s(region, since) "
            "join treasury_payments_on(%(day)s) o on o.mof_div_code = s.region and o.paid_on >= s.since "
            "where o.sent_on <= %(day)s and o.pay_cert_no <> all(%(by_treasury)s) "
            # what was cleared to an account that began with no debt: it paid since, or it has not paid
            "union select o.mof_div_code, o.pay_cert_no "
            "from unnest(%(stated)s::text[], %(since)s::date[]) s(region, since) "
            "join banking_line l on l.mof_div_code = s.region and l.closed_on is null and l.source = 'S' "
            f"and l.role = 'clear' and l.acct_kind <> '{register.SINGLE}' and l.told_on <= %(day)s "
            "join treasury_debits_on(%(day)s) d on d.lqd_cert_no = l.ref_no and d.mof_div_code = s.region "
            "and d.cleared_for < s.since "
            "join treasury_payments_on(%(day)s) o on o.paid_on = d.cleared_for "
            "and o.mof_div_code = s.region and o.lqd_cert_no = d.lqd_cert_no "
            "where o.pay_cert_no <> all(%(by_treasury)s) and 0 <= ("
            f"select m.opening_fen from banking_message m where m.acct_no = l.acct_no and {_COUNTS} "
            "order by m.business_on, m.place_in_day, m.page_no limit 1) "
            "union select mof_div_code, ref_no from banking_line where mof_div_code = any(%(regions)s) "
            "and closed_on is null and source = 'S' and role = 'pay' and told_on <= %(day)s) "
            "and not exists (select from banking_voucher_match m where m.pay_cert_no = p.pay_cert_no)"
        ),
        {**at.parameters, "is_outside": True, "keys": [], "accts": [], "stated": list(since),
         "since": list(since.values()), "by_treasury": by_treasury},
    ).fetchall()  # fmt: skip
    return by_region((r, Item("sent_outside", no, by, fen, 0, on)) for r, no, by, fen, on in sorted(rows))


_STATED: Final = f"""
select m.mof_div_code, min(coalesce(m.covers_from, m.business_on))
from banking_message m join banking_account a using (acct_no)
where m.mof_div_code = any(%(regions)s) and a.kind <> '{register.SINGLE}' and {register.statements_only("m.")}
group by 1"""


def _stated_since(conn: Conn, at: Day) -> dict[str, date]:
    """Region -> the day from which payments may have come since it was looked at, and a bank states them.

    A closed month takes none; regions without statements of a paying account are left out.
    """
    firsts: dict[str, date] = dict(conn.execute(_STATED.encode(), at.parameters).fetchall())
    opened = periods_open_since(conn, {region: at.last[region] for region in firsts})
    begun = {region: _month_of(period) for region, period in opened.items() if period}
    return {region: max(firsts[region], begun[region]) for region in begun}


def _month_of(period: int) -> date:
    """The first day of a period; that of December for a year's end, that of January for its opening."""
    return date(period // 100, min(max(period % 100, 1), 12), 1)


def by_region(told: Iterable[tuple[str, Item]]) -> Items:
    """Items with their regions as region -> items."""
    found: dict[str, list[Item]] = defaultdict(list)
    for region, item in told:
        found[region].append(item)
    return found


#: Open bookings under references that are no vouchers of ours, where some come and some go.
_STRANGE: Final = f"""
    select {TURN} from banking_line l join banking_message m on m.id = l.message_key
    where l.mof_div_code = any(%(regions)s) and l.closed_on is null and l.source = 'S' and l.role = 'pay'
      and l.ref_no <> '' and l.told_on <= %(day)s
      and not exists (select from banking_voucher_match v where v.pay_cert_no = l.ref_no
                      and v.mof_div_code = l.mof_div_code and l.acct_no = any(v.payer_accts)
                      and v.sent_on <= %(day)s)
    order by {IN_TURN}"""


def vouchers(conn: Conn, at: Day) -> tuple[Items, dict[str, Movement]]:
    """Judge vouchers and bank lines; what agrees is closed. Every region has its movement."""
    of_bank = taken_back(map(Turn._make, conn.execute(_STRANGE.encode(), at.parameters)))
    rows = conn.execute(_statement("vouchers"), {**at.parameters, "taken_back": of_bank}).fetchall()
    moved = {}
    for region, kind, _, _, closed_fen, settled_fen, _, matched in rows:
        if kind == "=sums":
            count, fen = matched.split(" ")
            moved[region] = Movement(int(closed_fen), int(settled_fen), int(count), int(fen))
    return by_region((region, _item(row)) for region, *row in rows if row[0] != "=sums"), moved


def _item(row: Sequence[Any]) -> Item:
    kind, ours, theirs, ours_fen, theirs_fen, since, words = row
    return Item(kind, ours, theirs, int(ours_fen), int(theirs_fen), since, words or "")


def clearing(conn: Conn, at: Day) -> Items:
    """Judge clearing documents, the treasury's debits and the agent bank's credits; close what agrees."""
    rows = conn.execute(_statement("clearing"), at.parameters)
    return by_region((region, _item(row)) for region, *row in rows)


def messages(conn: Conn, at: Day, derived: Items) -> Items:
    """Messages that came again, and findings that are open or new, unless the sets name them already.

    Which statements do not follow one another is asked of those up to the day, whenever they came.
    """
    again = conn.execute(
        "select m.mof_div_code, m.message_id, m.amount_fen, m.recorded_on, m.receipt_count "
        "from unnest(%(regions)s::text[], %(lasts)s::date[]) as a(region, last) "
        "join banking_message m on m.mof_div_code = a.region where m.direction = 'in' "
        "and m.receipt_count > 1 and m.recorded_on <= %(day)s and m.last_received_on > a.last "
        "and m.last_received_on <= %(day)s order by m.message_id, m.bank_no",
        at.parameters,
    ).fetchall()
    named = {(region, i.ours) for region, items in derived.items() for i in items if i.is_fault}
    told = ((f.finding.mof_div_code, _told(f)) for f in findings.of_messages(conn, at.last, at.day))
    torn = unsettled_gaps(conn, [acct_no for of in at.chain.values() for acct_no in of.torn], at.day)
    return by_region((
        *((region, Item("duplicate_message", "", number, 0, fen, on, f"收到 {count} 次"))
          for region, number, fen, on, count in again),
        *((r, i) for r, i in told if i.kind in HARMLESS or not i.ours or (r, i.ours) not in named),
        *((one.mof_div_code, _said(one, on)) for one, on in torn),
    ))  # fmt: skip


def _told(one: Recorded) -> Item:
    return _said(one.finding, one.found_on)


def _said(finding: Finding, since: date) -> Item:
    theirs = " ".join(filter(None, (finding.ref("bank"), finding.ref("message"))))
    ours_fen, theirs_fen = finding.amount_fen or 0, finding.against_fen or 0
    return Item(
        findings.kind_of(finding), finding.document, theirs, ours_fen, theirs_fen,
        since, findings.words_of(finding),
    )  # fmt: skip


def basis(conn: Conn, at: Day) -> dict[str, str]:
    """Region -> on which statements the day's reconciliation rests, in short."""
    rows = conn.execute(
        "select region, banking_basis(region, %(day)s) from unnest(%(regions)s::text[]) r(region)",
        at.parameters,
    )
    return dict(rows.fetchall())


class Sums(NamedTuple):
    """Independent totals: of the files sent, of the statements' headers, of clearing documents."""

    files_fen: int
    payments_fen: int
    clearing_fen: int
    moved_fen: int
    other_fen: int
    documents_fen: int
    explained_fen: int
    papers_fen: int
    persons_fen: int
    explained_other_fen: int


_SUMS = f"""
with stated as (
  select m.mof_div_code as region, m.direction, m.amount_fen, m.payments_fen, m.clearing_fen, m.other_fen,
         a.kind as kind_of_account
  from banking_message m left join banking_account a using (acct_no)
  where m.mof_div_code = any(%(regions)s) and m.business_on <= %(day)s
    and ({register.payment_orders_only("m.")} or {register.statements_only("m.")})
  union all  -- of a statement in the middle of which the day is, what its lines come to so far
  select a.mof_div_code, 'in', 0, c.payments_fen, c.clearing_fen, c.other_fen, a.kind
  from banking_account a cross join lateral banking_cuts(array[a.acct_no], %(day)s) c
  where a.mof_div_code = any(%(regions)s)
), totals as (
  select region, sum(amount_fen) filter (where direction = 'out') as files_fen,
         sum(payments_fen) as payments_fen, sum(clearing_fen) as clearing_fen,
         sum(clearing_fen) filter (where kind_of_account = '21') as moved_fen, sum(other_fen) as other_fen
  from stated group by region
), explained as (
  select l.mof_div_code as region,
         sum(case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end)
             filter (where l.role = 'pay') as fen,
         sum(case l.side when 'DBIT' then l.amount_fen else -l.amount_fen end)
             filter (where l.role = 'other') as other_fen
  from banking_line l join banking_explanation x on x.doc_key = l.document_no
  where l.mof_div_code = any(%(regions)s) and l.source = 'S' and x.mof_div_code = l.mof_div_code
    and l.told_on <= %(day)s and l.closed_on is not null group by 1
), papers as (
  select mof_div_code as region, sum(outflow_fen) as fen from banking_cash_match
  where mof_div_code = any(%(regions)s) and moved_on <= %(day)s and not is_explained group by 1
), persons as (
  -- what persons of batches got, proven person by person
  select mof_div_code as region, sum(case side when 'DBIT' then amount_fen else -amount_fen end) as fen
  from banking_line where mof_div_code = any(%(regions)s) and source = 'S' and role = 'other'
    and acct_kind = '61' and code <> all(%(others)s) and told_on <= %(day)s
    and closed_on is not null and document_no = '' group by 1
), debits as (
  select mof_div_code as region, sum(amount_fen) as fen from treasury_debits_on(%(day)s)
  where mof_div_code = any(%(regions)s) group by 1
)
select r.region, array[coalesce(t.files_fen, 0), coalesce(t.payments_fen, 0), coalesce(t.clearing_fen, 0),
       coalesce(t.moved_fen, 0), coalesce(t.other_fen, 0), coalesce(d.fen, 0),
       coalesce(e.fen, 0), coalesce(p.fen, 0), coalesce(o.fen, 0), coalesce(e.other_fen, 0)
       ]::numeric[]
from unnest(%(regions)s::text[]) as r(region) left join totals t using (region)
left join debits d using (region)
left join explained e using (region) left join papers p using (region)
left join persons o using (region)
"""


def sums(conn: Conn, at: Day) -> dict[str, Sums]:
    """Region -> the totals up to the day."""
    rows = conn.execute(_SUMS.encode(), at.parameters).fetchall()
    return {region: Sums._make(map(int, fen)) for region, fen in rows}


def in_books(open_: Unsettled) -> tuple[Identity, ...]:
    """What was paid and not cleared stands in the books as cash is kept: gone, or owed to the bank."""
    ways = (
        ("国库存款已减少（按支付日）", open_.cash_fen), ("应付代理银行（按清算日）", open_.owed_fen),
        ("支付执行机构账上未清算", open_.agency_fen),
    )  # fmt: skip
    return (
        Identity("已支付未清算 = 账上列支未清算",
                 (("已支付未清算", open_.paid_fen), ("减：未清算退款", -open_.refunded_fen)),
                 tuple(way for way in ways if way[1])),
        Identity("应付代理银行余额 = 按清算日已支付未清算", (("应付代理银行余额", open_.balance_fen),),
                 (("按清算日已支付未清算", open_.owed_fen),)),
    )  # fmt: skip


def identities(  # noqa: PLR0917 -- what each set says
    total: Sums,
    pairs: Sequence[Item],
    cleared: Sequence[Item],
    moved: Sequence[Item],
    outside_fen: int,
    closed: tuple[int, int],
    balances_fen: int,
) -> tuple[Identity, ...]:
    """The proof: files = closed + open; bank = settled + open; bank = vouchers + in transit; treasury."""
    closed_fen, settled_fen = closed
    sent_fen = total.files_fen + outside_fen
    pairs = [item for item in pairs if item.kind not in OF_REFUNDS]  # their vouchers agree
    ours = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.ours_fen))
    theirs = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.theirs_fen))
    between = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(pairs, lambda i: i.theirs_fen - i.ours_fen))
    treasury = tuple(
        (CLASSES[k].name, fen) for k, fen in _by_kind(cleared, lambda i: i.theirs_fen - i.ours_fen)
    )
    others = tuple((CLASSES[k].name, fen) for k, fen in _by_kind(moved, lambda i: i.theirs_fen - i.ours_fen))
    bank = (("对账单支付净额", total.payments_fen),)
    return (
        Identity("发出凭证 = 已核对 + 未核对",
                 (("报文发出", total.files_fen), ("未经报文发出", outside_fen)),
                 (("已核对", closed_fen), *ours)),
        Identity("银行支付 = 已核对 + 未核对", bank,
                 (("已核对", settled_fen), ("已说明", total.explained_fen), *theirs)),
        Identity("银行支付 = 发出凭证 - 退回退款 + 在途及差错", bank,
                 (("发出凭证", sent_fen), ("减：退回和退款", settled_fen - closed_fen),
                  ("已说明", total.explained_fen), *between)),
        Identity("国库划款 = 划款凭证 + 在途及差错", (("国库对账单清算净额", total.moved_fen),),
                 (("划款凭证", total.documents_fen), *treasury)),
        Identity("其他收付 = 收付单据 + 已说明 + 在途及差错", (("对账单其他收付净额", total.other_fen),),
                 (("收付单据", total.papers_fen), ("代发个人", total.persons_fen),
                  ("已说明", total.explained_other_fen), *others)),
        Identity("账户余额变动 = 支付 + 清算 + 其他", (("期初余额减期末余额", balances_fen),),
                 (("支付", total.payments_fen), ("清算", total.clearing_fen), ("其他", total.other_fen))),
    )  # fmt: skip


def _by_kind(items: Iterable[Item], value: Any) -> list[tuple[str, int]]:
    found: dict[str, int] = defaultdict(int)
    for item in items:
        found[item.kind] += value(item)
    return sorted((kind, fen) for kind, fen in found.items() if fen)
