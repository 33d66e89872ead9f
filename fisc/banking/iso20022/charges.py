"""What a bank took or gave together with a booking, inside its amount: charges and interest of an entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from typing import Any, Final, NamedTuple

from fisc.banking.iso20022.errors import MessageRefused
from fisc.banking.iso20022.model import IN
from fisc.banking.iso20022.values import Leaves, amount_at, leaves
from fisc.kernel.money import format_fen

#: Codes of business of what is booked inside another entry, as `bank_codes.csv` has them.
FEE, INTEREST, REST = "FEE", "INT", "DIFF"
#: Element of what is told together -> its code, the name of its sum, its name for people.
_TOLD: Final = {
    "Chrgs": (FEE, "TtlChrgsAndTaxAmt", "手续费"), "Intrst": (INTEREST, "TtlIntrstAndTaxAmt", "利息"),
}  # fmt: skip


class Part(NamedTuple):
    """A charge or interest; `outflow_fen` is what leaves the account by it (negative: what comes in).

    `is_included`: whether the bank says that the entry's amount has it in it; None where it does not say.
    """

    code: str
    outflow_fen: int
    is_included: bool | None
    words: str


class Charges(NamedTuple):
    """What an entry or a transaction says of charges and interest: one by one, and as sums."""

    each: tuple[Part, ...] = ()
    sums: tuple[Part, ...] = ()

    def of(self, code: str) -> list[tuple[Part, ...]]:
        """The ways to tell those of a code: one by one, or as their sum."""
        ways = (tuple(part for part in told if part.code == code) for told in (self.each, self.sums))
        return [way for way in ways if way]


def charges_of(element: Any, strip: int) -> Charges:
    """What stands in an entry or transaction, in any version; what is in other money is not told."""
    each: list[Part] = []
    sums: list[Part] = []
    prefix = element.tag[:strip]
    for name, (code, total, words) in _TOLD.items():
        for told in element.iterfind(prefix + name):
            for record in list(told.iterfind(f"{prefix}Rcrd")) or [told]:
                each += _part(leaves(record, strip), "Amt", code, words)
            sums += _part(leaves(told, strip, "Rcrd"), total, code, words)
    return Charges(tuple(each), tuple(sums))


def _part(found: Leaves, path: str, code: str, words: str) -> Iterator[Part]:
    try:
        fen = amount_at(found, path)
    except MessageRefused:  # not in the account's money: then it explains nothing
        return
    flag = found.get("ChrgInclInd", "")
    # charges leave the account, interest comes in, where the bank says nothing else
    is_in = found.get("CdtDbtInd", IN if code == INTEREST else "") == IN
    kind = found.get("Tp/Prtry/Id") or found.get("Tp/Cd") or ""
    said = f"{words}{f'（{kind}）' if kind else ''} {format_fen(fen)} 元"
    yield Part(code, -fen if is_in else fen, {"true": True, "1": True, "": None}.get(flag, False), said)


def explaining(fen: int, told: Sequence[Charges], *, is_reversal: bool = False) -> tuple[Part, ...]:
    """The charges and interest, none said to stand apart, that come to `fen` of outflow; () where none do.

    `told` are levels, the nearest first: a bank may tell the same charges at two of them. A reversal may
    tell them by the side that they had first.
    """
    fees, interest = ([(), *_choices(told, code)] for code in (FEE, INTEREST))
    for some, more in product(fees, interest):
        chosen = [part for part in (*some, *more) if part.is_included is not False and part.outflow_fen]
        total = sum(part.outflow_fen for part in chosen)
        if chosen and total == fen:
            return tuple(chosen)
        if chosen and is_reversal and -total == fen:
            return tuple(part._replace(outflow_fen=-part.outflow_fen) for part in chosen)
    return ()


def _choices(told: Sequence[Charges], code: str) -> list[tuple[Part, ...]]:
    ways = [way for level in told for way in level.of(code)]
    every = tuple(part for level in told for part in (level.of(code) or [()])[0])
    return [*ways, every]


def included(told: Iterable[Charges]) -> tuple[Part, ...]:
    """What the bank says is in the amount: of the nearest level that says so."""
    for level in told:
        if found := tuple(part for part in level.each if part.is_included and part.outflow_fen):
            return found
    return ()
