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
from fisc.documents.flow import Flow, Move, one_step, three_steps, two_steps
from fisc.documents.kind import Kind, Lines, Register
from fisc.documents.lines import lines_of, write_lines
from fisc.documents.store import advance, create, make, move, read, select, taken
from fisc.documents.voucher import Leg, document_key, period_for, voucher, year_end
from fisc.registry.officers import Officer, define_officers

__all__ = [
    "DisabledElement",
    "Flow",
    "FourEyes",
    "Kind",
    "Leg",
    "Lines",
    "MissingDuty",
    "Move",
    "NotFound",
    "Officer",
    "Register",
    "RuleBroken",
    "WrongState",
    "advance",
    "create",
    "define_officers",
    "document_key",
    "lines_of",
    "make",
    "move",
    "one_step",
    "period_for",
    "read",
    "select",
    "taken",
    "three_steps",
    "two_steps",
    "voucher",
    "write_lines",
    "year_end",
]
