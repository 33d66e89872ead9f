"""The register of messages: each of a sender's numbers acts once, whatever is sent or received again."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Final

import psycopg

from fisc.banking.bankfile.layout import layouts
from fisc.banking.iso20022 import CAMT_053, PAIN_001, Account, family_of
from fisc.banking.kinds import ACCOUNT, MESSAGE
from fisc.documents import NotFound, RuleBroken
from fisc.documents.inputs import OneOf
from fisc.documents.refusals import listed
from fisc.documents.sight import owners_in
from fisc.kernel import DuplicateConflict
from fisc.kernel.posting import in_transaction
from fisc.registry import carried
from fisc.registry.officers import require_duty
from fisc.registry.rows import insert_rows, read_rows
from fisc.registry.written import require_codes, require_names

OUTGOING, INCOMING = "out", "in"
DIRECTIONS: Final = {OUTGOING: "发出", INCOMING: "收到"}
#: Orders by form (pain.001 or a flat file's layout) that tell a bank which persons a batch goes to: they move
#: no treasury money.
ROSTER_ORDERS: Final = {form: f"persons:{form}" for form in (PAIN_001, *layouts())}
#: What has become of a statement that counts no more.
VOIDED, SUPERSEDED = "voided", "superseded"


def is_of_persons(kind: str) -> bool:
    """Whether messages of a kind are about persons of a batch."""
    return kind in ROSTER_ORDERS.values()


def statements_only(alias: str = "") -> str:
    """The condition, in SQL, that a row of `banking_message` is a statement of an account that counts."""
    return f"({statements_of_any_state(alias)} and {alias}state not in ('{VOIDED}', '{SUPERSEDED}'))"


def statements_of_any_state(alias: str = "") -> str:
    """The condition that it is a statement of an account, whether it counts or not."""
    return f"{alias}kind ^@ '{family_of(CAMT_053)}'"


def payment_orders_only(alias: str = "") -> str:
    """The condition that it is an order by which money of the treasury is paid."""
    return f"({alias}direction = '{OUTGOING}' and {alias}kind not in ({_listed(ROSTER_ORDERS.values())}))"


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(f"'{kind}'" for kind in kinds)


#: Kinds of account: 财政零余额, 单位零余额, 国库单一账户, 工资统发.
FISCAL_ZERO, UNIT_ZERO, SINGLE, PAYROLL = "11", "12", "21", "61"
ACCOUNT_KINDS: Final = {
    FISCAL_ZERO: "财政零余额", UNIT_ZERO: "单位零余额", SINGLE: "国库单一账户", PAYROLL: "工资统发",
}  # fmt: skip
#: The layout of a flat bank file; '' for a message of ISO 20022.
Layout = Annotated[str, OneOf(lambda: dict.fromkeys(layouts(), ""))]


@dataclass(frozen=True, slots=True)
class TreasuryAccount:
    """An account of a region's treasury; `kind` is one of `ACCOUNT_KINDS`.

    `bank_alias`: how the bank names itself besides its number (BIC, name), several joined by 、. `opened_on`:
    the first day that statements must tell of, where it is known; once said it is never later. Both stay
    where they are left out.
    """

    acct_no: str
    name: str
    bank_no: str
    mof_div_code: str
    kind: Annotated[str, OneOf(ACCOUNT_KINDS)]
    bank_alias: str = ""
    opened_on: date | None = None

    def as_debtor(self) -> Account:
        """The account as messages name it."""
        return Account(self.acct_no, self.name, self.bank_no)


def define_accounts(conn: psycopg.Connection[Any], accounts: Sequence[TreasuryAccount]) -> None:
    """Make a treasury's accounts known. Idempotent; an account keeps its region and kind.

    Raises BadElement for a number or name that cannot be one, RuleBroken where a known
    account would move to another region or kind.
    """
    require_codes("账号", (account.acct_no for account in accounts))
    require_codes("开户行行号", (account.bank_no for account in accounts))
    require_names("账户名称", (account.name for account in accounts))
    for one in accounts:
        carried.require(f"账户 {one.acct_no} ", (
            (carried.ACCOUNT, one.acct_no), (carried.PAYER, one.name), (carried.BANK, one.bank_no),
        ))  # fmt: skip
    key = ("acct_no",)
    with conn.transaction():
        before = _standing(conn, [account.acct_no for account in accounts])
        rows = [ACCOUNT.row(_kept(account, before.get(account.acct_no))) for account in accounts]
        kept = insert_rows(conn, ACCOUNT, rows, known_by=key, renews=ACCOUNT.progress, returning=key)
        if len(kept) < len({account.acct_no for account in accounts}):
            raise RuleBroken(
                "账户已登记在另一个区划或另一账户类别下",
                rule="国库账户的区划和类别不变更",
                hint="请核对账号；变更账户请另开新户",
                details={"accounts": [a.acct_no for a in accounts[:20]]},
            )


def _kept(account: TreasuryAccount, before: TreasuryAccount | None) -> TreasuryAccount:
    """An account with what was said of it before and is left out now."""
    if before is None:
        return account
    return replace(
        account, bank_alias=account.bank_alias or before.bank_alias,
        opened_on=account.opened_on or before.opened_on,
    )  # fmt: skip


def register_accounts(
    conn: psycopg.Connection[Any], accounts: Sequence[TreasuryAccount], *, by: str
) -> list[bool]:
    """Register accounts of a treasury (duty treasury_make), or their new names and banks: True where new.

    Raises MissingDuty, RuleBroken for a kind that there is not, and as `define_accounts`.
    """
    require_duty(conn, by, "treasury_make", *{account.mof_div_code for account in accounts})
    if wrong := [account.acct_no for account in accounts if account.kind not in ACCOUNT_KINDS]:
        raise RuleBroken(
            f"账户 {listed(wrong, most=5)} 的类别不存在", rule="国库账户按类别登记（国库集中支付）",
            hint=f"可用：{'、'.join(f'{code} {name}' for code, name in ACCOUNT_KINDS.items())}",
        )  # fmt: skip

    def work() -> list[bool]:
        before = _standing(conn, [account.acct_no for account in accounts])
        define_accounts(conn, accounts)
        return [account.acct_no not in before for account in accounts]

    return in_transaction(conn, work)


def list_accounts(conn: psycopg.Connection[Any], region: str) -> list[TreasuryAccount]:
    """The accounts of a region's treasury, by kind and number."""
    return accounts_of(conn, [region])[region]


