"""Settings: one TOML file, composed of the rooms' own frozen settings.

Each section (`sections`) is a frozen dataclass; a field that is itself a dataclass puts its keys into the
same section. What a key may hold follows from its type and from its field's metadata: `help`,
`choices`, `at_least`, `at_most`, `pattern` with `like` (an example). One with `repr=False` is a secret
and never shown. A field with the metadata `driver` belongs to that driver of its section: None unless
it is the chosen one. A key `port` is a TCP port, and a key that ends in `_s` is seconds and not negative.

`load` reads a file and gives either all of it or a `SettingsError` with every mistake, each with its
line, its value and what is allowed. `describe` writes docs/settings.md, `template` a file to begin with.
A `Keeper` changes single values in the file and nothing else; `SettingsFile` is what the maintenance screen
edits with.

A secret may stand in a file of its own, or be a systemd credential (`references`); `part_secrets` takes them
out of a text, and whatever a `Keeper` changes stays there. Files of older versions are brought forward when
they are read (`versions`).
"""

from kiosk.settings.disk import Files, RealFiles, RealNames
from kiosk.settings.editing import SettingsFile
from kiosk.settings.keeping import Keeper
from kiosk.settings.page import describe
from kiosk.settings.parting import SecretAsText, part_secrets, secret_files, secrets_as_text
from kiosk.settings.reading import SettingsError, for_patrons, load, parse, rotation_of
from kiosk.settings.references import credentials_folder
from kiosk.settings.sections import (
    SIMULATED,
    CardSection,
    GateSection,
    IlsSection,
    LibrarySection,
    PadSection,
    PrinterSection,
    ScannerSection,
    ScreenSection,
    Settings,
)
from kiosk.settings.template import template

__all__ = [
    "SIMULATED",
    "CardSection",
    "Files",
    "GateSection",
    "IlsSection",
    "Keeper",
    "LibrarySection",
    "PadSection",
    "PrinterSection",
    "RealFiles",
    "RealNames",
    "ScannerSection",
    "ScreenSection",
    "SecretAsText",
    "Settings",
    "SettingsError",
    "SettingsFile",
    "credentials_folder",
    "describe",
    "for_patrons",
    "load",
    "parse",
    "part_secrets",
    "rotation_of",
    "secret_files",
    "secrets_as_text",
    "template",
]
