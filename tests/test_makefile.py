"""The Makefile: Ctrl-C in `make demo` is a quiet end, and a failure of it is a failure."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (130, 0), (3, 2)])
def test_ctrl_c_ends_the_demo_quietly(tmp_path: Path, code: int, expected: int) -> None:
    """`ajour demo` is a script that ends as Ctrl-C (130), success or a failure end it."""
    script = tmp_path / "bin" / "ajour"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\nexit {code}\n")
    script.chmod(0o755)
    (tmp_path / "run.installed").touch()
    made = ["-o", str(tmp_path / "run.installed"), f"VENV={tmp_path}", f"BIN={script.parent}"]
    done = subprocess.run(["make", "-s", *made, "demo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == expected, done.stderr
    assert ("Error" in done.stderr) is (expected != 0)
