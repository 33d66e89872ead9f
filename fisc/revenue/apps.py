"""Django's name for this area."""

from django.apps import AppConfig


class RevenueConfig(AppConfig):
    """Daily treasury reports of revenue."""

    name = "fisc.revenue"
    label = "revenue"
    verbose_name = "收入"
    default_auto_field = "django.db.models.BigAutoField"
