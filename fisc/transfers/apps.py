"""Django's name for this area."""

from django.apps import AppConfig


class TransfersConfig(AppConfig):
    """Transfers: received from above, issued to banners, their cash."""

    name = "fisc.transfers"
    label = "transfers"
    verbose_name = "转移支付"
    default_auto_field = "django.db.models.BigAutoField"
