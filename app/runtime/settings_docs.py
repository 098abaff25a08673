"""Generates docs/settings.md from the settings: `python -m app.runtime.settings_docs >
docs/settings.md`.
"""

from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.runtime.settings import Settings

HEAD = """# Settings

Settings come from the environment. Each has a safe default: a first start needs none of them.
`ajour doctor` prints each with its value, its origin and what is wrong with it, and reports
misspelt `AJOUR_…` names.

This page is generated: `python -m app.runtime.settings_docs > docs/settings.md`.

| setting | default | what it is |
| --- | --- | --- |
"""


def markdown() -> str:
    """The page as text."""
    rows = [
        f"| `AJOUR_{name.upper()}` | {_default(field)} | {_cell(field.description or '')} |"
        for name, field in Settings.model_fields.items()
    ]
    return HEAD + "\n".join(rows) + "\n"


def _default(field: Any) -> str:
    if field.default_factory is not None:
        return "as shipped"
    value = field.default.get_secret_value() if isinstance(field.default, SecretStr) else field.default
    if value in (None, ""):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value.as_posix() if isinstance(value, Path) else value}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    print(markdown(), end="")
