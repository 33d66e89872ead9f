"""How a region runs its treasury in a year: whether plans of use are needed, and a payment agency kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from fisc.documents import RuleBroken
from fisc.kernel.posting import in_transaction
from fisc.registry.officers import require_duty


@dataclass(frozen=True, slots=True)
class Setting:
    """Parameters of a region and year. Without one, no plans are needed and there is no payment agency."""

    mof_div_code: str
    fiscal_year: int
    plan_required: bool = False
    has_payment_agency: bool = False


#: What a query asks of the settings, up to the condition.
SETTING: Final = "mof_div_code, fiscal_year, plan_required, has_payment_agency from treasury_setting"


def set_settings(conn: psycopg.Connection[Any], settings: Sequence[Setting], *, by: str, on: date) -> None:
    """Set the parameters of regions and years (duty treasury_make). Idempotent.

    Raises MissingDuty, and RuleBroken where payments of that year were made already under another setting:
    books of one year are kept in one way.
    """
    require_duty(conn, by, "treasury_make", *{s.mof_div_code for s in settings})
    in_transaction(conn, lambda: _set(conn, settings, by, on))


def _set(conn: psycopg.Connection[Any], settings: Sequence[Setting], by: str, on: date) -> None:
    standing = settings_of(conn, {(s.mof_div_code, s.fiscal_year) for s in settings})
    for s in settings:
        other = standing[s.mof_div_code, s.fiscal_year]
        if other.has_payment_agency != s.has_payment_agency and _has_payments(conn, s):
            raise RuleBroken(
                f"{s.mof_div_code} {s.fiscal_year} 年已有支付，不能改变是否单设支付执行机构",
                rule="会计处理方法一个年度内不得随意变更（财库〔2015〕192号）",
                hint="请从下一年度起改变",
            )
    with conn.cursor() as cursor:
        cursor.executemany(
            "insert into treasury_setting "
            "(mof_div_code, fiscal_year, plan_required, has_payment_agency, set_by, set_on) "
            "values (%s, %s, %s, %s, %s, %s) on conflict (mof_div_code, fiscal_year) do update "
            "set plan_required = excluded.plan_required, has_payment_agency = excluded.has_payment_agency, "
            "set_by = excluded.set_by, set_on = excluded.set_on",
            [
                (s.mof_div_code, s.fiscal_year, s.plan_required, s.has_payment_agency, by, on)
                for s in settings
            ],
        )


def _has_payments(conn: psycopg.Connection[Any], setting: Setting) -> bool:
    row = conn.execute(
        "select exists (select from treasury_payment where mof_div_code = %s and fiscal_year = %s "
        "and paid_on is not null)",
        [setting.mof_div_code, setting.fiscal_year],
    ).fetchone()
    return bool(row and row[0])


def settings_of(
    conn: psycopg.Connection[Any], regions_years: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Setting]:
    """(region, year) -> its setting, the default where none was set."""
    wanted = sorted(set(regions_years))
    rows = conn.execute(
        f"select {SETTING} where mof_div_code = any(%s)".encode(), [sorted({region for region, _ in wanted})]
    ).fetchall()
    return settings_in(rows, wanted)


def settings_in(
    rows: Iterable[Sequence[Any]], wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Setting]:
    """`settings_of` from rows of `SETTING`."""
    found = {(row[0], row[1]): Setting(*row) for row in rows}
    return {key: found.get(key, Setting(*key)) for key in wanted}


def payment_stage(conn: psycopg.Connection[Any], region: str, year: int) -> str:
    """`planned` where the region keeps plans of use in that year, else `executable`."""
    return "planned" if settings_of(conn, [(region, year)])[region, year].plan_required else "executable"
