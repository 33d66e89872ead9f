"""The HTTP API: each use case, lists and details of every kind of document, problems in words.

OpenAPI 3.1 under /api/openapi.json. Element names are the national standard's; amounts are whole fen.
"""
