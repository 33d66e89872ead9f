"""camt.053.001.08 and camt.054.001.08: what an account did, by day (对账单) and at once (借贷记通知)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import IN, OUT, BankEntry, Notification, Statement
from fisc.banking.iso20022.schema import CAMT_053, CAMT_054, NAMESPACE, stream
from fisc.banking.iso20022.values import (
    Leaves,
    amount_at,
    clean,
    day_of,
    leaves,
    moment,
    money,
    number_of,
    written_amount,
)
from fisc.kernel.money import format_fen

_STRIP = len(NAMESPACE) + len(CAMT_053) + 2  # both kinds are equally long
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)
_BOOKED = ("BOOK", "")


def write_statement(statement: Statement) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming what cannot be written."""
    s = statement
    sequence = f"<ElctrncSeqNb>{s.sequence_no}</ElctrncSeqNb>" if s.sequence_no else ""
    body = (
        f"<Stmt><Id>{clean(s.statement_id, 35, '对账单号')}</Id>{sequence}"
        f"<CreDtTm>{moment(s.created_on)}</CreDtTm>"
        f"{_account(s.acct_no, s.bank_no)}"
        f"{_balance('OPBD', s.opening_fen, s.day)}{_balance('CLBD', s.closing_fen, s.day)}"
        f"{''.join(map(_entry, s.entries))}</Stmt>"
    )
    return _document(CAMT_053, "BkToCstmrStmt", s.message_id, s.created_on, body)


