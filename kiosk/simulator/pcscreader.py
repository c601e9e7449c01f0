"""A simulated PC/SC reader with an antenna over the tag field, as vpcd sees it: its "card" is always in.

Written from PC/SC part 3 (storage-card calls) and its supplement for contactless cards 2.02 with amendment 1
(transparent sessions, `FF C2`): a host sends frames of ISO 15693 itself, and is told of collisions. Where the
documents leave something open, readers differ; then it is one of `ReaderManners`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from kiosk.simulator import passthrough, requests, rounds, vpcdwire
from kiosk.simulator import pcscobjects as ts
from kiosk.simulator.airtime import SILENCE, T2, answer_seconds, request_seconds, ticks
from kiosk.simulator.card import ATR
from kiosk.simulator.device import Foreseen, spoil
from kiosk.simulator.field import Instant, Read, Request
from kiosk.simulator.onair import Answer, OnAir, Program, at_once, fault_name
from kiosk.simulator.pcscobjects import Apdu, Item
from kiosk.simulator.scenery import BLOCK
from kiosk.simulator.tag import Mode
from kiosk.simulator.vpcdwire import Splitter

TIMEOUT = 0.025
"""How long it waits for an answer when nobody says (assumed: a write takes up to 20 ms)."""
LONGEST_TIMEOUT = 5.0
"""It waits no longer than this, whatever it is told (assumed: its driver would give it up)."""
OURS = bytes([0x01, 0x00, 0x00])
"""Version of the transparent session that it says it has (80)."""
MICROSECOND = 1e-6
FRAME_WAITING = bytes([0x03, 0x01])
"""The beginning of the parameter (FF6E) that hosts were seen to set: FWTI. Here 5F46 alone counts."""


class _Exchange(NamedTuple):
    """What an exchange comes to when all its objects are read: the number of the object that sends, the
    frame, how long to wait, whether the CRC stays on the answer."""

    number: int
    frame: bytes
    timeout: float
    keeps_crc: bool


class _Failed(NamedTuple):
    """An object that cannot be carried out."""

    number: int
    status: bytes


class SimPcsc(OnAir[bytes]):
    """The reader. `Device` says how it is driven; its links speak as a card in vpcd does."""

    _session = False
    _iso_15693 = False
    _card = ""
    """The UID of the tag that the storage-card calls mean."""

    def _splitter(self) -> Splitter:
        return Splitter()

    def _name(self, message: bytes) -> str:
        return name(message)

    def _spoil(self, data: bytes, how: str) -> bytes:
        """The lengths are vpcd's and no part of any air or wire; what is in between gets spoilt."""
        return vpcdwire.write(spoil(data[2:], how))

    def _powered(self, *, on: bool) -> None:
        del on
        self._session = self._iso_15693 = False
        self._card = ""

    def _program_of(self, message: bytes, start: float) -> Program:
        """One message of vpcd: power on, off, reset and the ATR; or an APDU."""
        if len(message) == 1:
            if message[0] == vpcdwire.GET_ATR:
                return at_once(start, vpcdwire.write(ATR))
            return self._reset(start)
        command = ts.apdu(message)
        if command is None:
            return _says(start, ts.WRONG_LENGTH)
        if command.cla != 0xFF:
            return _says(start, ts.UNKNOWN_CLASS)
        match command.ins:
            case ts.TRANSPARENT if self.manners.transparent:
                return self._transparent(start, command)
            case ts.GET_DATA:
                return self._get_data(start, command)
            case ts.READ_BINARY:
                return self._read_binary(start, command)
            case ts.UPDATE_BINARY:
                return self._update_binary(start, command)
        return _says(start, ts.UNKNOWN_INSTRUCTION)

    def _reset(self, start: float) -> Program:
        """Off, on, reset: a session ends, the field is as before (assumed)."""
        self._powered(on=True)
        self.field.power(on=True)
        return at_once(start, None)

    # --- storage-card calls (part 3, 3.2.2.1) ---------------------------------------------------------

    def _get_data(self, start: float, command: Apdu) -> Program:
        """The UID of the one tag that it finds; of several that collide it has none."""
        if (command.p1, command.p2) != (0, 0):
            return (yield from _says(start, ts.NOT_SUPPORTED))
        self._card = ""
        end = yield from self._pick(start)
        if not self._card:
            return _answer(end, ts.NO_INFORMATION, amiss=True)
        uid = bytes.fromhex(self._card)
        return _answer(end, (uid if self.manners.uid_msb_first else uid[::-1]) + ts.OK)

    def _pick(self, start: float) -> Generator[Instant, None, float]:
        """Look for a tag; whoever is found is meant from now on."""
        heard = yield from rounds.inventory_once(self.field, start)
        self._card = heard.data[8:0:-1].hex().upper() if heard.data is not None else ""
        return heard.end

    def _read_binary(self, start: float, command: Apdu) -> Program:
        """Blocks from the one in P1 and P2 on, as many as Le wants (0: one)."""
        size = BLOCK if command.le in {None, 256} else command.le or BLOCK
        return self._on_card(
            start,
            [partial(requests.read_blocks, first=command.p1 << 8 | command.p2, count=-(-size // BLOCK))],
            size,
            ts.NOT_FOUND,
        )

    def _update_binary(self, start: float, command: Apdu) -> Program:
        """Blocks from the one in P1 and P2 on, one write each."""
        first, data = command.p1 << 8 | command.p2, command.data
        if not data or len(data) % BLOCK:
            return _says(start, ts.WRONG_LENGTH)
        writes = [
            partial(requests.write_block, number=first + at // BLOCK, data=data[at : at + BLOCK])
            for at in range(0, len(data), BLOCK)
        ]
        return self._on_card(start, writes, 0, ts.NOT_WRITTEN)

    def _on_card(
        self, start: float, asked: Sequence[Callable[[Mode, str], Request]], size: int, refused: bytes
    ) -> Program:
        """Ask the tag that is meant, after looking for one if there is none."""
        if not self._card:
            start = yield from self._pick(start)
        if not self._card:
            return _answer(start, ts.NO_INFORMATION, amiss=True)
        data = b""
        for ask in asked:
            heard = yield from self.field.ask(start, ask(Mode.ADDRESSED, self._card))
            start = heard.end
            if heard.error is not None:
                return _answer(start, refused, amiss=True)
            if heard.data is None:
                self._card = ""
                return _answer(start, ts.NO_INFORMATION, amiss=True)
            data += heard.data
        return _answer(start, data[:size] + ts.OK)

    # --- transparent sessions (supplement, 2) ---------------------------------------------------------

    def _transparent(self, start: float, command: Apdu) -> Program:
        """The data objects, one after another until one fails; P2 says which there may be."""
        items = ts.items(command.data)
        if items is None:
            return _says(start, ts.result(1, ts.WRONG_LENGTH) + ts.OK)
        match command.p2:
            case ts.MANAGE:
                return self._manage(start, items)
            case ts.SWITCH:
                return _says(start, self._switch(items) + ts.OK)
            case ts.EXCHANGE:
                return self._exchange(start, items)
        return _says(start, ts.NOT_SUPPORTED)

    def _manage(self, start: float, items: list[Item]) -> Program:
        """Begin and end a session, switch the carrier; a timer in front of another object is a pause."""
        said, failed = b"", _Failed(0, ts.OK)
        for number, item in enumerate(items, 1):
            if item.tag == ts.TIMER and len(item.value) == 4:
                if number < len(items):
                    start += self._seconds(item.value)
                    yield start, start
                continue
            status = self._does(item)
            if item.tag == ts.VERSION and status == ts.OK:
                said += ts.item(ts.VERSION, OURS)
            if status != ts.OK:
                failed = _Failed(number, status)
                break
        yield start, start
        return _answer(start, ts.result(*failed) + said + ts.OK)

    def _does(self, item: Item) -> bytes:
        """One object of a session's management."""
        match item.tag:
            case ts.VERSION if len(item.value) == 3:
                return ts.OK
            case ts.BEGIN | ts.END if not item.value:
                self._session, self._iso_15693 = item.tag == ts.BEGIN, False
                self._card = ""
                if not self._session:
                    self.field.power(on=True)
                return ts.OK
            case ts.RF_OFF | ts.RF_ON if not item.value:
                if not self._session:
                    return ts.STOPPED
                self.field.power(on=item.tag == ts.RF_ON)
                return ts.OK
            case ts.VERSION | ts.BEGIN | ts.END | ts.RF_OFF | ts.RF_ON | ts.TIMER:
                return ts.WRONG_LENGTH
            case ts.SET_PARAMETER if item.value[:2] == FRAME_WAITING:
                return ts.OK
        return ts.NOT_SUPPORTED

    def _switch(self, items: list[Item]) -> bytes:
        """Speak ISO 15693 from now on, or something else, which no tag here understands."""
        for number, item in enumerate(items, 1):
            if item.tag != ts.SWITCH_TO:
                return ts.result(number, ts.NOT_SUPPORTED)
            if len(item.value) != 2:
                return ts.result(number, ts.WRONG_LENGTH)
            if not self._session:
                return ts.result(number, ts.STOPPED)
            kind, layer = item.value
            if kind == ts.ISO_15693 and layer != ts.LAYER_3:
                return ts.result(number, ts.NOT_SUPPORTED)
            self._iso_15693 = kind == ts.ISO_15693
        return ts.result(0, ts.OK)

    def _exchange(self, start: float, items: list[Item]) -> Program:
        """Send a frame, wait for the answer: 92 and 96 tell how it came, 97 brings it."""
        asked = self._read_exchange(items)
        if isinstance(asked, _Failed):
            return (yield from _says(start, ts.result(*asked) + ts.OK))
        said_at = start + request_seconds(len(asked.frame) + ts.CRC_BYTES)
        gives_up = said_at + asked.timeout
        said = passthrough.Said(gives_up)
        if self._iso_15693:
            said = yield from passthrough.say(self.field, start, asked.frame)
        if said.collision:
            return _answer(said.end, self._collided() + ts.OK, amiss=True)
        if said.answer is None or _began(said.end, len(said.answer)) > gives_up:
            end = max(said.end, gives_up)
            yield end, end
            return _answer(
                end, ts.result(asked.number, ts.NO_CARD_ANSWER) + ts.OK, amiss=not _finds(asked.frame)
            )
        return _answer(said.end, _came(said.answer, asked) + ts.OK)

    def _collided(self) -> bytes:
        """Some readers see collisions, some see what came of them: a frame whose CRC is wrong."""
        status = ts.CRC_ERROR if self.manners.collisions_as_crc else ts.COLLISION
        garbled = RUBBLE if self.manners.collisions_as_crc else b""
        return ts.result(0, ts.OK) + _came_so(status, garbled)

    def _read_exchange(self, items: list[Item]) -> _Exchange | _Failed:
        """What the objects of an exchange come to; the first that cannot be carried out."""
        if not self._session:
            return _Failed(1, ts.STOPPED)
        flags, timeout = 0, TIMEOUT
        for number, item in enumerate(items, 1):
            match item.tag:
                case ts.FLAGS if len(item.value) == 2:
                    flags = item.value[0] | item.value[1]
                case ts.TX_FRAMING | ts.RX_FRAMING if len(item.value) == 1:
                    if item.value[0] & 0x07:
                        return _Failed(number, ts.NOT_SUPPORTED)
                case ts.TIMER if len(item.value) == 4:
                    timeout = self._seconds(item.value)
                case ts.SET_PARAMETER if item.value[:2] == FRAME_WAITING:
                    pass
                case ts.TRANSCEIVE if item.value:
                    frame = item.value
                    if flags & ts.APPEND_NO_CRC:
                        frame = frame[:-2] if passthrough.crc(frame[:-2]) == frame[-2:] else b"\0"
                    return _Exchange(number, frame, timeout, bool(flags & ts.KEEP_CRC))
                case ts.FLAGS | ts.TX_FRAMING | ts.RX_FRAMING | ts.TIMER | ts.TRANSCEIVE:
                    return _Failed(number, ts.WRONG_LENGTH)
                case _:
                    return _Failed(number, ts.NOT_SUPPORTED)
        return _Failed(len(items), ts.WRONG_VALUE)

    def _seconds(self, timer: bytes) -> float:
        """A timer's microseconds; readers disagree about the byte order."""
        count = int.from_bytes(timer, "big" if self.manners.timer_msb_first else "little")
        return min(ticks(count * MICROSECOND), LONGEST_TIMEOUT)

    # --- what a lab may know beforehand ---------------------------------------------------------------

    def foresee(self, link: int, data: bytes, now: float) -> Foreseen | None:
        """The answer to who only reads a tag, or looks for tags where there is none, while nothing else is to
        be done; None to all else, which has to be played."""
        splitter = self._links.get(link)
        if not isinstance(splitter, Splitter) or self._asks_wait() or not self._iso_15693:
            return None
        message = splitter.only(data)
        frame = None if message is None else exchanged(message)
        if message is None or frame is None:
            return None
        lag = self._lag(name(message))
        command = ts.apdu(message)
        asked = self._read_exchange(ts.items(command.data) or []) if command is not None else None
        if lag is None or not isinstance(asked, _Exchange):
            return None
        start = now if now > self._air else self._air
        order = passthrough.read(asked.frame)
        said_at = start + request_seconds(len(asked.frame) + ts.CRC_BYTES)
        if isinstance(order, Request):
            read = self.field.foresee(start, order)
            body = b"\0" + (read.data if read is not None else b"")
            if read is None or _began(read.end, len(body) + ts.CRC_BYTES) > said_at + asked.timeout:
                return None
            answer = vpcdwire.write(_came(body + passthrough.crc(body), asked) + ts.OK)
            return Foreseen(read.end + lag, answer, partial(self._has_read, read))
        if isinstance(order, passthrough.Once) and self.field.foresee_silence(start) is not None:
            end = said_at + asked.timeout
            if end < said_at + SILENCE or not order.one_slot:
                return None
            answer = vpcdwire.write(ts.result(asked.number, ts.NO_CARD_ANSWER) + ts.OK)
            return Foreseen(end + lag, answer, partial(self._has_waited, end))
        return None

    def _has_read(self, read: Read) -> None:
        self.field.fulfil(read)
        self._air = read.end

    def _has_waited(self, end: float) -> None:
        self._air = end


RUBBLE = bytes.fromhex("003EFFFFFFFF500104E0A55A")
"""What several answers at once may look like to a reader that takes them for one."""


def name(message: bytes) -> str:
    """What a message is called to which something is to happen: as FEIG's ISO host calls the same thing."""
    frame = exchanged(message)
    if frame is not None:
        return fault_name(frame)
    if len(message) == 1 or message[:1] != b"\xff":
        return "66"
    names = {ts.GET_DATA: "01", ts.READ_BINARY: "23", ts.UPDATE_BINARY: "24"}
    if message[1] == ts.TRANSPARENT:
        switches = any(item.tag in {ts.RF_OFF, ts.RF_ON} for item in _items(message))
        return "6A" if switches else "65"
    return names.get(message[1], "66")


def exchanged(message: bytes) -> bytes | None:
    """The frame that a message has sent into the air; None: it sends none."""
    if message[:2] != b"\xff\xc2" or len(message) < 5 or message[3] != ts.EXCHANGE:
        return None
    return next((item.value for item in _items(message) if item.tag == ts.TRANSCEIVE), None)


@lru_cache(maxsize=256)
def _items(message: bytes) -> tuple[Item, ...]:
    command = ts.apdu(message)
    return tuple(ts.items(command.data) or ()) if command is not None else ()


def _began(end: float, size: int) -> float:
    """When an answer of `size` bytes began after which the air was free at the `end`."""
    return end - T2 - answer_seconds(size)


def _finds(frame: bytes) -> bool:
    """Whether silence is no news: nobody is there, or nobody is meant."""
    return isinstance(passthrough.read(frame), passthrough.Once | passthrough.Quiet)


def _came(answer: bytes, asked: _Exchange) -> bytes:
    """The response objects of an answer that came well."""
    return ts.result(0, ts.OK) + _came_so(0, answer if asked.keeps_crc else answer[: -ts.CRC_BYTES])


def _came_so(status: int, answer: bytes) -> bytes:
    return (
        ts.item(ts.RX_FRAMING, b"\0") + ts.item(ts.STATUS, bytes([status, 0])) + ts.item(ts.RESPONSE, answer)
    )


def _answer(end: float, data: bytes, *, amiss: bool = False) -> Answer:
    return Answer(end, vpcdwire.write(data), amiss)


def _says(start: float, data: bytes) -> Program:
    """An answer for which the air is not needed."""
    return at_once(start, vpcdwire.write(data))
