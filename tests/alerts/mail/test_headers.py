"""Header fields as bytes: whatever a title holds stays one field with the same text."""

import email.header
import email.policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.mail import sanitize
from alerts.mail.headers import mailbox_header, plain_header, text_header

HOSTILE = [
    "=?utf-8?q?Draft_age_now_60=0d=0aBcc:_evil=40evil.test=0d=0aReply-To:_evil=40evil.test?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV2aWwudGVzdA==?=",
    "x =?iso-8859-1?Q?=0D=0A=0D=0Abody?= y",
    "=?utf-8?q?a?= =?utf-8?q?b?=",
    "a\r\nBcc: evil@evil.test",
    "a\nBcc: evil@evil.test",
    "a\u2028Bcc: evil@evil.test\x0b\x0c\x1c\x85",
    "half \ud800 a character \udfff",
    "=?" * 60,
    "?=" * 60,
    'quotes " and \\ and <angle@brackets>, (comments); @ :',
    "x" * 180,
    "Повестка через Госуслуги: запретна въезд, выезд запрещён с 1 января, явиться нужно в течение 30 дней после размещения",
    "a  b   c",
    "😀" * 60,
]


def decoded(raw: bytes) -> list[str]:
    """What the standard library's two readers make of a field's value."""
    old = email.message_from_bytes(raw + b"\r\n")
    new = email.message_from_bytes(raw + b"\r\n", policy=email.policy.default)
    assert len(old.keys()) == len(new.keys()) == 1, raw
    old_value = str(email.header.make_header(email.header.decode_header(old["Subject"].replace("\r\n", ""))))
    return [old_value, str(new["Subject"])]


def lines_are_short(raw: bytes) -> bool:
    return all(len(line) <= 76 and line.isascii() for line in raw.split(b"\r\n"))


@pytest.mark.slow
@given(
    st.text(max_size=200).map(sanitize.line)
    | st.text(max_size=200).map(lambda x: sanitize.line(f"[Ajour] {x}"))
    | st.text(alphabet="[]=?utf-8qbQB_09adАя \r\n:\"'", max_size=200).map(sanitize.line)
)
@settings(max_examples=300, deadline=None)
def test_a_cleaned_text_is_read_back_as_it_was(text: str) -> None:
    raw = text_header("Subject", text)
    assert decoded(raw) == [text, text]
    assert lines_are_short(raw)


@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_text_stays_in_one_field(number: int) -> None:
    raw = text_header("Subject", HOSTILE[number])
    assert lines_are_short(raw)
    assert raw.endswith(b"\r\n")
    assert all(line.startswith((b"Subject:", b" ")) for line in raw.split(b"\r\n")[:-1])
    assert raw.count(b"\r") == raw.count(b"\n") == raw.count(b"\r\n")
    decoded(raw)


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("Draft age 27 → 30", b"Subject: =?utf-8?q?Draft_age_27_=E2=86=92_30?=\r\n"),
        ("plain words", b"Subject: plain words\r\n"),
        ("=?utf-8?q?x?=", b"Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n"),
        ("\ud800", b"Subject: =?utf-8?b?77+9?=\r\n"),
        ("Да", b"Subject: =?utf-8?b?0JTQsA==?=\r\n"),
        ("", b"Subject:\r\n"),
        ("[Ajour] Да", b"Subject: [Ajour] =?utf-8?b?0JTQsA==?=\r\n"),
        ("[Ajour, test] Да", b"Subject: [Ajour, test] =?utf-8?b?0JTQsA==?=\r\n"),
        ("word " * 15 + "end", b"Subject:" + b" word" * 13 + b"\r\n word word end\r\n"),
    ],
)
def test_what_the_bytes_are(text: str, raw: bytes) -> None:
    assert text_header("Subject", text) == raw


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("Ajour", b"From: Ajour <ajour@example.org>\r\n"),
        ("Ajour, the desk", b'From: "Ajour, the desk" <ajour@example.org>\r\n'),
        ('A "B" \\', b'From: "A \\"B\\" \\\\" <ajour@example.org>\r\n'),
        ("Ажур", b"From: =?utf-8?b?0JDQttGD0YA=?= <ajour@example.org>\r\n"),
        ("x\r\nBcc: evil@evil.test", b'From: "x  Bcc: evil@evil.test" <ajour@example.org>\r\n'),
        ("", b"From: ajour@example.org\r\n"),
    ],
)
def test_a_mailbox_has_its_name_as_a_phrase(name: str, raw: bytes) -> None:
    result = mailbox_header("From", name, "ajour@example.org")
    if "  " in name or "\n" in name:
        assert result.count(b"\r\n") == 1
        assert email.message_from_bytes(result + b"\r\n").keys() == ["From"]
    else:
        assert result == raw


@pytest.mark.parametrize("address", ["a@b\r\nBcc: c@d", "a b@c", "a@b>", "ä@b", "", "@", "a"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        mailbox_header("From", "Ajour", address)


@pytest.mark.parametrize("value", ["a\r\nBcc: b@c", "a\nb", "a\rb", "ä", "\x00", "x" * 1000])
def test_a_header_for_programs_is_plain_or_refused(value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        plain_header("X-Test", value)


def test_a_name_of_a_field_cannot_begin_another() -> None:
    with pytest.raises(ValueError, match="header"):
        plain_header("X-Test: a\r\nBcc", "b")
