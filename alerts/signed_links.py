"""Addresses in mails: the desk's pages, and the reader's own pages behind a signed link.

A signed link is `<subscriber id>.<generation>.<signature>`, or `<subscriber
id>.<generation>.<subscription id>.<signature>` in the mails of one subscription; short, so that no
mail program breaks it. It may be opened any number of times (link scanners do), and opening it
changes nothing; a higher generation invalidates all older links of a reader. Links in a rendered
mail carry a random placeholder for the token, the same for all readers, so that readers with the
same news share one rendering; the mail puts the reader's token in.
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

# How long the pages of a whole digest and of an archived copy can be opened
PAGES_KEPT = timedelta(days=90)
# Of the signature: 120 bits, 24 characters; base32, because some mail servers lower the case of
# addresses
_BYTES = 15
# Unguessable, so that no text of an outlet can contain it and get a reader's token inserted
TOKEN_PLACEHOLDER = f"token-{secrets.token_hex(16)}"


@dataclass(frozen=True)
class TokenHolder:
    """Whose token it is; `subscription` where it came with the mail of one of their
    subscriptions.
    """

    reader: int
    generation: int
    subscription: int | None = None


@dataclass(frozen=True)
class LinkSigner:
    """The public address of the desk, and the key that signs readers' links. `public` has no
    trailing slash; "" when it is not set.
    """

    public: str
    secret: str

    def token(self, subscriber: SubscriberRow, subscription: SubscriptionRow | None = None) -> str:
        """The token of a reader's links: for all their subscriptions, or for one."""
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

    def bearer(self, token: str) -> TokenHolder | None:
        """Whose token it is; None for one that is not ours."""
        value = self.check("reader", token)
        numbers = value.split(".") if value else []
        return TokenHolder(*map(int, numbers)) if len(numbers) in (2, 3) and all(n.isdecimal() for n in numbers) else None

    def confirmation(self, subscriber: SubscriberRow, subscription: SubscriptionRow, until: datetime) -> str:
        return self.sign("confirm", f"{subscription.id}.{subscriber.generation}.{int(until.timestamp())}")

    # Pages of the reader (alerts.subscriber_pages), mounted at /s.

    def preferences(self, token: str = TOKEN_PLACEHOLDER) -> str:
        return self._page(f"s/p/{token}")

    def unsubscribe(self, token: str = TOKEN_PLACEHOLDER) -> str:
        return self._page(f"s/u/{token}")

    def feedback(self, flag_id: int, token: str = TOKEN_PLACEHOLDER) -> str:
        return self._page(f"s/e/{token}/{flag_id}")

    def whole_digest(self, period_end: datetime, token: str = TOKEN_PLACEHOLDER) -> str:
        """The page with all entries of the digests of a period, those that did not fit in the mail
        included.
        """
        return self._page(f"s/d/{token}/{period_end:%Y%m%dT%H%M%SZ}")

    def archived(self, item_id: int, at: datetime, token: str = TOKEN_PLACEHOLDER) -> str:
        """The page with the stored copy of an item as it stood at `at`."""
        return self._page(f"s/a/{token}/{self.sign('copy', f'{item_id}.{math.ceil(at.timestamp())}')}")

    def copy_of(self, signed: str) -> tuple[int, datetime] | None:
        """(item id, moment) of a link to a stored copy; None for one that is not ours."""
        value = self.check("copy", signed)
        numbers = value.split(".") if value else []
        if len(numbers) != 2 or not all(n.isdecimal() for n in numbers):
            return None
        return int(numbers[0]), datetime.fromtimestamp(int(numbers[1]), UTC)

    def feed(self, token: str = TOKEN_PLACEHOLDER) -> str:
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
