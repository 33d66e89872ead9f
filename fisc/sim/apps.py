"""The Django app of the simulated city."""

from django.apps import AppConfig


class SimConfig(AppConfig):
    """Counterparts of a treasury (banks, the central-bank treasury), with books of their own."""

    name = "fisc.sim"
    label = "sim"
    verbose_name = "模拟城市"
    default_auto_field = "django.db.models.BigAutoField"
