"""An honest evidence folder, made by hand: two patrons, five items, nothing wrong.

Anna borrows a set of two parts, is refused one book, borrows one without a tag and one that must stay
armed; the refused book stays on the pad. Bo is asked about it, says no, takes it off and borrows one.
The falsified folders of `test_judge` are this one with one thing changed.
"""

from dataclasses import replace
from pathlib import Path

from kiosk.lab import folder
from kiosk.lab.case import Rules
from kiosk.lab.evidence import (
    PROMISES,
    AfiAt,
    Canary,
    Control,
    Evidence,
    Frame,
    IlsSeen,
    JournalRow,
    LoanDone,
    MessageDone,
    Result,
    ResultItem,
    Shown,
    ShownHeader,
    ShownRow,
    Stay,
    TagSeen,
    Text,
)
from kiosk.lab.judge import Verdict, judge

ANNA, BO = "21000001", "21000002"
SET, HELD, BARE, ARMED, NOVEL = "39000001", "39000002", "39000003", "39000004", "39000005"
SET_1, SET_2, HELD_TAG, ARMED_TAG, NOVEL_TAG = (f"E00401500000000{number}" for number in range(1, 6))
TITLES = {SET: "Chess in a box", HELD: "Moby-Dick", BARE: "Atlas", ARMED: "Field guide", NOVEL: "Emma"}
AF = "Item is on hold shelf for another patron."
DATE = "20261122    100000"
LATER = "20261122    100009"
SIZE = (1280, 800)

HELP = Control("button", "Help", 2, "Help", (1100, 12, 150, 72))
FINISH = Control("button", "Finish", 1, "Finish", (900, 670, 356, 118))


# ---- frames ---------------------------------------------------------------------------------


def ask(barcode: str, patron: str, seq: int) -> str:
    date = DATE if patron == ANNA else LATER
    return sealed(f"11NN{date}{date}AOLANTERN|AA{patron}|AB{barcode}|AC|BON|", seq)


def answer(barcode: str, patron: str, seq: int, *, flags: str = "1NNY", af: str = "") -> str:
    tail = f"AF{af}|" if af else ""
    return sealed(f"12{flags}{DATE}AOLANTERN|AA{patron}|AB{barcode}|AJ{TITLES[barcode]}|AH|{tail}", seq)


def who(patron: str, seq: int) -> str:
    return sealed(f"63001{DATE}  Y       AOLANTERN|AA{patron}|AC|AD1234|", seq)


def is_who(patron: str, name: str, seq: int, *charged: str) -> str:
    lists = "".join(f"AU{barcode}|" for barcode in charged)
    return sealed(f"64{' ' * 14}001{DATE}{'0' * 24}AOLANTERN|AA{patron}|AE{name}|BLY|CQY|{lists}", seq)


def sealed(body: str, seq: int) -> str:
    text = f"{body}AY{seq}AZ"
    return f"{text}{-sum(text.encode()) & 0xFFFF:04X}"


def hidden(text: str) -> str:
    for secret in (ANNA, BO):
        text = text.replace(f"AA{secret}", "AA***")
    return text.replace("AD1234", "AD***")


EXCHANGES = [
    (1001.0, who(ANNA, 1), 1050.0, is_who(ANNA, "Anna Kowalska", 1, "39000099")),
    (1070.0, ask(SET, ANNA, 2), 1100.0, answer(SET, ANNA, 2)),
    (1101.0, ask(HELD, ANNA, 3), 1130.0, answer(HELD, ANNA, 3, flags="0NUN", af=AF)),
    (1131.0, ask(ARMED, ANNA, 4), 1160.0, answer(ARMED, ANNA, 4, flags="1NNN")),
    (3020.0, ask(BARE, ANNA, 5), 3050.0, answer(BARE, ANNA, 5)),
    (
        6001.0,
        sealed(f"35{DATE}AOLANTERN|AA{ANNA}|AC|", 6),
        6020.0,
        sealed(f"36Y{DATE}AOLANTERN|AA{ANNA}|", 6),
    ),
    (9001.0, who(BO, 7), 9040.0, is_who(BO, "Bo Lind", 7)),
    (
        9042.0,
        sealed(f"17{DATE}AOLANTERN|AB{HELD}|", 8),
        9060.0,
        sealed(f"18080001{DATE}AB{HELD}|AJMoby-Dick|", 8),
    ),
    (10120.0, ask(NOVEL, BO, 9), 10150.0, answer(NOVEL, BO, 9)),
]


def frames() -> tuple[Frame, ...]:
    both = [(sent, True, request) for sent, request, _, _ in EXCHANGES]
    both += [(heard, False, response) for _, _, heard, response in EXCHANGES]
    return tuple(Frame(ms, direction, hidden(text)) for ms, direction, text in sorted(both))


