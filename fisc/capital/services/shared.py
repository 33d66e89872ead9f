"""What the services of state capital share: refusals that name every refused item, and common reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg.rows import dict_row

from fisc.capital.kinds import ENTERPRISE
from fisc.documents import NotFound, RuleBroken, select
from fisc.documents.editions import current
from fisc.documents.flow import ENDED
from fisc.documents.refusals import refuse_each
from fisc.kernel import FiscError
from fisc.sheets.text import paper_number

if TYPE_CHECKING:
    from fisc.capital import models

Conn = psycopg.Connection[Any]
Row = dict[str, Any]


def enterprise_key(mof_div_code: str, enterprise_code: str) -> str:
    """The natural key of an enterprise in a region."""
    return f"{mof_div_code}:{enterprise_code}"


def enterprises_of(conn: Conn, keys: Iterable[str]) -> dict[str, models.Enterprise]:
    """Registered enterprises by key; those that are not there, or not confirmed, are left out."""
    where: Final = "where state = 'registered' and doc_key = any(%s)"
    asked = sorted(set(keys))
    numbers = dict(zip(current(conn, ENTERPRISE, asked), asked, strict=True))
    return {numbers[found.doc_key]: found for found in select(conn, ENTERPRISE, where, [list(numbers)])}


def no_enterprise(what: str, enterprise_code: str) -> FiscError:
    """The refusal of a document that names an enterprise no stake is registered in."""
    return NotFound(
        f"{what}：没有已登记的国有企业 {enterprise_code}",
        rule="先登记股权、后办理注资与收益（中发〔2018〕25号：出资人名册）",
        hint="请先登记并审核该企业的股权",
        details={"enterprise_code": enterprise_code},
    )


def rows(conn: Conn, statement: str, parameters: Any) -> list[Row]:
    """Rows of a query as dicts."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(statement.encode(), parameters).fetchall()


def require_unclaimed(conn: Conn, table: str, column: str, claims: Mapping[str, str], what: str) -> None:
    """Refuse numbers (`claims`: number -> document) that another document that stands names already.

    However they are written (`paper_number`).
    """
    statement = (
        f"select ledger.paper_number({column}), doc_key from {table} "
        f"where ledger.paper_number({column}) = any(%s) and state <> all(%s) order by 1"
    )
    written = {paper_number(number): number for number in claims}
    found = conn.execute(statement.encode(), [list(written), list(ENDED)]).fetchall()
    taken = [(written[form], other) for form, other in found]
    refuse_each(
        RuleBroken(
            f"{what} {number} 已由单据 {other} 使用，不能再用于 {claims[number]}",
            rule="一笔支付、一张回单只办理一次",
            hint="请核对号码；登错的先作废或冲销原单据，再用这个号码",
            details={"number": number, "doc_key": other},
        )
        for number, other in taken
        if other != claims[number]
    )
