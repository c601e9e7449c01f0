"""The page about the simulated ILS (docs/simulated-ils.md), written from the same values that it plays.

`python -m kiosk.simulator.manual > docs/simulated-ils.md`
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from typing import Any

from kiosk.simulator.libraryfile import LISTS, TABLES
from kiosk.simulator.makes import MAKES
from kiosk.simulator.patronside import STATUS_FLAGS
from kiosk.simulator.personality import Personality

OPENING = """\
# The simulated ILS

`.venv/bin/kiosk sim ils --port 6001` is a library system that speaks SIP2, for trials, demos and tests. It
reads the protocol in its own way: no code and no table of it is shared with the kiosk's client. Everything in
it is made up, and nothing that it does changes a real library.

```
kiosk sim ils                             Lanternfield Library, on port 6001
kiosk sim ils --scenery mill.toml         a library of your own
kiosk sim ils --personality koha          as a certain make of ILS behaves
kiosk sim ils --strict                    refuses what breaks the document
kiosk sim ils --control-port 7001         steered by lines of JSON on that port
```

When it listens, it says where in one line of JSON. The login is `selfcheck` with the password `lantern`, the
institution `LANTERN`, unless a file says otherwise. Before the login it answers 99 and nothing else.

It is meant for clients of any make, and answers what it can understand: a missing or repeated field, blanks
for a date, a digit out of turn. What breaks the document is in the report all the same (`deviations`), so
that a client is not found right because this ILS was kind; with `--strict` (in a file: `strict = true`) it
ends the line. A message that is too short for its fixed fields ends the line always.

This page is written by the program: `.venv/bin/python -m kiosk.simulator.manual > docs/simulated-ils.md`

## A library in one file

```toml
{library}```

A wrong file stops the start, with the line and what is allowed. A file without patrons and items has those
of Lanternfield. Amounts are texts (`"2.50"`), due dates have SIP2's 18 characters or are any text. With
`loan_days` what is lent is due so many days later, and never on a day when the branch is `closed`; then loans
whose date is past are overdue, too.
"""

LIBRARY = """\
[ils]
personality = "koha"
institution = "MILL"
login = ["desk", "secret"]
loan_days = 21
fine_limit = "10.00"

[[branches]]
code = "MILL"
closed = ["sunday", "2026-12-25"]

[[branches]]
code = "HILL"

[[patrons]]
id = "1001"
name = "Ida Fenn"
pin = "4711"

[[items]]
barcode = "5001"
title = "The Weir"

[[items]]
barcode = "5002"
title = "Millstones"
home = "HILL"
fee = "1.50"

[[loans]]
patron = "1001"
item = "5002"

[[holds]]
patron = "1001"
item = "5001"
ready = true

[[fees]]
patron = "1001"
amount = "3.50"
reason = "Lost card"
"""
"""The sample of the page; the tests read it."""

MAKES_OPENING = """
## Makes of ILS

