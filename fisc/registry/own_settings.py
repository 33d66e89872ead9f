"""The settings that the database in force records: documents of two officers, each from a day on.

They are read when first asked for and kept until another database is in force, one is put in force here
(`forget`), or a request finds that another process did so (`is_now`), as divisions are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

import psycopg

#: SQL: what tells one state of the database's own settings from any other, '' where there are none.
REVISION = "(select coalesce(md5(string_agg(s::text, ' ' order by s.id)), '') from registry_own_settings() s)"
_RECORDED = (
    "select doc_key, mof_div_code, setting, figure, value, title, version, exp_func_codes, valid_from, "
    f"approval_no, {REVISION} from registry_own_settings() with ordinality order by ordinality"
).encode()


class OwnSetting(NamedTuple):
    """A setting of a region from `valid_from` on, by a document and the basis (文号) that it names."""

    setting_no: str
    mof_div_code: str
    setting: str
    figure: str
    value: str
    title: str
    version: str
    exp_func_codes: list[str]
    valid_from: date
    approval_no: str


_Key = tuple[str, str, str]


class _InForce:
    def __init__(self) -> None:
        self.dsn = ""
        self.rows: dict[_Key, list[OwnSetting]] | None = None
        self.revision = ""

    def read(self) -> dict[_Key, list[OwnSetting]]:
        """(region, setting, figure) -> its rows, the first that held first; none while it is out of reach."""
        if self.rows is None:
            found: dict[_Key, list[OwnSetting]] = {}
            for row in self._recorded():
                found.setdefault((row.mof_div_code, row.setting, row.figure), []).append(row)
            self.rows = found
        return self.rows

    def _recorded(self) -> Iterable[OwnSetting]:
        self.revision = ""
        if not self.dsn:
            return []
        try:
            with psycopg.connect(self.dsn, application_name="fisc", autocommit=True) as conn:
                rows = conn.execute(_RECORDED).fetchall()
        except (psycopg.OperationalError, psycopg.errors.UndefinedFunction):
            return []  # out of reach, or a ledger without documents
        self.revision = str(rows[0][-1]) if rows else ""
        return [OwnSetting._make(row[:-1]) for row in rows]


_now = _InForce()


def in_force(dsn: str) -> None:
    """Say which database's settings count from now on; nothing is read before one is asked for."""
    if dsn != _now.dsn:
        _now.dsn = dsn
        forget()


def forget() -> None:
    """Read them anew when next asked: one was put in force."""
    _now.rows = None


def is_now(revision: str) -> None:
    """Read them anew when next asked, where the database says another `REVISION` than was read."""
    if revision != _now.revision and _now.rows is not None:
        forget()


def own_setting(region: str, setting: str, figure: str, on: date) -> OwnSetting | None:
    """What a region (nine digits) itself settled that holds on a day; None where nothing by then."""
    held = _now.read().get((region, setting, figure), ())
    return next((row for row in reversed(held) if row.valid_from <= on), None)


def every_own(region: str) -> list[OwnSetting]:
    """All that a region ever settled and that was put in force, by setting, the first that held first."""
    return [row for key, rows in sorted(_now.read().items()) if key[0] == region for row in rows]
