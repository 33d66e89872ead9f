"""Where the API lies."""

from __future__ import annotations

from django.urls import path

from fisc.api import problems
from fisc.api.app import PLACE, api

handler400, handler404, handler500 = problems.HANDLERS
urlpatterns = [path(PLACE.removeprefix("/"), api().urls)]