def write_notification(notification: Notification) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming what cannot be written."""
    n = notification
    body = (
        f"<Ntfctn><Id>{clean(n.notification_id, 35, '通知号')}</Id>"
        f"<CreDtTm>{moment(n.created_on)}</CreDtTm>{_account(n.acct_no, n.bank_no)}"
        f"{''.join(map(_entry, n.entries))}</Ntfctn>"
    )
    return _document(CAMT_054, "BkToCstmrDbtCdtNtfctn", n.message_id, n.created_on, body)


def _document(kind: str, root: str, message_id: str, created_on: date, body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{kind}"><{root}><GrpHdr>'
        f"<MsgId>{clean(message_id, 35, '报文号')}</MsgId><CreDtTm>{moment(created_on)}</CreDtTm></GrpHdr>"
        f"{body}</{root}></Document>"
    ).encode()


def _account(acct_no: str, bank_no: str) -> str:
    return (
        f"<Acct><Id><Othr><Id>{clean(acct_no, 34, '账号')}</Id></Othr></Id><Ccy>CNY</Ccy><Svcr><FinInstnId>"
        f"<ClrSysMmbId><MmbId>{clean(bank_no, 35, '行号')}</MmbId></ClrSysMmbId></FinInstnId></Svcr></Acct>"
    )


def _balance(code: str, fen: int, day: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{money(abs(fen))}</Amt><CdtDbtInd>{OUT if fen < 0 else IN}</CdtDbtInd>'
        f"<Dt><Dt>{day.isoformat()}</Dt></Dt></Bal>"
    )


def _entry(entry: BankEntry) -> str:
    ref = clean(entry.bank_ref, 35, "银行业务号")
    day = entry.booked_on.isoformat()
    code = clean(entry.code or "OTHR", 35, "业务种类")
    return (
        f'<Ntry><Amt Ccy="CNY">{written_amount(entry.amount_fen, "银行业务 " + entry.bank_ref)}</Amt>'
        f"<CdtDbtInd>{clean(entry.side, 4, '借贷')}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{ref}</AcctSvcrRef>"
        f"<BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>{_details(entry)}</Ntry>"
    )


def _details(entry: BankEntry) -> str:
    refs = parties = reason = ""
    if entry.end_to_end_id:
        refs = f"<Refs><EndToEndId>{clean(entry.end_to_end_id, 35, '支付凭证号')}</EndToEndId></Refs>"
    if entry.party_name:
        parties = f"<Cdtr><Pty><Nm>{clean(entry.party_name, 140, '对方户名')}</Nm></Pty></Cdtr>"
    if entry.party_acct_no:
        account = clean(entry.party_acct_no, 34, "对方账号")
        parties += f"<CdtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></CdtrAcct>"
    if parties:
        parties = f"<RltdPties>{parties}</RltdPties>"
    if entry.reason_code:
        words = f"<AddtlInf>{clean(entry.reason, 105, '原因')}</AddtlInf>" if entry.reason else ""
        reason = f"<RtrInf><Rsn><Cd>{clean(entry.reason_code, 4, '原因代码')}</Cd></Rsn>{words}</RtrInf>"
    inside = refs + parties + reason
    return f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls>" if inside else ""


def read_statement(data: bytes) -> Statement:
    """The statement in `data`, valid and consistent (opening + entries = closing), or MessageRefused."""
    head, accounts, entries, balances = _read(data, CAMT_053, "Stmt")
    opening, closing = _balance_at(balances, _OPENING), _balance_at(balances, _CLOSING)
    net = sum(e.amount_fen if e.side == IN else -e.amount_fen for e in entries)
    if opening is None or closing is None or opening[0] + net != closing[0]:
        raise _unbalanced(head["MsgId"], opening, net, closing)
    account = accounts[0]
    return Statement(
        head["MsgId"], day_of(head["CreDtTm"]), _servicer(account), _acct_no(account), account["Id"],
        closing[1], opening[0], closing[0], entries, number_of(account.get("ElctrncSeqNb", "0")),
    )  # fmt: skip


def read_notification(data: bytes) -> Notification:
    """The notification in `data`, valid against its schema, or MessageRefused."""
    head, accounts, entries, _ = _read(data, CAMT_054, "Ntfctn")
    account = accounts[0]
    return Notification(
        head["MsgId"], day_of(head["CreDtTm"]), _servicer(account), _acct_no(account), account["Id"], entries
    )


def _read(data: bytes, kind: str, part: str) -> tuple[Leaves, list[Leaves], list[BankEntry], list[Leaves]]:
    """Header, parts (statements or notifications), booked entries, balances of a valid message."""
    head: Leaves = {}
    parts: list[Leaves] = []
    balances: list[Leaves] = []
    entries: list[BankEntry] = []
    for name, element in stream(data, kind, ("GrpHdr", "Bal", "Ntry", part)):
        if name == "Ntry":
            entries.extend(_read_entry(element))
        elif name == "Bal":
            balances.append(leaves(element, _STRIP))
        elif name == "GrpHdr":
            head = leaves(element, _STRIP)
        else:
            parts.append(leaves(element, _STRIP, "Ntry"))
    if len(parts) != 1:
        raise MessageRefused(
            f"报文 {head.get('MsgId')} 含 {len(parts)} 个账户的内容", rule="一份报文只含一个账户",
            hint="请对方按账户分别发送",
        )  # fmt: skip
    return head, parts, entries, balances


def _acct_no(part: Leaves) -> str:
    return part.get("Acct/Id/Othr/Id") or part.get("Acct/Id/IBAN", "")


def _servicer(part: Leaves) -> str:
    bank = "Acct/Svcr/FinInstnId/"
    return part.get(bank + "ClrSysMmbId/MmbId") or part.get(bank + "BICFI", "")


def _balance_at(balances: Sequence[Leaves], codes: tuple[str, ...]) -> tuple[int, date] | None:
    for found in balances:
        if found.get("Tp/CdOrPrtry/Cd") in codes:
            fen = amount_at(found, "Amt")
            return (fen if found["CdtDbtInd"] == IN else -fen), day_of(
                found.get("Dt/Dt") or found.get("Dt/DtTm", "")
            )
    return None


def _read_entry(element: Any) -> Iterator[BankEntry]:
    """The booked lines of one entry: its transactions where the bank booked several together.

    One of 0.00 moved nothing and is none.
    """
    found = leaves(element, _STRIP, "NtryDtls")
    if found.get("Sts/Cd", "") not in _BOOKED:
        return  # announced, not booked: no money has moved
    prefix = element.tag[:_STRIP]
    details = [leaves(tx, _STRIP) for tx in element.iterfind(f"{prefix}NtryDtls/{prefix}TxDtls")]
    if not amount_at(found, "Amt"):
        return
    if len(details) <= 1:
        yield _entry_of(found, details[0] if details else {}, "")
        return
    lines = [_entry_of(found, detail, f"#{n}") for n, detail in enumerate(details, start=1)]
    if sum(line.amount_fen for line in lines) != amount_at(found, "Amt"):
        raise MessageRefused(
            f"银行业务 {found.get('AcctSvcrRef')} 的明细合计与入账金额不符", rule="汇总入账须与明细一致",
            hint="整份报文未予采信；请退回对方更正后重发",
        )  # fmt: skip
    yield from (line for line in lines if line.amount_fen)


def _entry_of(found: Leaves, detail: Leaves, suffix: str) -> BankEntry:
    get, more = found.get, detail.get
    ref = get("AcctSvcrRef") or get("NtryRef", "")
    day = get("BookgDt/Dt") or get("BookgDt/DtTm") or get("ValDt/Dt", "")
    if not (more("Refs/AcctSvcrRef") or ref):
        raise MessageRefused(
            f"{day} 的一笔 {get('Amt')} 元没有银行业务号", rule="每笔入账凭银行业务号辨认，不重不漏",
            hint="整份报文未予采信；请对方写明 AcctSvcrRef 后重发",
        )  # fmt: skip
    return BankEntry(
        more("Refs/AcctSvcrRef") or ref + suffix,
        get("CdtDbtInd", ""),
        amount_at(detail, "Amt") if suffix else amount_at(found, "Amt"),
        day_of(day),
        get("BkTxCd/Prtry/Cd") or get("BkTxCd/Domn/Cd", ""),
        more("Refs/EndToEndId", ""),
        more("RltdPties/Cdtr/Pty/Nm", ""),
        more("RltdPties/CdtrAcct/Id/Othr/Id") or more("RltdPties/CdtrAcct/Id/IBAN", ""),
        more("RtrInf/Rsn/Cd") or more("RtrInf/Rsn/Prtry", ""),
        more("RtrInf/AddtlInf", ""),
    )


def _unbalanced(
    message_id: str, opening: tuple[int, date] | None, net: int, closing: tuple[int, date] | None
) -> MessageRefused:
    if opening is None or closing is None:
        why = "缺少期初或期末余额"
    else:
        before, moved, after = (format_fen(fen) for fen in (opening[0], net, closing[0]))
        why = f"期初 {before} 元加发生额 {moved} 元不等于期末 {after} 元"
    return MessageRefused(
        f"对账单 {message_id} {why}", rule="期初余额 + 发生额 = 期末余额",
        hint="整份对账单未予采信；请退回对方更正后重发",
    )  # fmt: skip
