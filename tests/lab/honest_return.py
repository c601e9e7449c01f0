"""An honest evidence folder with a renewal, a gate, receipts and returns, made by hand.

Anna borrows a novel, is refused a book, and renews one that she has; she asks for a receipt, takes the
refused book off the pad, and the gate lets her through. Then somebody brings back two books, a set of two
parts among them that goes to the hold shelf (a slip is printed), and one that nobody had.
"""

from dataclasses import replace

from kiosk.lab.evidence import (
    AfiAt,
    Canary,
    Evidence,
    Frame,
    GateEdge,
    GateLine,
    GateSeen,
    IlsSeen,
    JournalRow,
    LoanDone,
    MessageDone,
    Piece,
    PrinterSeen,
    Result,
    ResultItem,
    ReturnDone,
    Shown,
    ShownHeader,
    ShownRow,
    Stay,
    TagSeen,
    Text,
)
from tests.lab.honest import ANNA, DATE, FINISH, HELP, LATER, SIZE, hidden, is_who, sealed, who

NOVEL, HELD, OWN, BOOK, SET, NOBODYS = (f"3900010{number}" for number in range(1, 7))
NOVEL_TAG, HELD_TAG, OWN_TAG, BOOK_TAG, SET_1, SET_2, NOBODYS_TAG = (
    f"E00401500000010{number}" for number in range(1, 8)
)
TITLES = {NOVEL: "Emma", HELD: "Walden", OWN: "Dune", BOOK: "Ulysses", SET: "Chess", NOBODYS: "Atlas"}
AF = "Item was not checked out."


# ---- the wire -------------------------------------------------------------------------------


def ask(code: str, barcode: str, seq: int, date: str = DATE) -> str:
    if code == "09":
        return sealed(f"09N{date}{date}APdesk|AOLANTERN|AB{barcode}|AC|", seq)
    if code == "17":
        return sealed(f"17{date}AOLANTERN|AB{barcode}|", seq)
    tail = "BON|" if code == "29" else ""
    return sealed(f"{code}NN{date}{date}AOLANTERN|AA{ANNA}|AB{barcode}|AC|{tail}", seq)


def answer(code: str, flags: str, barcode: str, seq: int, more: str = "") -> str:
    whose = "" if code == "10" else f"AA{ANNA}|"
    return sealed(f"{code}{flags}{DATE}AOLANTERN|{whose}AB{barcode}|AJ{TITLES[barcode]}|{more}", seq)


def status(barcode: str, circulation: str, seq: int) -> str:
    return sealed(f"18{circulation}0001{DATE}AB{barcode}|AJ{TITLES[barcode]}|", seq)


EXCHANGES = [
    (1001.0, who(ANNA, 1), 1050.0, is_who(ANNA, "Anna Kowalska", 1, OWN)),
    (1070.0, ask("11", NOVEL, 2), 1100.0, answer("12", "1NNY", NOVEL, 2, "AH20261212|")),
    (1101.0, ask("11", HELD, 3), 1130.0, answer("12", "0NUN", HELD, 3)),
    (3010.0, ask("29", OWN, 4), 3040.0, answer("30", "1YNY", OWN, 4, "AH20270102|")),
    (9120.0, ask("09", BOOK, 5, LATER), 9150.0, answer("10", "1YNN", BOOK, 5, "CL1|")),
    (9151.0, ask("09", SET, 6, LATER), 9180.0, answer("10", "1YNY", SET, 6, "CV01|CTLANTERN|")),
    (9181.0, ask("09", NOBODYS, 7, LATER), 9210.0, answer("10", "0NNN", NOBODYS, 7, f"AF{AF}|")),
    (9211.0, ask("17", NOBODYS, 8, LATER), 9230.0, status(NOBODYS, "03", 8)),
]


def frames() -> tuple[Frame, ...]:
    both = [(sent, True, request) for sent, request, _, _ in EXCHANGES]
    both += [(heard, False, response) for _, _, heard, response in EXCHANGES]
    return tuple(Frame(ms, direction, hidden(text)) for ms, direction, text in sorted(both))


