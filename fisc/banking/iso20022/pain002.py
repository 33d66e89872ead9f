"""pain.002: a bank's answer to an order (支付凭证回单: 已支付、退回).

Written as 001.12, read in any version.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from fisc.banking.iso20022.entries import agent_names, agent_no
from fisc.banking.iso20022.errors import MessageRefused, standing_at
from fisc.banking.iso20022.model import BatchStatus, Counted, Stated, StatusReport, TransferStatus
from fisc.banking.iso20022.schema import NAMESPACE, PAIN_001, PAIN_002, stream
from fisc.banking.iso20022.values import (
    Leaves,
    amount_at,
    clean,
    day_of,
    fen_of,
    leaves,
    moment,
    number_of,
    reference,
    written_amount,
)

_STRIP = len(NAMESPACE) + len(PAIN_002) + 2
#: Where the bank that answers may stand, in order of preference.
_BANK = (
    "DbtrAgt/FinInstnId/ClrSysMmbId/MmbId",
    "DbtrAgt/FinInstnId/BICFI",
    "DbtrAgt/FinInstnId/BIC",
    "DbtrAgt/FinInstnId/Nm",
    "InitgPty/Id/OrgId/Othr/Id",
)


def write_status_report(report: StatusReport) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming what cannot be written."""
    group = f"<GrpSts>{clean(report.group_status, 4, '状态')}</GrpSts>" if report.group_status else ""
    group += _reason(report.group_reason_code, report.group_reason)
    order_id = clean(report.order_id, 35, "原报文号")
    blocks = report.batches or ([BatchStatus(order_id, "")] if report.statuses else [])
    batch = "".join(
        _block(b, [s for s in report.statuses if s.end_to_end_id in b.keys or not report.batches])
        for b in blocks
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{PAIN_002}"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{clean(report.message_id, 35, '报文号')}</MsgId>"
        f"<CreDtTm>{moment(report.created_on)}</CreDtTm><DbtrAgt><FinInstnId><ClrSysMmbId>"
        f"<MmbId>{clean(report.bank_no, 35, '行号')}</MmbId></ClrSysMmbId></FinInstnId></DbtrAgt></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{order_id}</OrgnlMsgId><OrgnlMsgNmId>{PAIN_001}</OrgnlMsgNmId>"
        f"{group}</OrgnlGrpInfAndSts>{batch}</CstmrPmtStsRpt></Document>"
    ).encode()


def _block(block: BatchStatus, statuses: Sequence[TransferStatus]) -> str:
    status = f"<PmtInfSts>{clean(block.status, 4, '状态')}</PmtInfSts>" if block.status else ""
    return (
        f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>{clean(block.batch_id, 35, '批次号')}</OrgnlPmtInfId>{status}"
        f"{_reason(block.reason_code, block.reason)}{''.join(map(_status, statuses))}</OrgnlPmtInfAndSts>"
    )


def _reason(code: str, words: str) -> str:
    if not code:
        return ""
    more = f"<AddtlInf>{clean(words, 105, '原因')}</AddtlInf>" if words else ""
    return f"<StsRsnInf><Rsn><Cd>{clean(code, 4, '原因代码')}</Cd></Rsn>{more}</StsRsnInf>"


