"""The container files: linted, and their build steps replayed in a clean folder, because there need
be no engine where tests run.

The replay reads the Dockerfile itself: every COPY copies, every RUN of the build stage runs, with
the image's absolute paths moved into a folder of the test. One thing is done otherwise: the
libraries of the lock are not downloaded but lent from the environment of the tests, after their
versions have been compared with the lock. `AJOUR_BUILD_ONLINE=1 pytest tests/test_container.py`
downloads them, as an engine would.
"""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from typer.main import get_command

from app.cli.main import app
from app.runtime.settings import Settings
from tests.run_folder import made_once

HERE = Path(__file__).resolve().parent.parent
ONLINE = bool(os.environ.get("AJOUR_BUILD_ONLINE"))
NOBODY = 65534
# seconds: nothing here is a measurement, and a machine may be busy with other things
PATIENCE = 300
pytestmark = [pytest.mark.slow, pytest.mark.timeout(4 * PATIENCE)]


def instructions() -> list[tuple[str, str]]:
    """(verb, rest) of every instruction, lines joined, comments gone."""
    text = re.sub(r"^\s*#.*\n", "", (HERE / "Dockerfile").read_text(encoding="utf-8"), flags=re.M).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in text.splitlines() if line.strip()]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for verb, rest in instructions():
        if verb == "FROM":
            found.append([])
        if found:
            found[-1].append((verb, rest))
    return found


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((HERE / "compose.yaml").read_text(encoding="utf-8")))


