"""Django's name for this area."""

from django.apps import AppConfig


class ClosingConfig(AppConfig):
    """The end of a year."""

    name = "fisc.closing"
    label = "closing"
    verbose_name = "年终结账"
    default_auto_field = "django.db.models.BigAutoField"
