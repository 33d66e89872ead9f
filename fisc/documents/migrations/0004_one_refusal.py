"""What nobody may write is refused by one function: those that stood in its place go.

The declared triggers that called them go first; the installation of kinds makes these anew. A trigger of a city's
own is not dropped in passing: with it, the database refuses the upgrade.
"""

from django.db import migrations

REFUSALS = """
do $$
declare
    one record;
    former oid[] := array(select oid from pg_proc where pronamespace = 'public'::regnamespace
        and proname in ('documents_no_delete', 'documents_refuse_change', 'documents_refuse_rules'));
begin
    for one in select tgname, tgrelid::regclass as place from pg_trigger
        where tgfoid = any (former) and tgname in ('flow_delete', 'stands', 'content_stands') loop
        execute format('drop trigger %I on %s', one.tgname, one.place);
    end loop;
end $$;
drop function if exists documents_no_delete();
drop function if exists documents_refuse_change();
drop function if exists documents_refuse_rules();
"""


class Migration(migrations.Migration):

    dependencies = [("documents", "0003_steps_have_moments")]

    operations = [migrations.RunSQL(REFUSALS)]
