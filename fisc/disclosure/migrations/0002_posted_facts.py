"""What is posted of each figure becomes a register; books imported before said it in the keys of their entries."""

from django.db import migrations, models

FROM_KEYS = r"""
insert into disclosure_fact (city, fact_key, fact_group, revision, stage_rank, signature, entry_id, is_standing)
select split_part(e.natural_key, ':', 2), split_part(e.natural_key, '#', 1),
       substring(e.natural_key from '^book:[^:]*:((?:[^:]*:){4}[^:]*):'),
       split_part(split_part(e.natural_key, '#', 2), '.', 1)::int,
       split_part(split_part(e.natural_key, '#', 2), '.', 2)::int,
       split_part(split_part(e.natural_key, '#', 2), '.', 3), e.id,
       not exists (select from ledger.entry red where red.reverses_id = e.id)
from ledger.document d join ledger.entry e on e.document_id = d.id
where d.kind = 'published_table' and e.reverses_id is null and e.natural_key like 'book:%#%'
order by e.id;
"""


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="PostedFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("city", models.TextField(verbose_name="公开预算的区划")),
                ("fact_key", models.TextField(verbose_name="记账事项")),
                ("fact_group", models.TextField(verbose_name="一并更正的事项")),
                ("revision", models.IntegerField(verbose_name="第几次记账")),
                ("stage_rank", models.SmallIntegerField(verbose_name="口径的先后")),
                ("signature", models.TextField(verbose_name="分录摘要值")),
                ("entry_id", models.BigIntegerField(verbose_name="凭证")),
                ("is_standing", models.BooleanField(db_default=True, verbose_name="是否有效")),
            ],
            options={
                "verbose_name": "公开预算记账事项",
                "verbose_name_plural": "公开预算记账事项",
                "db_table": "disclosure_fact",
                "indexes": [models.Index(fields=["city"], name="disclosure_fact_city")],
                "constraints": [
                    models.UniqueConstraint(fields=["fact_key", "revision"], name="disclosure_fact_revision"),
                    models.UniqueConstraint(fields=["entry_id"], name="disclosure_fact_entry"),
                ],
            },
        ),
        migrations.RunSQL(FROM_KEYS, migrations.RunSQL.noop),
    ]
