"""The treasury's documents, one module per subject."""