`personality` says which make it is. Each does what is listed here and is as Lanternfield's otherwise, which
is no statement about the product: *observed* was seen on the wire of a running server, *documented* was read
in a manual, a source or a public report, *assumed* is neither. Where nothing is said of how a make reads, it
answers what it can understand, as most servers did that were tried; and with every make but Lanternfield's
the flags of the patron status follow from what patrons have and owe. Both are assumed.
"""

FAULTS = (
    (
        "slow",
        "`seconds`, `message`, `late`",
        "answers come later; `late`: what is asked is done later, too; 0 ends it",
    ),
    ("silent", "`message`, `count`, `execute`", "no answer; `execute` false: not done either"),
    ("hang-up", "`message`, `count`, `execute`", "the line drops; before it is done, or (`execute`) after"),
    ("garble", '`how`: `"half"`', "half a frame"),
    ("garble", '`how`: `"garbage"`', "what a line disturbance leaves"),
    ("garble", '`how`: `"flip"`', "one wrong bit"),
    ("garble", '`how`: `"trailer"`', "words between the last field and AY, with a checksum that is right"),
    ("garble", '`how`: `"sequence"`', "another digit in AY, with a checksum that is right"),
    ("garble", '`how`: `"checksum"`', "a wrong checksum"),
    ("storm", "`message`, `count`", "96 instead of doing it"),
    ("lie", '`how`: `"offline"`', "98 says that it is off-line (N, 000)"),
    ("lie", '`how`: `"denies"`', "98 says N for all that it does"),
    ("lie", '`how`: `"short"`, `"mute"`', "98 has half a BX, or none"),
    ("lie", '`how`: `"unasked"`, `message`', "a 98 instead of the answer, and nothing done"),
    ("twice", "`message`, `count`, `seconds`", "the answer comes twice, so far apart"),
    ("pieces", "`message`, `count`, `seconds`", "the answer comes in pieces of seven bytes, so far apart"),
    ("keep-back", "`message`, `count`", "the answer comes late: right before the next one"),
    ("restart", "`seconds`, `message`, `execute`", "lines drop, connects are refused for so long"),
    ("unplug", "", "off the network, until `plug`"),
    ("well", "", "all that waits is called off"),
)
"""The commands that make something go wrong: name, what they take, what comes of it."""

FAULTS_OPENING = """
## Faults on demand

On the control port a line of JSON in is a command, a line out its answer. Each of these is for
`"device": "ils"`; `message` names the request it waits for (`"11"`; without it, the next one), `count` how
many of them (1).

```json
{"do": "hang-up", "device": "ils", "message": "11", "execute": true}
{"do": "when", "event": {"kind": "loan", "item": "5001"}, "steps": [{"do": "unplug", "device": "ils"}]}
{"do": "report"}
```

`report` tells every message with its answer, every loan, return, renewal, hold and payment that was really
made, and what broke the document (`deviations`); `complaints` are those and what else it could not do.

| `do` | takes | what comes of it |
|---|---|---|
"""


def page() -> str:
    """The page, in Markdown."""
    sections = [OPENING.format(library=LIBRARY), _keys(), MAKES_OPENING]
    sections += [_make(make) for make in MAKES.values()]
    rows = [f"| `{name}` | {takes} | {what} |\n" for name, takes, what in FAULTS]
    return "".join([*sections, FAULTS_OPENING, *rows])


def _keys() -> str:
    """All keys with their defaults, and what the code says of them."""
    text = ""
    for name, kind in [("ils", TABLES["ils"]), *LISTS.items()]:
        if name == "tags":
            continue
        title = f"[{name}]" if name in TABLES else f"[[{name}]]"
        keys = [f"`{each.name}`{_default(each)}" for each in dataclasses.fields(kind)]
        about = re.sub(r"`\w+\.(\w+)`", r"`\1`", inspect.getdoc(kind) or "")
        text += f"\n### `{title}`\n\n{', '.join(keys)}.\n\n{about}\n"
    return text + f"\n`blocked` names flags of the patron status: {', '.join(STATUS_FLAGS)}.\n"


def _default(each: dataclasses.Field[Any]) -> str:
    """A default as TOML writes it; what must be given has none."""
    if each.default is dataclasses.MISSING:
        return " (required)"
    value = each.default
    if value in ("", (), None) or value is False:
        return ""
    if value is True:
        return " (true)"
    if isinstance(value, tuple):
        return " (" + ", ".join(str(part) for part in value) + ")"
    return f" ({value})"


def _make(make: Personality) -> str:
    """One make with all that it does in its own way."""
    text = f"\n### `{make.name}`\n\n{make.about[0].upper()}{make.about[1:]}.\n"
    if make.bx:
        text += f"BX: `{make.bx}`.\n"
    if not make.notes:
        return text
    text += "\n| what it does | how we know | from |\n|---|---|---|\n"
    return text + "".join([f"| {note.text} | {note.how} | {note.source} |\n" for note in make.notes])


if __name__ == "__main__":
    sys.stdout.write(page())
