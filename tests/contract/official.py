"""Where the repository of the Overlay Specification (https://github.com/OAI/Overlay-Specification) is, if it is here."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "MCONN_OVERLAY_SPECIFICATION"
"""The environment variable that names its folder; by default, it is looked for beside this repository."""
FOLDER = Path(os.environ.get(VARIABLE) or Path(__file__).resolve().parents[3] / "Overlay-Specification")
if os.environ.get(VARIABLE) and not (FOLDER / "compliant-sets").is_dir():
    raise FileNotFoundError(f"{VARIABLE} is {FOLDER}, which has no folder compliant-sets")
