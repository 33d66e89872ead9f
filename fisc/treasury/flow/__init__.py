"""The states and moves of the treasury's documents. `FLOWS` is what `fisc.app` installs."""

from fisc.treasury.flow import payments

FLOWS = (*payments.FLOWS,)