def accounts_of(conn: psycopg.Connection[Any], regions: Iterable[str]) -> dict[str, list[TreasuryAccount]]:
    """Region -> the accounts of its treasury, by kind and number."""
    found: dict[str, list[TreasuryAccount]] = {region: [] for region in regions}
    where: Final = "where t.mof_div_code = any(%(regions)s) order by t.kind, t.acct_no"
    for account in read_rows(conn, ACCOUNT, TreasuryAccount, where, {"regions": list(found)}):
        found[account.mof_div_code].append(account)
    return found


def accounts(conn: psycopg.Connection[Any], acct_nos: Sequence[str]) -> dict[str, TreasuryAccount]:
    """Number -> the account; raises NotFound for one that is not ours."""
    found = _standing(conn, acct_nos)
    for acct_no in acct_nos:
        if acct_no not in found:
            raise NotFound(
                f"账户 {acct_no} 不是本系统登记的国库账户，报文未予收取",
                rule="只收取本级国库账户的报文",
                hint="请核对报文是否发错；新开账户请先登记",
            )
    return found


def _standing(conn: psycopg.Connection[Any], acct_nos: Sequence[str]) -> dict[str, TreasuryAccount]:
    where: Final = "where t.acct_no = any(%(numbers)s)"
    rows = read_rows(conn, ACCOUNT, TreasuryAccount, where, {"numbers": list(acct_nos)})
    return {account.acct_no: account for account in rows}


def hold(conn: psycopg.Connection[Any], regions: Iterable[str]) -> None:
    """Wait until nobody else works on what banks said of these regions, and let nobody until we end.

    Statements are taken in, void, explained and reconciled by one at a time: what counts follows from all of
    them. The database refuses it outside READ COMMITTED.
    """
    conn.execute("select banking_hold(r) from unnest(%s::text[]) r", [sorted(set(regions))])


