"""Shared by the modules that make pictures: their arguments, and a real Chromium."""

import argparse
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright


def parse_arguments(about: str | None, folder: str) -> tuple[Path, str]:
    """(the folder for the pictures, created if missing; path of Chromium). Exits with a message if
    there is no Chromium.
    """
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(folder))
    out: Path = parser.parse_args().out
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium on this machine: apt-get install chromium")
    out.mkdir(parents=True, exist_ok=True)
    return out, path


@contextmanager
def browsing(path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
