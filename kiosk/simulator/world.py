"""The world on the far side of every wire: one ILS, one reader in front of one field, one card, one
receipt printer, one GPIO chip.

`World.do` is the one steering face: the control socket passes its JSON lines to it, the laboratory and
the tests call it. Triggers (`when`) act at the very instant of what they wait for, before the answer
that tells of it leaves.

After any call to a device or to `do`, the driver takes from *all* devices and re-arms its timer: a
trigger on one may have given another something to say.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

from kiosk.simulator import scenery as sc
from kiosk.simulator.card import CARD_FIELDS, Card, Shown
from kiosk.simulator.chip import SimChip
from kiosk.simulator.device import SPOILT, Device, Fault
from kiosk.simulator.field import TagField
from kiosk.simulator.ils import SimIls
from kiosk.simulator.mishaps import KEEP_BACK, LIE, LIES, PIECES, SIP2_SPOILT, STORM, TWICE, UNASKED
from kiosk.simulator.padreaders import PadReader, make_reader, outputs_of
from kiosk.simulator.padside import PadSide
from kiosk.simulator.printer import SimPrinter
from kiosk.simulator.report import edges, inventory, report

Command = dict[str, Any]
Answer = dict[str, Any]


@dataclass(slots=True)
class _Trigger:
    """Steps that wait for an event; `left` counts down to them. `fault`: they are a fault that waits, which
    `well` calls off."""

    match: dict[str, str]
    left: int
    steps: list[Command]
    fault: bool = False


class World(PadSide):
    """All far sides, made of one scenery.

    `chance` decides what weak tags miss, `wall` gives the ILS its date (see `SimIls`). Which reader stands
    before the field its manners say (`ReaderManners.make`).
    """

    def __init__(
        self,
        scenery: sc.Scenery,
        *,
        chance: random.Random | None = None,
        wall: Callable[[], float] | None = None,
    ) -> None:
        self.scenery = scenery
        self.ils = SimIls(scenery, wall)
        self.field = TagField(
            scenery.tags,
            write_seconds=scenery.reader.write_seconds,
            capture=scenery.reader.capture,
            chance=chance,
        )
        self.reader: PadReader = make_reader(self.field, scenery.reader)
        self.printer = SimPrinter(scenery.printer)
        self.chip = SimChip(scenery.chip)
        self._steered: dict[str, SimIls | PadReader | SimPrinter | SimChip] = {
            "ils": self.ils,
            "reader": self.reader,
            "printer": self.printer,
            "chip": self.chip,
        }
        self.devices: dict[str, Device] = {**self._steered}
        self.shows: list[Shown] = []
        self.over = False
        self._not_done: list[str] = []
        self._triggers: dict[str, list[_Trigger]] = {}
        self._watchers: list[Callable[[], None]] = []
        self.ils.on_message = lambda code, item, at: self._happened("message", at, message=code, item=item)
        self.ils.on_loan = lambda item, at: self._happened("loan", at, item=item)
        self.ils.on_return = lambda item, at: self._happened("return", at, item=item)
        self.ils.on_renewal = lambda item, at: self._happened("renewal", at, item=item)
        self.ils.on_hold = lambda item, at: self._happened("hold", at, item=item)
        self.ils.on_payment = lambda patron, at: self._happened("payment", at, patron=patron)
        self.field.on_write = lambda uid, afi, at: self._happened(
            "afi-written", at, uid=uid, afi=f"{afi:02X}"
        )
        self.field.on_read = lambda uid, afi, at: self._happened("afi-read", at, uid=uid, afi=f"{afi:02X}")
        self.field.on_eas = lambda uid, eas, at: self._happened(
            "eas-written", at, uid=uid, eas="1" if eas else "0"
        )
        self.field.on_block = lambda uid, block, at: self._happened(
            "block-written", at, uid=uid, block=str(block)
        )
        self.field.on_password = lambda uid, right, at: self._happened(
            "password", at, uid=uid, right="1" if right else "0"
        )
        self.printer.on_print = lambda at: self._happened("print", at)
        self.printer.on_cut = lambda at: self._happened("cut", at)
        self.chip.on_edge = lambda line, level, at: self._happened(
            "gate-edge", at, line=str(line), level=str(level)
        )

    @property
    def card(self) -> Card | None:
        """The card that is shown now."""
        return self.shows[-1].card if self.shows and self.shows[-1].removed is None else None

    @property
    def troubles(self) -> list[str]:
        """What must not have happened in a trial: steps of triggers that could not be done, and messages to
        the ILS that break the document, though it may have answered them."""
        return [*self._not_done, *(f"what the ILS was sent: {text}" for _, text in self.ils.deviations)]

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` after each trigger that acted, so that a driver can take from all devices."""
        self._watchers.append(watcher)

    # --- steering -------------------------------------------------------------------------------------

    def do(self, command: Command, now: float) -> Answer:
        """Carry out one command at `now`; what is wrong with it comes back as `error`.

        Commands are plain JSON: `{"do": NAME, ...}`; each `_do_...` below describes its own.
        """
        name = command.get("do")
        act = getattr(self, "_do_" + str(name).replace("-", "_"), None)
        if act is None:
            return {"ok": False, "error": f"unknown command {name!r}"}
        self.reader.play(now)
        self.printer.play(now)
        try:
            answer: Answer | None = act(command, now)
        except KeyError as error:
            return {"ok": False, "error": f"{name}: {error.args[0]!r} is missing or unknown"}
        except (ValueError, TypeError) as error:
            return {"ok": False, "error": f"{name}: {error}"}
        return {"ok": True, **(answer or {})}

    def _do_all(self, command: Command, now: float) -> Answer | None:
        """`steps`: several commands at one instant; the first that fails ends them."""
        for step in command["steps"]:
            answer = self.do(step, now)
            if not answer["ok"]:
                raise ValueError(answer["error"])
        return None

    def _do_show_card(self, command: Command, now: float) -> None:
        """`text`: what is on it, or `uri`, or `raw` memory; optional `kind` and `uid` (see `Card`). A card
        that is shown already makes room."""
        card = Card(**{name: command[name] for name in CARD_FIELDS if name in command})
        card.memory()
        self._do_remove_card(command, now)
        self.shows.append(Shown(now, card))

    def _do_remove_card(self, command: Command, now: float) -> None:
        """Take the card away."""
        del command
        if self.card is not None:
            self.shows[-1].removed = now

    def _do_unplug(self, command: Command, now: float) -> None:
        """`device`: `ils`, `reader`, `printer` or `chip`."""
        self._device(command).unplug(now)

    def _do_plug(self, command: Command, now: float) -> None:
        """`device`: `ils`, `reader`, `printer` or `chip`."""
        self._device(command).plug(now)

    def _do_slow(self, command: Command, now: float) -> None:
        """`device`, `seconds` (0 ends it), optional `message`; `late`: execution is late as well (ILS)."""
        del now
        faults = self._device(command).faults
        faults.slow_down(float(command["seconds"]), command.get("message"), late=bool(command.get("late")))

    def _do_silent(self, command: Command, now: float) -> None:
        """`device`, `count`, optional `message`; `execute` (true): whether what is asked is done."""
        self._fault("silent", command, now, execute=True)

    def _do_garble(self, command: Command, now: float) -> None:
        """`device`, `count`, optional `message`; `how`: `garbage`, `half` or `flip`; of the ILS also
        `trailer`, `sequence` or `checksum` (see `mishaps`)."""
        self._fault("garble", command, now, execute=True)

    def _do_hang_up(self, command: Command, now: float) -> None:
        """`device`, optional `message`, `count`; `execute` (false): whether what is asked is done."""
        self._fault("hang-up", command, now, execute=False)

    def _do_storm(self, command: Command, now: float) -> None:
        """`device` (`ils`), `count`, optional `message`: the next ones are answered by 96 (send it again)
        and not executed."""
        self._ils(command)
        self._fault(STORM, command, now, execute=False)

    def _do_lie(self, command: Command, now: float) -> None:
        """`device` (`ils`), `count`; `how`: the next 98 says `offline`, that it `denies` all messages, half
        of BX (`short`) or none (`mute`); `unasked`: a 98 instead of an answer, optional `message`."""
        self._ils(command)
        how = command.get("how", LIES[0])
        if how not in LIES:
            raise ValueError(f"how is {how!r}, not one of {', '.join(LIES)}")
        message = {} if how == UNASKED else {"message": "99"}
        self._fault(LIE, {**command, **message}, now, execute=False, ways=LIES)

    def _do_twice(self, command: Command, now: float) -> None:
        """`device` (`ils`), `count`, optional `message`: the answer comes twice, `seconds` (0) apart."""
        self._ils(command)
        self._fault(TWICE, command, now, execute=True)

    def _do_pieces(self, command: Command, now: float) -> None:
        """`device` (`ils`), `count`, optional `message`: it comes in pieces, `seconds` (0.05) apart."""
        self._ils(command)
        self._fault(PIECES, {"seconds": 0.05, **command}, now, execute=True)

    def _do_keep_back(self, command: Command, now: float) -> None:
        """`device` (`ils`), `count`, optional `message`: the answer comes right before the next one."""
        self._ils(command)
        self._fault(KEEP_BACK, command, now, execute=True)

    def _do_restart(self, command: Command, now: float) -> None:
        """`device` (`ils`), `seconds`: lines drop, connects are refused for so long, its state is kept.

        `execute` (false): whether it still does what it had heard and not done yet; `message`: at the coming
        of the next such message (of the `count`-th).
        """
        ils = self._ils(command)
        seconds, execute = float(command["seconds"]), bool(command.get("execute", False))
        if not 0 <= seconds < inf:
            raise ValueError(f"seconds is {seconds}")
        if "message" in command:
            step = {"do": "restart", "device": "ils", "seconds": seconds, "execute": execute}
            match = {"message": str(command["message"])}
            self._wait_for("message", match, int(command.get("count", 1)), [step], fault=True)
        else:
            ils.restart(now, seconds, execute=execute)

    def _do_well(self, command: Command, now: float) -> None:
        """`device`: forget all faults that still wait, and be quick."""
        del now
        faults = self._device(command).faults
        faults.waiting.clear()
        faults.slow.clear()
        if faults is self.ils.faults:
            for kind, waiting in self._triggers.items():
                self._triggers[kind] = [trigger for trigger in waiting if not trigger.fault]

    def _do_when(self, command: Command, now: float) -> None:
        """`event` with `kind` and what must match, `steps`; acts once, at the instant of the event.

        Kinds: `loan`, `return`, `renewal`, `hold` (`item`), `payment` (`patron`), `message` (`message`,
        `item`: before it is executed),
        `afi-written`, `afi-read` (`uid`, `afi`), `eas-written` (`uid`, `eas`: 0 or 1), `block-written`
        (`uid`, `block`), `password` (`uid`, `right`: 0 or 1), `print` (a piece of paper gets its first
        dots), `cut`, `gate-edge` (`line`, `level`); what is left out matches all; `count`: at the n-th.
        """
        del now
        event = dict(command["event"])
        kind, left = event.pop("kind"), int(event.pop("count", 1))
        known: dict[str, set[str]] = {
            "loan": {"item"},
            "return": {"item"},
            "renewal": {"item"},
            "hold": {"item"},
            "payment": {"patron"},
            "message": {"message", "item"},
            "afi-written": {"uid", "afi"},
            "afi-read": {"uid", "afi"},
            "eas-written": {"uid", "eas"},
            "block-written": {"uid", "block"},
            "password": {"uid", "right"},
            "print": set(),
            "cut": set(),
            "gate-edge": {"line", "level"},
        }
        if not set(event) <= known[kind]:
            raise ValueError(f"{kind} knows {sorted(known[kind])}, not {sorted(event)}")
        match = {name: str(value) for name, value in event.items()}
        self._wait_for(kind, match, left, list(command["steps"]))

    def _do_paper(self, command: Command, now: float) -> None:
        """`state`: `plenty`, `near-end` or `out`; `mm`: it is out after so many more."""
        mm = command.get("mm")
        self.printer.put_paper(str(command["state"]), None if mm is None else float(mm), now)

    def _do_cover(self, command: Command, now: float) -> None:
        """`open`: whether the printer's cover is open."""
        self.printer.move_cover(now, is_open=bool(command["open"]))

    def _do_cutter(self, command: Command, now: float) -> None:
        """`jammed`: whether the cutter is blocked; the printer notices at the next cut."""
        self.printer.jam_cutter(now, jammed=bool(command["jammed"]))

    def _do_tear(self, command: Command, now: float) -> None:
        """Take away all paper that came out."""
        del command, now
        self.printer.roll.tear()

    def _do_printout(self, command: Command, now: float) -> Answer:
        """All paper since the last tear as `png` (base64), or only the piece number `piece`."""
        del now
        roll = self.printer.roll
        piece = command.get("piece")
        png, height = roll.picture(None if piece is None else int(piece))
        text = base64.b64encode(png).decode("ascii")
        return {"png": text, "width": roll.width, "height": height, "pieces": len(roll.all())}

    def _do_jam(self, command: Command, now: float) -> None:
        """`line`, `level`: hold a line there, whatever drives it."""
        self.chip.jam(command["line"], int(command["level"]), now)

    def _do_unjam(self, command: Command, now: float) -> None:
        """`line`: let it go."""
        self.chip.jam(command["line"], None, now)

    def _do_press(self, command: Command, now: float) -> None:
        """`line`, `level` (None lets it go): hold an input there from outside."""
        level = command["level"]
        self.chip.press(command["line"], None if level is None else int(level), now)

    def _do_tie(self, command: Command, now: float) -> None:
        """`line` follows the line `to` (None: no longer) as a relay's contact does; `inverted`."""
        self.chip.tie(command["line"], command["to"], now, inverted=bool(command.get("inverted")))

    def _do_busy(self, command: Command, now: float) -> None:
        """`line` belongs to some other program; `busy` false: no longer."""
        del now
        self.chip.occupy(command["line"], busy=bool(command.get("busy", True)))

    def _do_report(self, command: Command, now: float) -> Answer:
        """All that the far sides saw, and `World.troubles`."""
        del command
        outputs = outputs_of(self.reader)
        if outputs is not None:
            outputs.play(now)
        return {"now": now, **self.report()}

    def _do_scenery(self, command: Command, now: float) -> Answer:
        """What there is to play with: patrons with their PINs, items, and tags whether or not they were ever
        put down. It does not change."""
        del command, now
        return inventory(self.scenery)

    def _do_look(self, command: Command, now: float) -> Answer:
        """How things stand now; unlike a report it stays small all day. `edges` are the last few."""
        del command, now
        roll = self.printer.roll
        return {
            "pad": [uid for uid, tag in self.field.tags.items() if tag.present],
            "card": (self.card.text or self.card.uid) if self.card is not None else None,
            "unplugged": [name for name, device in self._steered.items() if not device.reachable],
            "paper": roll.state,
            "cover": "open" if self.printer.cover_open else "closed",
            "pieces": [roll.height(piece) for piece in roll.all()],
            "lent": {barcode: held[0] for barcode, held in self.ils.held_by.items()},
            "lines": self.chip.lines(),
            "edges": edges(self, last=8),
        }

    def _do_quit(self, command: Command, now: float) -> None:
        """The end of the world."""
        del command, now
        self.over = True

    # --- what they are made of ------------------------------------------------------------------------

    def _device(self, command: Command) -> SimIls | PadReader | SimPrinter | SimChip:
        name = command["device"]
        if name not in self._steered:
            raise ValueError(f"there is no device {name!r}")
        return self._steered[name]

    def _ils(self, command: Command) -> SimIls:
        if command["device"] != "ils":
            raise ValueError(f"only the ils knows this, not {command['device']!r}")
        return self.ils

    def _fault(
        self, kind: str, command: Command, now: float, *, execute: bool, ways: tuple[str, ...] = ()
    ) -> None:
        del now
        ways = ways or (*SPOILT, *(SIP2_SPOILT if command["device"] == "ils" else ()))
        how = command.get("how", ways[0])
        if how not in ways:
            raise ValueError(f"how is {how!r}, not one of {', '.join(ways)}")
        seconds = float(command.get("seconds", 0.0))
        if not 0 <= seconds < inf:
            raise ValueError(f"seconds is {seconds}")
        self._device(command).faults.waiting.append(
            Fault(
                kind,
                command.get("message"),
                int(command.get("count", 1)),
                bool(command.get("execute", execute)),
                how,
                seconds,
            )
        )

    def _wait_for(
        self, kind: str, match: dict[str, str], count: int, steps: list[Command], *, fault: bool = False
    ) -> None:
        self._triggers.setdefault(kind, []).append(_Trigger(match, count, steps, fault))

    def _happened(self, kind: str, at: float, **what: str) -> None:
        """Let the triggers that wait for this act, in the order in which they were set."""
        waiting = self._triggers.get(kind)
        if not waiting:
            return
        acted = False
        for trigger in list(waiting):
            if trigger.left <= 0 or any(what[name] != value for name, value in trigger.match.items()):
                continue
            trigger.left -= 1
            if trigger.left > 0:
                continue
            waiting.remove(trigger)
            for step in trigger.steps:
                answer = self.do(step, at)
                if not answer["ok"]:
                    self._not_done.append(f"when {kind}: {answer['error']}")
            acted = True
        if acted:
            for watcher in self._watchers:
                watcher()

    # --- the report -----------------------------------------------------------------------------------

    def report(self) -> Answer:
        """What every far side saw, as plain JSON; `t` is monotonic seconds, AFI two hex digits."""
        return report(self)
