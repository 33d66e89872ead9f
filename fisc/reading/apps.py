"""Django's name for the figures. The label is older than the package: tables and migrations bear it."""

from django.apps import AppConfig


class ReadingConfig(AppConfig):
    """Figures written down with the digest of the rows they came from."""

    name = "fisc.reading"
    label = "figures"
    verbose_name = "指标"
