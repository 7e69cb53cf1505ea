"""The formats that are read, one line each."""

from __future__ import annotations

from mconn_contracts.captures import (
    archive,
    csv,
    curl,
    documents,
    exchanges,
    har,
    ndjson,
    newman,
    nock,
    pact,
    parquet,
    postman,
    responses,
    schemathesis,
    vcr,
    wiremock,
)
from mconn_contracts.captures.format import CaptureFormat
from mconn_contracts.captures.streams import PACKED

FORMATS: tuple[CaptureFormat, ...] = (
    documents.FORMAT,
    ndjson.FORMAT,
    har.FORMAT,
    vcr.FORMAT,
    responses.FORMAT,
    nock.FORMAT,
    pact.FORMAT,
    postman.FORMAT,
    newman.FORMAT,
    wiremock.FORMAT,
    schemathesis.FORMAT,
    exchanges.FORMAT,
    curl.FORMAT,
    parquet.FORMAT,
    csv.FORMAT,
    archive.ZIP,
    archive.TAR,
)
"""In the order of the documentation; the first that a content fits reads it."""

BY_NAME = {form.name: form for form in FORMATS}
FOLDER_ENDINGS = tuple(dict.fromkeys(ending for form in FORMATS if form.in_folders for ending in form.endings))
"""The names that are taken from a folder, with one of `PACKED` after them or not."""
CAPTURE_NAMES = (*FOLDER_ENDINGS, *(ending + packed for ending in FOLDER_ENDINGS for packed in PACKED))