def ils() -> IlsSeen:
    return IlsSeen(
        loans=(LoanDone(1075.0, ANNA, NOVEL),),
        messages=tuple(
            MessageDone(sent + 1, request.replace("AD1234", "AD***"), response)
            for sent, request, _, response in EXCHANGES
        ),
        returns=(
            ReturnDone(9125.0, BOOK, ANNA),
            ReturnDone(9156.0, SET, "21000099", alert="01"),
            ReturnDone(9186.0, NOBODYS, None, was_on_loan=False),
        ),
    )


# ---- field, chip, printer -------------------------------------------------------------------


def tags() -> tuple[TagSeen, ...]:
    return (
        TagSeen(NOVEL_TAG, NOVEL, "07", "C2", (AfiAt(1120.0, "C2"),)),
        TagSeen(HELD_TAG, HELD, "07", "07"),
        TagSeen(OWN_TAG, OWN, "C2", "C2"),
        TagSeen(BOOK_TAG, BOOK, "C2", "07", (AfiAt(9170.0, "07"),)),
        TagSeen(SET_1, SET, "C2", "07", (AfiAt(9200.0, "07"),), part=1, parts=2),
        TagSeen(SET_2, SET, "C2", "07", (AfiAt(9210.0, "07"),), part=2, parts=2),
        TagSeen(NOBODYS_TAG, NOBODYS, "07", "07", (AfiAt(9250.0, "07"),)),
    )


AIR = {
    NOVEL_TAG: (AfiAt(600.0, "07"), AfiAt(1130.0, "C2")),
    HELD_TAG: (AfiAt(610.0, "07"),),
    OWN_TAG: (AfiAt(620.0, "C2"),),
    BOOK_TAG: (AfiAt(9110.0, "C2"), AfiAt(9175.0, "07")),
    SET_1: (AfiAt(9111.0, "C2"), AfiAt(9205.0, "07")),
    SET_2: (AfiAt(9112.0, "C2"), AfiAt(9215.0, "07")),
    NOBODYS_TAG: (AfiAt(9113.0, "07"), AfiAt(9255.0, "07")),
}

PRESENCE = {
    NOVEL_TAG: (Stay(500.0, 5900.0),),
    HELD_TAG: (Stay(500.0, 5400.0),),
    OWN_TAG: (Stay(500.0, 5900.0),),
    BOOK_TAG: (Stay(9090.0, 13000.0),),
    SET_1: (Stay(9090.0, 13000.0),),
    SET_2: (Stay(9090.0, 13000.0),),
    NOBODYS_TAG: (Stay(9090.0, 13000.0),),
}

GATE = GateSeen(
    lines=(GateLine(17, "", "input", 0),),
    edges=(GateEdge(5450.0, 17, 1, "kiosk gate"), GateEdge(8450.0, 17, 0, "kiosk gate")),
)

PRINTER = PrinterSeen(
    pieces=(
        Piece(5300.0, 5800.0, 576, 400, "partial"),
        Piece(9300.0, 9600.0, 576, 200, "partial"),
        Piece(12500.0, 13000.0, 576, 400, "partial"),
    )
)


# ---- the journal ----------------------------------------------------------------------------


