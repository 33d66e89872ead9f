"""Django's name for this area."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """Documents: officers, duties, steps."""

    name = "fisc.documents"
    label = "documents"
    verbose_name = "单据流程"