def _status(status: TransferStatus) -> str:
    key, code, fen, bank_ref, settled_on, acct_no, reason_code, reason, bank_no = status
    reference = f"<AcctSvcrRef>{clean(bank_ref, 35, '银行业务号')}</AcctSvcrRef>" if bank_ref else ""
    amount = written_amount(fen, f"支付凭证 {key} ") if fen else ""
    original = f'<Amt><InstdAmt Ccy="CNY">{amount}</InstdAmt></Amt>' if fen else ""
    if settled_on:
        original += f"<IntrBkSttlmDt>{settled_on.isoformat()}</IntrBkSttlmDt>"
    if bank_no:
        member = f"<MmbId>{clean(bank_no, 35, '收款行号')}</MmbId>"
        original += f"<CdtrAgt><FinInstnId><ClrSysMmbId>{member}</ClrSysMmbId></FinInstnId></CdtrAgt>"
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
    """The report in `data`, valid against its schema where one is shipped, or MessageRefused."""
    statuses: list[TransferStatus] = []
    batches: list[BatchStatus] = []
    stated: list[Stated] = []
    begins = 0  # the first line of the block at hand
    heads: dict[str, Leaves] = {}
    names = ("GrpHdr", "OrgnlGrpInfAndSts", "TxInfAndSts", "OrgnlPmtInfAndSts")
    for name, element in stream(data, PAIN_002, names):
        found = leaves(element, _STRIP, "TxInfAndSts")
        if name == "TxInfAndSts":
            with standing_at(f"第 {len(statuses) + 1} 笔结果（TxInfAndSts）"):
                statuses.append(_read_status(found))
        elif name == "OrgnlPmtInfAndSts":
            number, status = reference(found.get("OrgnlPmtInfId", "")), found.get("PmtInfSts", "")
            lines = tuple(statuses[begins:])
            if status:
                keys = tuple(one.end_to_end_id for one in lines)
                batches.append(BatchStatus(number, status, _code(found), _words(found), keys))
            stated.append(_stated(element, found, number, status, lines))
            begins = len(statuses)
        elif name in heads:
            raise MessageRefused(
                f"回单里有两处 {name}", rule="一份回单只答一份报文（ISO 20022 报文结构）",
                hint="请退回对方更正后重发",
            )  # fmt: skip
        else:
            heads[name] = found
            if name == "OrgnlGrpInfAndSts":
                stated.append(_stated(element, found, "", found.get("GrpSts", ""), statuses))
    head, group = heads.get("GrpHdr", {}), heads.get("OrgnlGrpInfAndSts", {})
    if not (head.get("MsgId") and head.get("CreDtTm") and group.get("OrgnlMsgId")):
        raise MessageRefused(
            "回单缺少报文号、生成时间或所答报文的报文号",
            rule="ISO 20022 报文结构",
            hint="请退回对方更正后重发",
        )
    _require_answers_an_order(group)
    return StatusReport(
        head["MsgId"],
        day_of(head["CreDtTm"]),
        next((head[path] for path in _BANK if path in head), ""),
        reference(group["OrgnlMsgId"]) or group["OrgnlMsgId"],
        statuses,
        group.get("GrpSts", ""),
        _code(group),
        _words(group),
        tuple(batches),
        tuple(
            one
            for one in stated
            if one.payment_count is not None or one.amount_fen is not None or one.counted
        ),
        agent_names(head, "DbtrAgt"),
    )


#: The message that an answer may be an answer to, by number or by name, whatever its version.
_ORDERS: Final = ("pain001", "cstmrcdttrfinitn", "customercredittransferinitiation")


def _require_answers_an_order(group: Leaves) -> None:
    """Raise MessageRefused for an answer to another message than an order, as to a wish to cancel it."""
    said = group.get("OrgnlMsgNmId", "")
    if not re.sub(r"[\W_]+", "", said).lower().startswith(_ORDERS):
        raise MessageRefused(
            f"回单所答的是 {said[:40] or '没有写明种类的报文'}（OrgnlMsgNmId），不是支付报文",
            rule=f"回单答的是本系统发出的支付报文（{PAIN_001}）；撤销、查询等的答复不说明支付的结果",
            hint="整份回单未予采信；请向银行查询各笔支付的结果",
        )


def _stated(element: Any, found: Leaves, number: str, status: str, lines: Sequence[TransferStatus]) -> Stated:
    """What a level says of its size; `lines` of the whole order are those that are still to come, too."""
    prefix = element.tag[:_STRIP]
    told = [leaves(one, _STRIP) for one in element.iterfind(f"{prefix}NbOfTxsPerSts")]
    count = found.get("OrgnlNbOfTxs")
    return Stated(
        number, status, number_of(count) if count else None, _sum(found, "OrgnlCtrlSum"),
        tuple(
            Counted(one.get("DtldSts", ""), number_of(one.get("DtldNbOfTxs", "")), _sum(one, "DtldCtrlSum"))
            for one in told
        ),
        lines,
    )  # fmt: skip


def _sum(found: Leaves, path: str) -> int | None:
    """A control sum, which has no currency, in fen; None where there is none."""
    return fen_of(found[path], "CNY") if found.get(path) else None


def _code(found: Leaves) -> str:
    return found.get("StsRsnInf/Rsn/Cd") or found.get("StsRsnInf/Rsn/Prtry", "")


def _words(found: Leaves) -> str:
    return found.get("StsRsnInf/AddtlInf", "")


def _read_status(found: Leaves) -> TransferStatus:
    get = found.get
    days = ("OrgnlTxRef/IntrBkSttlmDt", "FctvIntrBkSttlmDt/Dt", "FctvIntrBkSttlmDt/DtTm", "AccptncDtTm")
    day = next((found[path] for path in days if found.get(path)), "")
    original = "OrgnlTxRef/"
    # what was settled counts, not what was asked for
    amount = next((p for p in (f"{original}IntrBkSttlmAmt", f"{original}Amt/InstdAmt") if p in found), "")
    account = next(
        (found[p] for way in ("Othr/Id", "IBAN") if found.get(p := f"{original}CdtrAcct/Id/{way}")), ""
    )
    return TransferStatus(
        reference(get("OrgnlEndToEndId", "")) or reference(get("OrgnlInstrId", "")),
        get("TxSts", ""),
        amount_at(found, amount) if amount else 0,
        reference(get("AcctSvcrRef", "")),
        day_of(day) if day else None,
        account,
        _code(found),
        _words(found),
        agent_no(found, f"{original}CdtrAgt"),
    )
