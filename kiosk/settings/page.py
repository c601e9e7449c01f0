"""The page about all settings, written from the definitions that the file is read with."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping

from kiosk.settings.schema import Key, hints_of, keys, keys_of, shown
from kiosk.settings.sections import Settings

_INTRO = """# Settings

The kiosk reads one file in TOML: `kiosk run --config kiosk.toml`. Whatever it does not say has the
default below. A wrong value stops the start, with its line and what is allowed. Relative paths count
from the file's folder. Each device has a `driver`; a device whose section is missing is simulated, but
beside a real ILS and a real pad it is not there.

Above all sections may stand `version = 1`: the version of the settings, not of the kiosk. A file of an older
version is read all the same, and written anew when staff change something, or by `kiosk config migrate FILE`;
one of a newer version is refused. `kiosk config template` prints a file with every key and what it means, to
begin with; `kiosk config check FILE` says what is wrong with one.

## Secrets

A password may stand in the file as a text. Then whoever may read the file may read the password, and so may
whoever finds a copy: `kiosk doctor` says so. Better, the file only says where it is:

```toml
[ils]
driver = "sip2"
login_password = {{ file = "secrets/ils-login-password" }}
terminal_password = {{ credential = "kiosk.ils-terminal" }}
```

- `file` is a file that holds the password and nothing else, one line in UTF-8. Its path counts from the
  settings' folder. It must belong to the user that the kiosk runs as, and nobody else may read it:
  `chmod 600`.
- `credential` is a credential of systemd, for those who manage their machines themselves: the service is
  given all whose name begins with `kiosk.` ([how](service.md#secrets)). The environment names only the folder
  that systemd puts them in, never the password.

When a secret cannot be had, the kiosk does not start, and says what is wrong with it and what to do. Whoever
changes a password on the maintenance screen changes no file: the new one goes to a new file beside it
(`ils-login-password.2`), and the settings name that one from then on. So whatever the power does meanwhile,
settings and passwords are both of before, or both of after. `kiosk.toml.before` names the password of before,
which is kept as long. A password that was empty gets a file of its own in `secrets/`; one that stands in
`kiosk.toml` as a text stays there; a credential cannot be changed at the screen.

The keys that are secrets: {secrets}.

This page is written by the program from the same definitions that it reads the file with:
`.venv/bin/python -c "from kiosk.settings import describe; print(describe(), end='')" > docs/settings.md`
"""


def describe() -> str:
    """All settings as a page in Markdown (docs/settings.md)."""
    hints = hints_of(Settings)
    sections = [each.name for each in dataclasses.fields(Settings)]
    secret = [f"`[{name}] {key.name}`" for name in sections for key in keys_of(name) if key.secret]
    parts = [_INTRO.format(secrets=", ".join(secret))]
    for each in dataclasses.fields(Settings):
        kind = hints[each.name]
        about = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
        parts.append(f"\n## [{each.name}]\n\n{about}\n\n| key | is | default | about |\n|---|---|---|---|\n")
        for key in keys(kind, None, each.metadata.get("elsewhere", ())):
            about = f"{key.help} (only `{key.driver}`)".strip() if key.driver else key.help
            allowed = key.plain_allowed + (", or [where it stands](#secrets)" if key.secret else "")
            row: list[str] = [f"`{key.name}`", allowed, _default_shown(key), about]
            parts.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n")
    return "".join(parts)


def _default_shown(key: Key) -> str:
    if key.default is dataclasses.MISSING:
        return "needed"
    if key.default is None:
        return ""
    default = key.default.get("", "") if isinstance(key.default, Mapping) else key.default
    return "" if key.secret else f"`{shown(default)}`"
