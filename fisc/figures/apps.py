"""Django's name for the figures."""

from django.apps import AppConfig


class FiguresConfig(AppConfig):
    """Figures written down with the digest of the rows they came from."""

    name = "fisc.figures"
    label = "figures"
    verbose_name = "指标"