def ils() -> IlsSeen:
    return IlsSeen(
        loans=(
            LoanDone(1075.0, ANNA, SET),
            LoanDone(1136.0, ANNA, ARMED),
            LoanDone(3025.0, ANNA, BARE),
            LoanDone(10125.0, BO, NOVEL),
        ),
        messages=tuple(
            MessageDone(sent + 1, request.replace("AD1234", "AD***"), response)
            for sent, request, _, response in EXCHANGES
        ),
    )


# ---- the field ------------------------------------------------------------------------------


def tags() -> tuple[TagSeen, ...]:
    return (
        TagSeen(SET_1, SET, "07", "C2", (AfiAt(1120.0, "C2"),), part=1, parts=2),
        TagSeen(SET_2, SET, "07", "C2", (AfiAt(1140.0, "C2"),), part=2, parts=2),
        TagSeen(HELD_TAG, HELD, "07", "07"),
        TagSeen(ARMED_TAG, ARMED, "07", "07"),
        TagSeen(NOVEL_TAG, NOVEL, "07", "C2", (AfiAt(10170.0, "C2"),)),
    )


AIR = {
    SET_1: (AfiAt(600.0, "07"), AfiAt(1130.0, "C2")),
    SET_2: (AfiAt(610.0, "07"), AfiAt(1150.0, "C2")),
    HELD_TAG: (AfiAt(620.0, "07"),),
    ARMED_TAG: (AfiAt(630.0, "07"),),
    NOVEL_TAG: (AfiAt(10100.0, "07"), AfiAt(10180.0, "C2")),
}

PRESENCE = {
    SET_1: (Stay(500.0, 5500.0),),
    SET_2: (Stay(500.0, 5500.0),),
    HELD_TAG: (Stay(500.0, 9800.0),),
    ARMED_TAG: (Stay(500.0, 5600.0),),
    NOVEL_TAG: (Stay(10000.0, 12500.0),),
}


# ---- the journal ----------------------------------------------------------------------------


def journal() -> tuple[JournalRow, ...]:
    def row(
        seq: int, saga: str, kind: str, ms: float, item: str, *, closes: bool = False, **more: object
    ) -> JournalRow:
        return JournalRow(seq, saga, kind, ms, closes, {"item": item, **more})

    return (
        row(1, "L1", "intent", 1060.0, SET),
        row(2, "L2", "intent", 1060.0, HELD),
        row(3, "L3", "intent", 1060.0, ARMED),
        row(4, "L1", "answer", 1110.0, SET, lent=True, release=True),
        row(5, "L2", "answer", 1140.0, HELD, closes=True, lent=False, reason="on-hold"),
        row(6, "L3", "answer", 1170.0, ARMED, closes=True, lent=True, release=False),
        row(7, "L1", "settled", 1400.0, SET, closes=True, state="safe"),
        row(8, "L4", "intent", 3010.0, BARE),
        row(9, "L4", "answer", 3060.0, BARE, closes=True, lent=True, release=True),
        row(10, "L5", "intent", 10110.0, NOVEL),
        row(11, "L5", "answer", 10160.0, NOVEL, lent=True, release=True),
        row(12, "L5", "settled", 10400.0, NOVEL, closes=True, state="safe"),
    )


# ---- the screen -----------------------------------------------------------------------------


def listed(barcode: str, state: str, reason: str | None = None, *, note: str = "") -> ShownRow:
    texts = [Text(TITLES[barcode], "data"), Text(f"word for {state}", "ours")]
    if note:
        texts.append(Text(note, "untrusted"))
    return ShownRow(barcode, barcode, state, reason, TITLES[barcode], "2026-12-12", tuple(texts))


def view(ms: float, session: int, screen: str, *rows: ShownRow, patron: str = "") -> Shown:
    texts = [Text("Lanternfield Library", "ours", "header"), Text("Keep on the pad", "ours", "message")]
    if patron:
        texts.append(Text(patron, "data", "header"))
    return Shown(
        ms,
        session,
        screen,
        header=ShownHeader(patron, "en", 100, "light"),
        rows=rows,
        texts=tuple(texts),
        controls=(FINISH, HELP),
        size=SIZE,
    )


REFUSED = listed(HELD, "refused", "on-hold", note=AF)
STAFF = listed(ARMED, "attention", "stays-armed")
SAFE = listed(SET, "safe")
FREE = listed(BARE, "no_tag")


