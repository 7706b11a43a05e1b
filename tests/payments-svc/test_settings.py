"""Settings are read whole, every fault is named, and no secret is shown."""

import sys

import pytest

from payments import keys, settings
from payments.__main__ import main


def test_defaults_serve_and_secrets_are_masked(tmp_path):
    (tmp_path / "key").write_text("sk_test_sesame\n")
    loaded = settings.load({"STRIPE_API_KEY_FILE": "key", "CREDENTIALS_DIRECTORY": str(tmp_path),
                            "KAFKA_CONF_SASL_PASSWORD": "sesame"})
    assert (loaded.port, loaded.stripe_api_key, loaded.refunds) == (8084, "sk_test_sesame", "auto")
    assert loaded.kafka_conf == {"sasl.password": "sesame"}
    printed = settings.print_text(loaded)
    assert "STRIPE_API_KEY=***\n" in printed and "PORT=8084\n" in printed and "sesame" not in printed


def test_every_fault_is_named_at_once():
    with pytest.raises(settings.SettingsError) as faults:
        settings.load({"PORT": "none", "REFUNDS": "perhaps", "MONGO_URI_FILE": "/nowhere/it", "LOG_LEVEL": "loud"})
    for name in ("PORT", "REFUNDS", "MONGO_URI_FILE", "LOG_LEVEL"):
        assert name in str(faults.value)


@pytest.mark.parametrize(("name", "value"), [
    ("CORS_ORIGINS", "https://shop.example, shop.example"), ("CORS_ORIGINS", "https://shop.example/tickets"),
    ("PAYMENTS_DB", "my payments"), ("PAYMENTS_DB", "a" * 64), ("PAYMENTS_DB", "a.b")])
def test_what_cannot_be_used_is_refused(name, value):
    with pytest.raises(settings.SettingsError, match=f"^{name}: "):
        settings.load({name: value})


def test_origins_are_read_as_browsers_send_them():
    assert settings.load({}).origins == frozenset()
    assert settings.load({"CORS_ORIGINS": "*"}).origins == {"*"}
    loaded = settings.load({"CORS_ORIGINS": "https://shop.example/, http://localhost:3000"})
    assert loaded.origins == {"https://shop.example", "http://localhost:3000"}


def test_a_key_file_that_cannot_be_read_is_named_by_its_setting(monkeypatch, capsys):
    monkeypatch.setenv("API_KEYS_FILE", "/nowhere/keys")
    assert main([], sys.stdout, sys.stderr) == 2
    assert capsys.readouterr().err.startswith("API_KEYS_FILE: ")


def test_without_keys_others_are_not_served():
    with pytest.raises(settings.SettingsError, match="API_KEYS_FILE"):
        settings.load({"BIND_ADDRESS": "0.0.0.0"})  # noqa: S104


HASH = "2a97516c354b68848cdbd8f54a226a0a55b21ed138e207ad6c5cbb9c00aa5aea"  # of "demo"


def test_a_key_opens_what_its_scopes_say(tmp_path):
    file = tmp_path / "keys"
    file.write_text(f"# shop\n\nshop:{HASH}:sell\n")
    known = keys.Keys(str(file))
    known.load()
    caller = known.find("Bearer demo")
    assert caller is not None and caller.name == "shop"
    assert caller.allows(frozenset(("sell", "hold"))) and not caller.allows(frozenset(("read",)))
    for wrong in (None, "", "Bearer", "Bearer wrong", "Basic demo", "Bearer demo demo"):
        assert known.find(wrong) is None


@pytest.mark.parametrize("line", ["nonsense", f"shop:{HASH}:fly", f"anonymous:{HASH}:sell", "shop:12:sell"])
def test_a_key_file_with_a_fault_is_not_taken(line):
    with pytest.raises(keys.KeysError, match=":1:"):
        keys.parse(line, "keys")
