"""Pay lines are rosters' lines; a person is paid or returned only where the batch was paid."""

from django.db import migrations

GUARD = """
create function treasury_guard_person() returns trigger language plpgsql as $$
declare keys text[];
begin
    keys := array(select distinct l.batch_no from added a join rosters_line l on l.id = a.line_id
        left join treasury_payment p on p.doc_key = l.batch_no
        where p.state is null or p.state not in ('paid', 'cleared') order by 1);
    if cardinality(keys) > 0 then
        perform documents_refuse('FS104', '批次尚未支付，不能逐人发放', '先支付到代发账户，后逐人发放',
            '请先办理支付确认', keys);
    end if;
    return null;
end $$;
create trigger guard_person after insert on rosters_step referencing new table as added
    for each statement execute function treasury_guard_person();
"""


class Migration(migrations.Migration):

    dependencies = [("treasury", "0006_documents_by_kind"), ("rosters", "0001_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel("PayrollLine")]),
        migrations.RunSQL(GUARD),
    ]
