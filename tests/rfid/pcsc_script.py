"""Scripts for the PC/SC driver: APDUs that are expected, and what comes back."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from kiosk.lab import run
from kiosk.rfid import iso15693
from kiosk.rfid.iso15693 import Mask, Request
from kiosk.rfid.readers import PcscSettings, Reader, pcsc_opener
from kiosk.rfid.wire import pcsc
from kiosk.rfid.wire.pcsc import TimerOrder
from tests.rfid.scripted import Said, ScriptedApdus

UID = "E004010012345678"
OTHER = "E004010012345679"

Script = tuple[bytes, Said | Sequence[Said]]

OK = bytes.fromhex("C0030090009000")
SILENCE = bytes.fromhex("C0030164019000")
COLLISION = bytes.fromhex("C00300900096020200" + "9000")
LOST = bytes.fromhex("6985")
RESET: list[Script] = [
    (pcsc.manage(pcsc.Manage.RF_OFF), OK),
    (pcsc.manage(pcsc.Manage.RF_ON), OK),
    (pcsc.switch_protocol(), OK),
]
START: list[Script] = [(pcsc.manage(pcsc.Manage.START), OK), *RESET]
END: Script = (pcsc.manage(pcsc.Manage.END), OK)


def frame(
    request: Request, data_bytes: int, more_us: int = 0, order: TimerOrder = TimerOrder.LSB_FIRST
) -> bytes:
    return pcsc.transceive(request, 1000 + (3 + data_bytes) * 302 + more_us, order)


def heard(data: str) -> bytes:
    content = bytes.fromhex("00" + data)
    size = bytes([len(content)]) if len(content) < 128 else bytes([0x81, len(content)])
    return bytes.fromhex("C0030090009201009602000097") + size + content + b"\x90\x00"


def inventory(mask: Mask = iso15693.EVERY_TAG, afi: int = 0) -> bytes:
    return frame(iso15693.inventory(mask, afi=afi, one_slot=True), 9)


def quiet(uid: str) -> Script:
    return frame(iso15693.stay_quiet(uid), 0), SILENCE


def tag(uid: str, dsfid: str = "3E") -> bytes:
    return heard(dsfid + bytes.fromhex(uid)[::-1].hex())


WRITE_C2 = frame(iso15693.write_afi(UID, 0xC2), 0, 20_000)


def opened(*script: Script, settings: PcscSettings | None = None) -> tuple[ScriptedApdus, Any]:
    apdus = ScriptedApdus(*script)

    async def open_apdus() -> ScriptedApdus:
        return apdus

    return apdus, pcsc_opener(open_apdus, settings or PcscSettings("Pad"))


def play(
    story: Callable[[Reader, ScriptedApdus], Coroutine[Any, Any, None]],
    *script: Script,
    opening: Sequence[Script] = tuple(START),
    settings: PcscSettings | None = None,
) -> None:
    async def whole() -> None:
        apdus, open_reader = opened(*opening, *script, settings=settings)
        await story(await open_reader(), apdus)
        assert not apdus.script

    run(whole())