def digest_of(data: bytes) -> str:
    """SHA-256 of a message's bytes."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """A registered message: its row, what it was, how many lines it has and what they come to (fen)."""

    key: int
    digest: str
    data: bytes
    is_void: bool
    line_count: int
    amount_fen: int


#: A message as its sender numbers it: bank, number.
Key = tuple[str, str]


def find(conn: psycopg.Connection[Any], direction: str, bank_no: str, message_id: str) -> Standing | None:
    """The registered message of a number, or None; until the transaction ends nobody else registers it."""
    return find_all(conn, direction, [(bank_no, message_id)]).get((bank_no, message_id))


def find_all(conn: psycopg.Connection[Any], direction: str, keys: Iterable[Key]) -> dict[Key, Standing]:
    """Those of these messages that are registered; until the transaction ends nobody else registers any."""
    wanted = sorted(set(keys))
    locks = [f"{direction}\n{bank_no}\n{message_id}" for bank_no, message_id in wanted]
    conn.execute("select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest(%s::text[]) k", [locks])
    rows = conn.execute(
        "select bank_no, message_id, id, digest, body, state, line_count, amount_fen "
        "from banking_message where direction = %s "
        "and (bank_no, message_id) in (select * from unnest(%s::text[], %s::text[])) order by id for update",
        [direction, *columns_of(wanted, 2)],
    ).fetchall()
    return {
        (row[0], row[1]): Standing(row[2], row[3], zlib.decompress(bytes(row[4])), row[5] == VOIDED, *row[6:])
        for row in rows
    }


def record(conn: psycopg.Connection[Any], data: bytes, **columns: object) -> int:
    """Register a message; returns its row. `columns` are those of the register."""
    return record_all(conn, [(data, columns)])[0]


def record_all(
    conn: psycopg.Connection[Any], given: Sequence[tuple[bytes, Mapping[str, object]]]
) -> list[int]:
    """Register messages, the same columns for all; returns their rows in order."""
    rows = [
        {
            **columns, "digest": digest_of(data), "body": zlib.compress(data, 1),
            "last_received_on": columns["recorded_on"],
        }
        for data, columns in given
    ]  # fmt: skip
    return [int(key) for (key,) in insert_rows(conn, MESSAGE, rows, returning=("id",))]


def count_again(
    conn: psycopg.Connection[Any], standing: Standing, data: bytes, message_id: str, on: date
) -> None:
    """Note that a message came once more; raises DuplicateConflict where its content is another."""
    if standing.digest != digest_of(data):
        raise DuplicateConflict(
            f"报文 {message_id} 已经收过，但这次的内容不同，未予采信",
            rule="同一报文号只对应一份内容",
            hint="请对方核实：更正应使用新的报文号",
            details={"message_id": message_id, "digest": standing.digest},
        )
    conn.execute(
        "update banking_message set receipt_count = receipt_count + 1, "
        "last_received_on = greatest(last_received_on, %s) where id = %s",
        [on, standing.key],
    )


def mark_answered(conn: psycopg.Connection[Any], orders: Sequence[Key]) -> dict[Key, tuple[str, str]]:
    """Region and kind of those of the orders (bank, number) that are ours; their state becomes answered."""
    rows = conn.execute(
        "update banking_message m set state = 'answered' from ("
        "select distinct * from unnest(%s::text[], %s::text[])) as o(bank_no, message_id) "
        "where m.direction = 'out' and m.bank_no = o.bank_no and m.message_id = o.message_id "
        "returning m.bank_no, m.message_id, m.mof_div_code, m.kind",
        columns_of(orders, 2),
    ).fetchall()
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def answers_to(conn: psycopg.Connection[Any], bank_no: str, order_id: str) -> list[tuple[str, bytes]]:
    """The answers to an order that came so far from this bank: kind (or layout) and bytes, in their order."""
    rows = conn.execute(
        "select kind, body from banking_message where direction = %s and order_id = %s and bank_no = %s "
        "order by id",
        [INCOMING, order_id, bank_no],
    ).fetchall()
    return [(kind, zlib.decompress(bytes(body))) for kind, body in rows]


def message_body(conn: psycopg.Connection[Any], direction: str, bank_no: str, message_id: str) -> bytes:
    """The bytes of a registered message; raises NotFound."""
    standing = find(conn, direction, bank_no, message_id)
    if standing is None:
        raise NotFound(f"没有报文 {message_id}", rule="报文收发登记", hint="请核对报文号和行号")
    return standing.data


#: Why a statement that was received counts no more.
VOID_REASONS: Final = {
    "corrected": "银行已发更正的对账单",
    "mistaken": "银行误发、内容有误",
    "foreign": "不是本账户或本日的收付",
}
#: What became of a message: ours was sent and is answered, the bank's was applied to our payments.
_MESSAGE_STATES: Final = {
    "sent": "已发送", "answered": "已回复", "applied": "已入账", VOIDED: "已作废",
    SUPERSEDED: "已被更正取代",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class MessageEntry:
    """A message as the register has it, without its body."""

    message_id: str
    direction: Annotated[str, OneOf(DIRECTIONS)]
    kind: str
    bank_no: str
    acct_no: str
    order_id: str
    state: Annotated[str, OneOf(_MESSAGE_STATES)]
    line_count: int
    amount_fen: int
    business_on: date
    recorded_on: date
    recorded_by: str
    receipt_count: int
    superseded_by: str
    voided_on: date | None
    voided_by: str
    void_reason: Annotated[str, OneOf({"": "", **VOID_REASONS})]
    void_note: str


def list_messages(conn: psycopg.Connection[Any], region: str, first: date, last: date) -> list[MessageEntry]:
    """A region's messages sent and received from one day to another, both included, in their order."""
    where: Final = (
        "where t.mof_div_code = %(region)s and t.recorded_on between %(first)s and %(last)s "
        "order by t.recorded_on, t.id"
    )
    return read_rows(conn, MESSAGE, MessageEntry, where, {"region": region, "first": first, "last": last})


