import os

from sigunet.tracking.credentials import has_credentials, resolve_mode

# Of the right form, and nobody's.
FAKE_KEY = "0123456789" * 4


def test_mode_follows_the_credentials(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))
    assert resolve_mode("auto") == ("offline", "")
    mode, sentence = resolve_mode("online")
    assert mode == "offline" and "WANDB_API_KEY" in sentence
    netrc = tmp_path / "no-netrc"
    netrc.write_text("machine example.org\n login a\n password b\n")
    assert not has_credentials()
    netrc.write_text(f"machine api.wandb.ai\n login user\n password {FAKE_KEY}\n")
    assert resolve_mode("auto") == ("online", "")
    monkeypatch.setenv("WANDB_BASE_URL", "https://wandb.example.org:8443")
    assert not has_credentials()
    monkeypatch.setenv("WANDB_API_KEY", FAKE_KEY)
    assert resolve_mode("online") == ("online", "")
    assert resolve_mode("offline") == ("offline", "")
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert resolve_mode("auto") == ("offline", "")
