"""The kernel's founded ledger, for attacks on it."""

from tests.kernel.conftest import city, city_db, founded

__all__ = ["city", "city_db", "founded"]
