"""How urgent an item seems: whether it is compared before others, and sent to readers before a
review. A quick check of title and lead when an item is stored: only the subject cues of the pack's
urgent subjects are tried. Whether the item changes a claim is not decided here.
"""

from collections.abc import Collection

from db.enums import Urgency
from monitor.compare.reading.tokenize import plain, sentences
from monitor.compare.statements.cue_index import without_look_alikes
from monitor.compare.statements.subjects import Pack

LEAD = 400  # characters of the text


def urgency(title: str, text: str, packs: Collection[Pack]) -> Urgency:
    """The highest urgency of the subjects of any pack that title or lead speak of."""
    lines = [plain(sentence) for part in (title, text[:LEAD]) for _, sentence in sentences(part)]
    urgencies = (_urgency(line, pack) for line in lines for pack in packs)
    return max(urgencies, default=Urgency.NONE)


def _urgency(line: str, pack: Pack) -> Urgency:
    subjects = (pack.subjects[hit.owner[2:]] for hit in without_look_alikes(pack.urgent.find(line)) if hit.owner.startswith("s:"))
    return max((Urgency.TOLD if s.urgent == "told" else Urgency.FIRST for s in subjects), default=Urgency.NONE)
