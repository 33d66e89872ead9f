"""Django's name for this area."""

from django.apps import AppConfig


class DebtConfig(AppConfig):
    """Interest due, repayment on behalf of lower levels, deduction by the higher one."""

    name = "fisc.debt"
    label = "debt"
    verbose_name = "债务收付"
    default_auto_field = "django.db.models.BigAutoField"
