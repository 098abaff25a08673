"""The house itself: who may speak HTTP, what must be documented, and that nothing of the machine it
was made on is left in it.
"""

import ast
import re
import subprocess
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from app.runtime.settings import Settings
from app.runtime.settings_docs import markdown
from db import enums

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("app", "db", "monitor", "review", "alerts")
SPEAKS_HTTP = {"urllib.request", "urllib3", "http.client", "httpx", "httpcore", "requests", "aiohttp", "ftplib"}
THE_CLIENT = Path("monitor/fetch/http_transport.py")


@cache
def modules() -> tuple[Path, ...]:
    return tuple(p.relative_to(ROOT) for room in ROOMS for p in sorted((ROOT / room).rglob("*.py")))


@cache
def parsed(module: Path) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


@cache
def imports(module: Path) -> frozenset[str]:
    """Every module that `module` imports, also within functions."""
    found: set[str] = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return frozenset(found)


def kept_files() -> list[Path]:
    """The files under version control; in an unpacked archive, all there are."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        return [ROOT / n for n in listed.stdout.decode().split("\0") if n and (ROOT / n).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not any(part.startswith((".", "__")) for part in p.relative_to(ROOT).parts)]


def test_only_one_module_opens_connections_for_http() -> None:
    speakers = {
        m: found
        for m in modules()
        if m != THE_CLIENT and (found := {i for i in imports(m) if any(i == s or i.startswith(f"{s}.") for s in SPEAKS_HTTP)})
    }
    assert speakers == {}, "only monitor/fetch/http_transport.py may speak HTTP: it alone guards against addresses inside"
    assert "httpx" in imports(THE_CLIENT)


def test_rooms_meet_only_in_the_database() -> None:
    may = {"db": {"db"}, "monitor": {"db", "monitor"}, "review": {"db", "review"}, "alerts": {"db", "alerts"}, "app": set(ROOMS)}
    for module in modules():
        used = {i.split(".")[0] for i in imports(module)} & set(ROOMS)
        assert used <= may[module.parts[0]], module


def test_no_module_imports_itself_through_others() -> None:
    names = {".".join(m.with_suffix("").parts).removesuffix(".__init__"): m for m in modules()}
    graph = {name: (imports(path) & set(names)) - {name} for name, path in names.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError, which lists the modules of the cycle


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    assert Settings.model_fields[name].description, f"{name} needs a description: `ajour doctor` prints it"


def test_every_setting_is_documented() -> None:
    kept = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert kept == markdown(), "run `python -m app.runtime.settings_docs > docs/settings.md`"


def test_every_value_of_an_enum_that_people_must_tell_apart_says_what_it_means() -> None:
    source = (ROOT / "db" / "enums.py").read_text(encoding="utf-8")
    for value in enums.FetchOutcome:
        line = next(x for x in source.splitlines() if x.strip().startswith(f"{value.name} = "))
        assert "#" in line, f"{value} needs a comment"


def test_nothing_of_one_machine_or_workplace_is_in_the_tree() -> None:
    forbidden = re.compile(rb"(?<![\w.-])/(?:work|home/(?!libretranslate)\w+|Users/\w+|root)/|/tmp/" + rb"brief")
    found = [
        f"{p.relative_to(ROOT)}:{n}"
        for p in kept_files()
        if p != Path(__file__)
        if forbidden.search(content := p.read_bytes())
        for n, line in enumerate(content.splitlines(), start=1)
        if forbidden.search(line)
    ]
    assert found == []


def test_modules_say_what_they_are_for() -> None:
    silent = [str(m) for m in modules() if not ast.get_docstring(parsed(m)) and m.parts[1] != "migrations"]
    assert silent == []


def test_every_module_with_behaviour_has_its_test_file() -> None:
    missing = [str(m) for m in modules() if m.parts[1] != "migrations" and _has_behaviour(m) and not _mirror(m).exists()]
    assert missing == [], "write tests/<room>/…/test_<module>.py with the module"


def _has_behaviour(module: Path) -> bool:
    body = parsed(module).body
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in body)


def _mirror(module: Path) -> Path:
    return ROOT / "tests" / module.parent / f"test_{module.name}"


def test_no_exception_is_swallowed() -> None:
    for module in modules():
        for node in ast.walk(parsed(module)):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{module}:{node.lineno}: a bare except hides failures"
                broad = isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
                empty = all(isinstance(x, ast.Pass | ast.Continue) for x in node.body)
                assert not (broad and empty), f"{module}:{node.lineno}: a failure is swallowed"
