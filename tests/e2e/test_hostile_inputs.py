"""Hostile inputs of nine kinds, each tried for itself: none does harm. INPUTS holds them all, and a
test counts them.
"""

import io
import re
import time
import zipfile
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import httpcore
import pytest
from sqlalchemy import Engine

from alerts.atom import write_atom
from alerts.mail.headers import mailbox_header, text_header
from alerts.signed_links import LinkSigner
from db.models import SubscriberRow
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, Limits
from monitor.kinds.feed import read_feed
from monitor.parse.clean_entry import MAX_TEXT, clean_line, clean_text, read_entry
from review.context import DeskContext
from review.middleware import ForwardedHeaders
from review.view.tables import as_csv, as_xlsx
from tests.event_loop import run_async
from tests.monitor.conftest import answer
from tests.review.factory import Filled, client, signed_in

INPUTS: dict[str, list[str]] = {}

_INJECTIONS = [
    "=?utf-8?q?a=0d=0aBcc:_x=40y.example?=", "=?utf-8?b?YQ0KQmNjOiB4QHkuZXhhbXBsZQ==?=", "=?iso-8859-1?q?=0aReply-To:_x=40y.example?=", "\r\nBcc: x@y.example",
    "\nBcc: x@y.example", "\rBcc: x@y.example", "\x0bBcc: x@y.example", "\x0cBcc: x@y.example", "\x85Bcc: x@y.example", "\u2028Bcc: x@y.example",
    "\u2029Bcc: x@y.example", "\x00", "\ud800", "\x1b[31m", "=?", "?=", "=?utf-8?q?", "=?utf-8?x?abc?=", "\r\n\r\n<html>", "\r\n .\r\n",
]  # fmt: skip
INPUTS["mail header"] = [
    *(f"{start}{payload}" for start in ("", "Указ подписан ", "Re: ") for payload in _INJECTIONS),
    "a" * 5000, "я" * 3000, "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 50, "\u202egnp.exe", 'say "x" \\ <y@z.example>', " " * 300 + "x", "a\u0301" * 400,
]  # fmt: skip

_MARKUP = [
    "&#xD800;", "&#0;", "&#x110000;", "<![CDATA[<script>x</script>]]>", "&lt;script&gt;x&lt;/script&gt;", "\x0b", "&unknown;", "<b><i>", "&amp;" * 200,
    "=?utf-8?q?a=0d=0ab?=", "\u202e", "javascript:alert(1)", "a" * 20_000,
]  # fmt: skip
_FIELDS = ("title", "description", "link", "guid", "pubDate", "author")
INPUTS["feed"] = [f"{field}|{payload}" for field in _FIELDS for payload in _MARKUP]

INPUTS["HTML"] = [
    "<script>steal()</script>", "<scr<script>ipt>x", "<img src=x onerror=steal()>", "<svg onload=x><script>1</script></svg>", "<style>*{}</style>", "<iframe srcdoc='x'></iframe>",
    "<div>" * 5000, "<a href='" + "x" * 50_000, "<!--" * 500, "<![CDATA[" * 100, "&#xD800;", "&#0;", "\x00", "\ud800", "<p\x00>x", "<" * 10_000, "&" * 10_000, "&#" * 5000,
    "<table>" * 900, "<b>" * 20_000, "</div>" * 20_000, "<p>" + "я" * 200_000, "<font color=white>hidden</font>", "<!DOCTYPE x [<!ENTITY a 'b'>]>&a;",
    "<?xml version='1.0'?><!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><l>&a;</l>", "<math><mi//xlink:href='data:x'>", "<base href=//evil>", "<form action=x><button>go</button></form>",
    "<template><script>x</script></template>", "<noscript><p title='</noscript><script>x</script>'>", "<p>a<br>b</p>" * 3000, "\u202e\u2066x", "<p>" + "\u0301" * 5000,
    "<textarea><script>x</script></textarea>", "<title><script>x</script></title>", "<plaintext><script>x", "<xmp><script>x</script></xmp>", "<object data=x></object>", "<embed src=x>",
    "<link rel=import href=x>", "<meta http-equiv=refresh content='0;x'>", "<video><source onerror=x></video>", "<details open ontoggle=x>", "<marquee onstart=x>",
]  # fmt: skip

