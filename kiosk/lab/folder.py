"""The evidence folder on the disk: `write` and `read` carry `Evidence` to files and back.

The shapes of the files are a contract (docs tell them); what stands in them is said in `evidence`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from kiosk.lab.evidence import (
    AfiAt,
    Canary,
    Control,
    Evidence,
    Frame,
    GateEdge,
    GateLine,
    GateSeen,
    HoldDone,
    IlsSeen,
    JournalRow,
    LoanDone,
    MessageDone,
    MoneyDone,
    PasswordGiven,
    PaymentDone,
    Piece,
    Press,
    PrinterSeen,
    RenewalDone,
    Result,
    ResultItem,
    ReturnDone,
    Shown,
    ShownHeader,
    ShownLoan,
    ShownRow,
    StatusAsked,
    Stay,
    TagSeen,
    Text,
    TillAsked,
    TillSeen,
)
from kiosk.lab.frames import visible

_T = TypeVar("_T")


def sip2_line(frame: Frame) -> str:
    """One line of `sip2.log`; control characters inside a garbled frame are written as escapes."""
    return f"{frame.ms} {'>' if frame.sent else '<'} {visible(frame.text)}"


OF_TAGS = ("part", "parts", "passwords")
"""What `tags.json` says of a tag, by its UID, and `field.json` does not."""


def write(folder: Path, evidence: Evidence) -> None:
    """Write every part that is in reach into its file in `folder`, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    if evidence.frames is not None:
        lines = "".join(f"{sip2_line(frame)}\n" for frame in evidence.frames)
        (folder / "sip2.log").write_text(lines, encoding="utf-8", errors="replace")
    if evidence.shown is not None:
        _dump(folder / "screen.json", [_plain_shown(entry) for entry in evidence.shown])
    if evidence.journal is not None:
        # Not by asdict, which would want to deepcopy a read-only payload.
        rows = [
            {"seq": r.seq, "saga": r.saga, "kind": r.kind, "ms": r.ms, "closes": r.closes}
            | {"payload": dict(r.payload)}
            for r in evidence.journal
        ]
        _dump(folder / "journal.json", rows)
    if evidence.presence is not None:
        stays = {
            uid: [[stay.since, stay.until] for stay in there] for uid, there in evidence.presence.items()
        }
        _dump(folder / "presence.json", stays)
    if evidence.faint:
        faint = {uid: [[stay.since, stay.until] for stay in stays] for uid, stays in evidence.faint.items()}
        _dump(folder / "faint.json", faint)
    if evidence.locks:
        _dump(folder / "locks.json", list(evidence.locks))
    if evidence.slow:
        _dump(folder / "slow.json", [[stay.since, stay.until] for stay in evidence.slow])
    if evidence.asked:
        _dump(folder / "asked.json", dict(evidence.asked))
    if evidence.air is not None:
        _dump(folder / "air.json", {uid: [asdict(read) for read in air] for uid, air in evidence.air.items()})
    if evidence.tags is not None:
        tags = [asdict(tag) for tag in evidence.tags]
        more = {tag["uid"]: {name: tag.pop(name) for name in OF_TAGS} for tag in tags}
        _dump(folder / "field.json", tags)
        _dump(folder / "tags.json", more)
    if evidence.ils is not None:
        _dump(folder / "ils.json", asdict(evidence.ils))
    if evidence.printer is not None:
        _dump(folder / "printer.json", asdict(evidence.printer))
    if evidence.gate is not None:
        _dump(folder / "gate.json", asdict(evidence.gate))
    if evidence.till is not None:
        _dump(folder / "till.json", asdict(evidence.till))
    if evidence.pressed is not None:
        _dump(folder / "pressed.json", [asdict(press) for press in evidence.pressed])
    if evidence.canaries is not None:
        _dump(folder / "canaries.json", [asdict(canary) for canary in evidence.canaries])
    if evidence.result is not None:
        write_result(folder, evidence.result)


def write_result(folder: Path, result: Result) -> None:
    """Write `result.json`: once before the judge reads it, and again with what the judge found."""
    plain = {
        "journey": result.journey,
        "ok": result.ok,
        "items": [asdict(item) for item in result.items],
        "promises": dict(result.promises),
        "timings_ms": dict(result.timings_ms),
    }
    if result.cuts:
        plain["cuts"] = list(result.cuts)
    _dump(folder / "result.json", plain)


