"""camt.053, camt.054 and camt.052: what an account did, by day (对账单) and at once (借贷记通知).

Written for counterparts that are simulated in the versions whose schemas are shipped; read in any version.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from fisc.banking.iso20022.entries import STRIP, Entries, account_no, agent_names, agent_no, read_entry
from fisc.banking.iso20022.errors import MessageRefused, standing_at
from fisc.banking.iso20022.model import IN, OUT, BankEntry, Notification, Statement
from fisc.banking.iso20022.schema import CAMT_053, CAMT_054, NAMESPACE, REPORT, stream
from fisc.banking.iso20022.summary import require_complete
from fisc.banking.iso20022.values import (
    Leaves,
    amount_at,
    clean,
    day_of,
    leaves,
    moment,
    moment_of,
    money,
    number_of,
    written_amount,
)
from fisc.kernel.money import format_fen


def write_statement(statement: Statement) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming what cannot be written."""
    s = statement
    sequence = f"<ElctrncSeqNb>{s.sequence_no}</ElctrncSeqNb>" if s.sequence_no else ""
    is_last = str(s.is_last_page).lower()
    page = (
        f"<StmtPgntn><PgNb>{s.page_no}</PgNb><LastPgInd>{is_last}</LastPgInd></StmtPgntn>"
        if s.is_page
        else ""
    )
    created = s.created_at.isoformat() if s.created_at else moment(s.created_on)
    opening, closing = (
        ("ITBD" if s.page_no > 1 else "OPBD"),
        ("CLBD" if s.is_last_page and s.is_day_end else "ITBD"),
    )
    body = (
        f"<Stmt><Id>{clean(s.statement_id, 35, '对账单号')}</Id>{page}{sequence}"
        f"<CreDtTm>{created}</CreDtTm>"
        f"{_account(s.acct_no, s.bank_no)}"
        f"{_balance(opening, s.opening_fen, s.day)}{_balance(closing, s.closing_fen, s.day)}"
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
    ref = f"<AcctSvcrRef>{clean(entry.bank_ref, 35, '银行业务号')}</AcctSvcrRef>" if entry.bank_ref else ""
    back = "<RvslInd>true</RvslInd>" if entry.is_return and not entry.reason_code else ""
    dated, day = "BookgDt" if entry.is_dated else "ValDt", entry.booked_on.isoformat()
    code = clean(entry.code or "OTHR", 35, "业务种类")
    return (
        f'<Ntry><Amt Ccy="CNY">{written_amount(entry.amount_fen, "银行业务 " + entry.bank_ref)}</Amt>'
        f"<CdtDbtInd>{clean(entry.side, 4, '借贷')}</CdtDbtInd>{back}<Sts><Cd>BOOK</Cd></Sts>"
        f"<{dated}><Dt>{day}</Dt></{dated}>{ref}"
        f"<BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>{_details(entry)}</Ntry>"
    )


def _details(entry: BankEntry) -> str:
    refs = parties = reason = ""
    if entry.end_to_end_id:
        refs = f"<Refs><EndToEndId>{clean(entry.end_to_end_id, 35, '支付凭证号')}</EndToEndId></Refs>"
    # money that comes back names its parties as the payment did
    is_payer = entry.side == IN and not (entry.is_return or entry.reason_code)
    party = "Dbtr" if is_payer else "Cdtr"
    if entry.party_name:
        parties = f"<{party}><Pty><Nm>{clean(entry.party_name, 140, '对方户名')}</Nm></Pty></{party}>"
    if entry.party_acct_no:
        account = clean(entry.party_acct_no, 34, "对方账号")
        parties += f"<{party}Acct><Id><Othr><Id>{account}</Id></Othr></Id></{party}Acct>"
    if parties:
        parties = f"<RltdPties>{parties}</RltdPties>"
    if entry.party_bank_no:
        member = f"<MmbId>{clean(entry.party_bank_no, 35, '对方行号')}</MmbId>"
        agent = f"<FinInstnId><ClrSysMmbId>{member}</ClrSysMmbId></FinInstnId>"
        parties += f"<RltdAgts><{party}Agt>{agent}</{party}Agt></RltdAgts>"
    if entry.remark:
        parties += f"<RmtInf><Ustrd>{clean(entry.remark, 140, '附言')}</Ustrd></RmtInf>"
    if entry.reason_code:
        words = f"<AddtlInf>{clean(entry.reason, 105, '原因')}</AddtlInf>" if entry.reason else ""
        reason = f"<RtrInf><Rsn><Cd>{clean(entry.reason_code, 4, '原因代码')}</Cd></Rsn>{words}</RtrInf>"
    inside = refs + parties + reason
    return f"<NtryDtls><TxDtls>{inside}</TxDtls></NtryDtls>" if inside else ""


class _Part(NamedTuple):
    """A statement, notification or report of an account inside a message."""

    head: Leaves
    account: Leaves
    entries: Entries
    balances: Sequence[Leaves]
    place: int

    @property
    def message_id(self) -> str:
        """The message's number; further parts and pages of one message are told apart by a mark of ours."""
        number, _ = _page_of(self)
        part = f"#{self.place}" if self.place > 1 else ""
        return f"{_needed(self.head, 'MsgId', '报文号')}{part}{f'~{number}' if number > 1 else ''}"


def read_statement(data: bytes) -> Statement:
    """The one statement in `data`, as `read_statements`."""
    return _only(read_statements(data))


def read_statements(data: bytes) -> list[Statement]:
    """The statements in `data`, each consistent (opening + entries = closing), or MessageRefused."""
    return [_statement(part) for part in _read(data, CAMT_053, "Stmt")]


def read_notification(data: bytes) -> Notification:
    """The one notification in `data`, as `read_notifications`."""
    return _only(read_notifications(data))


def read_notifications(data: bytes) -> list[Notification]:
    """The notifications in `data` (camt.054), or MessageRefused."""
    return [_notification(part) for part in _read(data, CAMT_054, "Ntfctn")]


def read_reports(data: bytes) -> list[Notification]:
    """The reports of a day that goes on (camt.052), which tell bookings before the statement does."""
    return [_notification(part) for part in _read(data, REPORT, "Rpt")]


_Said = TypeVar("_Said", Statement, Notification)


def _only(found: list[_Said]) -> _Said:
    if len(found) != 1:
        raise MessageRefused(f"报文含 {len(found)} 个账户的内容", rule="此处一份报文只含一个账户")
    return found[0]


def _notification(part: _Part) -> Notification:
    of = part.account
    return Notification(
        part.message_id, day_of(_needed(part.head, "CreDtTm", "生成时间")), _servicer(of), _acct_no(of),
        of.get("Id", ""), part.entries.booked, tuple(part.entries.unread), tuple(part.entries.announced),
        agent_names(of, _SERVICER),
    )  # fmt: skip


def _statement(part: _Part) -> Statement:
    of, entries = part.account, part.entries.booked
    message_id = part.message_id
    created = of.get("CreDtTm") or _needed(part.head, "CreDtTm", "生成时间")
    page_no, is_last = _page_of(part)
    net = sum(e.amount_fen if e.side == IN else -e.amount_fen for e in entries)
    opening, closing, day, is_interim = _balances(message_id, part.balances)
    is_needed = (page_no == 1, is_last)
    if any(one is None for one, needed in zip((opening, closing), is_needed, strict=True) if needed):
        raise _unbalanced(message_id, opening, net, closing, part.entries)
    if opening is None:
        opening = 0 if closing is None else closing - net
    if closing is None:
        closing = opening + net
    if opening + net != closing:
        raise _unbalanced(message_id, opening, net, closing, part.entries)
    day = day or day_of(of.get("FrToDt/ToDtTm") or of.get("FrToDt/ToDt") or created)
    return Statement(
        message_id, day_of(part.head.get("CreDtTm") or created), _servicer(of), _acct_no(of),
        of.get("Id", ""), day, opening, closing, entries,
        number_of(of.get("ElctrncSeqNb") or of.get("LglSeqNb") or "0"), moment_of(created), page_no, is_last,
        tuple(part.entries.unread), _covers_from(message_id, of, day), tuple(part.entries.announced),
        agent_names(of, _SERVICER), _span(of), not (is_last and is_interim),
    )  # fmt: skip


def _covers_from(message_id: str, of: Leaves, day: date) -> date | None:
    """The first of the days that a statement is of; None where it is of one, or says none."""
    said = of.get("FrToDt/FrDtTm") or of.get("FrToDt/FrDt")
    if not said:
        return None
    first = moment_of(said).date()  # what begins with the end of a day is of the next
    if first > day:
        raise MessageRefused(
            f"对账单 {message_id} 自 {first} 起（FrToDt），期末余额却是 {day} 的",
            rule="对账单所含日期自始至终", hint="整份对账单未予采信；请退回对方更正后重发",
        )  # fmt: skip
    return first if first < day else None


def _span(of: Leaves) -> tuple[datetime, datetime] | None:
    """From when to when a statement is, where it says so by the hour."""
    first, last = of.get("FrToDt/FrDtTm"), of.get("FrToDt/ToDtTm")
    return (moment_of(first), moment_of(last)) if first and last else None


def _needed(found: Leaves, path: str, what: str) -> str:
    """A text that every message has; a version without a schema here may come without it."""
    if not (text := found.get(path, "")):
        raise MessageRefused(
            f"报文缺少{what}（{path}）", rule="ISO 20022 报文结构", hint="请退回对方更正后重发"
        )
    return text


def _page_of(part: _Part) -> tuple[int, bool]:
    """Which page of its statement this is, and whether it is the last."""
    for found, page in ((part.account, "StmtPgntn"), (part.account, "RptPgntn"), (part.head, "MsgPgntn")):
        if number := found.get(f"{page}/PgNb"):
            return max(number_of(number), 1), found.get(f"{page}/LastPgInd", "true") in ("true", "1")
    return 1, True


@dataclass(slots=True)
class _Reading:
    """What was read of a message so far."""

    head: Leaves = field(default_factory=dict)
    parts: list[_Part] = field(default_factory=list)
    entries: Entries = field(default_factory=lambda: Entries([], [], [], []))
    balances: list[Leaves] = field(default_factory=list)

    def add(self, account: Leaves) -> None:
        """A part is whole: what was read since the last one is of it."""
        part = _Part(self.head, account, self.entries, self.balances, len(self.parts) + 1)
        _require_yuan(part)
        if _page_of(part) == (1, True):  # a page may sum up the whole
            require_complete(part.message_id, account, self.entries.seen)
        self.parts.append(part)
        self.entries, self.balances = Entries([], [], [], []), []


def _require_yuan(part: _Part) -> None:
    """Raise MessageRefused for an account that is kept in another currency, whatever its amounts say."""
    if (currency := part.account.get("Acct/Ccy", "CNY")) != "CNY":
        raise MessageRefused(
            f"报文 {part.message_id} 是 {currency[:10]} 账户的，不能收取", rule="财政资金以人民币计",
            hint="请核对账户；币种写错的，请退回对方更正后重发",
        )  # fmt: skip


#: What stands in a statement, notification or report, in all versions.
_KNOWN: Final = frozenset({
    "Id", "StmtPgntn", "RptPgntn", "NtfctnPgntn", "ElctrncSeqNb", "RptgSeq", "LglSeqNb", "CreDtTm", "FrToDt",
    "CpyDplctInd", "RptgSrc", "Acct", "RltdAcct", "Intrst", "Bal", "TxsSummry", "Ntry", "AddtlStmtInf",
    "AddtlRptInf", "AddtlNtfctnInf", "SplmtryData",
})  # fmt: skip


def _require_known(element: Any) -> None:
    """Raise MessageRefused for what no version has: without a schema it would be passed over in silence."""
    if unknown := next((child.tag[STRIP:] for child in element if child.tag[STRIP:] not in _KNOWN), ""):
        raise MessageRefused(
            f"报文里有不认识的元素 {unknown[:60]}", rule="ISO 20022 报文结构", hint="请退回对方更正后重发"
        )


def _read(data: bytes, kind: str, name_of_part: str) -> list[_Part]:
    """The parts (statements, notifications, reports) of a valid message, each with its bookings."""
    so_far = _Reading()
    count = 0
    for name, element in stream(data, kind, ("GrpHdr", "Bal", "Ntry", name_of_part)):
        if name == "Ntry":
            count += 1
            with standing_at(f"第 {count} 笔入账（Ntry）"):
                read_entry(element, so_far.entries)
        elif name == "Bal":
            so_far.balances.append(leaves(element, STRIP))
        elif name == "GrpHdr":
            so_far.head = leaves(element, STRIP)
        else:
            so_far.add(leaves(element, STRIP, "Ntry"))
            _require_known(element)
    if not so_far.parts:
        raise MessageRefused(
            f"报文 {so_far.head.get('MsgId', '')} 没有任何账户的内容", rule="ISO 20022 报文结构",
            hint="请退回对方更正后重发",
        )  # fmt: skip
    return so_far.parts


def _acct_no(part: Leaves) -> str:
    return account_no(part, "Acct")


def _servicer(part: Leaves) -> str:
    return agent_no(part, _SERVICER)


_SERVICER: Final = "Acct/Svcr"


_OPENING, _CLOSING, _BETWEEN = ("OPBD", "PRCD"), ("CLBD",), "ITBD"


def _balances(message_id: str, found: Sequence[Leaves]) -> tuple[int | None, int | None, date | None, bool]:
    """Opening and closing balance, the closing's day, where they stand, and whether that is an interim one.

    Raises where they contradict.

    A statement that begins or ends within a day says so by interim balances, in their order.
    """
    ways = ("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry", "Tp/Cd", "Tp/Prtry")
    told = [(next((one[way] for way in ways if one.get(way)), ""), one) for one in found]
    opening = _agreed(message_id, "期初", [one for code, one in told if code in _OPENING])
    closing = _agreed(message_id, "期末", [one for code, one in told if code in _CLOSING])
    between = [one for code, one in told if code == _BETWEEN]
    is_interim = closing is None
    if closing is None and between:
        closing = between.pop()
    if opening is None and between:
        opening = between[0]
    day = (closing.get("Dt/Dt") or closing.get("Dt/DtTm") or closing.get("Dt")) if closing else ""
    return (
        _signed(opening) if opening else None, _signed(closing) if closing else None,
        day_of(day) if day else None, is_interim,
    )  # fmt: skip


def _agreed(message_id: str, what: str, found: Sequence[Leaves]) -> Leaves | None:
    if len({_signed(one) for one in found}) > 1:
        said = "、".join(f"{format_fen(_signed(one))} 元" for one in found)
        raise MessageRefused(
            f"对账单 {message_id} 的{what}余额前后不一：{said}", rule="期初余额 + 发生额 = 期末余额",
            hint="整份对账单未予采信；请退回对方更正后重发",
        )  # fmt: skip
    return found[-1] if found else None


def _signed(balance: Leaves) -> int:
    fen = amount_at(balance, "Amt")
    side = balance.get("CdtDbtInd", IN)
    if side not in (IN, OUT):
        raise MessageRefused(
            f"余额 {format_fen(fen)} 元没有写明借贷（CdtDbtInd “{side}”）", rule="余额写明借方或贷方",
            hint="整份对账单未予采信；请退回对方更正后重发",
        )  # fmt: skip
    return fen if side == IN else -fen


def _unbalanced(
    message_id: str, opening: int | None, net: int, closing: int | None, entries: Entries
) -> MessageRefused:
    if opening is None or closing is None:
        why = "缺少期初或期末余额"
    else:
        before, moved, after = (format_fen(fen) for fen in (opening, net, closing))
        why = f"期初 {before} 元加发生额 {moved} 元不等于期末 {after} 元"
    if left_out := [*entries.announced, *(one.words for one in entries.unread)]:
        why += f"（另有 {len(left_out)} 笔不是已入账，没有计入：{'、'.join(left_out[:3])}）"
    return MessageRefused(
        f"对账单 {message_id} {why}", rule="期初余额 + 发生额 = 期末余额",
        hint="整份对账单未予采信；请退回对方更正后重发",
    )  # fmt: skip
