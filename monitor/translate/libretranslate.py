"""A LibreTranslate server that the operator runs (https://docs.libretranslate.com).

`GET /languages` lists the pairs, `GET /spec` has the version, `POST /translate` translates one
text. Errors are JSON objects with `error`: 400 for a request that it cannot use, 403 for a wrong or
missing key, 429 for too many requests, 500 for a failure of its own. Only the text of a public item
and two language codes are sent.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from db.passages import line
from db.translations import Direction
from monitor.fetch.http_types import CannotFetch
from monitor.translate.translator import CannotTranslate, TextNotTranslated

ENGINE = "LibreTranslate"
MOST_CODE = 8  # characters of a language code that the store holds
MOST_VERSION = 40
REFUSED = (400, 413, 422)  # the server cannot use this text, e.g. it is too long for it
UNKNOWN_VERSION = "(version unknown)"


class JsonClient(Protocol):
    """Gets and posts JSON (`monitor.fetch.service_client.ServiceClient`)."""

    def get(self, path: str) -> Any: ...

    def post(self, path: str, body: dict[str, Any]) -> Any: ...

    def close(self) -> None: ...


class LibreTranslate:
    """One server. `key`: of its API, where it asks for one."""

    def __init__(self, client: JsonClient, key: str = "") -> None:
        self._client, self._key = client, key
        self._directions: Sequence[Direction] | None = None

    def directions(self) -> Sequence[Direction]:
        if self._directions is None:
            try:
                languages, version = self._client.get("languages"), self._version()
            except CannotFetch as error:
                raise CannotTranslate(_said(error)) from error
            self._directions = _directions(languages, version)
        return self._directions

    def problems(self) -> Sequence[str]:
        return ()

    def translate(self, text: str, direction: Direction) -> str:
        body = {"q": text, "source": direction.source, "target": direction.target, "format": "text"}
        try:
            answer = self._client.post("translate", body | ({"api_key": self._key} if self._key else {}))
        except CannotFetch as error:
            status = error.answer.status if error.answer is not None else 0
            if status in REFUSED:
                raise TextNotTranslated(_said(error)) from error
            if status == 500:
                raise TextNotTranslated(_said(error), engine_failed=True) from error
            raise CannotTranslate(_said(error)) from error
        translated = answer.get("translatedText") if isinstance(answer, Mapping) else None
        if not isinstance(translated, str):
            raise TextNotTranslated("the server's answer holds no translated text", engine_failed=True)
        return translated

    def close(self) -> None:
        self._client.close()

    def _version(self) -> str:
        """The version that the server names; servers that hide it are used too."""
        try:
            spec = self._client.get("spec")
        except CannotFetch as error:
            if error.answer is None:
                raise
            return UNKNOWN_VERSION
        info = spec.get("info") if isinstance(spec, Mapping) else None
        version = info.get("version") if isinstance(info, Mapping) else None
        return line(version, MOST_VERSION) if isinstance(version, str) and version.strip() else UNKNOWN_VERSION


def _directions(languages: Any, version: str) -> Sequence[Direction]:
    """The pairs of /languages: [{"code": "ru", "targets": ["en", …]}, …]. Raises
    CannotTranslate.
    """
    if not isinstance(languages, list):
        raise CannotTranslate("the server's list of languages is none; is AJOUR_TRANSLATE_URL a LibreTranslate server?")
    pairs = {
        (row["code"], target)
        for row in languages
        if isinstance(row, Mapping) and _is_code(row.get("code")) and isinstance(row.get("targets"), list)
        for target in row["targets"]
        if _is_code(target) and target != row["code"]
    }
    return [Direction(source, target, ENGINE, version) for source, target in sorted(pairs)]


def _is_code(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MOST_CODE


def _said(error: CannotFetch) -> str:
    """What happened, for people, with the server's own words and what to do."""
    if error.answer is None:
        return f"the translation server does not answer: {error.detail}"
    status = error.answer.status
    if status == 200:
        return "the translation server answered with something else than JSON; is AJOUR_TRANSLATE_URL a LibreTranslate server?"
    hints = {403: "is AJOUR_TRANSLATE_KEY right?", 429: "it asks for fewer requests; they go on more slowly"}
    said = _error_text(error.answer.body)
    parts = [f"the translation server answered {status}", *([said] if said else []), *([hints[status]] if status in hints else [])]
    return ": ".join(parts)


def _error_text(body: bytes) -> str:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    said = answer.get("error") if isinstance(answer, Mapping) else None
    return line(said, 200) if isinstance(said, str) else ""
