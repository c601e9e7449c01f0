"""A settings text parted from its secrets."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from kiosk.firstboot.reading import NAME, Unusable
from kiosk.settings import SettingsError, part_secrets


@dataclass(frozen=True, slots=True)
class Parted:
    """The text with references in place of its secrets, and the secrets by the names of their files."""

    text: str
    secrets: Mapping[str, str] = field(repr=False)


def parted(text: str, folder: Path) -> Parted:
    """Part a text that was read without a mistake. `folder` is where it will lie.

    Raises:
        Unusable: the PIN or a password is written in a way that cannot be taken out, or can be none.
    """
    without = _without_pin(text)
    try:
        return Parted(*part_secrets(without, folder))
    except SettingsError as error:
        raise Unusable(error.messages) from None
    except OSError as error:
        raise Unusable([f"{NAME}:1: a password there {error.strerror}"]) from None


def _without_pin(text: str) -> str:
    """The PIN rests as a hash in a file of its own, and nowhere else."""
    tables = tomllib.loads(text.replace("\r\n", "\n"))
    if "pin" not in tables.get("staff", {}):
        return text
    del tables["staff"]["pin"]
    try:
        document = tomlkit.parse(text)
        document["staff"].remove("pin")
        without = document.as_string()
        if tomllib.loads(without.replace("\r\n", "\n")) == tables:
            return without
    except (TOMLKitError, AttributeError):
        pass  # a way of writing that is rare, and that this library does not edit
    raise Unusable([f'{NAME}:1: [staff] pin: write it as pin = "..." in a line of its own, below [staff]'])
