"""The OpenAPI document: found, loaded, overlaid, resolved and exported.

Paths, dates and overlays go in; a `Document` comes out, with its statements (`x-contracts`).
"""
