"""The Django app of messages exchanged with banks and of reconciliation."""

from django.apps import AppConfig


class BankingConfig(AppConfig):
    """Messages exchanged with banks and of reconciliation."""

    name = "fisc.banking"
    label = "banking"
    verbose_name = "银行往来"
    default_auto_field = "django.db.models.BigAutoField"
