"""Which quotas there are: asked by place and year, for domains that choose among them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg

from fisc.budget.rules.quota_types import QuotaFacts
from fisc.budget.services.quota_store import facts

_OF_AGENCIES = (
    "select bgt_id from budget_quota where mof_div_code = %s and fiscal_year = %s and agency_code = any(%s)"
)


def quotas_of_agencies(
    conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, agency_codes: Collection[str]
) -> dict[str, QuotaFacts]:
    """The quotas of some agencies in a year by `bgt_id`, with what is fixed of each; two queries."""
    rows = conn.execute(_OF_AGENCIES, [mof_div_code, fiscal_year, sorted(set(agency_codes))])
    return facts(conn, [row[0] for row in rows])
