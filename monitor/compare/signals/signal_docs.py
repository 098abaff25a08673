"""The page docs/signals.md, written from the registry of signals.

`python -m monitor.compare.signals.signal_docs > docs/signals.md`
"""

from db.reason_codes import SIGNALS
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.features import Registry
from monitor.compare.signals.pair_signals import PAIR_SIGNALS

_HEAD = """# Signals

Written from the registry (`monitor/compare/signals/features.py`) by
`python -m monitor.compare.signals.signal_docs`; a test compares it with the registry.

## An item and one claim

Similarity of the item to the claim. A weight is never negative; `start` is the weight before
fitting.

| signal | group | start | what it measures |
| --- | --- | ---: | --- |
"""
_ITEM = """
## An item as a whole

How likely the item reports an update. `pull`: the only sign that the fitted weight may have (0:
either), and the size of its prior before fitting. *Named*: reasons name it.

| signal | group | pull | named | what it says |
| --- | --- | ---: | --- | --- |
"""


def markdown(registry: Registry) -> str:
    """The page, as Markdown."""
    pairs = (f"| `{s.name}` | {s.group} | {s.start:g} | {s.text} |\n" for s in PAIR_SIGNALS)
    items = (
        f"| `{s.name}` | {s.group} | {s.pull:+g} | {'yes' if s.named else ''} | {SIGNALS[s.name]} |\n".replace("| +0 |", "| 0 |")
        for s in registry.signals
    )
    return "".join([_HEAD, *pairs, _ITEM, *items])


if __name__ == "__main__":
    print(markdown(Registry(vocabulary())), end="")
