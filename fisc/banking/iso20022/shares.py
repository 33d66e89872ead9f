"""What a booked amount is made of: transactions, charges and interest in it, and what nothing explains.

The amount of an entry is what the balance counts, whatever stands below it: its shares always add up to it.
What the bank tells of its charges is a share of its own; what is left over is one too, and open until
somebody says what it is. Where levels contradict each other the entry stays whole and names no voucher.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from fisc.banking.iso20022.charges import FEE, INTEREST, REST, Charges, Part, explaining, included
from fisc.banking.iso20022.model import OUT
from fisc.banking.iso20022.values import Leaves, amount_at, is_yes, reference
from fisc.kernel.money import format_fen

_KEY: Final = "Refs/EndToEndId"
#: Where the amount of a transaction may stand, in order of preference.
_AMOUNTS: Final = ("Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt")
#: Vouchers that an entry told as a whole names, at most.
_MOST_KEYS: Final = 10


class Told(NamedTuple):
    """An entry or a transaction of it: what it says, and of charges and interest."""

    said: Leaves
    charges: Charges


class Share(NamedTuple):
    """A part of an entry (fen, out positive); `detail` is what its transaction says, where it is one's."""

    detail: Leaves
    outflow_fen: int
    code: str = ""
    remark: str = ""


def is_back(entry: Leaves, detail: Leaves) -> bool:
    """Whether a booking brings something back: the bank says so by its mark or by a reason."""
    return _is_reversal(entry, detail) or any(path.startswith("RtrInf") for path in detail)


def _is_reversal(*levels: Leaves) -> bool:
    """Whether the bank marks a booking as taking another back: at the entry, or at the transaction."""
    return any(is_yes(level.get("RvslInd")) for level in levels)


def shares_of(entry: Told, details: Sequence[Told], stated: int) -> list[Share]:
    """The shares of an entry, adding up to it; `stated` is how many transactions its batches claim."""
    fen = _outflow(entry.said)
    if max(len(details), stated) > 1:
        made = _of_several(entry, details, stated)
        why = _excess(fen, made)
        return _whole(details, fen, (), why) if why else made
    detail = details[0] if details else Told({}, Charges())
    made = _of_one(entry, detail)
    why = _excess(fen, made)
    return [Share(detail.said, fen, remark=why)] if why else made


def _excess(fen: int, shares: Sequence[Share]) -> str:
    """Why charges and interest cannot be what a bank says that they are, in words; '' where they can.

    What proves a payment is what the account moved by: nothing given back makes a small debit a large
    payment, and what is kept of a receipt is less than what arrives. Nor is a charge larger than its payment.
    """
    parts = [share for share in shares if share.code in (FEE, INTEREST)]
    against = abs(sum(share.outflow_fen for share in parts if share.outflow_fen * fen < 0))
    most = 0 if fen > 0 else abs(fen)
    if against and against >= most:
        return (
            f"银行另行写明反向的手续费或利息 {format_fen(against)} 元，账户实际只动 {format_fen(abs(fen))} 元"
        )
    fees = abs(sum(share.outflow_fen for share in parts if share.code == FEE))
    paid = abs(sum(share.outflow_fen for share in shares if share not in parts))
    if fees > paid > 0:
        return f"手续费 {format_fen(fees)} 元高于付款 {format_fen(paid)} 元"
    return ""


def _signed(fen: int, side: str) -> int:
    return fen if side == OUT else -fen


def _outflow(entry: Leaves) -> int:
    return _signed(amount_at(entry, "Amt"), entry["CdtDbtInd"])


def _amounts(found: Leaves, paths: Sequence[str] = _AMOUNTS) -> list[int]:
    """The amounts that are stated in the account's money, in order of preference."""
    return [amount_at(found, path) for path in paths if path in found and found.get(path + "@") == "CNY"]


# ---- an entry of one transaction


def _of_one(entry: Told, detail: Told) -> list[Share]:
    fen, side, back = _outflow(entry.said), entry.said["CdtDbtInd"], is_back(entry.said, detail.said)
    if detail.said.get("CdtDbtInd", side) != side and not back:
        return [_opposed(detail.said, fen)]
    amounts = [
        _signed(a, side) for a in (*_amounts(detail.said), *_amounts(entry.said, _AMOUNTS[1:]))
    ]  # fmt: skip
    levels = (detail.charges, entry.charges)
    for amount in amounts:
        if parts := explaining(fen - amount, levels, is_reversal=back):
            return _with(Share(detail.said, amount), parts)
    marked = _marked(entry.said, levels)
    own = next(iter(amounts), fen)
    return _with_rest(Share(detail.said, own if own != fen else fen - _sum(marked)), marked, fen)


