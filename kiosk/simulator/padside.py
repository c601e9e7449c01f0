"""What can be done to the pad and to what lies on it: the world's commands for its tags and its reader."""

from __future__ import annotations

from typing import Any

from kiosk.simulator import scenery as sc
from kiosk.simulator.field import Place, TagField
from kiosk.simulator.padreaders import PadReader, inputs_of

Command = dict[str, Any]
Answer = dict[str, Any]

INPUTS = range(1, 9)
"""The numbers of a reader's inputs (GET INPUT has a bit for each)."""


class PadSide:
    """The pad's commands; `World` says how commands come."""

    field: TagField
    reader: PadReader

    def _do_put(self, command: Command, now: float) -> None:
        """`tags`: UIDs, or barcodes for all tags that carry them; `at`: where, `[x, y, z]` in cm from the
        middle of the antenna. What lies there already is moved."""
        place = _place(command["at"]) if "at" in command else None
        for uid in self._uids(command["tags"]):
            self.field.put(uid, now, place)

    def _do_lift(self, command: Command, now: float) -> None:
        """`tags`: UIDs, or barcodes for all tags that carry them."""
        for uid in self._uids(command["tags"]):
            self.field.lift(uid, now)

    def _do_metal(self, command: Command, now: float) -> None:
        """`places`: where metal lies from now on, each `[x, y, z]` in cm; it detunes the tags near it."""
        del now
        self.field.lay_metal([_place(each) for each in command["places"]])

    def _do_make_tag(self, command: Command, now: float) -> Answer:
        """A tag that the scenery does not have: `barcode`, or any fields of `scenery.Tag` (with `uid`)."""
        del now
        given = {name: value for name, value in command.items() if name != "do"}
        if "uid" in given:
            plan = sc.Tag.from_json(given)
        else:
            number = len(self.field.tags) + 1
            plan = sc.tag_for(given["barcode"], number)
            while plan.uid in self.field.tags:
                number += 1
                plan = sc.tag_for(given["barcode"], number)
        return {"uid": self.field.make(plan).plan.name}

    def _do_input(self, command: Command, now: float) -> None:
        """`number` (1 to 8), `active`: one of the reader's digital inputs."""
        del now
        number, inputs = int(command["number"]), inputs_of(self.reader)
        if number not in INPUTS or inputs is None:
            raise ValueError(f"there is no input {number}")
        self.field.noted += 1
        if command["active"]:
            inputs.add(number)
        else:
            inputs.discard(number)

    def _uids(self, names: list[str]) -> list[str]:
        """UIDs of tags that are named by UID or by barcode.

        Raises:
            KeyError: there is no such tag.
        """
        uids = []
        for name in names:
            if name in self.field.tags:
                uids.append(name)
                continue
            carrying = [uid for uid, tag in self.field.tags.items() if name == tag.plan.barcode]
            if not carrying or not name:
                raise KeyError(name)
            sound = [uid for uid in carrying if not self.field.tags[uid].plan.damaged]
            uids += sound or carrying
        return uids


def _place(given: Any) -> Place:
    """A place of three numbers.

    Raises:
        ValueError: it is none.
    """
    x, y, z = (float(each) for each in given)
    return x, y, z
