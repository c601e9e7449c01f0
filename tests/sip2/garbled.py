"""The client before an ACS that answers with whatever bytes an input holds: what must hold of that.

Login and status are answered well. Then the client asks something or changes something, and each frame that
it sends gets the next lines of the input for an answer. The last line has no end.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from kiosk.lab import run
from kiosk.sip2 import (
    BlockPatron,
    Change,
    Checkin,
    Checkout,
    Client,
    Done,
    FeePaid,
    ItemInformation,
    Login,
    NotSent,
    PatronInformation,
    Profile,
    Refused,
    Trouble,
    Unknown,
    seal,
    unseal,
)
from tests.sip2.scripted import ScriptedAcs, ScriptedWire

NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001
ABOUT = {"date": NOON, "institution": "lib"}
REQUESTS = (
    Checkout(**ABOUT, nb_due_date=NOON, patron="21000001", item="39000001", terminal_password=""),
    ItemInformation(**ABOUT, item="39000001"),
    Checkin(**ABOUT, return_date=NOON, current_location="", item="39000001", terminal_password=""),
    PatronInformation(**ABOUT, patron="21000001"),
    FeePaid(**ABOUT, currency="EUR", fee_amount=Decimal("2.50"), patron="21000001"),
    BlockPatron(**ABOUT, patron="21000001", terminal_password="", blocked_card_message=""),
)
"""Asked and changed in turn, by the size of the pieces."""


class Garbling(ScriptedAcs):
    """Answers everything but the login with lines of the input."""

    def __init__(self, lines: list[bytes], *, sealing: bool, lines_each: int) -> None:
        super().__init__()
        self.lines = lines
        self.sealing = sealing
        self.lines_each = lines_each
        self.said = b""
        self.begun = False

    def heard(self, frame: bytes, wire: ScriptedWire) -> None:
        if not self.begun or frame[:2] in {b"93", b"99"}:
            super().heard(frame, wire)
            return
        self.frames.append(frame.decode("latin-1"))
        number = unseal(frame).sequence
        for _ in range(self.lines_each):
            if self.lines:
                line = self.lines.pop(0)
                line = seal(line, number) if self.sealing and number is not None else line
                self.said += line + b"\r"
                half = len(line) // 2
                wire.say(line[:half])
                wire.say(line[half:] + (b"\r" if self.lines else b""), after=0.01)


def converse(manner: int, size: int, stream: bytes, profile: Profile) -> int:
    """Play one exchange; 1 if it had an answer.

    Raises:
        AssertionError: something does not hold. (And nothing else may be raised.)
    """
    request = REQUESTS[size % len(REQUESTS)]
    acs = Garbling(stream.split(b"\r"), sealing=bool(manner & 0x80), lines_each=1 + size // 100)
    client = Client(acs.open, profile, login=Login(login_user="kiosk", login_password="pw"))

    async def story() -> object:
        await client.connect()
        acs.begun = True
        try:
            if isinstance(request, Change):
                return await client.change(request, lambda: None)
            return await client.ask(request)
        except Trouble as trouble:
            return trouble
        finally:
            await client.disconnect()

    outcome = run(story())
    sent = len([frame for frame in acs.frames if frame[:2] == request.code])
    if not isinstance(request, Change):
        assert isinstance(outcome, request.answer | Trouble), outcome
        return isinstance(outcome, request.answer)
    assert sent <= 1 + acs.said.count(b"96"), f"{request.code} left {sent} times"
    if isinstance(outcome, Done | Refused):
        assert request.answer.code.encode() in acs.said, "nobody has said so"
        assert isinstance(outcome.answer, request.answer), outcome
        assert request.done_by(outcome.answer) == isinstance(outcome, Done)
        return 1
    assert isinstance(outcome, Unknown | NotSent), outcome
    return 0
