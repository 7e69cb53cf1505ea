"""spec/README.md, followed as a new user follows it: each command and the program, as they stand there."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import requests
from tests.codegen.target import HERE

from mconn_contracts.server.embedded import serve_in_thread

ROOT = HERE.parents[1]
TEXT = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## From language to running client\n")[2].partition("\n## ")[0]


def block(language: str) -> str:
    """The one block of that language in the section."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)
    return str(found)


def test_commands_of_the_readme_lead_to_a_running_client(tmp_path: Path) -> None:
    """The package is the one that is locked, the client is generated, and the program prints the latest events of a server."""
    install, generate, run = map(shlex.split, block("bash").splitlines())
    (tmp_path / "spec").symlink_to(ROOT / "spec")
    (tmp_path / run[-1]).write_text(block("python"), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"

    assert ["python", "-m", "pip", "install"] == install[:-1]
    assert f"\n{install[-1]}==" in (HERE / "python" / "requirements.txt").read_text(encoding="utf-8")
    subprocess.run(generate, cwd=tmp_path, check=True, env=os.environ | {"PATH": path})
    with serve_in_thread() as server:
        names = {
            "CLOUDFLARE_BASE_URL": server.url,
            "CLOUDFLARE_API_TOKEN": server.token,
            "CLOUDFLARE_ACCOUNT_ID": server.account_id,
            "MCONN_CONNECTOR_ID": server.connector_id,
        }
        done = subprocess.run(
            run, cwd=tmp_path, check=True, env=os.environ | names | {"PATH": path}, capture_output=True, text=True
        )
        place = f"{server.url}/accounts/{server.account_id}/magic/connectors/{server.connector_id}/telemetry/events/latest"
        latest = requests.get(place, headers={"Authorization": f"Bearer {server.token}"}, timeout=30).json()["result"]["items"]

    assert [f"{event['t']} {event['e']['k']}" for event in latest] == done.stdout.splitlines()
