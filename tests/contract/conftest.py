"""Collects the tests on the documents of the Overlay Specification, where these are present: no part of this project."""

from __future__ import annotations

from tests.contract.official import FOLDER

collect_ignore = [] if FOLDER.is_dir() else ["test_official_overlays.py"]
