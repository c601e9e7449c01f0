"""The world on the far side of every wire: one ILS, one reader in front of one field, one card.

`World.do` is the one steering face: the control socket passes its JSON lines to it, the laboratory and
the tests call it. Triggers (`when`) act at the very instant of what they wait for, before the answer
that tells of it leaves.

After any call to a device or to `do`, the driver takes from *all* devices and re-arms its timer: a
trigger on one may have given another something to say.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from kiosk.simulator import scenery as sc
from kiosk.simulator.card import Card
from kiosk.simulator.device import Device, Fault
from kiosk.simulator.feig import SimFeig
from kiosk.simulator.field import Tag, TagField
from kiosk.simulator.ils import SimIls

Command = dict[str, Any]
Answer = dict[str, Any]


@dataclass(slots=True)
class _Trigger:
    """Steps that wait for an event; `left` counts down to them."""

    kind: str
    match: dict[str, str]
    left: int
    steps: list[Command]


@dataclass(slots=True)
class Shown:
    """One showing of a card; `removed` is None while it lasts."""

    t: float
    card: Card
    removed: float | None = None


class World:
    """All far sides, made of one scenery.

    `chance` decides what weak tags miss, `wall` gives the ILS its date (see `SimIls`).
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
        self.field = TagField(scenery.tags, write_seconds=scenery.reader.write_seconds, chance=chance)
        self.reader = SimFeig(self.field, scenery.reader)
        self.devices: dict[str, Device] = {"ils": self.ils, "reader": self.reader}
        self.shows: list[Shown] = []
        self.over = False
        self.troubles: list[str] = []
        self._triggers: list[_Trigger] = []
        self._watchers: list[Callable[[], None]] = []
        self.ils.on_message = lambda code, item, at: self._happened("message", at, message=code, item=item)
        self.ils.on_loan = lambda item, at: self._happened("loan", at, item=item)
        self.field.on_write = lambda uid, afi, at: self._happened(
            "afi-written", at, uid=uid, afi=f"{afi:02X}"
        )
        self.field.on_read = lambda uid, afi, at: self._happened("afi-read", at, uid=uid, afi=f"{afi:02X}")

    @property
    def card(self) -> Card | None:
        """The card that is shown now."""
        return self.shows[-1].card if self.shows and self.shows[-1].removed is None else None

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

    def _do_put(self, command: Command, now: float) -> None:
        """`tags`: UIDs, or barcodes for all tags that carry them."""
        for uid in self._uids(command["tags"]):
            self.field.put(uid, now)

    def _do_lift(self, command: Command, now: float) -> None:
        """`tags`: UIDs, or barcodes for all tags that carry them."""
        for uid in self._uids(command["tags"]):
            self.field.lift(uid, now)

    def _do_make_tag(self, command: Command, now: float) -> Answer:
        """A tag that the scenery does not have: `barcode`, or any fields of `scenery.Tag` (with `uid`)."""
        del now
        given = {name: value for name, value in command.items() if name != "do"}
        if "uid" in given:
            plan = sc.Tag(**given)
        else:
            number = len(self.field.tags) + 1
            plan = sc.tag_for(given["barcode"], number)
            while plan.uid in self.field.tags:
                number += 1
                plan = sc.tag_for(given["barcode"], number)
        return {"uid": self.field.make(plan).plan.uid}

    def _do_show_card(self, command: Command, now: float) -> None:
        """`text`: what is on it; optional `uid`. A card that is shown already makes room."""
        card = Card(**{name: command[name] for name in ("text", "uid") if name in command})
        card.memory()
        self._do_remove_card(command, now)
        self.shows.append(Shown(now, card))

    def _do_remove_card(self, command: Command, now: float) -> None:
        """Take the card away."""
        del command
        if self.card is not None:
            self.shows[-1].removed = now

    def _do_unplug(self, command: Command, now: float) -> None:
        """`device`: `ils` or `reader`."""
        self._device(command).unplug(now)

    def _do_plug(self, command: Command, now: float) -> None:
        """`device`: `ils` or `reader`."""
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
        """`device`, `count`, optional `message`; `how`: `garbage`, `half` or `flip`."""
        self._fault("garble", command, now, execute=True)

    def _do_hang_up(self, command: Command, now: float) -> None:
        """`device`, optional `message`, `count`; `execute` (false): whether what is asked is done."""
        self._fault("hang-up", command, now, execute=False)

    def _do_well(self, command: Command, now: float) -> None:
        """`device`: forget all faults that still wait, and be quick."""
        del now
        faults = self._device(command).faults
        faults.waiting.clear()
        faults.slow.clear()

    def _do_when(self, command: Command, now: float) -> None:
        """`event` with `kind` and what must match, `steps`; acts once, at the instant of the event.

        Kinds: `loan` (`item`), `message` (`message`, `item`: before it is executed), `afi-written`
        (`uid`, `afi`), `afi-read` (`uid`, `afi`); what is left out matches all; `count`: at the n-th.
        """
        del now
        event = dict(command["event"])
        kind, left = event.pop("kind"), int(event.pop("count", 1))
        known = {
            "loan": {"item"},
            "message": {"message", "item"},
            "afi-written": {"uid", "afi"},
            "afi-read": {"uid", "afi"},
        }
        if not set(event) <= known[kind]:
            raise ValueError(f"{kind} knows {sorted(known[kind])}, not {sorted(event)}")
        self._triggers.append(_Trigger(kind, event, left, list(command["steps"])))

    def _do_report(self, command: Command, now: float) -> Answer:
        """All that the far sides saw; `troubles` are steps of triggers that could not be done."""
        del command
        return {"now": now, **self.report()}

    def _do_quit(self, command: Command, now: float) -> None:
        """The end of the world."""
        del command, now
        self.over = True

    # --- what they are made of ------------------------------------------------------------------------

    def _device(self, command: Command) -> SimIls | SimFeig:
        name = command["device"]
        if name == "ils":
            return self.ils
        if name == "reader":
            return self.reader
        raise ValueError(f"there is no device {name!r}")

    def _fault(self, kind: str, command: Command, now: float, *, execute: bool) -> None:
        del now
        how = command.get("how", "garbage")
        if how not in {"garbage", "half", "flip"}:
            raise ValueError(f"how is {how!r}")
        self._device(command).faults.waiting.append(
            Fault(
                kind,
                command.get("message"),
                int(command.get("count", 1)),
                bool(command.get("execute", execute)),
                how,
            )
        )

    def _uids(self, names: list[str]) -> list[str]:
        """UIDs of tags that are named by UID or by barcode.

        Raises:
            KeyError: there is no such tag.
        """
        uids = []
        for name in names:
            carrying = [uid for uid, tag in self.field.tags.items() if name in {uid, tag.plan.barcode}]
            if not carrying or not name:
                raise KeyError(name)
            sound = [uid for uid in carrying if not self.field.tags[uid].plan.damaged or uid == name]
            uids += sound or carrying
        return uids

    def _happened(self, kind: str, at: float, **what: str) -> None:
        """Let the triggers that wait for this act, in the order in which they were set."""
        acted = False
        for trigger in list(self._triggers):
            if trigger.kind != kind or any(what[name] != value for name, value in trigger.match.items()):
                continue
            trigger.left -= 1
            if trigger.left > 0:
                continue
            self._triggers.remove(trigger)
            for step in trigger.steps:
                answer = self.do(step, at)
                if not answer["ok"]:
                    self.troubles.append(f"when {kind}: {answer['error']}")
            acted = True
        if acted:
            for watcher in self._watchers:
                watcher()

    # --- the report -----------------------------------------------------------------------------------

    def report(self) -> Answer:
        """What every far side saw, as plain JSON; `t` is monotonic seconds, AFI two hex digits."""
        seen = [tag for tag in self.field.tags.values() if tag.there]
        return {
            "field": [_tag_report(tag) for tag in seen],
            "ils": {
                "loans": [asdict(loan) for loan in self.ils.loans],
                "messages": [asdict(message) for message in self.ils.messages],
                "complaints": [{"t": t, "text": text} for t, text in self.ils.complaints],
                "patrons": [
                    {"id": patron.id, "name": patron.name, "blocked": bool(patron.blocked)}
                    for patron in self.scenery.patrons
                ],
                "items": [
                    {"barcode": item.barcode, "title": item.title, "with": self._with(item.barcode)}
                    for item in self.scenery.items
                ],
            },
            "card": [
                {"t": show.t, "text": show.card.text, "uid": show.card.uid, "removed": show.removed}
                for show in self.shows
            ],
            "troubles": list(self.troubles),
        }

    def _with(self, barcode: str) -> str | None:
        """The patron who has an item."""
        held = self.ils.held_by.get(barcode)
        return held[0] if held else None


def _tag_report(tag: Tag) -> Answer:
    return {
        "uid": tag.plan.uid,
        "barcode": tag.plan.barcode,
        "afi_before": f"{tag.plan.afi:02X}",
        "afi_after": f"{tag.afi:02X}",
        "writes": [{"t": t, "afi": f"{afi:02X}"} for t, afi in tag.writes],
        "reads": [{"t": t, "afi": f"{afi:02X}"} for t, afi in tag.reads],
        "there": [list(stay) for stay in tag.there],
    }
