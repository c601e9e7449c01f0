"""What the world tells: the report of all far sides, and what there is to play with, as plain JSON values.

A day of the laboratory asks for one report and makes thousands of days, so every value is written out by
name here: it is the quickest way.
"""

from __future__ import annotations

from typing import Any, Protocol

from kiosk.simulator import scenery as sc
from kiosk.simulator.accounts import plain
from kiosk.simulator.card import Shown
from kiosk.simulator.chip import SimChip
from kiosk.simulator.field import TagField
from kiosk.simulator.ils import SimIls
from kiosk.simulator.padreaders import PadReader, outputs_of
from kiosk.simulator.printer import SimPrinter
from kiosk.simulator.tag import Tag

Report = dict[str, Any]


class Sides(Protocol):
    """All far sides, as the world holds them."""

    field: TagField
    reader: PadReader
    ils: SimIls
    printer: SimPrinter
    chip: SimChip
    shows: list[Shown]

    @property
    def troubles(self) -> list[str]:
        """What must not have happened in a trial."""


def report(world: Sides) -> Report:
    """What every far side saw; `t` is monotonic seconds, AFI two hex digits."""
    outputs = outputs_of(world.reader)
    return {
        "field": [_tag(tag) for tag in world.field.tags.values() if tag.there],
        "locks": [{"t": lock.t, "frame": lock.frame.hex().upper()} for lock in world.field.locks],
        "reader": {
            "outputs": [
                {"t": edge.t, "output": edge.output, "on": edge.on, "flashes": edge.flashes}
                for edge in (outputs.edges if outputs is not None else ())
            ]
        },
        "ils": _ils(world.ils),
        "card": [
            {"t": show.t, "text": show.card.text, "uid": show.card.uid, "removed": show.removed}
            for show in world.shows
        ],
        "printer": _printer(world.printer),
        "gate": {"lines": world.chip.lines(), "edges": edges(world)},
        "troubles": world.troubles,
    }


def edges(world: Sides, last: int = 0) -> list[Report]:
    """The edges of the chip's lines, or only so many of the last ones."""
    some = world.chip.edges[-last:]
    return [{"t": edge.t, "line": edge.line, "level": edge.level, "by": edge.by} for edge in some]


def _tag(tag: Tag) -> Report:
    return {
        "uid": tag.plan.uid,
        "barcode": tag.plan.barcode,
        "afi_before": f"{tag.plan.afi:02X}",
        "afi_after": f"{tag.afi:02X}",
        "writes": [{"t": t, "afi": f"{afi:02X}"} for t, afi in tag.writes],
        "reads": [{"t": t, "afi": f"{afi:02X}"} for t, afi in tag.reads],
        "there": [list(stay) for stay in tag.there],
        "copy": tag.plan.copy,
        "eas_before": tag.plan.eas,
        "eas_after": tag.eas,
        "eas_writes": [{"t": t, "eas": eas} for t, eas in tag.eas_writes],
        "dsfid_before": f"{tag.plan.dsfid:02X}",
        "dsfid_after": f"{tag.dsfid:02X}",
        "dsfid_writes": [{"t": t, "dsfid": f"{dsfid:02X}"} for t, dsfid in tag.dsfid_writes],
        "block_writes": [
            {"t": each.t, "block": each.block, "data": each.data.hex().upper()} for each in tag.block_writes
        ],
        "passwords": [{"t": each.t, "id": f"{each.which:02X}", "right": each.right} for each in tag.attempts],
    }


def _ils(ils: SimIls) -> Report:
    lending = ils.lending
    held_by, accounts, holds = lending.held_by, lending.accounts, lending.holds
    return {
        "loans": [
            {"t": loan.t, "patron": loan.patron, "item": loan.item, "renewal": loan.renewal, "due": loan.due}
            for loan in ils.loans
        ],
        "returns": [
            {
                "t": back.t,
                "item": back.item,
                "patron": back.patron,
                "was_on_loan": back.was_on_loan,
                "alert": back.alert,
                "ok": back.ok,
            }
            for back in ils.returns
        ],
        "renewals": [
            {"t": each.t, "patron": each.patron, "item": each.item, "due": each.due} for each in ils.renewals
        ],
        "holds": [
            {
                "t": hold.t,
                "patron": hold.patron,
                "item": hold.item,
                "mode": hold.mode,
                "pickup": hold.pickup,
                "position": hold.position,
            }
            for hold in ils.holds
        ],
        "payments": [
            {
                "t": paid.t,
                "patron": paid.patron,
                "amount": paid.amount,
                "currency": paid.currency,
                "reference": paid.reference,
            }
            for paid in ils.payments
        ],
        "charges": [
            {
                "t": charge.t,
                "patron": charge.patron,
                "item": charge.item,
                "amount": charge.amount,
                "currency": charge.currency,
            }
            for charge in ils.charges
        ],
        "messages": [
            {
                "t": message.t,
                "request": message.request,
                "response": message.response,
                "answered": message.answered,
            }
            for message in ils.messages
        ],
        "complaints": [{"t": t, "text": text} for t, text in ils.complaints],
        "deviations": [{"t": t, "text": text} for t, text in ils.deviations],
        "patrons": [
            {
                "id": patron.id,
                "name": patron.name,
                "blocked": bool(patron.blocked),
                "owes": plain(accounts.balance(patron.id)) if accounts.has(patron.id) else "0.00",
            }
            for patron in ils.scenery.patrons
        ],
        "items": [
            {
                "barcode": item.barcode,
                "title": item.title,
                "with": held_by[item.barcode][0] if item.barcode in held_by else None,
                "status": lending.status(item),
                "queue": holds.queue(item.barcode),
            }
            for item in ils.scenery.items
        ],
    }


def _printer(printer: SimPrinter) -> Report:
    roll = printer.roll
    return {
        "paper": roll.state,
        "cover": "open" if printer.cover_open else "closed",
        "pieces": [
            {
                "t": piece.t,
                "t_cut": piece.t_cut,
                "width": roll.width,
                "height": roll.height(piece),
                "cut": piece.cut,
            }
            for piece in roll.all()
        ],
        "status": [
            {"t": status.t, "request": status.request, "answer": status.answer} for status in printer.statuses
        ],
        "complaints": [{"t": t, "text": text} for t, text in printer.complaints],
    }


def inventory(scenery: sc.Scenery) -> Report:
    """What there is to play with: patrons with their PINs, items, tags whether or not ever put down."""
    patrons = [
        {
            "id": patron.id,
            "name": patron.name,
            "pin": patron.pin,
            "blocked": bool(patron.blocked),
            "max_loans": patron.max_loans,
            "owes": bool(patron.owes),
        }
        for patron in scenery.patrons
    ]
    items = [
        {
            "barcode": item.barcode,
            "title": item.title,
            "author": item.author,
            "held": bool(item.held_for),
            "odd": bool(item.refusal) or not item.desensitise,
            "away": bool(item.home),
            "fee": item.fee,
        }
        for item in scenery.items
    ]
    tags = [
        {
            "uid": tag.uid,
            "barcode": tag.barcode,
            "part": tag.part,
            "parts": tag.parts,
            "damaged": tag.damaged,
            "armed": tag.afi == sc.ARMED,
        }
        for tag in scenery.tags
        if tag.usage == 1 and tag.barcode
    ]
    lent = {loan.item: loan.patron for loan in scenery.loans}
    return {"patrons": patrons, "items": items, "tags": tags, "lent": lent}