def _marked(entry: Leaves, levels: Sequence[Charges]) -> tuple[Part, ...]:
    """What the bank says is in the amount; a reversal brings back what was in it."""
    found = included(levels)
    if not _is_reversal(entry):
        return found
    side = entry["CdtDbtInd"]
    return tuple(part._replace(outflow_fen=_signed(abs(part.outflow_fen), side)) for part in found)


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.outflow_fen for part in parts)


def _with(share: Share, parts: Sequence[Part]) -> list[Share]:
    return [
        share,
        *(Share({}, part.outflow_fen, part.code, f"{part.words}，含在同一笔入账内") for part in parts),
    ]


def _with_rest(share: Share, parts: Sequence[Part], fen: int) -> list[Share]:
    """A transaction, the charges, and what of the entry nothing explains; whole where it is no part of it."""
    rest = fen - share.outflow_fen - _sum(parts)
    if min(share.outflow_fen * fen, rest * fen) < 0:
        return [share._replace(outflow_fen=fen)]
    return [*_with(share, parts), *_rest(rest)]


def _rest(fen: int) -> list[Share]:
    said = f"入账金额多于明细 {format_fen(abs(fen))} 元，银行没有说明"
    return [Share({}, fen, REST, said)] if fen else []


def _opposed(detail: Leaves, fen: int) -> Share:
    key = reference(detail.get(_KEY, ""))
    said = f"明细写明的借贷与入账相反{f'（{key}）' if key else ''}"
    return Share({path: text for path, text in detail.items() if path != _KEY}, fen, remark=said)


# ---- an entry of several


def _of_several(entry: Told, details: Sequence[Told], stated: int) -> list[Share]:
    fen, side, count = _outflow(entry.said), entry.said["CdtDbtInd"], max(len(details), stated)
    every = Charges(
        tuple(p for one in details for p in one.charges.each),
        tuple(p for one in details for p in one.charges.sums),
    )
    levels = (every, entry.charges)
    marked = _marked(entry.said, (entry.charges, every))
    known = [
        _signed(stated_as[0], one.said.get("CdtDbtInd", side))
        for one in details if (stated_as := _amounts(one.said))
    ]  # fmt: skip
    if len(known) < count:
        return _whole(details, fen, marked, f"汇总 {count} 笔，没有逐笔金额")
    if known and sum(known) == -fen and all(is_back(entry.said, one.said) for one in details):
        known = [-amount for amount in known]
    if sum(known) == fen:
        return [s for one, amount in zip(details, known, strict=True) for s in _own(entry.said, one, amount)]
    told = [Share(one.said, amount) for one, amount in zip(details, known, strict=True)]
    if parts := explaining(fen - sum(known), levels, is_reversal=_is_reversal(entry.said)):
        return [*told[:-1], *_with(told[-1], parts)]
    rest = fen - sum(known) - _sum(marked)
    if min(rest * fen, sum(known) * fen) < 0:
        return _whole(details, fen, marked, f"汇总 {count} 笔，逐笔金额相加与入账不符")
    return [*told[:-1], *_with(told[-1], marked), *_rest(rest)]


def _own(entry: Leaves, one: Told, amount: int) -> list[Share]:
    """A transaction of which the amount is told, with the charges that are in it."""
    for other in _amounts(one.said)[1:]:
        signed = other if amount > 0 else -other
        if parts := explaining(amount - signed, [one.charges]):
            return _with(Share(one.said, signed), parts)
    marked = _marked(entry, [one.charges])
    return _with_rest(Share(one.said, amount - _sum(marked)), marked, amount)


def _whole(details: Sequence[Told], fen: int, marked: Sequence[Part], why: str) -> list[Share]:
    """One share that names no voucher: nobody knows how much is whose."""
    keys = [key for one in details if (key := reference(one.said.get(_KEY, "")))]
    named = f"：{'、'.join(keys[:_MOST_KEYS])}" if keys else ""
    return _with_rest(Share({}, fen - _sum(marked), remark=f"{why}{named}"), marked, fen)
