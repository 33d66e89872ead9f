"""The settings that the database in force records: documents of two officers, each from a day on.

They are `KEPT` as divisions are; whoever puts one in force here has them forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, NamedTuple

import psycopg

from fisc.registry.kept import Kept

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


class _Settings(Kept[dict[_Key, list[OwnSetting]]]):
    def read(self) -> dict[_Key, list[OwnSetting]]:
        """(region, setting, figure) -> its rows, the first that held first; none while it is out of reach."""
        found: dict[_Key, list[OwnSetting]] = {}
        for row in self._recorded():
            found.setdefault((row.mof_div_code, row.setting, row.figure), []).append(row)
        return found

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


KEPT: Final = _Settings()


def own_setting(region: str, setting: str, figure: str, on: date) -> OwnSetting | None:
    """What a region (nine digits) itself settled that holds on a day; None where nothing by then."""
    held = KEPT.now().get((region, setting, figure), ())
    return next((row for row in reversed(held) if row.valid_from <= on), None)


def every_own(region: str) -> list[OwnSetting]:
    """All that a region ever settled and that was put in force, by setting, the first that held first."""
    return [row for key, rows in sorted(KEPT.now().items()) if key[0] == region for row in rows]