def test_hadolint_has_nothing_to_say() -> None:
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if linter is None:
        pytest.skip("hadolint is not here (it comes with the developers' requirements)")
    done = subprocess.run([linter, str(HERE / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    build, last = stages()
    verbs = dict(last)
    assert verbs["USER"].split(":")[0].isdigit()
    assert int(verbs["USER"].split(":")[0]) >= 10000
    assert {"HEALTHCHECK", "ENTRYPOINT", "STOPSIGNAL", "VOLUME"} <= set(verbs)
    result = " ".join(rest for _, rest in [*build, *last])
    assert not re.search(r"apt-get|apk |gcc|build-essential|curl|wget|--trusted-host", result)
    assert "--require-hashes --only-binary :all:" in result


def test_what_the_build_copies_is_not_ignored_and_nothing_else_is_sent() -> None:
    lines = (HERE / ".dockerignore").read_text(encoding="utf-8").splitlines()
    admitted = {x[1:].rstrip("/") for x in lines if x.startswith("!")}
    copied = {s.rstrip("/") for verb, rest in stages()[0] if verb == "COPY" for s in rest.split()[:-1]}
    assert "*" in lines
    assert admitted == copied
    assert all((HERE / c).exists() for c in copied)


@pytest.mark.parametrize("name", sorted(n for n, s in compose()["services"].items() if "image" not in s or "ajour" in s["image"]))
def test_every_service_is_fenced_in_and_starts_a_command_that_exists(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["user"] == "10001:10001"
    assert service["cap_drop"] == ["ALL"]
    assert service["profiles"] in (["small"], ["large"])
    command: Any = get_command(app)
    for word in service.get("command", ["run"]):
        if word.startswith("-"):
            assert any(word in (*p.opts, *p.secondary_opts) for p in command.params), word
            break
        command = command.commands[word]
    known = {f"AJOUR_{n.upper()}" for n in Settings.model_fields}
    assert {k for k in service.get("environment", {}) if k.startswith("AJOUR_")} <= known
    volumes = {v.split(":")[0] for v in service.get("volumes", [])}
    assert volumes <= set(compose()["volumes"])


def test_ports_are_bound_to_the_machine_itself() -> None:
    for service in compose()["services"].values():
        assert all(p.startswith("127.0.0.1:") for p in service.get("ports", []))


def test_the_lock_of_the_image_is_the_lock_of_the_project_and_more() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (HERE / "requirements" / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, flags=re.M))

    run, image = pins("run.lock"), pins("postgres.lock")
    assert run.items() <= image.items()
    assert {"psycopg", "procrastinate"} <= set(image)


class Replay:
    """The build, in `root`."""

    def __init__(self, root: Path) -> None:
        self.root, self.workdir = root, root
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(root), "LANG": "C.UTF-8"}

    def moved(self, text: str) -> str:
        """Absolute paths of the image as paths below `root`."""
        return re.sub(r"(?<![\w.])/(opt/ajour|src|data)\b", lambda m: f"{self.root}/{m.group(1)}", text)

    def run(self, verb: str, rest: str) -> None:
        if verb == "WORKDIR":
            self.workdir = Path(self.moved(rest))
            self.workdir.mkdir(parents=True, exist_ok=True)
        elif verb == "ENV":
            self.environment |= {k: os.path.expandvars(self.moved(v)) for k, v in (pair.split("=", 1) for pair in shlex.split(rest))}
        elif verb == "COPY" and "--from" not in rest:
            self._copy(rest.split())
        elif verb == "RUN" and not rest.startswith("groupadd"):
            self._command(self.moved(rest))

    def _copy(self, words: list[str]) -> None:
        *sources, target = words
        for source in sources:
            to = self.workdir / target / (Path(source).name if target.endswith("/") else "")
            to.parent.mkdir(parents=True, exist_ok=True)
            if (HERE / source).is_dir():
                shutil.copytree(HERE / source, to, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
            else:
                shutil.copy(HERE / source, to)

    def _command(self, command: str) -> None:
        if "--require-hashes" in command and not ONLINE:
            lend(self.root / "opt/ajour")
            return
        if not ONLINE:
            # What is lent is not ours to remove
            command = re.sub(r"\S*python -m pip uninstall [^&]+&&", "", command)
            command = command.replace("-m pip install", "-m pip install --no-index --ignore-installed")
        python = f"{Path(sys.executable).parent}:{self.environment['PATH']}"
        done = subprocess.run(
            command, shell=True, cwd=self.workdir, env={**self.environment, "PATH": python}, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}"


def lend(venv: Path) -> None:
    """Let `venv` see the libraries of this environment, if they are those of the lock."""
    for line in re.findall(r"^([A-Za-z0-9._-]+==[^\\\n]+)", (HERE / "requirements/postgres.lock").read_text(encoding="utf-8"), flags=re.M):
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate():
            try:
                assert version(wanted.name) in wanted.specifier, (
                    f"{wanted.name} here is {version(wanted.name)}, the lock says {wanted.specifier}"
                )
            except PackageNotFoundError:
                pytest.fail(f"{wanted.name} of the lock is not installed here")
    site = next(venv.glob("lib/python*/site-packages"))
    (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


@pytest.fixture(scope="module")
def image() -> Path:
    """The tree that the image would hold, read-only; built once for all test processes."""
    return made_once("image", _build)


def _build(root: Path) -> None:
    replay = Replay(root)
    for verb, rest in stages()[0]:
        replay.run(verb, rest)
    shutil.rmtree(root / "src")
    (root / "data").mkdir(mode=0o750)
    if os.geteuid() == 0:
        os.chown(root / "data", NOBODY, NOBODY)
    subprocess.run(["chmod", "-R", "a+rX,a-w", str(root / "opt")], check=True)


def started(root: Path, *words: str) -> subprocess.Popen[str]:
    """The entry point with the image's settings, as another user where we may become one."""
    fence = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 and shutil.which("setpriv") else []
    environment = {"PATH": f"{root}/opt/ajour/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "AJOUR_DATA": f"{root}/data", "AJOUR_LOG": "json"}
    environment |= {"AJOUR_LISTEN": "127.0.0.1:0", "AJOUR_HEALTH": "127.0.0.1:0", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [*fence, f"{root}/opt/ajour/bin/ajour", *words], cwd=f"{root}/data", env=environment, stderr=subprocess.PIPE, text=True
    )


def test_the_image_starts_from_a_read_only_tree_as_another_user_and_keeps_its_data(image: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in (image / "opt").rglob("*") if p.is_file()}
    process = started(image, "run", "--no-watch", "--no-desk")
    assert process.stderr
    said = ""
    while '"running"' not in said and (line := process.stderr.readline()):  # "" when it has ended
        said += line
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=PATIENCE)[1]
    assert process.returncode == 0, said + rest
    assert [e for line in (said + rest).splitlines() if line.startswith("{") and (e := json.loads(line))["event"].startswith("stopped")]
    assert (image / "data" / "ajour.db").exists()
    assert {p: p.stat().st_mtime_ns for p in (image / "opt").rglob("*") if p.is_file()} == before
    if os.geteuid() == 0:
        assert (image / "data" / "ajour.db").stat().st_uid == NOBODY


def test_the_image_carries_the_watch_list_and_the_claims(image: Path) -> None:
    share = next((image / "opt").rglob("app/share"))
    assert (share / "sources.yml").exists()
    assert sorted(p.name for p in (share / "baseline").glob("*.yml")) == sorted(p.name for p in (HERE / "baseline").glob("*.yml"))
    assert not list((image / "opt").rglob("tests/e2e"))
