"""Licences: of every library that a desk installs, and of every file of others in the tree."""

import re
import subprocess
import tomllib
from importlib.metadata import PackageMetadata, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("postgres", "notify", "fit")
# Kinds of files that we never write ourselves.
OF_OTHERS = re.compile(r"\.min\.(js|css)$|\.(woff2?|ttf|otf|eot)$")
PERMISSIVE = re.compile(r"0BSD|APACHE|BSD|CC0|CNRI|ISC|MIT|MPL|MOZILLA|PSF|PYTHON SOFTWARE|UNLICENSE|ZLIB")


def installed_for(name: str, extras: tuple[str, ...] = ()) -> set[str]:
    """`name` and all it requires on this machine, with the extras; what is not installed (another
    system's) is left out.
    """
    seen, todo = dict[str, set[str]](), [(canonicalize_name(name), {"", *extras})]
    while todo:
        this, wanted = todo.pop()
        if wanted <= seen.get(this, set()):
            continue
        try:
            requires = distribution(this).requires or []
        except PackageNotFoundError:
            continue
        seen[this] = seen.get(this, set()) | wanted
        lines = [r for r in map(Requirement, requires) if r.marker is None or any(r.marker.evaluate({"extra": e}) for e in seen[this])]
        todo += [(canonicalize_name(line.name), {"", *line.extras}) for line in lines]
    return set(seen)


def stated(about: PackageMetadata) -> list[str]:
    """What a library says of its licence: the SPDX expression, or else the short field and the
    classifiers.
    """
    found = about.get_all("License-Expression") or []
    if not found:
        found = [text for text in about.get_all("License") or [] if len(text) < 100 and text != "UNKNOWN"]
        found += [c for c in about.get_all("Classifier") or [] if c.startswith("License ::")]
    return [text.upper() for text in found]


def kind(statements: list[str]) -> str:
    """The strictest statement counts: "refused", "lgpl", "permissive", or "unknown" where there is
    none.
    """
    kinds = {min((_kind(choice) for choice in text.split(" OR ")), key=ORDER.index) for text in statements}
    return max(kinds, key=ORDER.index, default="unknown")


ORDER = ("permissive", "lgpl", "unknown", "refused")


def _kind(text: str) -> str:
    if re.search(r"LGPL|LESSER", text):
        return "lgpl"
    if re.search(r"GPL|GNU|AFFERO|NON-?COMMERCIAL|-NC-", text):
        return "refused"
    return "permissive" if PERMISSIVE.search(text) else "unknown"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["MIT"], "permissive"),
        (["GPLV3 LICENSE", "LICENSE :: OSI APPROVED :: MIT LICENSE"], "refused"),
        (["AGPL-3.0-OR-LATER"], "refused"),
        (["LGPL"], "lgpl"),
        (["MPL-1.1 OR GPL-2.0-ONLY OR LGPL-2.1-OR-LATER"], "permissive"),
        (["BSD-3-CLAUSE AND GPL-3.0-ONLY"], "refused"),
        (["PROPRIETARY"], "unknown"),
        ([], "unknown"),
    ],
)
def test_the_strictest_statement_counts(statements: list[str], said: str) -> None:
    assert kind(statements) == said


def test_every_library_may_be_used() -> None:
    names = installed_for("ajour", EXTRAS)
    assert len(names) > 60
    kinds = {name: kind(stated(distribution(name).metadata)) for name in sorted(names)}
    assert {name: k for name, k in kinds.items() if k in ("refused", "unknown")} == {}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    [said] = re.findall(r"Under the LGPL are (.+?):", text, re.S)
    named = set(re.findall(r"[\w-]+", re.sub(r"\(.*?\)|\band\b", "", said)))
    assert named == {name for name, k in kinds.items() if k == "lgpl"}, "docs/dependencies.md names the libraries under the LGPL"


def test_every_library_that_the_project_asks_for_is_explained() -> None:
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    asked = {canonicalize_name(Requirement(line).name) for line in lines} - {"ajour"}
    assert {name for name in asked if name not in text} == set()


def test_every_file_of_others_is_in_the_notice_with_its_licence() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.splitlines()
    files = [f for f in listed or map(str, (p.relative_to(ROOT) for p in ROOT.rglob("static/*"))) if OF_OTHERS.search(f)]
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert files, "the pattern finds htmx at least"
    assert [f for f in files if f not in notice] == []
    for file in files:
        path = ROOT / file
        licence = path.with_name(f"{path.name.split('.')[0]}.LICENSE.txt").read_text(encoding="utf-8")
        version = re.search(r"\d+\.\d+(?:\.\d+)?", licence)
        assert version, f"{file}: its licence file names the version"
        assert version.group() in notice, file
    assert [f for f in re.findall(r"^\S+/\S+\.\w+$", notice, re.M) if not (ROOT / f).is_file()] == []


def test_licence_and_notice_are_in_the_package() -> None:
    assert 'license-files = ["LICENSE", "NOTICE", "review/static/htmx.LICENSE.txt"]' in (ROOT / "pyproject.toml").read_text(
        encoding="utf-8"
    )
