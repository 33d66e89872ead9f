"""Django's name for this area."""

from django.apps import AppConfig


class BudgetConfig(AppConfig):
    """Project library, preparation, quotas."""

    name = "fisc.budget"
    label = "budget"
    verbose_name = "预算"
    default_auto_field = "django.db.models.BigAutoField"
