"""What a database is made of, as texts that two databases can be compared by."""

from __future__ import annotations

from typing import Any

import psycopg

_OURS = "n.nspname in ('ledger', 'public')"
_QUERIES = {
    "columns": f"""
        select format('%s.%s.%s %s %s %s %s', n.nspname, c.relname, a.attname,
                      format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
                      coalesce(pg_get_expr(d.adbin, d.adrelid), ''))
        from pg_attribute a join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
        where {_OURS} and c.relkind in ('r', 'v') and a.attnum > 0 and not a.attisdropped""",
    "tables": f"""
        select format('%s.%s %s %s %s %s', n.nspname, c.relname, c.relkind, c.relpersistence, c.reloptions,
                      c.relrowsecurity)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where {_OURS} and c.relkind in ('r', 'v', 'S')""",
    "constraints": f"""
        select format('%s.%s %s %s', n.nspname, c.relname, k.conname, pg_get_constraintdef(k.oid))
        from pg_constraint k join pg_class c on c.oid = k.conrelid
        join pg_namespace n on n.oid = c.relnamespace
        where {_OURS} and k.contype <> 'n'""",
    "indexes": f"""
        select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace where {_OURS} and c.relkind = 'r'""",
    "functions": f"""
        select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where {_OURS} and p.prokind = 'f'""",
    "triggers": f"""
        select format('%s %s', pg_get_triggerdef(t.oid), t.tgenabled) from pg_trigger t
        join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
        where {_OURS} and not t.tgisinternal""",
    "policies": """
        select format('%s.%s %s %s %s', schemaname, tablename, policyname, cmd, qual) from pg_policies""",
    "steps": "select (to_jsonb(t) - 'id')::text from documents_transition t",
    "migrations": "select app || '.' || name from django_migrations",
    "version": "select obj_description('ledger'::regnamespace)",
}


def catalogue(conn: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """Tables, columns, constraints, indexes, functions, triggers, policies and steps of flows."""
    return {name: {row[0] for row in conn.execute(query.encode())} for name, query in _QUERIES.items()}


def difference(old: dict[str, set[str]], new: dict[str, set[str]]) -> list[str]:
    """What only one of two catalogues has, each as a line that says which."""
    return sorted(
        f"{side} {name}: {text}"
        for name in old
        for side, texts in (("-", new[name] - old[name]), ("+", old[name] - new[name]))
        for text in texts
    )
