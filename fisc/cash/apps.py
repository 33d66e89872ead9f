"""The Django app of cash that is expected."""

from django.apps import AppConfig


class CashConfig(AppConfig):
    """Cash that is expected."""

    name = "fisc.cash"
    label = "cash"
    verbose_name = "现金管理"
    default_auto_field = "django.db.models.BigAutoField"
