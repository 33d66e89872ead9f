"""The SQL by which a domain's table takes a name of its own: the table, and whatever bears its name.

Renaming keeps rows, identity, rights and policies. Guards carry the table's name in their functions' names:
they go, and setting up puts those of the new name in force.
"""

from __future__ import annotations

_RENAME = """
do $do$
declare
    one record;
    was text := '{was}';
    now text := '{now}';
    stem text := '{stem}';
    new_stem text := '{new_stem}';
begin
    for one in select p.oid::regprocedure as name from pg_proc p where p.pronamespace = 'public'::regnamespace
               and p.proname ~ ('^documents_[a-z]+_' || was || '$') loop
        execute format('drop function %s cascade', one.name);
    end loop;
    execute format('alter table public.%I rename to %I', was, now);
    for one in select k.conname as name from pg_constraint k
               where k.conrelid = format('public.%I', now)::regclass and starts_with(k.conname, stem) loop
        execute format('alter table public.%I rename constraint %I to %I', now, one.name,
                       new_stem || substr(one.name, length(stem) + 1));
    end loop;
    for one in select distinct c.relname as name, c.relkind as kind
               from pg_depend d join pg_class c on c.oid = d.objid
               where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass
                 and d.refobjid = format('public.%I', now)::regclass and c.relkind in ('i', 'S')
                 and starts_with(c.relname, stem) loop
        execute format('alter %s public.%I rename to %I',
                       case one.kind when 'i' then 'index' else 'sequence' end, one.name,
                       new_stem || substr(one.name, length(stem) + 1));
    end loop;
end $do$
"""


def renamed(was: str, now: str, stem: str, new_stem: str) -> str:
    """Table `was` becomes `now`; of what is its own, `stem` at the beginning of a name becomes `new_stem`.

    Its own are constraints, indexes and the sequence of its numbers.
    """
    return _RENAME.format(was=was, now=now, stem=stem, new_stem=new_stem)