#: Whose messages are: they speak of many units' payments.
MESSAGE_OWNERS: Final = owners_in(MESSAGE, "message_id", "bank_no", "direction", is_of_office=True)


def message_file(
    conn: psycopg.Connection[Any], message_id: str, bank_no: str, direction: str
) -> tuple[str, bytes]:
    """A registered message, as it was sent or as it came: its number and bytes. Raises NotFound."""
    return message_id, message_body(conn, direction, bank_no, message_id)


def columns_of(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """Rows as `width` columns, for `unnest`."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def orders_with(conn: psycopg.Connection[Any], pay_cert_nos: Iterable[str]) -> set[str]:
    """The numbers of the orders that vouchers went to a bank with."""
    asked = "select distinct message_id from banking_voucher_match where pay_cert_no = any(%s)"
    return {row[0] for row in conn.execute(asked, [list(pay_cert_nos)])}


def bank_of_order(conn: psycopg.Connection[Any], message_id: str) -> tuple[str, str]:
    """The bank that an order went to, and its other names; '' where there is none, or more than one."""
    asked = (
        "select m.bank_no, string_agg(distinct a.bank_alias, '、') from banking_message m "
        "left join banking_account a using (acct_no) where m.direction = %s and m.message_id = %s group by 1"
    )
    found = conn.execute(asked, [OUTGOING, message_id]).fetchall()
    return (str(found[0][0]), found[0][1] or "") if len(found) == 1 else ("", "")


def vouchers_of(conn: psycopg.Connection[Any], message_id: str) -> list[str]:
    """The vouchers that went to a bank with an order."""
    asked = "select pay_cert_no from banking_voucher_match where message_id = %s order by pay_cert_no"
    return [row[0] for row in conn.execute(asked, [message_id])]


def orders_answered(conn: psycopg.Connection[Any], message_ids: Iterable[str]) -> set[str]:
    """The numbers of the orders that messages answer."""
    asked = "select distinct order_id from banking_message where message_id = any(%s)"
    return {row[0] for row in conn.execute(asked, [list(message_ids)])}