INPUTS["table cell"] = [
    f"{before}{sign}{after}"
    for before in ("", "x;", "x,", "x\t", "x\n", "x\r", "x|", " ", '"', "x;'", 'x;"')
    for sign in ("=", "+", "-", "@", "＝")
    for after in ("cmd|' /C calc'!A0",)
] + ["=HYPERLINK(\"http://x\")", "x;\u00a0=1", "x;\u200b=1", "http://x.example", "mailto:a@b.example", "=1\x00", "{=1}", "x;\u3000=1"]  # fmt: skip

INPUTS["address"] = [
    "http://127.1/", "http://127.0.1/", "http://0177.0.0.1/", "http://0x7f000001/", "http://017700000001/", "http://127.0.0.1.:80/", "http://localhost./", "http://LOCALHOST/",
    "http://[::]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:10.0.0.1]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/",
    "http://[fec0::1]/", "http://[ff02::1]/", "http://[2002:a00:1::]/", "http://[64:ff9b::a00:1]/", "http://[64:ff9b:1::a00:1]/", "http://[2001::1]/", "http://[100::1]/", "http://[2001:db8::1]/",
    "http://0.0.0.0/", "http://255.255.255.255/", "http://224.0.0.1/", "http://240.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.0.0.1/", "http://192.0.2.1/",
    "http://198.18.0.1/", "http://198.51.100.1/", "http://203.0.113.1/", "http://169.254.0.1/", "http://１２７.０.０.１/", "http://127。0。0。1/", "http://%31%32%37.0.0.1/", "http://127.0.0.1%00.example/",
    "http://127.0.0.1#@example.org/", "http://example.org@127.0.0.1/", "http://127.0.0.1:6379/", "http://127.0.0.1:0/", "http://127.0.0.1:99999/", "dict://127.0.0.1/", "ldap://127.0.0.1/",
    "jar:http://127.0.0.1/", "data:text/html,x", "javascript:x", "//127.0.0.1/", "http:127.0.0.1", "http://", "", "http://\t127.0.0.1/", "http://127.0.0.1\t/", "http://127.0.0.1/\nX: y",
]  # fmt: skip

INPUTS["forwarded header"] = [
    "127.0.0.1", "10.0.0.1", "::1", "unknown", "", ",", ",,,", "127.0.0.1, 127.0.0.1", "for=127.0.0.1", "[::1]:80", "127.0.0.1:80", "999.1.1.1", "1.2.3.4\t", "1.2.3.4 , ", "x" * 9000, "0",
    "2130706433", "0x7f.1", "fe80::1%eth0", "<script>", "1.2.3.4;5.6.7.8", '"1.2.3.4"', "1.2.3.4, evil, 5.6.7.8", "١.٢.٣.٤", "1.2.3.4\x00", "-1", "localhost", "::ffff:127.0.0.1", "*", "null",
]  # fmt: skip

SIGNER = LinkSigner("https://ajour.example.org", "a key for tests that is long enough")
TOKEN = SIGNER.token(SubscriberRow(id=7, generation=2))
INPUTS["signed token"] = [
    *(f"{TOKEN[:n]}{'b' if TOKEN[n] != 'b' else 'c'}{TOKEN[n + 1 :]}" for n in range(len(TOKEN))), TOKEN + "a", "a" + TOKEN, TOKEN[:-1], TOKEN + ".", "." + TOKEN, TOKEN + "\n", " " + TOKEN,
    TOKEN.replace("7.2", "٧.2"), TOKEN.replace("7.2", "²7.2"), TOKEN.replace("7.2", "7.2.1"), TOKEN.replace("7.2", "7"), TOKEN.replace("7.2", "-7.2"), TOKEN.replace("7.2", "07.2"), "", ".", "..",
    "7.2.", "7.2." + "a" * 24, "9" * 5000, "\x00", "\ud800", "%00", SIGNER.sign("confirm", "7.2"), LinkSigner("", "another key that is long enough").sign("reader", "7.2"), TOKEN * 50,
]  # fmt: skip

