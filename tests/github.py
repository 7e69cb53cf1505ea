"""A stand-in for GitHub: it runs the scripts of action.yml as a workflow would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
IN_CHECKOUT = (ROOT / "action.yml").exists()
"""Whether the files are there by which others take the project in: a source distribution does not have them."""
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8")) if IN_CHECKOUT else {}


class FakeGitHub:
    """What GitHub does with a composite action, as far as this one asks for it: inputs, expressions, scripts and outputs."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.workspace, self.temp = folder / "work space", folder / "temp"
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        declared = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        self.inputs = declared | {name.replace("_", "-"): value for name, value in inputs.items()}
        assert set(declared) == set(self.inputs)
        self.outputs: dict[str, dict[str, str]] = {"python": {"python-path": sys.executable}}
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "RUNNER_"))}
        self.environment |= {"GITHUB_ACTION_PATH": str(ROOT), "RUNNER_TEMP": str(self.temp), "RUNNER_OS": "Linux"}
        self.environment["GITHUB_STEP_SUMMARY"] = str(folder / "summary")
        (folder / "summary").touch()

    def value(self, path: str) -> str:
        """The value of an input, or of an output of a step."""
        match path.split("."):
            case ["inputs", name]:
                return self.inputs[name]
            case ["steps", step, "outputs", name]:
                return self.outputs.get(step, {}).get(name, "")
        raise AssertionError(f"the action uses {path}")

    def text(self, text: str) -> str:
        """A text with its expressions replaced by their values."""
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: self.value(match[1]), text)

    def wants(self, step: dict[str, Any]) -> bool:
        """Whether a step runs, by the comparisons of its `if`."""
        *_, wanted = (True, *(each for each in step.get("if", "always()").split(" && ") if each != "always()"))
        pairs = re.findall(r"([\w.-]+) (==|!=) '([^']*)'", step.get("if", ""))
        assert wanted is True or pairs
        return all((self.value(name) == other) == (sign == "==") for name, sign, other in pairs)

    def uses(self) -> dict[str, dict[str, str]]:
        """The actions of others that run after the scripts, with what they are given."""
        steps = [each for each in ACTION["runs"]["steps"] if "uses" in each and "id" not in each]
        return {
            each["uses"]: {name: self.text(value) for name, value in each["with"].items()} for each in steps if self.wants(each)
        }

    def run(self, step_id: str) -> subprocess.CompletedProcess[str]:
        """Run the script of a step in bash, as the runner does."""
        (step,) = (each for each in ACTION["runs"]["steps"] if each.get("id") == step_id)
        output = self.temp / f"output-{step_id}"
        output.touch()
        given = {name: self.text(value) for name, value in step["env"].items()}
        environment = self.environment | given | {"GITHUB_OUTPUT": str(output)}
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(words, cwd=self.workspace, env=environment, capture_output=True, text=True, check=False)
        lines = output.read_text(encoding="utf-8").splitlines()
        self.outputs[step_id] = dict(line.split("=", 1) for line in lines)
        return done
