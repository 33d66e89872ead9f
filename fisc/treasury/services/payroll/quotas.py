"""The personnel quotas of agencies, and what may be paid from each."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from fisc.budget.services.quota_search import quotas_of_agencies
from fisc.kernel import available_many
from fisc.treasury.rules.payments import stage_account
from fisc.treasury.services.payroll.explaining import is_personnel
from fisc.treasury.services.payroll.matching import PersonnelQuota, is_unified


def personnel_quotas(
    conn: psycopg.Connection[Any], region: str, year: int, agency_codes: Collection[str], stage: str
) -> list[PersonnelQuota]:
    """The agencies' quotas of personnel money, or marked for unified payroll, with what is available."""
    found = quotas_of_agencies(conn, region, year, agency_codes)
    available = available_many(conn, stage_account(stage, year), [f.coding for f in found.values()])
    quotas = [
        PersonnelQuota(bgt_id, f.coding, available[f.coding], f.is_executable) for bgt_id, f in found.items()
    ]
    return [quota for quota in quotas if is_personnel(quota.coding) or is_unified(quota)]
