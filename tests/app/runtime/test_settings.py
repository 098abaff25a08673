"""Settings: safe defaults, and a wrong value is named with its variable."""

from pathlib import Path

import pytest

from app.runtime.settings import SHIPPED_BASELINE, Settings, WrongSettings, load_settings


def test_every_setting_has_a_default() -> None:
    settings = load_settings()
    assert settings.allow_loopback is False
    assert settings.listen.startswith("127.0.0.1:")
    assert settings.health.startswith("127.0.0.1:")
    assert settings.sources.is_file()
    assert SHIPPED_BASELINE.is_dir()


def test_the_environment_sets_and_the_caller_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_WORKERS", "3")
    monkeypatch.setenv("WORKERS", "9")
    assert load_settings().workers == 3
    assert load_settings(workers=5).workers == 5


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("workers", "0"), ("workers", "many"), ("body_bytes", "1"), ("listen", "8000"), ("listen", "localhost"), ("health", "x"), ("log", "xml"),
        ("backup_hour", "24"), ("keep_days", "3"), ("public_url", "ajour.example.org"), ("smtp_security", "ssl"), ("threshold", "1.5"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    monkeypatch.setenv(f"AJOUR_{name.upper()}", wrong)
    with pytest.raises(WrongSettings, match=f"AJOUR_{name.upper()}.*{wrong}"):
        load_settings()


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(WrongSettings) as refused:
        load_settings(workers=0, parsers=0)
    assert len(str(refused.value).splitlines()) == 2


def test_the_database_is_in_the_data_folder_unless_set() -> None:
    assert Settings(data=Path("/data")).database_url == "sqlite:////data/ajour.db"
    assert Settings(database="postgresql://x/y").database_url == "postgresql://x/y"


@pytest.mark.parametrize(
    ("public", "address"), [("", "http://127.0.0.1:8000"), ("https://ajour.example.org/desk/", "https://ajour.example.org/desk")]
)
def test_people_reach_the_desk_at_its_public_address(public: str, address: str) -> None:
    assert Settings(public_url=public).desk_url == address


def test_webmasters_learn_whom_to_write_to() -> None:
    assert Settings(contact="desk@example.org").user_agent.endswith("; desk@example.org)")


def test_secrets_are_not_shown() -> None:
    settings = Settings(smtp_password="hunter2", secret="hunter2", channels="x=json://hunter2")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("port", "right"), [("0", True), ("8000", True), ("65535", True), ("65536", False), ("99999", False), ("٣", False)]
)
def test_a_port_is_a_number_up_to_65535(port: str, right: bool) -> None:
    if right:
        assert load_settings(listen=f"127.0.0.1:{port}").listen.endswith(port)
    else:
        with pytest.raises(WrongSettings, match="AJOUR_LISTEN"):
            load_settings(listen=f"127.0.0.1:{port}")
