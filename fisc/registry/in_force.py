"""Which database a process speaks for: its own divisions and settings go before the shipped ones.

What another process records there is known with the next request: `REVISION` comes with its officer.
"""

from __future__ import annotations

from fisc.registry import own_settings, regions

#: SQL: what tells one state of what the database records itself from any other.
REVISION = f"({regions.REVISION} || ' ' || {own_settings.REVISION})"


def in_force(dsn: str) -> None:
    """Say which database counts from now on."""
    regions.KEPT.in_force(dsn)
    own_settings.KEPT.in_force(dsn)


def is_now(revision: str) -> None:
    """Read anew what another process changed, by what a database says of its `REVISION`."""
    of_regions, _, of_settings = revision.partition(" ")
    regions.KEPT.is_now(of_regions)
    own_settings.KEPT.is_now(of_settings)
