"""pain.001.001.09: the order to a bank to pay (支付凭证发送)."""

from __future__ import annotations

from collections.abc import Iterator

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import Account, CreditTransfer, PaymentBatch, PaymentOrder
from fisc.banking.iso20022.schema import NAMESPACE, PAIN_001, stream
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

_STRIP = len(NAMESPACE) + len(PAIN_001) + 2
#: Longest remittance text of one occurrence; longer ones continue in the next.
_LINE = 140


def write_order(order: PaymentOrder) -> bytes:
    """The message's bytes (UTF-8). Raises MessageRefused naming the payment that cannot be written."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}{PAIN_001}"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{clean(order.message_id, 35, '报文号')}</MsgId>"
        f"<CreDtTm>{moment(order.created_on)}</CreDtTm><NbOfTxs>{order.payment_count}</NbOfTxs>"
        f"<CtrlSum>{money(order.amount_fen)}</CtrlSum>"
        f"<InitgPty><Nm>{clean(order.initiator, 140, '发起人')}</Nm></InitgPty></GrpHdr>"
    ]
    for batch in order.batches:
        parts.extend(_batch(batch))
    parts.append("</CstmrCdtTrfInitn></Document>")
    return "".join(parts).encode()


def _batch(batch: PaymentBatch) -> Iterator[str]:
    debtor = batch.debtor
    total = sum(transfer.amount_fen for transfer in batch.transfers)
    name = clean(debtor.name, 140, "付款人名称")
    yield (
        f"<PmtInf><PmtInfId>{clean(batch.batch_id, 35, '批次号')}</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"<BtchBookg>false</BtchBookg><NbOfTxs>{len(batch.transfers)}</NbOfTxs>"
        f"<CtrlSum>{money(total)}</CtrlSum><ReqdExctnDt><Dt>{batch.execute_on.isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{name}</Nm></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>{clean(debtor.acct_no, 34, '付款账号')}</Id></Othr></Id></DbtrAcct>"
        f"<DbtrAgt>{_bank(debtor.bank_no)}</DbtrAgt>"
    )
    yield from map(_transfer, batch.transfers)
    yield "</PmtInf>"


def _bank(bank_no: str) -> str:
    return f"<FinInstnId><ClrSysMmbId><MmbId>{clean(bank_no, 35, '行号')}</MmbId></ClrSysMmbId></FinInstnId>"


def _transfer(transfer: CreditTransfer) -> str:
    key, fen, name, acct_no, bank_no, purpose = transfer
    what = f"支付凭证 {key} "
    agent = f"<CdtrAgt>{_bank(bank_no)}</CdtrAgt>" if bank_no else ""
    remittance = _remittance(purpose, what) if purpose else ""
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{clean(key, 35, '支付凭证号')}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="CNY">{written_amount(fen, what)}</InstdAmt></Amt>{agent}'
        f"<Cdtr><Nm>{clean(name, 140, what + '收款人')}</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{clean(acct_no, 34, what + '收款账号')}</Id></Othr></Id></CdtrAcct>"
        f"{remittance}</CdtTrfTxInf>"
    )


def _remittance(purpose: str, what: str) -> str:
    if len(purpose) <= _LINE:
        return f"<RmtInf><Ustrd>{clean(purpose, _LINE, what + '用途')}</Ustrd></RmtInf>"
    pieces = (purpose[i : i + _LINE] for i in range(0, len(purpose), _LINE))
    lines = "".join(f"<Ustrd>{clean(piece, _LINE, what + '用途')}</Ustrd>" for piece in pieces)
    return f"<RmtInf>{lines}</RmtInf>"


def read_order(data: bytes) -> PaymentOrder:
    """The order in `data`, valid and consistent (counts and sums agree), or MessageRefused."""
    batches: list[PaymentBatch] = []
    transfers: list[CreditTransfer] = []
    head: Leaves = {}
    for name, element in stream(data, PAIN_001, ("GrpHdr", "CdtTrfTxInf", "PmtInf")):
        if name == "CdtTrfTxInf":
            transfers.append(_read_transfer(leaves(element, _STRIP)))
        elif name == "PmtInf":
            batches.append(_read_batch(leaves(element, _STRIP, "CdtTrfTxInf"), transfers))
            transfers = []
        else:
            head = leaves(element, _STRIP)
    order = PaymentOrder(head["MsgId"], day_of(head["CreDtTm"]), head.get("InitgPty/Nm", ""), batches)
    _require_totals("报文 " + order.message_id, head, order.payment_count, order.amount_fen)
    return order


def _read_transfer(found: Leaves) -> CreditTransfer:
    get = found.get
    return CreditTransfer(
        get("PmtId/EndToEndId", ""),
        amount_at(found, "Amt/InstdAmt"),
        get("Cdtr/Nm", ""),
        get("CdtrAcct/Id/Othr/Id") or get("CdtrAcct/Id/IBAN", ""),
        get("CdtrAgt/FinInstnId/ClrSysMmbId/MmbId") or get("CdtrAgt/FinInstnId/BICFI", ""),
        get("RmtInf/Ustrd", ""),
    )


def _read_batch(found: Leaves, transfers: list[CreditTransfer]) -> PaymentBatch:
    get = found.get
    day = get("ReqdExctnDt/Dt") or get("ReqdExctnDt/DtTm", "")
    debtor = Account(
        get("DbtrAcct/Id/Othr/Id") or get("DbtrAcct/Id/IBAN", ""),
        get("Dbtr/Nm", ""),
        get("DbtrAgt/FinInstnId/ClrSysMmbId/MmbId") or get("DbtrAgt/FinInstnId/BICFI", ""),
    )
    batch = PaymentBatch(get("PmtInfId", ""), debtor, day_of(day), transfers)
    total = sum(transfer.amount_fen for transfer in transfers)
    _require_totals("批次 " + batch.batch_id, found, len(transfers), total)
    return batch


def _require_totals(what: str, found: Leaves, count: int, amount_fen: int) -> None:
    """The stated number and sum of payments are those of the lines."""
    stated = number_of(found.get("NbOfTxs") or str(count))
    total = found.get("CtrlSum")
    # a control sum has no currency; as a text it may carry any number of zeros
    is_same = total is None or total.rstrip("0").rstrip(".") == money(amount_fen).rstrip("0").rstrip(".")
    if stated != count or not is_same:
        raise MessageRefused(
            f"{what} 写明 {stated} 笔、合计 {total or '未写'}，逐笔相加是 {count} 笔、{money(amount_fen)} 元",
            rule="报文的笔数和金额合计须与明细一致",
            hint="整份报文未予采信；请退回对方更正后重发",
        )
