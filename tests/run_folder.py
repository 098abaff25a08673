"""What the test processes of one run share: a folder, and in it what the first process that needs
it makes for all.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

VARIABLE = "TESTS_RUN_FOLDER"
_PREFIX = "ajour-tests-"


def begin() -> None:
    """Make the folder; the processes started from here on find it by their environment.

    It is not below pytest's own folder, which only its owner may enter: PostgreSQL and the image of
    a container run as other users.
    """
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, suffix=f"-{os.getpid()}"))
    folder.chmod(0o755)
    os.environ[VARIABLE] = str(folder)


def abandoned() -> list[Path]:
    """Folders of runs that were killed."""
    folders = Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*")
    return [f for f in folders if f.stat().st_uid == os.geteuid() and not Path(f"/proc/{f.name.rsplit('-', 1)[1]}").exists()]


def path() -> Path:
    """The folder of this run."""
    return Path(os.environ[VARIABLE])


def end(folder: Path) -> None:
    """Delete the folder of a run."""
    for below in folder.rglob("*"):
        if below.is_dir() and not below.is_symlink():
            below.chmod(0o755)  # a folder that a test made read-only could not be emptied
    shutil.rmtree(folder, ignore_errors=True)


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` of this run. The first process that asks has `make` fill it; others wait
    meanwhile. A `make` that failed is tried again.
    """
    made, done = path() / name, path() / f"{name}.done"
    with (path() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(mode=0o755)
            make(made)
            done.touch()
    return made
