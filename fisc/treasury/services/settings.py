"""How a region runs its treasury in a year: plans of use, a payment agency, when cash leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, LiteralString

import psycopg

from fisc.documents import RuleBroken
from fisc.documents.days import require_near
from fisc.documents.inputs import OneOf
from fisc.kernel.asking import Question
from fisc.kernel.posting import in_transaction
from fisc.registry.officers import require_duty
from fisc.registry.open_books import require_kept
from fisc.registry.rows import insert_rows, read_rows, rows_asked
from fisc.registry.settings import cash_basis
from fisc.treasury.kinds import SETTING
from fisc.treasury.rules.payments import AGENCY, CLEARING, PAID_DAY

#: On which day a payment leaves 国库存款.
BASES: Final = {PAID_DAY: "按支付日", CLEARING: "按清算日"}
#: How payments are posted.
WAYS: Final = {**BASES, AGENCY: "单设支付执行机构"}


@dataclass(frozen=True, slots=True)
class Setting:
    """Parameters of a region and year. Without one, no plans are needed and there is no payment agency.

    `cash_basis` is the registry's (`region_settings.csv`) where nothing is said.
    """

    mof_div_code: str
    fiscal_year: int
    plan_required: bool = False
    has_payment_agency: bool = False
    cash_basis: Annotated[str, OneOf(BASES)] = ""

    @property
    def way(self) -> str:
        """How its payments are posted: a payment agency beside the treasury, else by its cash basis."""
        if self.has_payment_agency:
            return AGENCY
        return self.cash_basis or cash_basis(self.mof_div_code, self.fiscal_year)


def set_settings(conn: psycopg.Connection[Any], settings: Sequence[Setting], *, by: str, on: date) -> None:
    """Set the parameters of regions and years (duty treasury_make). Idempotent.

    Raises MissingDuty, and RuleBroken for a year after the next one of the day, or where payments of that
    year were made already under another setting:
    books of one year are kept in one way.
    """
    require_near((s.fiscal_year for s in settings), on, "国库参数")
    require_duty(conn, by, "treasury_make", *{s.mof_div_code for s in settings})
    in_transaction(conn, lambda: _set(conn, settings, by, on))


def _set(conn: psycopg.Connection[Any], settings: Sequence[Setting], by: str, on: date) -> None:
    known = _of_regions(conn, {s.mof_div_code for s in settings})
    standing = settings_in(known, {(s.mof_div_code, s.fiscal_year) for s in settings})
    for s in settings:
        other = standing[s.mof_div_code, s.fiscal_year]
        if s.has_payment_agency and s.cash_basis == PAID_DAY:
            raise RuleBroken(
                f"{s.mof_div_code} {s.fiscal_year} 年单设支付执行机构，库款不能按支付日列支",
                rule="单设支付执行机构的，清算日减少国库存款（财库〔2015〕192号 T13、T14）",
                hint="请不填库款列支基础，或填按清算日（clearing）",
            )
        if other.way != s.way and _has_payments(conn, s):
            raise RuleBroken(
                f"{s.mof_div_code} {s.fiscal_year} 年已有支付，不能改变是否单设支付执行机构或库款列支基础",
                rule="会计处理方法一个年度内不得随意变更（财库〔2015〕192号）",
                hint="请从下一年度起改变",
            )
    # what stands so is not set anew: since when it has been so would be lost
    last = {(s.mof_div_code, s.fiscal_year): s for s in settings}.values()
    rows = [SETTING.row(s, set_by=by, set_on=on) for s in last if s not in known]
    insert_rows(conn, SETTING, rows, known_by=("mof_div_code", "fiscal_year"), renews=SETTING.progress)


def _has_payments(conn: psycopg.Connection[Any], setting: Setting) -> bool:
    row = conn.execute(
        "select exists (select from treasury_payment where mof_div_code = %(region)s "
        "and fiscal_year = %(year)s and paid_on is not null) or exists (select from treasury_refund "
        "where mof_div_code = %(region)s and fiscal_year = %(year)s)",
        {"region": setting.mof_div_code, "year": setting.fiscal_year},
    ).fetchone()
    return bool(row and row[0])


def settings_of(
    conn: psycopg.Connection[Any], regions_years: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Setting]:
    """(region, year) -> its setting, the default where none was set."""
    wanted = sorted(set(regions_years))
    return settings_in(_of_regions(conn, {region for region, _ in wanted}), wanted)


def setting_of(conn: psycopg.Connection[Any], region: str, year: int) -> Setting:
    """How a region runs its treasury in a year, the default where nothing was set."""
    return settings_of(conn, [(region, year)])[region, year]


def show_setting(conn: psycopg.Connection[Any], region: str, year: int) -> Setting:
    """How a region runs its treasury in a year of its books, the default where nothing was set.

    Raises NoBooks: of a year without books nothing is set, and nothing goes by a default.
    """
    require_kept(conn, region, year)
    return setting_of(conn, region, year)


def _of_regions(conn: psycopg.Connection[Any], regions: Iterable[str]) -> list[Setting]:
    return read_rows(conn, SETTING, Setting, "where t.mof_div_code = any(%(r)s)", {"r": sorted(regions)})


def settings_asked(where: LiteralString, parameters: Mapping[str, Any]) -> Question[list[Setting]]:
    """The settings that `where` asks for, for `settings_in`, for who asks more at once."""
    return rows_asked(SETTING, Setting, where, parameters)


def settings_in(
    settings: Iterable[Setting], wanted: Iterable[tuple[str, int]]
) -> dict[tuple[str, int], Setting]:
    """`settings_of` out of the settings of their regions."""
    found = {(s.mof_div_code, s.fiscal_year): s for s in settings}
    return {key: found.get(key, Setting(*key)) for key in wanted}


def payment_stage(conn: psycopg.Connection[Any], region: str, year: int) -> str:
    """`planned` where the region keeps plans of use in that year, else `executable`."""
    return "planned" if setting_of(conn, region, year).plan_required else "executable"
