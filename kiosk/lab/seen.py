"""What the far sides of a day saw, taken from the simulated devices themselves, without a report in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kiosk.lab.evidence import (
    EAS,
    AfiAt,
    FarSides,
    GateEdge,
    GateLine,
    GateSeen,
    HoldDone,
    IlsSeen,
    LoanDone,
    MessageDone,
    PasswordGiven,
    PaymentDone,
    Piece,
    PrinterSeen,
    RenewalDone,
    ReturnDone,
    StatusAsked,
    Stay,
    TagSeen,
    stamp,
)
from kiosk.lab.frames import masked
from kiosk.lab.heap import has_eas
from kiosk.simulator import World


def far_sides_of(world: World, t0: float, *, eas: bool = False) -> FarSides:
    """The same as `evidence.far_sides` makes of the world's report; with `eas`, the EAS bits of the tags as
    tags of their own (see `TagSeen`)."""
    tags = {uid: tag for uid, tag in world.field.tags.items() if tag.there}
    bits = {f"{uid}{EAS}": tag for uid, tag in tags.items() if eas and has_eas(tag.plan)}
    return FarSides(
        tags=tuple(
            TagSeen(
                uid,
                tag.plan.barcode or None,
                f"{tag.plan.afi:02X}",
                f"{tag.afi:02X}",
                _afis(tag.writes, t0),
                tuple(PasswordGiven(stamp(each.t, t0), each.right) for each in tag.attempts),
                tag.plan.part,
                tag.plan.parts if tag.plan.data is None else 0,
            )
            for uid, tag in tags.items()
        )
        + tuple(
            TagSeen(uid, tag.plan.barcode, _by_eas(tag.plan.eas), _by_eas(tag.eas), _bits(tag.eas_writes, t0))
            for uid, tag in bits.items()
        ),
        air={uid: _afis(tag.reads, t0) for uid, tag in tags.items()}
        | {uid: _bits(tag.alarms, t0) for uid, tag in bits.items()},
        presence=stays({uid: tag.there for uid, tag in (tags | bits).items()}, t0),
        ils=_ils(world, t0),
        printer=_printer(world, t0),
        gate=GateSeen(
            tuple(
                GateLine(each["line"], each["consumer"], each["direction"], each["level"])
                for each in world.chip.lines()
            ),
            tuple(GateEdge(stamp(edge.t, t0), edge.line, edge.level, edge.by) for edge in world.chip.edges),
        ),
    )


def asked_of(world: World, t0: float) -> dict[str, tuple[float, ...]]:
    """When each tag was first asked by its UID, each time that it lay there (ms), by UID."""
    tags = world.field.tags.items()
    return {uid: tuple(stamp(at, t0) for at in tag.asked) for uid, tag in tags if tag.asked}


MUTED_S = 1.0
"""How long a reader takes, at most, to switch its field off and on after a wrong password. One that cannot
(3M's) leaves the tag mute for as long as it lies there."""


def muted_of(world: World, t0: float) -> dict[str, tuple[Stay, ...]]:
    """When a tag was mute, since it had been given a wrong password, by UID."""
    muted: dict[str, list[list[float | None]]] = {}
    for uid, tag in world.field.tags.items():
        for wrong in (each.t for each in tag.attempts if not each.right):
            until: float | None = wrong + MUTED_S
            if world.scenery.reader.make == "m3":
                until = next(end for since, end in tag.there if end is None or end >= wrong)
            muted.setdefault(uid, []).append([wrong, until])
    return stays(muted, t0)


def stays(there: Mapping[str, Sequence[Sequence[float | None]]], t0: float) -> dict[str, tuple[Stay, ...]]:
    """Stretches of time (from, until; None: to the end) by tag."""
    return {
        uid: tuple(
            Stay(stamp(since, t0), None if until is None else stamp(until, t0))
            for since, until in each
            if since is not None
        )
        for uid, each in there.items()
    }


def _by_eas(armed: object) -> str:
    """What an AFI would be that says the same."""
    return "07" if armed else "C2"


def _bits(values: Iterable[tuple[float, bool]], t0: float) -> tuple[AfiAt, ...]:
    return tuple(AfiAt(stamp(t, t0), _by_eas(armed)) for t, armed in values)


def _afis(values: Iterable[tuple[float, int]], t0: float) -> tuple[AfiAt, ...]:
    return tuple(AfiAt(stamp(t, t0), f"{afi:02X}") for t, afi in values)


def _ils(world: World, t0: float) -> IlsSeen:
    ils = world.ils
    return IlsSeen(
        loans=tuple(
            LoanDone(stamp(loan.t, t0), loan.patron, loan.item, loan.renewal, loan.due) for loan in ils.loans
        ),
        messages=tuple(
            MessageDone(stamp(done.t, t0), _unsigned(done.request), _unsigned(done.response or ""))
            for done in ils.messages
        ),
        returns=tuple(
            ReturnDone(stamp(back.t, t0), back.item, back.patron, back.was_on_loan, back.alert)
            for back in ils.returns
        ),
        payments=tuple(
            PaymentDone(stamp(paid.t, t0), paid.patron, paid.amount, paid.currency, paid.reference)
            for paid in ils.payments
        ),
        holds=tuple(
            HoldDone(stamp(hold.t, t0), hold.patron, hold.item) for hold in ils.holds if hold.mode == "+"
        ),
        renewals=tuple(RenewalDone(stamp(each.t, t0), each.patron, each.item) for each in ils.renewals),
    )


def _unsigned(text: str) -> str:
    """The text without a PIN."""
    return masked(text, "AD") if "|AD" in text else text


def _printer(world: World, t0: float) -> PrinterSeen:
    roll = world.printer.roll
    return PrinterSeen(
        tuple(
            Piece(
                stamp(piece.t, t0),
                None if piece.t_cut is None else stamp(piece.t_cut, t0),
                roll.width,
                roll.height(piece),
                piece.cut,
            )
            for piece in roll.all()
        ),
        tuple(StatusAsked(stamp(each.t, t0), each.request, each.answer) for each in world.printer.statuses),
        roll.state,
        "open" if world.printer.cover_open else "closed",
    )
