"""The database guard for document tables: no row names an element that is not enabled in its year.

In a migration: `migrations.RunSQL(elements.guard_sql("budget_quota"))`, depending on
("registry", "0002_elements").
"""

from __future__ import annotations

from typing import Any

import psycopg


def guard_table(conn: psycopg.Connection[Any], table: str) -> None:
    """Attach the guard to a document table with fiscal_year and mof_div_code; may be called again.

    Those of agency_code, pro_code and theme_code that the table has are checked on insert (once a
    statement) and where an update changes them; '' is not checked. The database refuses with
    SQLSTATE FS201 (DisabledElement) or FS202 (UnknownElement).
    """
    conn.execute("select registry_guard_table(%s::regclass)", [table])


def guard_sql(table: str) -> str:
    """`guard_table` as SQL, for a migration. `table` is a name of letters, digits, dots and underscores."""
    if not table.replace(".", "_").isidentifier():
        raise ValueError(f"{table!r} is not the name of a table")
    return f"select registry_guard_table('{table}'::regclass)"
