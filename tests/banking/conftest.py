"""The city that can pay, furnished as for the treasury's own tests."""

from tests.rosters.conftest import _roster_db, roster
from tests.treasury.conftest import _shared_db, paying, paying_db, paying_template

__all__ = ["_roster_db", "_shared_db", "paying", "paying_db", "paying_template", "roster"]
