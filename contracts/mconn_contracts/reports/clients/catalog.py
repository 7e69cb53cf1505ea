"""The formats of reports of a client, by name."""

from __future__ import annotations

from typing import Final

from mconn_contracts.reports.clients import json, text
from mconn_contracts.reports.clients.listing import listing
from mconn_contracts.reports.listings.catalog import formats

REPORTS: Final = formats(listing, text.pieces, json.pieces)
