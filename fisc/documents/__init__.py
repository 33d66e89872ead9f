"""Business documents (单据): table-driven states, four eyes, and the vouchers they post.

A document is a row of a domain's own table with a state and a trail of the steps that
brought it there. Which steps there are is a table (`Flow`); the database holds the same
table and refuses every other change, whatever code asks for it.
"""

from fisc.documents.errors import (
    DisabledElement,
    FourEyes,
    MissingDuty,
    NotFound,
    RuleBroken,
    WrongState,
)
from fisc.documents.flow import Flow, Move
from fisc.documents.officers import Officer, define_officers
from fisc.documents.store import make, move, read
from fisc.documents.voucher import Leg, document_key, period_for, voucher, year_end

__all__ = [
    "DisabledElement",
    "Flow",
    "FourEyes",
    "Leg",
    "MissingDuty",
    "Move",
    "NotFound",
    "Officer",
    "RuleBroken",
    "WrongState",
    "define_officers",
    "document_key",
    "make",
    "move",
    "period_for",
    "read",
    "voucher",
    "year_end",
]
