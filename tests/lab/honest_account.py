"""An honest evidence folder with an account, made by hand: nothing lies on the pad.

Anna looks into her account, asks for the renewal of all that she has, and says yes: two loans are renewed,
the third is not. Then Bo looks into his, renews nothing and goes.
"""

from dataclasses import replace

from kiosk.lab.evidence import (
    Canary,
    Evidence,
    Frame,
    IlsSeen,
    JournalRow,
    MessageDone,
    Press,
    RenewalDone,
    Result,
    ResultItem,
    Shown,
    ShownHeader,
    ShownLoan,
    ShownRow,
    Text,
)
from tests.lab.honest import ANNA, BO, DATE, FINISH, HELP, SIZE, hidden, is_who, sealed, who

HOME, FAR, WANTED, BOS = (f"3900020{number}" for number in range(1, 5))
TITLES = {HOME: "Emma", FAR: "Walden", WANTED: "Dune", BOS: "Ulysses"}
ANNAS = (HOME, FAR, WANTED)


# ---- the wire -------------------------------------------------------------------------------


def ask_all(seq: int, date: str = DATE) -> str:
    return sealed(f"65{date}AOLANTERN|AA{ANNA}|AC|BON|", seq)


def renewed(seq: int, *done: str, left: tuple[str, ...] = ()) -> str:
    items = "".join(f"BM{each}|" for each in done) + "".join(f"BN{each}|" for each in left)
    return sealed(f"66{1 if done else 0}{len(done):04}{len(left):04}{DATE}AOLANTERN|{items}", seq)


def ask_one(barcode: str, seq: int) -> str:
    return sealed(f"29NN{DATE}{DATE}AOLANTERN|AA{ANNA}|AB{barcode}|AC|BON|", seq)


def one_renewed(barcode: str, seq: int, *, ok: bool = True) -> str:
    flags = "1YNY" if ok else "0NUN"
    return sealed(f"30{flags}{DATE}AOLANTERN|AA{ANNA}|AB{barcode}|AJ{TITLES[barcode]}|AH20270102|", seq)


EXCHANGES = [
    (1001.0, who(ANNA, 1), 1050.0, is_who(ANNA, "Anna Kowalska", 1, *ANNAS)),
    (1501.0, who(ANNA, 2), 1550.0, is_who(ANNA, "Anna Kowalska", 2, *ANNAS)),
    (3010.0, ask_all(3), 3040.0, renewed(3, HOME, FAR, left=(WANTED,))),
    (9001.0, who(BO, 4), 9050.0, is_who(BO, "Bo Lind", 4, BOS)),
    (9501.0, who(BO, 5), 9550.0, is_who(BO, "Bo Lind", 5, BOS)),
]


def frames() -> tuple[Frame, ...]:
    both = [(sent, True, request) for sent, request, _, _ in EXCHANGES]
    both += [(heard, False, response) for _, _, heard, response in EXCHANGES]
    return tuple(Frame(ms, direction, hidden(text)) for ms, direction, text in sorted(both))


def ils() -> IlsSeen:
    return IlsSeen(
        messages=tuple(
            MessageDone(sent + 1, request.replace("AD1234", "AD***"), response)
            for sent, request, _, response in EXCHANGES
        ),
        renewals=(RenewalDone(3011.0, ANNA, HOME), RenewalDone(3011.0, ANNA, FAR)),
    )


def journal() -> tuple[JournalRow, ...]:
    return (
        JournalRow(1, "A1", "intent", 3005.0, False, {"item": "", "act": "renew-all"}),
        JournalRow(2, "A1", "answer", 3050.0, True, {"item": "", "renewed": "yes", "count": 2}),
    )


# ---- the screen -----------------------------------------------------------------------------


def listed(barcode: str, state: str) -> ShownRow:
    texts = (Text(TITLES[barcode], "data"), Text(f"word for {state}", "ours"))
    return ShownRow(barcode, barcode, state, None, TITLES[barcode], None, texts)


def view(ms: float, session: int, screen: str, *rows: ShownRow, patron: str = "") -> Shown:
    texts = [Text("Lanternfield Library", "ours", "header"), Text("Your loans", "ours", "message")]
    if patron:
        texts.append(Text(patron, "data", "header"))
    header = ShownHeader(patron, "en", 100, "light")
    return Shown(ms, session, screen, None, header, rows, tuple(texts), controls=(FINISH, HELP), size=SIZE)


def account(ms: float, session: int, patron: str, **marks: str) -> Shown:
    """The account, each loan with what is said of it (`b39000201="renewed"`)."""
    loans = tuple(ShownLoan(key[1:], key[1:], mark, TITLES[key[1:]]) for key, mark in marks.items())
    return replace(view(ms, session, "account", patron=patron), account=loans)


def annas(ms: float, *marks: str) -> Shown:
    return account(ms, 1, "Anna K.", **{f"b{item}": mark for item, mark in zip(ANNAS, marks, strict=True)})


QUESTION = replace(annas(2500.0, *["on-loan"] * 3), modal="ask-renew-all")
DONE = ("renewed", "renewed", "not-renewed")


def screens() -> tuple[Shown, ...]:
    goodbye = (listed(HOME, "renewed"), listed(FAR, "renewed"))
    return (
        view(200.0, 0, "attract"),
        view(1000.0, 1, "wait"),
        view(1061.0, 1, "loan", patron="Anna K."),
        account(1500.0, 1, "Anna K."),
        annas(1600.0, *["on-loan"] * 3),
        QUESTION,
        annas(3000.0, *["asking"] * 3),
        annas(3060.0, *DONE),
        view(4500.0, 1, "loan", patron="Anna K."),
        view(5000.0, 1, "farewell", *goodbye, patron="Anna K."),
        view(6000.0, 2, "attract"),
        view(9000.0, 3, "wait"),
        view(9061.0, 3, "loan", patron="Bo L."),
        account(9500.0, 3, "Bo L."),
        account(9600.0, 3, "Bo L.", **{f"b{BOS}": "overdue"}),
        view(12000.0, 3, "farewell", patron="Bo L."),
        view(14000.0, 4, "attract"),
    )


PRESSED = (
    Press(1490.0, "account"),
    Press(2490.0, "renew-all"),
    Press(2900.0, "yes"),
    Press(4490.0, "back"),
    Press(4990.0, "finish"),
    Press(9490.0, "account"),
    Press(11_990.0, "finish"),
)


def evidence() -> Evidence:
    return Evidence(
        frames=frames(),
        tags=(),
        air={},
        presence={},
        ils=ils(),
        shown=screens(),
        journal=journal(),
        canaries=(Canary("name", "Anna Kowalska"), Canary("pin", "4711")),
        result=Result(
            "account",
            ok=True,
            items=tuple(ResultItem(each, TITLES[each], None, "renewed") for each in (HOME, FAR)),
        ),
        pressed=PRESSED,
    )