def screens() -> tuple[Shown, ...]:
    anna, bo = "Anna K.", "Bo L."

    def asking(barcode: str) -> ShownRow:
        return listed(barcode, "asking")

    return (
        replace(view(0.0, 0, "cannot-lend"), reasons=("ils-down",)),
        view(200.0, 0, "attract"),
        view(1000.0, 1, "wait"),
        view(1061.0, 1, "loan", asking(SET), asking(HELD), asking(ARMED), patron=anna),
        view(1111.0, 1, "loan", listed(SET, "lent"), asking(HELD), asking(ARMED), patron=anna),
        view(1151.0, 1, "loan", SAFE, REFUSED, asking(ARMED), patron=anna),
        view(1171.0, 1, "loan", SAFE, REFUSED, STAFF, patron=anna),
        view(3061.0, 1, "loan", SAFE, REFUSED, STAFF, FREE, patron=anna),
        view(5000.0, 1, "farewell", SAFE, REFUSED, STAFF, FREE, patron=anna),
        view(6000.0, 2, "attract"),
        view(9000.0, 3, "wait"),
        view(9041.0, 3, "leftovers", listed(HELD, "seen"), patron=bo),
        view(9500.0, 3, "loan", patron=bo),
        view(10111.0, 3, "loan", asking(NOVEL), patron=bo),
        view(10161.0, 3, "loan", listed(NOVEL, "lent"), patron=bo),
        view(10181.0, 3, "loan", listed(NOVEL, "safe"), patron=bo),
        view(12000.0, 3, "farewell", listed(NOVEL, "safe"), patron=bo),
        view(14000.0, 4, "attract"),
    )


# ---- all of it ------------------------------------------------------------------------------

CANARIES = (
    Canary("name", "Anna Kowalska"),
    Canary("title", "Moby-Dick; or, Çetus 鯨"),
    Canary("pin", "4711"),
    Canary("patron", ANNA),
)


def evidence() -> Evidence:
    ends = {SET: "safe", HELD: "refused", BARE: "no_tag", ARMED: "attention", NOVEL: "safe"}
    return Evidence(
        frames=frames(),
        tags=tags(),
        air=AIR,
        presence=PRESENCE,
        ils=ils(),
        shown=screens(),
        journal=journal(),
        canaries=CANARIES,
        result=Result(
            "loan",
            ok=True,
            items=tuple(ResultItem(barcode, TITLES[barcode], None, state) for barcode, state in ends.items()),
            promises={},
            timings_ms={"first_safe": 151.0},
        ),
    )


def data_folder(path: Path) -> Path:
    path.mkdir()
    (path / "journal.db").write_bytes(b"SQLite format 3\0 item 39000001 at 1765534711.4711 released")
    (path / "journal.db-wal").write_bytes(bytes(range(256)))
    return path


# ---- changing one thing ---------------------------------------------------------------------


def shown(given: Evidence) -> tuple[Shown, ...]:
    assert given.shown is not None
    return given.shown


def with_tag(given: Evidence, uid: str, **changes: object) -> Evidence:
    assert given.tags is not None
    return replace(
        given,
        tags=tuple(replace(tag, **changes) if tag.uid == uid else tag for tag in given.tags),
    )


def with_row(given: Evidence, seq: int, **changes: object) -> Evidence:
    assert given.journal is not None
    return replace(
        given,
        journal=tuple(replace(row, **changes) if row.seq == seq else row for row in given.journal),
    )


def without_rows(given: Evidence, *seqs: int) -> Evidence:
    assert given.journal is not None
    return replace(given, journal=tuple(row for row in given.journal if row.seq not in seqs))


def with_view(given: Evidence, ms: float, **changes: object) -> Evidence:
    assert given.shown is not None
    return replace(
        given,
        shown=tuple(replace(entry, **changes) if entry.ms == ms else entry for entry in given.shown),
    )


def with_end(given: Evidence, barcode: str, state: str) -> Evidence:
    assert given.result is not None
    items = tuple(
        replace(item, state=state) if item.barcode == barcode else item for item in given.result.items
    )
    return replace(given, result=replace(given.result, items=items))


def with_frame(given: Evidence, ms: float, sent: bool, text: str) -> Evidence:
    assert given.frames is not None
    return replace(
        given,
        frames=tuple(sorted((*given.frames, Frame(ms, sent, hidden(text))), key=lambda frame: frame.ms)),
    )


def with_stays(given: Evidence, uid: str, *stays: Stay) -> Evidence:
    assert given.presence is not None
    return replace(given, presence={**given.presence, uid: stays})


def with_air(given: Evidence, uid: str, *reads: AfiAt) -> Evidence:
    assert given.air is not None
    return replace(given, air={**given.air, uid: reads})


# ---- judging it -----------------------------------------------------------------------------

KEPT = dict.fromkeys(PROMISES, True)


def judged(tmp_path: Path, given: Evidence, rules: Rules | None = None) -> Verdict:
    folder.write(tmp_path / "run", given)
    data = tmp_path / "run" / "data"
    if not data.exists():
        data_folder(data)
    return judge(tmp_path / "run", data, rules)