INPUTS["API token"] = [
    "Bearer", "Bearer ", "Bearer x", "bearer x", "BEARER x", "Bearer  x", "Bearer x y", "Bearer ajour_x", "Basic eDp5", "Basic x", "Digest x", "Token x", "x", "Bearer " + "a" * 8000, "Bearer ../../x",
    "Bearer ' OR 1=1 --", "Bearer <script>", "Bearer null", "Bearer 0", "Bearer -1", "Bearer é", "Bearer \xff\xfe", "Bearer 💥", "Bearer \t", "Bearer ,Bearer x", "Bearer x;y", 'Bearer "x"', "Bearer {}",
]  # fmt: skip

_NUMBERS = [
    "²",
    "٣",
    "1²",
    "-0",
    "00",
    "1.0",
    "1e3",
    "0x1",
    "9" * 19,
    "9" * 300,
    "1,2",
    "1;2",
    "%2e%2e",
    "%00",
    "None",
    "true",
    "[]",
    "{}",
    "1'",
    "1--",
    "\u202e1",
    "１",
    "+1",
    "1 ",
]
INPUTS["number in a route"] = [f"{path}{value}" for path in ("/flags/", "/items/", "/queue?page=", "/log?before=") for value in _NUMBERS]


@pytest.fixture
def filled(engine: Engine) -> Filled:
    return Filled.with_claims(engine)


@pytest.fixture
def context(filled: Filled) -> DeskContext:
    return DeskContext(
        filled.engine, atom=write_atom, now=lambda: filled.now, methodology=lambda: {"threshold": 0.4, "high": 0.6, "model": "m1"}
    )


def tried(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("text", INPUTS[kind], ids=range(len(INPUTS[kind])))


def test_they_are_more_than_five_hundred() -> None:
    assert sum(map(len, INPUTS.values())) >= 500
    assert min(map(len, INPUTS.values())) >= 25


def _plain(text: str) -> str:
    return re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffd]+", " ", text).strip()


@tried("mail header")
def test_a_title_makes_one_header_and_says_what_it_said(text: str) -> None:
    for raw_title in (text, clean_line(text)):
        raw = text_header("Subject", raw_title) + mailbox_header("From", raw_title, "a@b.example") + b"\r\nbody"
        message = message_from_bytes(raw, policy=policy.default)
        assert message.keys() == ["Subject", "From"]
        assert message.get_content().strip() == "body"
        assert "\r" not in str(message["Subject"]) + str(message["From"])
        assert "\n" not in str(message["Subject"]) + str(message["From"])
        assert _plain(str(message["Subject"])) == _plain(raw_title)
        assert [a.addr_spec for a in message["From"].addresses] == ["a@b.example"]
        assert max(map(len, raw.split(b"\r\n"))) < 999


@tried("feed")
def test_a_hostile_entry_of_a_feed_harms_no_other(text: str) -> None:
    field, payload = text.split("|", 1)
    fields = {"title": "Чужая", "description": "Текст", "link": "https://example.org/bad", "guid": "bad"} | {field: payload}
    bad = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    good = "<item><title>Хорошая новость</title><link>https://example.org/good</link><guid>good</guid><description>Текст новости</description></item>"
    found = read_feed(
        answer(f"<rss version='2.0'><channel><title>x</title>{good}<item>{bad}</item>{good.replace('good', 'good2')}</channel></rss>")
    )
    entries = [read_entry(entry, ("ru",)) for entry in found.entries]
    assert sum(e.title == "Хорошая новость" for e in entries) == 2, found
    for entry in entries:
        for value in (entry.title, entry.text, entry.key, entry.url, entry.origin or ""):
            value.encode("utf-8")
            assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", value)
            assert len(value) <= MAX_TEXT
        assert "\n" not in entry.title
        assert entry.url == "" or entry.url.startswith(("http://", "https://"))


