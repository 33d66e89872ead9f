"""pain.002.001.12: a bank's answer to an order (支付凭证回单: 已支付、退回)."""

from __future__ import annotations

from fisc.banking.iso20022.model import StatusReport, TransferStatus
from fisc.banking.iso20022.schema import NAMESPACE, PAIN_001, PAIN_002, stream
from fisc.banking.iso20022.values import Leaves, amount_at, clean, day_of, leaves, moment, written_amount

_STRIP = len(NAMESPACE) + len(PAIN_002) + 2
#: Where the bank that answers may stand, in order of preference.
_BANK = (
    "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId",
    "DbtrAgt/FinInstnId/BICFI",
    "InitgPty/Id/OrgId/Othr/Id",
)


def write_status_report(report: StatusReport) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming what cannot be written."""
    group = f"<GrpSts>{clean(report.group_status, 4, '状态')}</GrpSts>" if report.group_status else ""
    group += _reason(report.group_reason_code, report.group_reason)
    order_id = clean(report.order_id, 35, "原报文号")
    lines = "".join(map(_status, report.statuses))
    batch = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{order_id}</OrgnlPmtInfId>{lines}</OrgnlPmtInfAndSts>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{PAIN_002}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{clean(report.message_id, 35, '报文号')}</MsgId>"
        f"<CreDtTm>{moment(report.created_on)}</CreDtTm><DbtrAgt><FinInstnId><ClrSysMmbId>"
        f"<MmbId>{clean(report.bank_no, 35, '行号')}</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{order_id}</OrgnlMsgId><OrgnlMsgNmId>{PAIN_001}</OrgnlMsgNmId>"
        f"{group}</OrgnlGrpInfAndSts>{batch if lines else ''}</CstmrPmtStsRpt></Document>"
    ).encode()


def _reason(code: str, words: str) -> str:
    if not code:
        return ""
    more = f"<AddtlInf>{clean(words, 105, '原因')}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><Cd>{clean(code, 4, '原因代码')}</Cd></Rsn>{more}</StsRsnInf>"


def _status(status: TransferStatus) -> str:
    key, code, fen, bank_ref, settled_on, acct_no, reason_code, reason = status
    reference = f"<AcctSvcrRef>{clean(bank_ref, 35, '银行业务号')}</AcctSvcrRef>" if bank_ref else ""
    amount = written_amount(fen, f"支付凭证 {key} ") if fen else ""
    original = f'<Amt><InstdAmt Ccy="CNY">{amount}</InstdAmt></Amt>' if fen else ""
    if settled_on:
        original += f"<IntrBkSttlmDt>{settled_on.isoformat()}</IntrBkSttlmDt>"
    if acct_no:
        account = clean(acct_no, 34, "收款账号")
        original += f"<CdtrAcct><Id><Othr><Id>{account}</Id></Othr></Id></CdtrAcct>"
    if original:
        original = f"<OrgnlTxRef>{original}</OrgnlTxRef>"
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{clean(key, 35, '支付凭证号')}</OrgnlEndToEndId>"
        f"<TxSts>{clean(code, 4, '状态')}</TxSts>{_reason(reason_code, reason)}"
        f"{reference}{original}</TxInfAndSts>"
    )


def read_status_report(data: bytes) -> StatusReport:
    """The report in `data`, valid against its schema, or MessageRefused."""
    statuses: list[TransferStatus] = []
    head: Leaves = {}
    group: Leaves = {}
    for name, element in stream(data, PAIN_002, ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts")):
        found = leaves(element, _STRIP)
        if name == "TxInfAndSts":
            statuses.append(_read_status(found))
        elif name == "GrpHdr":
            head = found
        else:
            group = found
    return StatusReport(
        head["MsgId"],
        day_of(head["CreDtTm"]),
        next((head[path] for path in _BANK if path in head), ""),
        group["OrgnlMsgId"],
        statuses,
        group.get("GrpSts", ""),
        _code(group),
        group.get("StsRsnInf/AddtlInf", ""),
    )


def _code(found: Leaves) -> str:
    return found.get("StsRsnInf/Rsn/Cd") or found.get("StsRsnInf/Rsn/Prtry", "")


def _read_status(found: Leaves) -> TransferStatus:
    get = found.get
    day = get("OrgnlTxRef/IntrBkSttlmDt") or get("AccptncDtTm")
    return TransferStatus(
        get("OrgnlEndToEndId") or get("OrgnlInstrId", ""),
        get("TxSts", ""),
        amount_at(found, "OrgnlTxRef/Amt/InstdAmt"),
        get("AcctSvcrRef", ""),
        day_of(day) if day else None,
        get("OrgnlTxRef/CdtrAcct/Id/Othr/Id") or get("OrgnlTxRef/CdtrAcct/Id/IBAN", ""),
        _code(found),
        get("StsRsnInf/AddtlInf", ""),
    )
