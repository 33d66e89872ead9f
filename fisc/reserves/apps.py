"""Django's name for this area."""

from django.apps import AppConfig


class ReservesConfig(AppConfig):
    """Transfers between budgets, the stabilisation fund, the working fund."""

    name = "fisc.reserves"
    label = "reserves"
    verbose_name = "预算间调拨与储备资金"
    default_auto_field = "django.db.models.BigAutoField"
