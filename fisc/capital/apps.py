"""Django's name for this area."""

from django.apps import AppConfig


class CapitalConfig(AppConfig):
    """Injections, stakes, dividends, and the duties of a funder."""

    name = "fisc.capital"
    label = "capital"
    verbose_name = "国有资本"
    default_auto_field = "django.db.models.BigAutoField"
