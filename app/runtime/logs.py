"""Structured logs on stderr, as JSON or as lines for people.

structlog renders everything, also records of the standard module `logging`. Secrets never reach a
log: values with names such as `password` are replaced, and so are passwords inside addresses
(`postgresql://user:secret@host`, whatever the password holds) and readers' signed tokens, also in
tracebacks.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor

Form = Literal["auto", "json", "human"]
SECRET_NAMES = re.compile(r"pass(word)?$|secret|token|authorization|cookie|api_?key", re.IGNORECASE)
# Up to the last @: a password may hold one, unescaped
_SECRET_IN_ADDRESS = re.compile(r"(?<=://)([^\s:/@]*):\S+@")
# alerts.signed_links.LinkSigner.sign
_SIGNED_TOKEN = re.compile(r"(?<![\w.])[\w.]+\.[a-z2-7]{24}(?![\w])")
# These libraries log every step at INFO; our own events cover the same.
_QUIET = ("procrastinate", "httpx", "httpcore", "uvicorn", "alembic", "pymorphy3", "asyncio")
# Frames without local variables: those would put item texts, settings and secrets into the log.
_TRACEBACKS = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=25))


def configure(form: Form = "auto", level: str = "info") -> None:
    """Configure logging for the whole process. "auto": lines if stderr is a terminal, else JSON."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        redact_secrets,
    ]
    last: list[Processor] = (
        [_TRACEBACKS, redact_secrets, structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
        if as_json
        else [
            redact_secrets,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback),
            _redact_line,
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.PositionalArgumentsFormatter(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def redact(text: str) -> str:
    """`text` without passwords in addresses and without signed tokens."""
    return _SIGNED_TOKEN.sub("***", _SECRET_IN_ADDRESS.sub(r"\1:***@", text))


def _redact_line(_logger: Any, _method: str, line: Any) -> str:
    """The rendered line, whose traceback was not an event's value before."""
    return redact(str(line))


def redact_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Replace secrets by `***`, at any depth."""
    for key, value in event.items():
        event[key] = "***" if SECRET_NAMES.search(str(key)) else _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {k: "***" if SECRET_NAMES.search(str(k)) else _redacted(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(v) for v in value]
    return value
