"""The register of cash to come: what was expected stands; whether it came about is written beside it."""

from __future__ import annotations

from typing import Final

from fisc.documents import Register

KINDS: Final = ()
EXPECTED: Final = Register(
    "cash.ExpectedFlow",
    progress=("is_settled", "settled_at"),
    known="past.is_known(t.recorded_at, t.recorded_on)",
    past={
        "is_settled": "case when t.is_settled and t.settled_at is null "
        "then past.lost('预计收支是否已核销', t.flow_key)::boolean "
        "else t.is_settled and t.settled_at <= past.moment() end",
        "settled_at": "case when t.settled_at <= past.moment() then t.settled_at end",
    },
)
REGISTERS: Final = (EXPECTED,)
