"""Which rows of the ledger belong to whom: the conditions that policies of the database are made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_OF_CODING: Final = "exists (select from ledger.coding c where c.id = coding_id)"
_OF_REGION: Final = "exists (select from ledger.region r where r.id = region_id)"

#: Table -> the condition under which a row is seen. None: the row names its region, and its agency, itself.
#: A posting is seen with its coding block; the rest with its region or its postings.
OWN_ROWS: Final[Mapping[str, str | None]] = {
    "ledger.region": None,
    "ledger.coding": None,
    "ledger.posting": _OF_CODING,
    "ledger.balance": _OF_CODING,
    "ledger.balance_month": _OF_CODING,
    "ledger.entry": f"{_OF_REGION} or exists (select from ledger.posting p where p.entry_id = entry.id)",
    "ledger.document": _OF_REGION,
    "ledger.period": _OF_REGION,
    "ledger.pool_balance": _OF_REGION,
    "ledger.pool_day": _OF_REGION,
}

#: What everybody who reads at all may read whole: it belongs to nobody.
OPEN_TO_ALL: Final = ("ledger.account", "ledger.account_years", "ledger.pool", "ledger.pool_account")
