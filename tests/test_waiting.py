"""A kiosk without usable settings notices when they are put right, and so when a password is."""

from pathlib import Path

from kiosk.waiting import Waiting

FILE = '[ils]\ndriver = "sip2"\nlogin_password = { file = "secrets/ils-password" }\n'


def test_it_goes_on_once_the_password_is_there_and_guarded(tmp_path: Path) -> None:
    config, secret = tmp_path / "kiosk.toml", tmp_path / "secrets" / "ils-password"
    config.write_text(FILE)
    waiting = Waiting(config, tmp_path / "run")
    wrong = waiting.look()
    assert wrong is not None
    assert "there is no such file" in wrong.messages[0]
    secret.parent.mkdir()
    secret.write_text("hush\n")
    secret.chmod(0o644)
    wrong = waiting.look()
    assert wrong is not None
    assert "others may read or change it" in wrong.messages[0]
    assert "hush" not in str(wrong)
    secret.chmod(0o600)
    assert waiting.look() is None
