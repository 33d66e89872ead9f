"""The Django app of the treasury's documents."""

from django.apps import AppConfig


class TreasuryConfig(AppConfig):
    """Payments, plans of use, clearing, refunds and the messages exchanged with banks."""

    name = "fisc.treasury"
    label = "treasury"
    verbose_name = "国库"
    default_auto_field = "django.db.models.BigAutoField"
