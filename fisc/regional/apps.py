"""Django's name for this area."""

from django.apps import AppConfig


class RegionalConfig(AppConfig):
    """What a region settles for itself."""

    name = "fisc.regional"
    label = "regional"
    verbose_name = "地区设定"
    default_auto_field = "django.db.models.BigAutoField"
