"""Where the journal, its key and its mark lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kiosk.journal.errors import KeyUnusable

FILE_NAME = "journal.db"

CREDENTIAL = "credential:"
"""What `key_file` begins with when the system hands the key over (systemd.exec, "Credentials")."""

NO_CREDENTIAL = (
    "Name it in the unit: LoadCredentialEncrypted=, made by systemd-creds (docs/journal.md tells how)."
)


@dataclass(frozen=True, slots=True)
class JournalSettings:
    """Where the journal lies, the key that seals it, and how long it keeps what is settled."""

    folder: Path = field(
        default=Path("data"), metadata={"help": "folder that holds journal.db; made when absent"}
    )
    key_file: Path = field(
        default=Path("journal.key"),
        metadata={
            "help": "the kiosk key that seals patron ids; made when absent; keep it outside the folder,"
            ' and out of its backups. `credential:NAME` is the same as `{ credential = "NAME" }`',
            "credential": CREDENTIAL,
        },
    )
    mark_file: Path | None = field(
        default=None,
        metadata={
            "help": "remembers how far the journal has come, so that an older one is noticed; keep it out"
            " of the folder's backups. Unset: beside the key, with a credential beside the folder"
        },
    )
    keep_days: int = field(
        default=30,
        metadata={
            "help": "days for which settled loans, returns... stay in the journal; 0 keeps them for ever",
            "at_least": 0,
            "at_most": 36500,
        },
    )

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self.folder / FILE_NAME

    @property
    def mark(self) -> Path:
        """The mark's file."""
        if self.mark_file is not None:
            return self.mark_file
        if self.credential:
            return self.folder.absolute().with_name(f"{self.folder.absolute().name}.mark")
        return self.key_file.with_name(f"{self.key_file.stem}.mark")

    @property
    def credential(self) -> str:
        """The name of the systemd credential that is the key; empty when the key is a file of our own."""
        name = self.key_file.name
        return name.removeprefix(CREDENTIAL) if name.startswith(CREDENTIAL) else ""

    def key_path(self, credentials: Path | None) -> Path:
        """The key's file. `credentials` is the folder of systemd credentials, None when there is none.

        Raises:
            KeyUnusable: the key is a credential, and nobody has given any.
        """
        if not self.credential:
            return self.key_file
        if credentials is None:
            raise KeyUnusable("there are no systemd credentials", self.key_file, NO_CREDENTIAL)
        return credentials / self.credential