@tried("HTML")
def test_markup_becomes_plain_text(text: str) -> None:
    began = time.process_time()
    cleaned, _ = clean_text(text)
    assert time.process_time() - began < 5
    assert len(cleaned) <= MAX_TEXT
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]", cleaned)
    # What stands in them is text
    if not text.startswith(("<textarea", "<title", "<plaintext", "<xmp")):
        assert not re.search(r"<(?:script|iframe|object|embed|svg|form|meta|link)\b[^>]*>", cleaned, re.I)
    assert "root:" not in cleaned


@tried("table cell")
def test_no_cell_is_a_formula_wherever_a_spreadsheet_splits(text: str) -> None:
    rows = [{"id": 1, "title": text}]
    table = as_csv(rows).removeprefix("\ufeff")
    for cell in re.split(r"[,;\t|\r\n]", table):
        assert not re.match(r"[\s\"\u200b]*[=+\-@＝＋－＠]", cell), cell
    with zipfile.ZipFile(io.BytesIO(as_xlsx(rows, "flags"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@tried("address")
def test_no_address_leads_into_the_network(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[str] = []

    def dial(_backend: object, host: str, *_: object, **__: object) -> None:
        dialled.append(host)
        raise httpcore.ConnectError("not here")

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", dial)
    result = Client("Ajour/test", Limits(seconds=1.0, connect=0.5, read=0.6, body=300_000))
    with pytest.raises(CannotFetch):
        result.get(text)
    result.close()
    assert dialled == []


@tried("forwarded header")
def test_only_the_proxys_own_entry_counts(text: str) -> None:
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["client"][0])

    guard = ForwardedHeaders(app, SimpleNamespace(trusts=lambda peer: peer == "10.9.8.7"))  # type: ignore[arg-type]
    given = text.encode("utf-8")
    for headers in ([(b"x-forwarded-for", given + b", 203.0.113.9")], [(b"x-forwarded-for", given), (b"x-forwarded-for", b"203.0.113.9")]):
        run_async(guard({"type": "http", "client": ("10.9.8.7", 1), "headers": headers}, None, None))  # type: ignore[arg-type]
    run_async(guard({"type": "http", "client": ("198.51.100.7", 1), "headers": [(b"x-forwarded-for", given)]}, None, None))  # type: ignore[arg-type]
    assert seen == ["203.0.113.9", "203.0.113.9", "198.51.100.7"]


@tried("signed token")
def test_no_altered_token_opens_a_readers_page(text: str) -> None:
    assert SIGNER.bearer(TOKEN) is not None
    assert SIGNER.bearer(text) is None
    assert SIGNER.copy_of(text) is None


@tried("API token")
def test_no_made_up_token_opens_the_api(text: str, context: DeskContext, filled: Filled) -> None:
    filled.user("Anna Maria")
    result = client(context, raise_server_exceptions=False)
    reply = result.get(
        "/api/v1/flags", headers=[(b"authorization", text.encode("utf-8", "surrogatepass")), (b"accept", b"application/json")]
    )
    assert reply.status_code in (400, 401, 403), reply.text[:200]


@tried("number in a route")
def test_no_number_makes_a_page_fail(text: str, context: DeskContext, filled: Filled) -> None:
    filled.user("Anna Maria")
    result = signed_in(context, "Anna Maria")
    path, mark, value = text.partition("=") if "=" in text else (text[: text.rindex("/")], "/", text[text.rindex("/") + 1 :])
    assert result.get(f"{path}{mark}{quote(value, safe='%')}").status_code < 500
