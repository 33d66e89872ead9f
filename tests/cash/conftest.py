"""The city that can pay, furnished as for the treasury's own tests."""

from tests.treasury.conftest import _shared_db, paying, paying_db, paying_template

__all__ = ["_shared_db", "paying", "paying_db", "paying_template"]
