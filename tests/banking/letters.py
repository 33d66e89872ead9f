"""Messages as banks write them, in whatever version and with whatever is left out: small makers of XML."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.banking.world import BANK, CENTRAL, SINGLE, ZERO
from tests.treasury.paying import DAY

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


def is_old(kind: str) -> bool:
    """Whether a version of camt is of before parties and statuses were a choice of their own."""
    return int(kind[-2:]) < 8


def tx(
    key: str = "", yuan: str = "", side: str = "", *, deep: bool = False, more: str = "", ref: str = ""
) -> str:
    """A transaction inside an entry; `deep` puts its amount where only AmtDtls has it."""
    refs = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    refs += f"<EndToEndId>{key}</EndToEndId>" if key else ""
    amount = f'<Amt Ccy="CNY">{yuan}</Amt>' if yuan else ""
    if deep and amount:
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    sign = f"<CdtDbtInd>{side}</CdtDbtInd>" if side else ""
    body = f"<Refs>{refs}</Refs>" if refs else ""
    body += amount + sign if not deep else sign + amount
    return f"<TxDtls>{body}{more}</TxDtls>"


def entry(
    yuan: str, side: str, *details: str, ref: str = "", code: str = "PAY", day: str = f"<Dt>{DAY}</Dt>",
    status: str = "<Cd>BOOK</Cd>", back: bool = False, batch: str = "",
) -> str:  # fmt: skip
    """An entry; `status` and `day` are what stands inside their elements."""
    return (
        f'<Ntry><Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"{'<RvslInd>true</RvslInd>' if back else ''}<Sts>{status}</Sts><BookgDt>{day}</BookgDt>"
        f"{f'<AcctSvcrRef>{ref}</AcctSvcrRef>' if ref else ''}<BkTxCd><Prtry><Cd>{code}</Cd></Prtry></BkTxCd>"
        f"{f'<NtryDtls>{batch}{chr(10).join(details)}</NtryDtls>' if details or batch else ''}</Ntry>"
    )


def balance(code: str, yuan: str, day: str = f"<Dt>{DAY}</Dt>", side: str = "CRDT") -> str:
    """A balance of an account."""
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="CNY">{yuan}</Amt><CdtDbtInd>{side}</CdtDbtInd><Dt>{day}</Dt></Bal>'
    )


_PARTS = {"camt.052": ("BkToCstmrAcctRpt", "Rpt"), "camt.053": ("BkToCstmrStmt", "Stmt"),
          "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn")}  # fmt: skip


def part(
    *inside: str, number: str = "S1", acct: str = ZERO, seq: int = 0, created: str = f"{DAY}T18:00:00+08:00",
    page: tuple[int, bool] | None = None, kind: str = "camt.053.001.08", bank: str = "",
) -> str:  # fmt: skip
    """A statement, notification or report inside a message, by the bank that keeps the account."""
    _, name = _PARTS[kind[:8]]
    bank = bank or (CENTRAL if acct == SINGLE else BANK)
    paging = ""
    if page:
        last = str(page[1]).lower()
        paging = f"<StmtPgntn><PgNb>{page[0]}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"
    return (
        f"<{name}><Id>{number}</Id>{paging}{f'<ElctrncSeqNb>{seq}</ElctrncSeqNb>' if seq else ''}"
        f"<CreDtTm>{created}</CreDtTm><Acct><Id><Othr><Id>{acct}</Id></Othr></Id><Ccy>CNY</Ccy>"
        f"<Svcr><FinInstnId><ClrSysMmbId><MmbId>{bank}</MmbId></ClrSysMmbId></FinInstnId></Svcr></Acct>"
        f"{''.join(inside)}</{name}>"
    )


def message(
    *parts: str, number: str = "S1", kind: str = "camt.053.001.08", created: str = f"{DAY}T18:00:00+08:00"
) -> bytes:
    """A whole message of a kind and version."""
    root, _ = _PARTS[kind[:8]]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_NAMESPACE}{kind}"><{root}>'
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{created}</CreDtTm></GrpHdr>{''.join(parts)}</{root}></Document>"
    ).encode()


def statement(
    opening: str, closing: str, *entries: str, number: str = "S1", day: date = DAY, **of: Any
) -> bytes:
    """A message with one statement of a day between two balances."""
    when = f"<Dt>{day}</Dt>"
    created = of.setdefault("created", f"{day}T18:00:00+08:00")
    bals = balance("OPBD", opening, when) + balance("CLBD", closing, when)
    return message(
        part(bals, *entries, number=of.pop("statement_no", number), **of),
        number=number, kind=of.get("kind", "camt.053.001.08"), created=created,
    )  # fmt: skip


def notification(*entries: str, number: str = "N1", kind: str = "camt.054.001.08", **of: Any) -> bytes:
    """A message with one notification (or report) of an account."""
    return message(part(*entries, number=number, kind=kind, **of), number=number, kind=kind)


def block(number: str, status: str = "", *lines: str, reason: str = "") -> str:
    """A block of an answer, with what is said of it as a whole."""
    own = f"<PmtInfSts>{status}</PmtInfSts>" if status else ""
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    said = f"<OrgnlPmtInfId>{number}</OrgnlPmtInfId>{own}{why}{''.join(lines)}"
    return f"<OrgnlPmtInfAndSts>{said}</OrgnlPmtInfAndSts>"


def outcome(key: str, status: str = "", yuan: str = "") -> str:
    """What an answer says of one payment."""
    own = f"<TxSts>{status}</TxSts>" if status else ""
    amount = f'<OrgnlTxRef><Amt><InstdAmt Ccy="CNY">{yuan}</InstdAmt></Amt></OrgnlTxRef>' if yuan else ""
    return f"<TxInfAndSts><OrgnlEndToEndId>{key}</OrgnlEndToEndId>{own}{amount}</TxInfAndSts>"


def answer(
    order_id: str, *blocks: str, group: str = "", number: str = "R1", kind: str = "pain.002.001.12",
    created: str = f"{DAY}T18:00:00+08:00", bank: str = BANK,
) -> bytes:  # fmt: skip
    """An answer to an order."""
    agent = (
        f"<DbtrAgt><FinInstnId><ClrSysMmbId><MmbId>{bank}</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt>"
        if bank else ""
    )  # fmt: skip
    own = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="{_NAMESPACE}{kind}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{number}</MsgId><CreDtTm>{created}</CreDtTm>{agent}</GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{order_id}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{own}"
        f"</OrgnlGrpInfAndSts>{''.join(blocks)}</CstmrPmtStsRpt></Document>"
    ).encode()
