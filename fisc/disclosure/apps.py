"""Django's name for this area."""

from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    """Published budget books: their lines."""

    name = "fisc.disclosure"
    label = "disclosure"
    verbose_name = "预算公开"
    default_auto_field = "django.db.models.BigAutoField"
