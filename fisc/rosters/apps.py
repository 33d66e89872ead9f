"""The Django app of rosters."""

from django.apps import AppConfig


class RostersConfig(AppConfig):
    """Person lines of batches, and their outcomes."""

    name = "fisc.rosters"
    label = "rosters"
    verbose_name = "发放名册"
    default_auto_field = "django.db.models.BigAutoField"
