"""One booking of an account, read at the level where each thing stands: entry, batch, transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from fisc.banking.iso20022.charges import charges_of
from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import IN, OUT, BankEntry, Unread
from fisc.banking.iso20022.schema import CAMT_053, NAMESPACE
from fisc.banking.iso20022.shares import Share, Told, is_back, shares_of
from fisc.banking.iso20022.summary import Seen
from fisc.banking.iso20022.values import Leaves, amount_at, day_of, leaves, number_of, reference

STRIP: Final = len(NAMESPACE) + len(CAMT_053) + 2  # names of kinds are equally long in all versions
_BOOKED: Final = "BOOK"
#: What banks write in words of their own for what they have booked, without what only says that it is done.
_IN_WORDS: Final = frozenset({
    "BOOK", "BOOKED", "BKD", "POST", "POSTED", "COMPLETED", "COMPLETE", "SETTLED", "记账", "入账", "登账",
    "过账", "上账", "到账",
})  # fmt: skip
#: And for what they have not: announced, or told for information.
_NOT_BOOKED: Final = frozenset({
    "PDNG", "PENDING", "INFO", "INFORMATION", "FUTR", "FUTURE", "EXPD", "EXPECTED", "VOID", "CANCELLED",
    "REJECTED", "RJCT", "在途", "待入账", "未入账", "待记账", "未记账", "待处理", "处理中", "预告", "已撤销",
    "已取消", "已冲正", "失败", "入账失败", "记账失败",
})  # fmt: skip
#: What stands around a word for booking and says that it is done.
_DONE: Final = re.compile(r"^(已经|已|交易|完成)?(.+?)(成功|完成|完毕|了)?$")
_NOISE: Final = re.compile(r"[\W_]+")


class Entries(NamedTuple):
    """What a message tells of an account: the booked lines, words on what is not booked, all entries.

    `unread` are entries of which nobody knows whether they are booked.
    """

    booked: list[BankEntry]
    announced: list[str]
    seen: list[Seen]
    unread: list[Unread]


def account_no(found: Leaves, path: str) -> str:
    """The number of an account, in any of the ways to write one."""
    ways = ("Othr/Id", "IBAN", "PrtryAcct/Id", "BBAN")
    return next((found[f"{path}/Id/{way}"] for way in ways if found.get(f"{path}/Id/{way}")), "")


def agent_no(found: Leaves, path: str) -> str:
    """How a message names a bank: by number, BIC or name."""
    ways = ("ClrSysMmbId/MmbId", "BICFI", "BIC", "Othr/Id", "Nm")
    return next((found[one] for way in ways if found.get(one := f"{path}/FinInstnId/{way}")), "")


def agent_names(found: Leaves, path: str) -> tuple[str, ...]:
    """All that a message calls a bank: number, BIC, name; none may say another bank than the others."""
    ways = ("ClrSysMmbId/MmbId", "BICFI", "BIC", "Nm")
    return tuple(found[one] for way in ways if found.get(one := f"{path}/FinInstnId/{way}"))


def read_entry(element: Any, into: Entries) -> None:
    """Add one entry's lines, which come to its amount: its transactions, charges and interest in it.

    What is not booked (pending, for information, or in a bank's own words) is only announced. An entry of
    0.00 is told and moves nothing.
    """
    entry = leaves(element, STRIP, "NtryDtls")
    prefix = element.tag[:STRIP]
    status = _status(entry, element.tag)
    below = (f"{prefix}NtryDtls/{prefix}", prefix)  # the first version had them right in the entry
    txs = [tx for where in below for tx in element.iterfind(f"{where}TxDtls")]
    into.seen.append(_seen(entry, len(txs), is_booked=status == _BOOKED))
    if status != _BOOKED:
        told = _unread(entry, txs, f"{entry.get('Amt', '')} 元，状态 {status or '没有写明'}")
        if status in _NOT_BOOKED:
            named = "，".join(filter(None, (told.bank_ref, told.end_to_end_id)))
            way = {OUT: "付 ", IN: "收 "}.get(entry.get("CdtDbtInd", ""), "")
            into.announced.append(f"{way}{told.words}{f'，{named}' if named else ''}")
        else:
            into.unread.append(told)
        return
    details = [Told(leaves(tx, STRIP), charges_of(tx, STRIP)) for tx in txs]
    own = entry.get("CdtDbtInd", "")
    for side in (own, *(detail.said.get("CdtDbtInd", own) for detail in details)):
        if side not in (IN, OUT):
            raise _refused(entry, f"没有写明借贷（CdtDbtInd “{side}”）", "每笔入账写明借方或贷方")
    batches = [leaves(b, STRIP) for where in below for b in element.iterfind(f"{where}Btch")]
    stated = sum(number_of(b.get("NbOfTxs", "0")) for b in batches)
    shares = shares_of(Told(entry, charges_of(element, STRIP)), details, stated)
    is_of_several = len(details) > 1 and len(shares) > 1
    into.booked.extend(
        _line(entry, share, f"#{n}" if n > 1 or is_of_several else "")
        for n, share in enumerate(shares, start=1)
    )


def _status(entry: Leaves, tag: str) -> str:
    """Whether an entry is booked. One that does not say so is where balances tell it, and nowhere else."""
    said = entry.get("Sts/Cd") or entry.get("Sts/Prtry") or entry.get("Sts") or ""
    status = _NOISE.sub("", said).upper().replace("帐", "账")
    found = _DONE.match(status)
    if status not in _NOT_BOOKED and found and found[2] in _IN_WORDS:
        return _BOOKED
    return status or (_BOOKED if CAMT_053[:8] in tag else "")


def _unread(entry: Leaves, txs: Sequence[Any], words: str) -> Unread:
    """An entry of which nobody knows whether it is booked: its reference, the voucher that it names."""
    keys = {reference(leaves(tx, STRIP).get("Refs/EndToEndId", "")) for tx in txs}
    ref = reference(entry.get("AcctSvcrRef", "")) or reference(entry.get("NtryRef", ""))
    return Unread(ref, keys.pop() if len(keys) == 1 else "", words)


def _seen(entry: Leaves, count: int, *, is_booked: bool) -> Seen:
    fen = amount_at(entry, "Amt") if is_booked or entry.get("Amt@") == "CNY" else None
    return Seen(entry.get("CdtDbtInd", ""), fen, is_booked, max(count, 1))


def _line(entry: Leaves, share: Share, suffix: str) -> BankEntry:
    """A share as a booking. What was booked with another under one reference is told apart by its place."""
    detail, fen = share.detail, share.outflow_fen
    more = detail.get
    side = entry["CdtDbtInd"] if not fen else OUT if fen > 0 else IN
    own = reference(more("Refs/AcctSvcrRef", ""))
    shared = reference(entry.get("AcctSvcrRef", "")) or reference(entry.get("NtryRef", ""))
    key = reference(more("Refs/EndToEndId", ""))
    name, account, ultimate, bank = _party(entry, detail, side)
    return BankEntry(
        own or (shared and shared + suffix), side, abs(fen), _day(entry),
        share.code or _code(detail) or _code(entry), key, name, account,
        more("RtrInf/Rsn/Cd") or more("RtrInf/Rsn/Prtry", ""), more("RtrInf/AddtlInf", ""), ultimate,
        share.remark or more("RmtInf/Ustrd") or more("AddtlTxInf") or entry.get("AddtlNtryInf", ""),
        not share.code and is_back(entry, detail), bank, any(entry.get(way) for way in _BOOKED_ON),
    )  # fmt: skip


def _code(found: Leaves) -> str:
    return found.get("BkTxCd/Prtry/Cd") or found.get("BkTxCd/Domn/Cd", "")


#: Where an entry says on which day it was booked, and on which it counts for interest.
_BOOKED_ON: Final = ("BookgDt/Dt", "BookgDt/DtTm", "BookgDt")
_VALUED_ON: Final = ("ValDt/Dt", "ValDt/DtTm", "ValDt")


def _day(entry: Leaves) -> Any:
    text = next((entry[way] for way in (*_BOOKED_ON, *_VALUED_ON) if entry.get(way)), "")
    if not text:
        raise _refused(entry, "没有入账日期", "每笔入账写明日期")
    return day_of(text)


def _party(entry: Leaves, detail: Leaves, side: str) -> tuple[str, str, str, str]:
    """Who got the money, or whom it came from: name, account, on whose behalf, and its bank.

    Money that comes back keeps the parties of the payment: then the payee is the one that it comes from.
    """
    found = {role: _party_as(detail, role) for role in ("Cdtr", "Dbtr")}
    comes_back = is_back(entry, detail)
    # a receipt that is taken back goes to whom it came from
    is_payer = (side == IN) is not comes_back
    first, second = ("Dbtr", "Cdtr") if is_payer else ("Cdtr", "Dbtr")
    if side == OUT and not comes_back:
        return found[first]
    # who is named goes before a bank alone
    ranked = [found[of] for of in (first, second)]
    return next((one for one in ranked if any(one[:3])), next((one for one in ranked if one[3]), ranked[0]))


def _party_as(detail: Leaves, role: str) -> tuple[str, str, str, str]:
    of = "RltdPties/"

    def name(who: str) -> str:
        paths = (f"{of}{who}/Pty/Nm", f"{of}{who}/Nm", f"{of}{who}/Agt/FinInstnId/Nm")
        return next((detail[path] for path in paths if detail.get(path)), "")

    return (
        name(role), account_no(detail, f"{of}{role}Acct"), name(f"Ultmt{role}"),
        agent_no(detail, f"RltdAgts/{role}Agt"),
    )  # fmt: skip


def _refused(entry: Leaves, why: str, rule: str) -> MessageRefused:
    ref = entry.get("AcctSvcrRef") or entry.get("NtryRef") or f"{entry.get('Amt', '')} 元"
    return MessageRefused(f"银行业务 {ref} {why}", rule=rule, hint="整份报文未予采信；请退回对方更正后重发")
