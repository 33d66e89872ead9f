"""What people do with money between budgets and with reserves: moves made, posted, given up, reversed."""

from __future__ import annotations

from typing import Final

from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase
from fisc.reserves import services
from fisc.reserves.kinds import MOVE, REVERSAL, REVERSIBLE
from fisc.reserves.rules import KINDS

_NAMES: Final = {code: kind.name for code, kind in KINDS.items()}

USE_CASES: Final = (
    UseCase("reserves.make-moves", services.make_moves, MOVE, MAKE),
    UseCase("reserves.post-moves", services.post_moves, MOVE, "post"),
    UseCase("reserves.discard-moves", services.discard_moves, MOVE, "discard"),
    *reversal_of(REVERSAL, REVERSIBLE, group="reserves"),
    *looks(MOVE, "reserves", "moves", {"kind": _NAMES}),
)

#: Services that take several officers, and the use cases that do the same step by step.
TOGETHER: Final = {services.record_moves: ("reserves.make-moves", "reserves.post-moves")}
#: What only programs ask, and why people do not.
FOR_PROGRAMS: Final = {
    services.deficits: "people see it where what a year leaves over is told",
    services.drawn_of_stabilisation: "one number; people see it where drawing is refused",
    services.free: "one number; people see it where a move is refused",
    services.over_carried: "people see it in what year-end status tells and carry-sources takes back",
    services.standing_of_stabilisation: "one number; people see it in the balances of the books",
    services.standing_of_working_capital: "one number; people see it in the balances of the books",
    services.still_to_come: "people see it where a quota on it is refused, and in the sources of transfers",
}
