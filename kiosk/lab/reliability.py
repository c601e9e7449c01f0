"""`python -m kiosk.lab.reliability`: writes docs/reliability.md, with the totals of docs/ledger.jsonl."""

from __future__ import annotations

import sys
from pathlib import Path

from kiosk.lab import ledger

LEDGER = Path("docs/ledger.jsonl")
"""Where `make long` adds its totals."""

HEAD = """# Reliability

What this kiosk promises when everything goes wrong, how that is tried, what came of it, and what is not
promised. The figures at the end are added up from `docs/ledger.jsonl` (`python -m kiosk.lab.reliability`);
nobody types them.

## What is promised

**No item leaves unsecured without a loan, and no answer of the ILS is forgotten**, whatever fails and
whenever. In the words of the nine promises of [the architecture](architecture.md):

- A tag is written *on loan* only after the ILS has lent the item and its answer is on the disk (1, 3).
- *Safe* and *returned* are said only after every tag of the item was read back as it should be, and not
  while a tag that the pad has named is unread, since it may be in that very book (2).
- Whatever was asked of the ILS has its intent on the disk before. After a power cut between any two steps
  the kiosk brings tag, journal and ILS to agreement by itself where that is safe, or names the one item, in
  one sentence, for staff; a patron who comes back with the book gets it finished on the pad (3).
- Nothing that changes the ILS is sent twice: a loan, a return, a renewal, a hold, a payment (4).
- Money that the till has taken is booked once, or named for staff; its receipt then says *pending*.
- No name, title or PIN rests on the disk; a patron's number only sealed, in a row of a saga that is not
  settled (6).
- One item, one tag or one device that fails does not keep the others from working (5).

## How it is tried

**The laboratory** ([how it works](laboratory.md)) plays opening days: one seed is one day of about twenty
sessions at the real kiosk (reducer, desk, SIP2 client, reader driver, journal) in virtual time, against
simulated far sides, with faults everywhere: the power cut between any two steps and inside flushes; the
reader unplugged in the middle of a write; the ILS slow, silent, garbled, gone before or after it has
executed, restarted, answering 96 to everything; the clock set forward and back; the disk full; paper out;
tags weak, silent, doubled; people who lift books, walk away, leave books behind, show two cards. After the
day the far sides decide: the AFI of every tag against the ILS's loans, payments, every row of the journal,
every byte on the disk. `make faults SEEDS=5000` is part of CI, about 100,000 sessions, the same ones each
time; a violation is shrunk to its shortest story.

**The disk** of most days is the image at the last commit; it has no write-ahead log. In one day of fifty
SQLite runs on a disk that really loses, keeps or tears what was not flushed (`kiosk.lab.disk.LossyDisk`):
it is what would find a forgotten flush.

**Kills**: `make kill` kills the real process, with real sockets, real simulators and a real file, 300 times
at busy moments, and starts it again. A kill proves that a process recovers: the order of rows, messages and
writes, stale locks, half-open connections. It proves nothing about flushes, since the page cache survives
it.

**Sins**: faults that are put into a copy of the code on purpose, such as releasing before the answer,
skipping the read-back, forgetting a flush, sending an 11 again after silence, dropping leftovers. Each must
be found by the laboratory within 2,000 seeds; `make mutations` says after how many it was. A sin whose
place in the code is gone fails the test.

**Garbage**: `python -m tests.sip2.fuzz` feeds damaged frames, in pieces, to the SIP2 framer, the codec and
the log's masking, and to a whole client as answers; with libFuzzer (atheris) it looks for inputs that reach
new lines. Nothing but the library's own errors may come of it, nothing may be done that nobody has said, and
no message that changes something may leave twice. Work and memory are bounded by the bytes that come:
`tests/sip2/test_sip2_fuzz.py` counts both. `make long` tries ten million inputs, of a hundred million wanted.

**An adversary**: `tests/circulation/world.py` plays the reducer alone against a world that knows the truth.

**Canaries**: names, numbers, PINs, titles, authors and e-mail addresses are seeded through every journey
and every day, and then looked for in every byte that the kiosk wrote: journal with its free pages and log,
recorder, capsule, logs, temporary files; in clear, and in the usual encodings.

## What is not promised

- **A tag that is rewritten by somebody else's device**, such as a thief's telephone, between our read-back
  and the gate.
- **A second tag in a book that does not answer while the book lies there**: nobody can know of it, and it
  stays armed.
- **Exactly once for a payment that the ILS cannot be asked about**: SIP2 has no question for what became of
  a 37. Such a payment goes to staff.
- **An ILS that executes a loan late**, after a fresh connection has said that there is none: the book stays
  armed.
- **A stolen whole kiosk**: whoever has disk and key has the patron numbers of the sagas that were open,
  unless the key is sealed by a TPM ([journal](journal.md)).
- **Hardware**: none of this has met a real reader, printer, gate or production ILS yet.
- **A disk that lies about flushes**: SD cards may. The journal notices a damaged or an older file; it
  cannot bring back rows that the card has confirmed and lost.

## Figures

A violation counts each sentence that the judge had to say. Those of a commit were the kiosk's mistakes or the
judge's; a later commit mends them.

"""


def page(file: Path = LEDGER) -> str:
    """The page docs/reliability.md."""
    return HEAD + ledger.section(ledger.read(file))


if __name__ == "__main__":
    sys.stdout.write(page())
