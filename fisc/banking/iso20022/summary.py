"""What a bank says its bookings come to, against those that are there: a file that lost some says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import IN, OUT
from fisc.banking.iso20022.values import Leaves, amount_at, number_of
from fisc.kernel.money import format_fen

#: Element of the summary -> the sides it is of, and its name.
_SUMS: Final = {
    "TtlNtries": ((IN, OUT), "全部"), "TtlCdtNtries": ((IN,), "贷方"), "TtlDbtNtries": ((OUT,), "借方"),
}  # fmt: skip


class Seen(NamedTuple):
    """An entry as it stands in a message: booked or only announced, of so many transactions (`size`)."""

    side: str
    amount_fen: int | None
    is_booked: bool
    size: int


def require_complete(message_id: str, said: Leaves, seen: Sequence[Seen]) -> None:
    """Raise MessageRefused where a summary counts, or adds up to, other entries than those of the message.

    Banks may count what is only announced or not, and entries or their transactions: any of it will do.
    """
    for name, (sides, words) in _SUMS.items():
        every = [one for one in seen if one.side in sides]
        ways = (every, [one for one in every if one.is_booked])
        path = f"TxsSummry/{name}"
        if number := said.get(f"{path}/NbOfNtries"):
            counts = {n for of in ways for n in (len(of), sum(one.size for one in of))}
            if number_of(number) not in counts:
                raise _refused(message_id, f"{words} {number} 笔", f"{len(every)} 笔")
        if said.get(f"{path}/Sum"):
            fen = amount_at({"Sum": said[f"{path}/Sum"], "Sum@": "CNY"}, "Sum")
            if fen not in {_sum(of) for of in ways}:
                raise _refused(message_id, f"{words} {format_fen(fen)} 元", f"{format_fen(_sum(every))} 元")


def _sum(of: Sequence[Seen]) -> int:
    return sum(one.amount_fen or 0 for one in of)


def _refused(message_id: str, said: str, found: str) -> MessageRefused:
    return MessageRefused(
        f"报文 {message_id} 的汇总（TxsSummry）写明{said}，实有 {found}",
        rule="报文的笔数和金额合计须与明细一致",
        hint="整份报文未予采信；请核对文件是否完整，或请对方更正后重发",
    )