def read(folder: Path) -> Evidence:
    """Read a folder back; files that are not there are parts out of reach.

    Raises:
        ValueError, KeyError, TypeError: a file is not what this module writes.
    """
    log = folder / "sip2.log"
    frames = _read_log(log.read_text(encoding="utf-8", errors="replace")) if log.exists() else None
    more = _load(folder / "tags.json", dict) or {}
    return Evidence(
        frames=frames,
        tags=_load(folder / "field.json", lambda raw: tuple(_tag(each, more) for each in raw)),
        air=_load(folder / "air.json", lambda raw: {uid: _afis(reads) for uid, reads in raw.items()}),
        presence=_load(folder / "presence.json", _stays),
        faint=_load(folder / "faint.json", _stays) or {},
        asked=_load(folder / "asked.json", _instants) or {},
        slow=_load(folder / "slow.json", lambda raw: tuple(Stay(*each) for each in raw)) or (),
        ils=_load(folder / "ils.json", _ils),
        shown=_load(folder / "screen.json", lambda raw: tuple(_shown(each) for each in raw)),
        journal=_load(folder / "journal.json", lambda raw: tuple(JournalRow(**each) for each in raw)),
        canaries=_load(folder / "canaries.json", lambda raw: tuple(Canary(**each) for each in raw)),
        result=_load(folder / "result.json", _result),
        printer=_load(folder / "printer.json", _printer),
        gate=_load(folder / "gate.json", _gate),
        till=_load(folder / "till.json", _till),
        pressed=_load(folder / "pressed.json", lambda raw: tuple(Press(**each) for each in raw)),
        locks=_load(folder / "locks.json", tuple) or (),
    )


def _instants(raw: dict[str, list[float]]) -> dict[str, tuple[float, ...]]:
    return {uid: tuple(instants) for uid, instants in raw.items()}


def _dump(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8", errors="replace")


def _load(path: Path, make: Callable[[Any], _T]) -> _T | None:
    return make(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def _read_log(text: str) -> tuple[Frame, ...]:
    frames = []
    for line in text.split("\n"):  # not splitlines: a title may hold what Unicode calls a line end
        if line:
            ms, direction, frame = line.split(" ", 2)
            if direction not in {">", "<"}:
                raise ValueError(f"sip2.log: neither > nor < in {line!r}")
            frames.append(Frame(float(ms), direction == ">", frame))
    return tuple(frames)


def _stays(raw: Any) -> dict[str, tuple[Stay, ...]]:
    return {uid: tuple(Stay(*stay) for stay in stays) for uid, stays in raw.items()}


def _afis(raw: Any) -> tuple[AfiAt, ...]:
    return tuple(AfiAt(**each) for each in raw)


def _tag(raw: Any, of_tags: Any) -> TagSeen:
    more = of_tags.get(raw["uid"], {})
    given = tuple(PasswordGiven(**each) for each in more.get("passwords", ()))
    return TagSeen(
        raw["uid"],
        raw["barcode"],
        raw["afi_before"],
        raw["afi_after"],
        _afis(raw["writes"]),
        given,
        more.get("part", 1),
        more.get("parts", 0),
    )


def _ils(raw: Any) -> IlsSeen:
    return IlsSeen(
        tuple(LoanDone(**each) for each in raw["loans"]),
        tuple(MessageDone(**each) for each in raw["messages"]),
        tuple(ReturnDone(**each) for each in raw.get("returns", ())),
        tuple(PaymentDone(**each) for each in raw.get("payments", ())),
        tuple(HoldDone(**each) for each in raw.get("holds", ())),
        tuple(RenewalDone(**each) for each in raw.get("renewals", ())),
    )


def _till(raw: Any) -> TillSeen:
    return TillSeen(
        tuple(TillAsked(**each) for each in raw["asked"]), tuple(MoneyDone(**each) for each in raw["taken"])
    )


def _printer(raw: Any) -> PrinterSeen:
    return PrinterSeen(
        tuple(Piece(**each) for each in raw["pieces"]),
        tuple(StatusAsked(**each) for each in raw["status"]),
        raw["paper"],
        raw["cover"],
    )


def _gate(raw: Any) -> GateSeen:
    return GateSeen(
        tuple(GateLine(**each) for each in raw["lines"]), tuple(GateEdge(**each) for each in raw["edges"])
    )


def _plain_shown(entry: Shown) -> dict[str, Any]:
    plain = asdict(entry)
    for name in ("controls", "size", "about", "payment", "account"):
        if plain[name] is None:
            del plain[name]
    return plain


def _shown(raw: Any) -> Shown:
    controls, size, account = raw.get("controls"), raw.get("size"), raw.get("account")
    return Shown(
        ms=raw["ms"],
        session=raw["session"],
        screen=raw["screen"],
        modal=raw.get("modal"),
        header=ShownHeader(**raw["header"]),
        rows=tuple(ShownRow(**(row | {"texts": _texts(row["texts"])})) for row in raw["rows"]),
        texts=_texts(raw["texts"]),
        reasons=tuple(raw.get("reasons", ())),
        controls=None if controls is None else tuple(_control(each) for each in controls),
        size=None if size is None else (size[0], size[1]),
        about=raw.get("about"),
        payment=raw.get("payment"),
        account=None if account is None else tuple(ShownLoan(**each) for each in account),
    )


def _texts(raw: Any) -> tuple[Text, ...]:
    return tuple(Text(**each) for each in raw)


def _control(raw: Any) -> Control:
    x, y, width, height = raw["box"]
    return Control(raw["role"], raw["name"], raw["order"], raw["spoken"], (x, y, width, height))


def _result(raw: Any) -> Result:
    return Result(
        raw["journey"],
        raw["ok"],
        tuple(ResultItem(**each) for each in raw["items"]),
        raw["promises"],
        raw["timings_ms"],
        tuple(raw.get("cuts", ())),
    )
