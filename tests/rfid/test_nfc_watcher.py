"""The watcher of an nfcpy reader, over a stand-in of that module."""

import concurrent.futures
import errno
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.rfid import errors
from kiosk.rfid.cards import (
    Card,
    CardFailed,
    CardKind,
    CardRead,
    CardRemoved,
    NfcWatcher,
    ReadersChanged,
)
from kiosk.rfid.tags import NdefMessage, encode_ndef_text, encode_ndef_uri

PATH = "usb"
TEXT = encode_ndef_text("21000001")[2:-1]
"""The message alone, without its TLV."""
HERE, LIFTED = ReadersChanged((PATH,)), CardRemoved(PATH)


class Target(SimpleNamespace):
    """A target; as with nfcpy's own, whatever it was not told is None."""

    def __getattr__(self, name: str) -> Any:
        return None


def target(**told: Any) -> Target:
    return Target(**told)


NTAG = target(sdd_res=bytearray.fromhex("04112233445566"), sel_res=bytearray(b"\0"))


class Tag:
    """A tag on the reader; `ndef` is its message, None for none, or what reading it raises; `type` is what
    nfcpy calls it."""

    def __init__(
        self,
        ndef: bytes | Exception | None = TEXT,
        type: str = "Type2Tag",  # noqa: A002 - the package's own name
        identifier: str = "04112233445566",
    ) -> None:
        self.identifier = bytes.fromhex(identifier)
        self.type = type
        self.message = ndef
        self.presence: bool | Exception = True

    @property
    def ndef(self) -> Any:
        if isinstance(self.message, Exception):
            raise self.message
        return None if self.message is None else SimpleNamespace(octets=self.message)

    @property
    def is_present(self) -> bool:
        if isinstance(self.presence, Exception):
            raise self.presence
        return self.presence


class Nfc:
    """Stands where the module `nfc` would, with one reader in front of `field`."""

    def __init__(self) -> None:
        self.clf = SimpleNamespace(RemoteTarget=lambda brty: brty)
        self.tag = SimpleNamespace(activate=self.activate)
        self.there: Exception | None = None
        self.field: SimpleNamespace | Exception | None = None
        self.behind: Tag | None = None
        self.activated = 0
        self.closed = 0
        self.sensed: Callable[[], None] = lambda: None

    def ContactlessFrontend(self, path: str) -> "Nfc":  # noqa: N802 - the package's own name
        assert path == PATH
        if self.there is not None:
            raise self.there
        return self

    def sense(self, *targets: str, iterations: int) -> Any:
        assert targets == ("106A", "106B", "212F")
        self.sensed()
        if isinstance(self.field, Exception):
            raise self.field
        return self.field

    def activate(self, _reader: object, _target: object) -> Tag | None:
        self.activated += 1
        return self.behind

    def close(self) -> None:
        self.closed += 1

    def lay(self, behind: Tag | None, found: SimpleNamespace = NTAG) -> None:
        self.field, self.behind = found, behind


def card(uid: str, kind: CardKind, ndef: NdefMessage | None = None) -> Card:
    return Card(uid, b"", kind, uid, ndef)


ULTRALIGHT = card("04112233445566", CardKind.MIFARE_ULTRALIGHT)


def started() -> tuple[Nfc, NfcWatcher]:
    nfc = Nfc()
    watcher = NfcWatcher(PATH, lambda: nfc)
    assert watcher.next(0) == [HERE]
    assert watcher.next(0) == [LIFTED]
    return nfc, watcher


def test_a_card_is_read_once_while_it_lies_there() -> None:
    nfc, watcher = started()
    tag = Tag()
    nfc.lay(tag)
    assert watcher.next(0) == [CardRead(PATH, replace(ULTRALIGHT, ndef=NdefMessage(("21000001",))))]
    assert watcher.next(0) == []
    tag.presence, nfc.field = False, None
    assert watcher.next(0) == [LIFTED]
    assert watcher.next(0) == []


def test_a_tag_without_a_text() -> None:
    nfc, watcher = started()
    nfc.lay(Tag(None))
    assert watcher.next(0) == [CardRead(PATH, ULTRALIGHT)]


def test_a_felica_shows_its_idm_and_a_uri_is_read_from_any_kind() -> None:
    nfc, watcher = started()
    uri = encode_ndef_uri("https://lib.example/p/21000001")[2:-1]
    idm, kind = "0139010203040506", CardKind.FELICA
    for ndef, message in ((None, None), (uri, NdefMessage((), ("https://lib.example/p/21000001",)))):
        nfc.lay(Tag(ndef, "Type3Tag", idm), target(sensf_res=bytearray.fromhex("01" + idm) + bytes(8)))
        assert watcher.next(0) == [CardRead(PATH, card(idm, kind, message))]
        tag = nfc.behind
        assert tag is not None
        tag.presence, nfc.field = False, None
        assert watcher.next(0) == [LIFTED]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [
        ("Type1Tag", CardKind.TOPAZ),
        ("Type2Tag", CardKind.MIFARE_ULTRALIGHT),
        ("Type4Tag", CardKind.SMART_CARD),
        ("Type9Tag", CardKind.ISO14443_A),
    ],
)
def test_the_kind_is_what_nfcpy_calls_it(type_: str, kind: CardKind) -> None:
    nfc, watcher = started()
    nfc.lay(Tag(None, type_))
    assert watcher.next(0) == [CardRead(PATH, card("04112233445566", kind))]


