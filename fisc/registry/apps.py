"""Django's name for the registry."""

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    """Regions, fiscal years, funds, classifications, accounts and rules."""

    name = "fisc.registry"
    label = "registry"
    verbose_name = "登记"
