"""Which quotas there are, and where the money of each stands: asked by place and year, or by number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import psycopg

from fisc.budget.kinds import QUOTA
from fisc.budget.rules.quota_types import QuotaFacts
from fisc.budget.services.quota_store import QuotaBalance, facts, quota_balances
from fisc.documents.from_above import standing_forms
from fisc.documents.listing import PAGE, HowMany, Portion, at_most
from fisc.documents.sight import owners_in

_OF_AGENCIES = (
    "select bgt_id from budget_quota where mof_div_code = %s and fiscal_year = %s and agency_code = any(%s)"
)


def quotas_of_agencies(
    conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, agency_codes: Collection[str]
) -> dict[str, QuotaFacts]:
    """The quotas of some agencies in a year by `bgt_id`, with what is fixed of each; two queries."""
    rows = conn.execute(_OF_AGENCIES, [mof_div_code, fiscal_year, sorted(set(agency_codes))])
    return facts(conn, [row[0] for row in rows])


@dataclass(frozen=True, slots=True)
class QuotaStanding:
    """A quota, what it is for, and where its money stands, in fen."""

    bgt_id: str
    mof_div_code: str
    agency_code: str
    pro_code: str
    exp_func_code: str
    fund_type_code: str
    cor_bgt_doc_no: str
    bgt_exe_flag: str
    total_fen: int
    pending_fen: int
    executable_fen: int
    frozen_fen: int
    reserved_fen: int
    planned_fen: int
    applied_fen: int
    paid_fen: int


#: Whose quotas are.
QUOTA_OWNERS: Final = owners_in(QUOTA, "bgt_id")
_LISTED: Final = (
    "select bgt_id from budget_quota where mof_div_code = %(region)s and fiscal_year = %(year)s "
    "and %(agency)s in ('', agency_code) and %(project)s in ('', pro_code) "
    "and %(source)s in ('', sup_bgt_doc_no) and bgt_id > %(after)s order by bgt_id limit %(limit)s"
)


def list_quotas(
    conn: psycopg.Connection[Any], mof_div_code: str, fiscal_year: int, *, agency_code: str = "",
    pro_code: str = "", sup_bgt_doc_no: str = "", limit: HowMany = PAGE, after: str = "",
) -> Portion[QuotaStanding]:  # fmt: skip
    """The quotas of a region's year by number, of one agency, project or document from above where named.

    It begins after the quota `after` and gives `limit` of them, and says after which there are more.
    """
    most = at_most(limit)
    asked = {
        "region": mof_div_code, "year": fiscal_year, "agency": agency_code, "project": pro_code,
        "source": standing_forms(conn, [sup_bgt_doc_no])[sup_bgt_doc_no], "after": after, "limit": most + 1,
    }  # fmt: skip
    found = [row[0] for row in conn.execute(_LISTED, asked)]
    return Portion(show_quotas(conn, found[:most]), found[most - 1] if len(found) > most else "")


def show_quotas(conn: psycopg.Connection[Any], bgt_ids: Sequence[str]) -> list[QuotaStanding]:
    """Quotas by their numbers, each with where its money stands. NotFound for unknown ones."""
    balances, known = quota_balances(conn, bgt_ids), facts(conn, bgt_ids)
    return [_standing(known[bgt_id], balances[bgt_id]) for bgt_id in bgt_ids]


def _standing(quota: QuotaFacts, balance: QuotaBalance) -> QuotaStanding:
    c = quota.coding
    money = {f.name: getattr(balance, f.name) for f in fields(balance)}
    return QuotaStanding(
        quota.bgt_id, c.mof_div_code, c.agency_code, c.pro_code, c.exp_func_code, c.fund_type_code,
        c.cor_bgt_doc_no, "1" if quota.is_executable else "2", total_fen=balance.total_fen, **money,
    )  # fmt: skip