@pytest.mark.parametrize(
    ("found", "uid", "kind"),
    [
        (
            target(sdd_res=bytearray.fromhex("DEADBEEF"), sel_res=bytearray(b"\x08")),
            "DEADBEEF",
            CardKind.MIFARE_CLASSIC,
        ),
        (target(sdd_res=bytearray.fromhex("DEADBEEF")), "DEADBEEF", CardKind.ISO14443_A),
        (
            target(sensb_res=bytearray.fromhex("5001020304AABBCCDD00000000")),
            "01020304",
            CardKind.ISO14443_B,
        ),
        (
            target(sensf_res=bytearray.fromhex("01") + bytes(range(16))),
            "0001020304050607",
            CardKind.FELICA,
        ),
    ],
)
def test_a_card_that_nfcpy_cannot_read_still_has_a_uid(
    found: SimpleNamespace, uid: str, kind: CardKind
) -> None:
    nfc, watcher = started()
    nfc.lay(None, found)
    assert watcher.next(0) == [CardRead(PATH, card(uid, kind))]
    nfc.field = target(sdd_res=b"\x08\x01\x02\x03")  # a phone makes up a new one each time
    assert watcher.next(0) == []
    nfc.field = None
    assert watcher.next(0) == [LIFTED]


def test_a_card_without_any_uid_is_mute() -> None:
    nfc, watcher = started()
    nfc.lay(None, target())
    (report,) = watcher.next(0)
    assert isinstance(report, CardFailed)
    assert isinstance(report.error, errors.CardMute)


def test_what_is_a_peer_and_no_tag_is_no_card() -> None:
    nfc, watcher = started()
    nfc.lay(None, target(sdd_res=b"\x08\x01\x02\x03", sel_res=bytearray(b"\x40")))
    assert watcher.next(0) == []
    nfc.lay(Tag(), target(sdd_res=b"\x08\x01\x02\x03", sel_res=bytearray(b"\x60")))
    assert isinstance(watcher.next(0)[0], CardRead)


def test_taken_away_while_it_is_read() -> None:
    nfc, watcher = started()
    tag = Tag(None)
    tag.presence = False
    nfc.lay(tag)
    (report,) = watcher.next(0)
    assert isinstance(report, CardFailed)
    assert isinstance(report.error, errors.CardPulled)
    assert nfc.activated == 3
    nfc.field = None
    assert watcher.next(0) == [LIFTED]


@pytest.mark.parametrize("stumble", [IndexError("list"), AssertionError(), ValueError("odd"), KeyError(1)])
def test_nfcpy_stumbles_over_a_card(stumble: Exception) -> None:
    nfc, watcher = started()
    nfc.lay(Tag(stumble))
    (report,) = watcher.next(0)
    assert isinstance(report, CardFailed)
    assert isinstance(report.error, errors.CardGarbled)


def test_half_a_message_is_garbled() -> None:
    nfc, watcher = started()
    nfc.lay(Tag(TEXT[:5]))
    (report,) = watcher.next(0)
    assert isinstance(report, CardFailed)


@pytest.mark.parametrize(
    "gone", [OSError(errno.ENODEV, os.strerror(errno.ENODEV)), OSError(errno.EIO, "io"), RuntimeError("usb")]
)
def test_the_reader_is_pulled_out_and_comes_back(gone: Exception) -> None:
    nfc, watcher = started()
    nfc.field = gone
    with pytest.raises(errors.CardReaderGone):
        watcher.next(0)
    assert nfc.closed == 1
    nfc.there = OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    with pytest.raises(errors.CardReaderGone, match="no reader at usb"):
        watcher.next(0)
    nfc.there = nfc.field = None
    assert watcher.next(0) == [HERE]
    assert watcher.next(0) == [LIFTED]


def test_the_reader_is_pulled_out_under_a_card() -> None:
    nfc, watcher = started()
    tag = Tag()
    nfc.lay(tag)
    watcher.next(0)
    tag.presence = OSError(errno.EIO, "io")
    with pytest.raises(errors.CardReaderGone):
        watcher.next(0)


def test_nfcpy_is_not_installed() -> None:
    def missing() -> Any:
        raise ImportError("No module named 'nfc'")

    with pytest.raises(errors.CardReaderGone, match="nfcpy cannot be used"):
        NfcWatcher(PATH, missing).next(0)


def test_stopping_lets_go_of_the_reader() -> None:
    nfc, watcher = started()
    watcher.stop()
    assert nfc.closed == 1
    assert watcher.next(0) == [HERE]
    assert nfc.closed == 1


def test_stopping_ends_the_wait_of_another_thread() -> None:
    nfc, watcher = started()
    looked = threading.Event()
    nfc.sensed = looked.set
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watcher.next, 600)
        assert looked.wait(60)
        watcher.stop()
        assert waiting.result(60) == []
    assert nfc.closed == 1
    assert watcher.next(0) == [HERE]


@given(st.binary(max_size=60))
def test_any_message_is_read_or_garbled(message: bytes) -> None:
    nfc, watcher = started()
    nfc.lay(Tag(message))
    (report,) = watcher.next(0)
    assert isinstance(report, CardRead) or isinstance(report.error, errors.CardGarbled)  # type: ignore[union-attr]


def test_a_message_that_is_too_long_for_any_tag() -> None:
    nfc, watcher = started()
    nfc.lay(Tag(bytes(70_000)))
    (report,) = watcher.next(0)
    assert isinstance(report, CardFailed)
    assert isinstance(report.error, errors.CardGarbled)
