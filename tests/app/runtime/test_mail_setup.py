"""Mail settings: wrong addresses are named, the signing key is made once."""

import stat
from pathlib import Path

import pytest

from app.runtime.mail_setup import channels, make_mail_config, senders, signing_key
from app.runtime.settings import WrongSettings, load_settings
from db.engine import CannotOpen
from tests.smtp_server import Keeper, Loopback

KEY = "a key for tests that is long enough"


def test_the_configuration_holds_what_is_set(tmp_path: Path) -> None:
    mail_config = make_mail_config(
        load_settings(
            data=tmp_path, secret=KEY, public_url="https://ajour.example.org/", mail_from="ajour@example.org", contact="desk@example.org",
            operators="one@example.org, two@example.org", signup_domains="example.org example.net",
        )
    )  # fmt: skip
    assert (mail_config.mail_head.sender, mail_config.mail_head.reply_to) == ("ajour@example.org", "desk@example.org")
    assert mail_config.operators == ("one@example.org", "two@example.org")
    assert mail_config.signup == ("example.org", "example.net")


def test_a_contact_page_is_no_reply_address(tmp_path: Path) -> None:
    assert make_mail_config(load_settings(data=tmp_path, secret=KEY, contact="https://example.org/contact")).mail_head.reply_to == ""


@pytest.mark.parametrize("name", ["mail_from", "mail_reply_to", "mail_bounces", "operators"])
def test_a_wrong_address_is_refused_with_its_setting(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongSettings, match=f"AJOUR_{name.upper()}: "):
        make_mail_config(load_settings(data=tmp_path, secret=KEY, **{name: "no-address"}))


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    settings = load_settings(data=tmp_path / "var")
    first = signing_key(settings)
    assert len(first) >= 32
    assert signing_key(settings) == first
    assert stat.S_IMODE((tmp_path / "var" / "secret").stat().st_mode) == 0o600


def test_no_key_is_made_where_none_is_needed(tmp_path: Path) -> None:
    make_mail_config(load_settings(data=tmp_path / "var"), make_key=False)
    assert not (tmp_path / "var").exists()


def test_a_short_or_damaged_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="at least 24 characters"):
        signing_key(load_settings(data=tmp_path, secret="short"))
    (tmp_path / "secret").write_text("cut off", encoding="ascii")
    with pytest.raises(CannotOpen, match="is damaged"):
        signing_key(load_settings(data=tmp_path))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file", encoding="utf-8")
    with pytest.raises(CannotOpen, match="secret"):
        signing_key(load_settings(data=tmp_path / "var" / "below"))


def test_channels_are_names_with_addresses() -> None:
    pytest.importorskip("apprise", reason="apprise is not here (the extra ajour[notify])")
    assert channels(load_settings(channels="desk=ntfy://ntfy.example.org/a other=json://localhost/b")) == {
        "desk": "ntfy://ntfy.example.org/a",
        "other": "json://localhost/b",
    }


@pytest.mark.parametrize("wrong", ["desk", "=ntfy://x", "desk=ntfy.example.org"])
def test_a_channel_without_name_or_address_is_refused(wrong: str) -> None:
    with pytest.raises(WrongSettings, match="write each channel as name=address"):
        channels(load_settings(channels=wrong))


def test_channels_without_their_library_name_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.runtime.mail_setup.find_spec", lambda _: None)
    with pytest.raises(WrongSettings, match=r"ajour\[notify\]"):
        channels(load_settings(channels="desk=json://localhost/b"))


def test_there_is_a_sender_for_each_channel_that_is_set() -> None:
    with senders(load_settings()) as made:
        assert set(made) == set()
    server = Loopback(Keeper(), hostname="127.0.0.1", port=0)
    server.start()
    try:
        with senders(load_settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none")) as made:
            assert set(made) == {"mail"}
    finally:
        server.stop()
