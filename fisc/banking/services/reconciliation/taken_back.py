"""What a bank booked and took back itself: two bookings that nothing of ours explains close each other.

One reference is not enough, for strangers may bear one word: the later booking is the bank's own reversal
(its mark, a reason, its code of returns), or goes back to the very account that the first was of. It never
goes to another party than the first, where both name one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from fisc.banking.iso20022.model import OUT
from fisc.banking.services.party import is_name_of, party_of

#: A bank's code of business for what comes back.
_RETURNED: Final = "RETN"
_Key = tuple[str, str, str, int]


class Turn(NamedTuple):
    """An open booking; they are given in the order in which the bank booked them."""

    id: int
    mof_div_code: str
    acct_no: str
    ref_no: str
    side: str
    amount_fen: int
    party_acct_no: str
    party_name: str
    is_marked: bool


#: The columns of a `Turn`, of `banking_line` as `l`; and the order of the bank, with its message as `m`.
TURN: Final = f"""l.id, l.mof_div_code, l.acct_no, l.ref_no, l.side, l.amount_fen, l.party_acct_no,
    l.party_name, l.is_return or l.reason_code <> '' or l.code = '{_RETURNED}'"""
IN_TURN: Final = "l.booked_on, m.place_in_day, l.message_key, l.place"


def taken_back(turns: Iterable[Turn]) -> list[int]:
    """The bookings of one account, reference and amount of which a later one takes back an earlier one.

    Each is used once; what is not certain stays open.
    """
    groups: dict[_Key, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.ref_no and turn.amount_fen:
            groups[turn.mof_div_code, turn.acct_no, turn.ref_no, turn.amount_fen].append(turn)
    return [one.id for of in groups.values() for pair in _pairs(of) for one in pair]


def _pairs(turns: Iterable[Turn]) -> Iterator[tuple[Turn, Turn]]:
    waiting: list[Turn] = []
    for turn in turns:
        first = next((one for one in reversed(waiting) if _takes_back(turn, one)), None)
        if first is None:
            waiting.append(turn)
        else:
            waiting.remove(first)
            yield first, turn


def _takes_back(later: Turn, first: Turn) -> bool:
    if later.side == first.side or first.is_marked:
        return False
    if later.party_acct_no and first.party_acct_no:
        is_same = later.party_acct_no == first.party_acct_no
        return is_same and (later.is_marked or first.side == OUT)
    return later.is_marked and not _is_another(later, first)


def _is_another(later: Turn, first: Turn) -> bool:
    """Whether both name somebody, and not the same: by name, where no account tells."""
    if not (later.party_name or later.party_acct_no) or not (first.party_name or first.party_acct_no):
        return False
    return not is_name_of(later.party_name, party_of([first.party_name]))
