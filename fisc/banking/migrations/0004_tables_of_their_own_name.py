"""The tables are called after the domain that owns them; rows, rights and policies stay."""

from django.db import migrations, models

from fisc.documents.renaming import renamed

TABLES = {
    "bankaccount": ("treasury_bank_account", "banking_account", "treasury_bank_account", "banking_account"),
    "bankmessage": ("treasury_message", "banking_message", "treasury_message", "banking_message"),
    "bankline": ("treasury_bank_line", "banking_line", "treasury_bank_line", "banking_line"),
    "vouchermatch": ("treasury_voucher_match", "banking_voucher_match", "treasury_voucher", "banking_voucher"),
    "reconciliation": (
        "treasury_reconciliation", "banking_reconciliation", "treasury_reconciliation", "banking_reconciliation",
    ),
}
INDEXES = {
    "bankaccount": ("account_region",),
    "bankmessage": ("message_account", "message_day"),
    "bankline": ("line_ref", "line_open"),
    "vouchermatch": ("voucher_open",),
}
CONSTRAINTS = {
    "bankmessage": (
        models.UniqueConstraint(fields=["direction", "bank_no", "message_id"], name="banking_message_key"),
        models.CheckConstraint(condition=models.Q(direction__in=["in", "out"]), name="banking_message_way"),
    ),
    "bankline": (
        models.UniqueConstraint(
            fields=["acct_no", "bank_ref", "source", "side", "amount_fen", "ref_no"], name="banking_line_key"
        ),
        models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="banking_line_amount"),
        models.CheckConstraint(condition=models.Q(side__in=["DBIT", "CRDT"]), name="banking_line_side"),
    ),
    "vouchermatch": (models.UniqueConstraint(fields=["pay_cert_no"], name="banking_voucher_match_key"),),
    "reconciliation": (
        models.UniqueConstraint(fields=["mof_div_code", "day"], name="banking_reconciliation_key"),
    ),
}


def _was(model, name):
    """What an index or constraint was called."""
    _, _, stem, new_stem = TABLES[model]
    return stem + name.removeprefix(new_stem)


class Migration(migrations.Migration):

    dependencies = [("banking", "0003_bookings_that_share_a_reference"), ("treasury", "0007_pay_lines_are_rosters")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(renamed(*names)) for names in TABLES.values()],
            state_operations=[
                *(migrations.AlterModelTable(model, names[1]) for model, names in TABLES.items()),
                *(
                    migrations.RenameIndex(
                        model, new_name=f"banking_{name}", old_name=_was(model, f"banking_{name}")
                    )
                    for model, names in INDEXES.items() for name in names
                ),
                *(
                    operation
                    for model, constraints in CONSTRAINTS.items() for constraint in constraints
                    for operation in (
                        migrations.RemoveConstraint(model, _was(model, constraint.name)),
                        migrations.AddConstraint(model, constraint),
                    )
                ),
            ],
        ),
    ]