def journal() -> tuple[JournalRow, ...]:
    def row(
        seq: int, saga: str, kind: str, ms: float, item: str, *, closes: bool = False, **more: object
    ) -> JournalRow:
        return JournalRow(seq, saga, kind, ms, closes, {"item": item, **more})

    return (
        row(1, "L1", "intent", 1060.0, NOVEL),
        row(2, "L2", "intent", 1060.0, HELD),
        row(3, "L1", "answer", 1110.0, NOVEL, lent=True, release=True),
        row(4, "L2", "answer", 1140.0, HELD, closes=True, lent=False, reason="on-hold"),
        row(5, "L1", "settled", 1300.0, NOVEL, closes=True, state="safe"),
        row(6, "N1", "intent", 3005.0, OWN, act="renewal"),
        row(7, "N1", "answer", 3050.0, OWN, closes=True, renewed="yes"),
        row(8, "R1", "intent", 9115.0, BOOK, act="return"),
        row(9, "R2", "intent", 9115.0, SET, act="return"),
        row(10, "R3", "intent", 9115.0, NOBODYS, act="return"),
        row(11, "R1", "answer", 9160.0, BOOK, returned=True, was_on_loan=True),
        row(12, "R2", "answer", 9190.0, SET, returned=True, was_on_loan=True),
        row(13, "R3", "answer", 9240.0, NOBODYS, returned=True, was_on_loan=False),
        row(14, "R1", "settled", 9400.0, BOOK, closes=True, state="returned"),
        row(15, "R2", "settled", 9400.0, SET, closes=True, state="returned"),
        row(16, "R3", "settled", 9400.0, NOBODYS, closes=True, state="returned"),
    )


# ---- the screen -----------------------------------------------------------------------------


def listed(barcode: str, state: str, reason: str | None = None) -> ShownRow:
    texts = (Text(TITLES[barcode], "data"), Text(f"word for {state}", "ours"))
    return ShownRow(barcode, barcode, state, reason, TITLES[barcode], None, texts)


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


REFUSED = listed(HELD, "refused", "on-hold")
MINE = listed(OWN, "safe", "already-yours")
RENEWED = listed(OWN, "renewed")
SAFE = listed(NOVEL, "safe")
BACK, SET_BACK, NOBODYS_BACK = (listed(barcode, "returned") for barcode in (BOOK, SET, NOBODYS))


def screens() -> tuple[Shown, ...]:
    anna = "Anna K."
    asked = replace(view(2900.0, 1, "loan", SAFE, REFUSED, MINE, patron=anna), modal="ask-renewal", about=OWN)

    def asking(barcode: str) -> ShownRow:
        return listed(barcode, "asking")

    return (
        view(200.0, 0, "attract"),
        view(1000.0, 1, "wait"),
        view(1061.0, 1, "loan", asking(NOVEL), asking(HELD), MINE, patron=anna),
        view(1111.0, 1, "loan", listed(NOVEL, "lent"), asking(HELD), MINE, patron=anna),
        view(1141.0, 1, "loan", SAFE, REFUSED, MINE, patron=anna),
        asked,
        view(3000.0, 1, "loan", SAFE, REFUSED, asking(OWN), patron=anna),
        view(3060.0, 1, "loan", SAFE, REFUSED, RENEWED, patron=anna),
        view(5000.0, 1, "farewell", SAFE, REFUSED, RENEWED, patron=anna),
        view(6000.0, 2, "attract"),
        view(9000.0, 3, "return"),
        view(9116.0, 3, "return", asking(BOOK), asking(SET), asking(NOBODYS)),
        view(9180.0, 3, "return", BACK, asking(SET), asking(NOBODYS)),
        view(9220.0, 3, "return", BACK, SET_BACK, asking(NOBODYS)),
        view(9260.0, 3, "return", BACK, SET_BACK, NOBODYS_BACK),
        view(12000.0, 3, "farewell", BACK, SET_BACK, NOBODYS_BACK),
        view(14000.0, 4, "attract"),
    )


# ---- all of it ------------------------------------------------------------------------------


def evidence() -> Evidence:
    ends = {NOVEL: "safe", HELD: "refused", OWN: "renewed"}
    ends |= dict.fromkeys((BOOK, SET, NOBODYS), "returned")
    return Evidence(
        frames=frames(),
        tags=tags(),
        air=AIR,
        presence=PRESENCE,
        ils=ils(),
        shown=screens(),
        journal=journal(),
        canaries=(Canary("name", "Anna Kowalska"), Canary("pin", "4711")),
        result=Result(
            "return",
            ok=True,
            items=tuple(ResultItem(barcode, TITLES[barcode], None, state) for barcode, state in ends.items()),
        ),
        printer=PRINTER,
        gate=GATE,
    )
