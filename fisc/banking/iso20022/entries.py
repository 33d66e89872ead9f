"""One booking of an account, read at the level where each thing stands: entry, batch, transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import IN, OUT, BankEntry
from fisc.banking.iso20022.schema import CAMT_053, NAMESPACE
from fisc.banking.iso20022.values import Leaves, amount_at, day_of, leaves, number_of, reference
from fisc.kernel.money import format_fen

STRIP: Final = len(NAMESPACE) + len(CAMT_053) + 2  # names of kinds are equally long in all versions
_BOOKED: Final = "BOOK"
_YES: Final = ("true", "1")
#: Where the amount of a transaction may stand, in order of preference.
_AMOUNTS: Final = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")


class Entries(NamedTuple):
    """What a message tells of an account: the booked lines, and words on what is only announced."""

    booked: list[BankEntry]
    announced: list[str]


def account_no(found: Leaves, path: str) -> str:
    """The number of an account, in any of the ways to write one."""
    ways = ("Othr/Id", "IBAN", "PrtryAcct/Id", "BBAN")
    return next((found[f"{path}/Id/{way}"] for way in ways if found.get(f"{path}/Id/{way}")), "")


def read_entry(element: Any, into: Entries) -> None:
    """Add one entry's lines: its transactions where the bank booked several together and tells them apart.

    What is not booked (pending, for information, or in a bank's own words) is only announced. An entry of
    0.00 is told and moves nothing.
    """
    entry = leaves(element, STRIP, "NtryDtls")
    status = entry.get("Sts/Cd") or entry.get("Sts/Prtry") or entry.get("Sts") or _BOOKED
    if status.upper() != _BOOKED:
        into.announced.append(f"{entry.get('Amt', '')} 元，状态 {status}")
        return
    prefix = element.tag[:STRIP]
    details = [leaves(tx, STRIP) for tx in element.iterfind(f"{prefix}NtryDtls/{prefix}TxDtls")]
    own = entry.get("CdtDbtInd", "")
    for side in (own, *(detail.get("CdtDbtInd", own) for detail in details)):
        if side not in (IN, OUT):
            raise _refused(entry, f"没有写明借贷（CdtDbtInd “{side}”）", "每笔入账写明借方或贷方")
    batches = [leaves(b, STRIP) for b in element.iterfind(f"{prefix}NtryDtls/{prefix}Btch")]
    into.booked.extend(_lines(entry, details, sum(number_of(b.get("NbOfTxs", "0")) for b in batches)))


def _lines(entry: Leaves, details: Sequence[Leaves], stated: int) -> list[BankEntry]:
    """An entry as lines that add up to it; one of the whole where its transactions cannot be told apart."""
    fen, side = amount_at(entry, "Amt"), entry["CdtDbtInd"]
    amounts = [_amount_of(detail) for detail in details]
    if len(details) <= 1 and stated <= 1:
        detail = details[0] if details else {}
        own = _amount_of(detail, _AMOUNTS[:2])
        if own not in (None, fen) or detail.get("CdtDbtInd", side) != side:
            raise _unequal(entry)
        return [_line(entry, detail, side, fen, "")]
    known = [amount for amount in amounts if amount is not None]
    if len(known) < max(len(details), stated):
        return [_whole(entry, details, fen, max(len(details), stated))]
    sides = [detail.get("CdtDbtInd", side) for detail in details]
    if sum(a if s == side else -a for a, s in zip(known, sides, strict=True)) != fen:
        raise _unequal(entry)
    return [
        _line(entry, detail, its_side, amount, f"#{n}")
        for n, (detail, its_side, amount) in enumerate(zip(details, sides, known, strict=True), start=1)
    ]


def _amount_of(detail: Leaves, paths: Sequence[str] = _AMOUNTS) -> int | None:
    """The amount of a transaction in the account's money, or None where it does not say."""
    path = next((path for path in paths if path in detail), "")
    return amount_at(detail, path) if path and detail.get(path + "@") == "CNY" else None


def _line(entry: Leaves, detail: Leaves, side: str, fen: int, suffix: str) -> BankEntry:
    more = detail.get
    own = reference(more("Refs/AcctSvcrRef", ""))
    shared = reference(entry.get("AcctSvcrRef", "")) or reference(entry.get("NtryRef", ""))
    key = reference(more("Refs/EndToEndId", ""))
    is_return = entry.get("RvslInd") in _YES or any(path.startswith("RtrInf") for path in detail)
    name, account, ultimate = _party(entry, detail, side)
    return BankEntry(
        own or (shared and shared + suffix), side, fen, _day(entry),
        _code(detail) or _code(entry), key, name, account,
        more("RtrInf/Rsn/Cd") or more("RtrInf/Rsn/Prtry", ""), more("RtrInf/AddtlInf", ""), ultimate,
        more("RmtInf/Ustrd") or more("AddtlTxInf") or entry.get("AddtlNtryInf", ""), is_return,
    )  # fmt: skip


def _whole(entry: Leaves, details: Sequence[Leaves], fen: int, count: int) -> BankEntry:
    """An entry of several transactions as one line that names no voucher: nobody knows how much is whose."""
    keys = [key for one in details if (key := reference(one.get("Refs/EndToEndId", "")))]
    named = f"：{'、'.join(keys[:10])}" if keys else ""
    line = _line(entry, {}, entry["CdtDbtInd"], fen, "")
    return line._replace(remark=f"汇总 {count} 笔，没有逐笔金额{named}")


def _code(found: Leaves) -> str:
    return found.get("BkTxCd/Prtry/Cd") or found.get("BkTxCd/Domn/Cd", "")


def _day(entry: Leaves) -> Any:
    ways = ("BookgDt/Dt", "BookgDt/DtTm", "BookgDt", "ValDt/Dt", "ValDt/DtTm", "ValDt")
    text = next((entry[way] for way in ways if entry.get(way)), "")
    if not text:
        raise _refused(entry, "没有入账日期", "每笔入账写明日期")
    return day_of(text)


def _party(entry: Leaves, detail: Leaves, side: str) -> tuple[str, str, str]:
    """Who got the money, or whom it came from: name, account, and on whose behalf.

    Money that comes back keeps the parties of the payment: then the payee is the one that it comes from.
    """
    found = {role: _party_as(detail, role) for role in ("Cdtr", "Dbtr")}
    is_back = entry.get("RvslInd") in _YES or any(path.startswith("RtrInf") for path in detail)
    # a receipt that is taken back goes to whom it came from
    is_payer = (side == IN) is not is_back
    first, second = ("Dbtr", "Cdtr") if is_payer else ("Cdtr", "Dbtr")
    if any(found[first]) or (side == OUT and not is_back):
        return found[first]
    return found[second]


def _party_as(detail: Leaves, role: str) -> tuple[str, str, str]:
    of = "RltdPties/"

    def name(who: str) -> str:
        paths = (f"{of}{who}/Pty/Nm", f"{of}{who}/Nm", f"{of}{who}/Agt/FinInstnId/Nm")
        return next((detail[path] for path in paths if detail.get(path)), "")

    return name(role), account_no(detail, f"{of}{role}Acct"), name(f"Ultmt{role}")


def _unequal(entry: Leaves) -> MessageRefused:
    return _refused(
        entry,
        f"为 {format_fen(amount_at(entry, 'Amt'))} 元，明细按各自借贷相加与它不符",
        "汇总入账须与明细一致",
    )


def _refused(entry: Leaves, why: str, rule: str) -> MessageRefused:
    ref = entry.get("AcctSvcrRef") or entry.get("NtryRef") or f"{entry.get('Amt', '')} 元"
    return MessageRefused(f"银行业务 {ref} {why}", rule=rule, hint="整份报文未予采信；请退回对方更正后重发")
