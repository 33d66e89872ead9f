"""What is posted of each figure becomes a register; books imported before said it in the keys of their entries."""

import re

from django.db import migrations, models

from fisc.reading.entries import ever_posted

#: book:<city>:<four parts of the group>:<figure>#<revision>.<rank of the stage>.<signature>
KEY = re.compile(r"(book:([^:]*):((?:[^:]*:){4}[^:]*):[^#]*)#(\d+)\.(\d+)\.([^.#]*).*")


def facts_in_keys(conn):
    """What the register holds of the entries that are posted."""
    for entry_id, natural_key, is_standing in ever_posted(conn, "published_table"):
        if said := KEY.fullmatch(natural_key):
            fact_key, city, group, revision, rank, signature = said.groups()
            yield {
                "city": city, "fact_key": fact_key, "fact_group": group, "revision": int(revision),
                "stage_rank": int(rank), "signature": signature, "entry_id": entry_id, "is_standing": is_standing,
            }


def learn(apps, editor):
    facts = apps.get_model("disclosure", "PostedFact").objects
    facts.bulk_create(facts.model(**fact) for fact in facts_in_keys(editor.connection.connection))


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
        migrations.RunPython(learn, migrations.RunPython.noop),
    ]
