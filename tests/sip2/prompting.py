"""A scripted ACS that wants a login at a prompt before SIP2 begins."""

from __future__ import annotations

from tests.sip2.scripted import ScriptedAcs, ScriptedWire

GREETING = b"Login OK.  Initiating SIP\r\n"


class PromptingWire(ScriptedWire):
    """A wire whose far side asks for a login first; `typed` is what we answered."""

    def __init__(self, acs: Prompting) -> None:
        super().__init__(acs)
        self.acs = acs
        self.typed = b""
        self.sip2 = False
        acs.ask(self, 0)

    async def send(self, data: bytes) -> None:
        if self.sip2 and not data.startswith(b"\xff"):
            await super().send(data)
            return
        self.typed += data
        if data.endswith(b"\r\n"):
            self.acs.ask(self, self.typed.count(b"\r\n"))


class Prompting(ScriptedAcs):
    """Asks `prompts` one after the other, says the greeting, and is a scripted ACS from then on."""

    def __init__(self, *prompts: bytes, greeting: bytes = GREETING) -> None:
        super().__init__()
        self.prompts = prompts or (b"\r\nlogin: ", b"password: ")
        self.greeting = greeting
        self.pieces = False

    def ask(self, wire: PromptingWire, number: int) -> None:
        if number < len(self.prompts):
            self._say(wire, self.prompts[number])
        else:
            wire.sip2 = True
            self._say(wire, self.greeting)

    def _say(self, wire: PromptingWire, text: bytes) -> None:
        if not self.pieces:
            if text:
                wire.say(text)
        else:
            for at, byte in enumerate(text, 1):
                wire.say(bytes([byte]), after=0.01 * at + 0.1 * len(wire.typed))

    async def open(self) -> PromptingWire:
        self.wires.append(PromptingWire(self))
        return self.wires[-1]
