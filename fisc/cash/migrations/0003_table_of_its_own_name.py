"""The table is called after the domain that owns it; rows, rights and policies stay."""

from django.db import migrations, models

from fisc.documents.renaming import renamed


class Migration(migrations.Migration):

    dependencies = [("cash", "0002_expected_flows_have_moments"), ("treasury", "0007_pay_lines_are_rosters")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    renamed("treasury_expected_flow", "cash_expected_flow", "treasury_expected", "cash_expected")
                ),
            ],
            state_operations=[
                migrations.AlterModelTable("expectedflow", "cash_expected_flow"),
                migrations.RenameIndex(
                    "expectedflow", new_name="cash_expected_day", old_name="treasury_expected_day"
                ),
                migrations.RemoveConstraint("expectedflow", "treasury_expected_amount"),
                migrations.AddConstraint(
                    "expectedflow",
                    models.CheckConstraint(
                        condition=models.Q(amount_fen=0, _negated=True), name="cash_expected_amount"
                    ),
                ),
            ],
        ),
    ]
