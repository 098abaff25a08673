"""Addresses in what readers get: the desk's pages, and the reader's own pages behind a signed link.

A signed link is `<subscriber id>.<generation>.<signature>`, or `<subscriber
id>.<generation>.<subscription id>.<signature>` in the mails of one subscription; short, so that no
mail program breaks it. It may be opened any number of times (link scanners do), and opening it
changes nothing; one more generation makes all older links of a reader void. Links in a rendered
mail carry a random stand-in for the token, the same for all readers, so that readers with the same
news share one rendering; the mail puts the reader's token in.
"""

import base64
import hashlib
import hmac
import math
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from db.models import SubscriberRow, SubscriptionRow

# Of the signature: 120 bits, 24 characters; base32, because some mail servers lower the case of
# addresses
# Pages of a whole digest and of an archived copy, after the moment they show
PAGES_KEPT = timedelta(days=90)
_BYTES = 15
# unguessable, so that no outlet's text can contain it and catch a reader's token
STAND_IN = f"token-{secrets.token_hex(16)}"


@dataclass(frozen=True)
class Bearer:
    """Whose token it is; `subscription` where it came with the mail of one of their
    subscriptions.
    """

    reader: int
    generation: int
    subscription: int | None = None


@dataclass(frozen=True)
class LinkSigner:
    """Where the desk is found from outside, and the key that signs readers' links. `public` has no
    slash at its end; "" when it is not set.
    """

    public: str
    secret: str

    def token(self, subscriber: SubscriberRow, subscription: SubscriptionRow | None = None) -> str:
        """What a reader's links carry: for all they get, or for one of their subscriptions."""
        one = f".{subscription.id}" if subscription is not None else ""
        return self.sign("reader", f"{subscriber.id}.{subscriber.generation}{one}")

    def sign(self, purpose: str, value: str) -> str:
        """`value` with its signature; a signature for one purpose is worth nothing for another."""
        mac = hmac.new(self.secret.encode(), f"{purpose}\0{value}".encode(), hashlib.sha256).digest()[:_BYTES]
        return f"{value}.{base64.b32encode(mac).decode().lower()}"

    def check(self, purpose: str, signed: str) -> str | None:
        """The value, or None where the signature is not ours."""
        value, _, _ = signed.rpartition(".")
        return value if value and hmac.compare_digest(self.sign(purpose, value).encode(), signed.lower().encode()) else None

    def bearer(self, token: str) -> Bearer | None:
        """Whose token it is; None for one that is not ours."""
        value = self.check("reader", token)
        numbers = value.split(".") if value else []
        return Bearer(*map(int, numbers)) if len(numbers) in (2, 3) and all(n.isdecimal() for n in numbers) else None

    def confirmation(self, subscriber: SubscriberRow, subscription: SubscriptionRow, until: datetime) -> str:
        return self.sign("confirm", f"{subscription.id}.{subscriber.generation}.{int(until.timestamp())}")

    # Pages of the reader (alerts.subscriber_pages), mounted at /s.

    def preferences(self, token: str = STAND_IN) -> str:
        return self._page(f"s/p/{token}")

    def unsubscribe(self, token: str = STAND_IN) -> str:
        return self._page(f"s/u/{token}")

    def feedback(self, flag_id: int, token: str = STAND_IN) -> str:
        return self._page(f"s/e/{token}/{flag_id}")

    def whole_digest(self, period_end: datetime, token: str = STAND_IN) -> str:
        """The page with all entries of the digests of a period, those that did not fit in the mail
        included.
        """
        return self._page(f"s/d/{token}/{period_end:%Y%m%dT%H%M%SZ}")

    def archived(self, item_id: int, at: datetime, token: str = STAND_IN) -> str:
        """The page with the stored copy of an item as it stood at `at`."""
        return self._page(f"s/a/{token}/{self.sign('copy', f'{item_id}.{math.ceil(at.timestamp())}')}")

    def copy_of(self, signed: str) -> tuple[int, datetime] | None:
        """(item id, moment) of a link to a stored copy; None for one that is not ours."""
        value = self.check("copy", signed)
        numbers = value.split(".") if value else []
        if len(numbers) != 2 or not all(n.isdecimal() for n in numbers):
            return None
        return int(numbers[0]), datetime.fromtimestamp(int(numbers[1]), UTC)

    def feed(self, token: str = STAND_IN) -> str:
        return self._page(f"s/f/{token}.atom")

    def confirm(self, signed: str) -> str:
        return self._page(f"s/c/{signed}")

    # Pages of the desk (review).

    def flag(self, flag_id: int) -> str:
        return self._page(f"flags/{flag_id}")

    def claim(self, claim_id: str) -> str:
        return self._page(f"claims/{quote(claim_id, safe='')}")

    def queue(self) -> str:
        return self._page("queue")

    def _page(self, path: str) -> str:
        return f"{self.public}/{path}" if self.public else ""
