"""What people do in the service of debt: events made, posted, given up, reversed; what is left to settle."""

from __future__ import annotations

from typing import Final

from fisc.debt import services
from fisc.debt.kinds import EVENT, REVERSAL, REVERSIBLE
from fisc.debt.rules import KINDS, PARTS
from fisc.documents.flow import MAKE
from fisc.documents.looking import looks
from fisc.documents.reversal_use_cases import reversal_of
from fisc.documents.use_case import UseCase

_NAMES: Final = {code: kind.name for code, kind in KINDS.items()}

USE_CASES: Final = (
    UseCase("debt.make-events", services.make_events, EVENT, MAKE),
    UseCase("debt.post-events", services.post_events, EVENT, "post"),
    UseCase("debt.discard-events", services.discard_events, EVENT, "discard"),
    *reversal_of(REVERSAL, REVERSIBLE, group="debt"),
    *looks(EVENT, "debt", "events", {"kind": _NAMES, "part": PARTS}),
    UseCase(
        "debt.list-open", services.not_settled, EVENT, name="未结清、未列支的债务收付",
        named={"kind": _NAMES, "part": PARTS},
    ),
)  # fmt: skip

#: What only programs ask, and why people do not.
_WHY_NOT: Final = "of one year, for its settlement; people see year-end.settlement"
FOR_PROGRAMS: Final = {
    services.withheld: _WHY_NOT,
    services.advanced: _WHY_NOT,
    services.parties: "the other side of rows of vouchers; people see fisc trace",
    services.uncharged: "many regions of one year; people see year-end.status",
}
#: Services that take several officers, and the use cases that do the same step by step.
TOGETHER: Final = {services.record_events: ("debt.make-events", "debt.post-events")}
