"""The treasury's documents, one module per subject."""

from fisc.treasury.models.imports import *  # noqa: F403
from fisc.treasury.models.payments import *  # noqa: F403
