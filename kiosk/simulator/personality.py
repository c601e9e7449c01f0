"""What a make of ILS does in its own way, as one frozen value: its knobs, and where each is known from.

The knobs are read where they matter (`ils.py` the line, `answers.py` and `patronside.py` the messages);
`makes.py` holds the values. What a library may set for itself stands in `scenery.IlsManners`; a make only
says what it is when nobody sets it (`Personality.manners`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from kiosk.simulator.sip import Flaw

ALL_SERVED = "Y" * 16
"""BX of an ILS that serves all messages."""

BX_CODES = ("23", "11", "09", "01", "99", "97", "93", "63", "35", "37", "17", "19", "25", "15", "29", "65")
"""The request that each position of BX speaks of (3M SIP 2.00, "supported messages")."""


class Evidence(StrEnum):
    """How we know of something that an ILS does."""

    OBSERVED = "observed"
    """Seen on the wire of a running server."""
    DOCUMENTED = "documented"
    """Read in its documentation, its source or a public report."""
    ASSUMED = "assumed"
    """Neither; likely, or needed to play it at all."""


class Note(NamedTuple):
    """One thing that a make does, how we know it, and from where."""

    text: str
    how: Evidence
    source: str


@dataclass(frozen=True, slots=True)
class Personality:
    """One make of ILS. What is not said is as the ILS of Lanternfield has it: the document, and where it
    leaves room the commonest of what was seen.

    On the line:
        `refuses`: how a message may not break the document; any other that can be read at all is answered.
        `malformed`: what comes of the rest, `drop` (the line), `96`, or `words` that are no message. `whole`:
        what arrives in one piece is taken for one whole message. `skips_lf`: a LF after the CR is passed over
        (else it spoils the next checksum). `unknown`: what comes of messages that it does not serve:
        `silent`, `96`, `96-bare` (without checksum) or `drop`. `sequence`: a digit that does not go up by one
        is no matter (`any`), is answered by `96`, or ends the line (`drop`). `status_first`: 99 is answered
        before 93, in the name of the institution `leaks` ("": its own); else the line is dropped.
        `closes_on_bad_login`: 940 and the line is gone. `end`: what ends an answer.
    What it serves:
        `bx` as 98 says it ("": not at all); `unserved` are requests that are met as `unknown`, `crashes`
        those that take the server down, `ineffective` those that are answered and change nothing. `says`
        are the six flags of 98.
    The patron:
        `counts_holds`: the hold count is of those that `wait` to be fetched or of `all`. `paging`: BP and BQ
        are honoured (`exact`), one entry too long (`off-by-one`) or `ignored`; `pads_holds` fills a window
        of holds with empty entries. `two_lists`: what a summary with two Ys gets (`none` or the `first`).
        `language`: the `patron`'s, the `request`'s or always `unknown` (000). `wants_pin`: no PIN is a wrong
        one, also where none is asked for; `tells_valid`: BL and CQ are sent. `institution_last`: AO comes at
        the end of 24 and 64. `tells_limits`: BZ, CA, CB and CC are sent. `greets_debtors`: AF tells what is
        owed, each time.
    Loans and returns:
        `pin_on_loan`: 11, 29, 65 and 37 want the right PIN. `again`: 11 for what the patron has already
        `renews`, renews only `as-asked` (the request's own renewal flag) or `refuses`. `honours_cancel`: BI
        is done, `honours_no_block`: NB is. `asks_fees`: a loan that costs something wants BO (else it costs
        nothing). `desensitise` and `desensitise_renewal`: as the `item` is, always on `success`, or
        `unknown` (U). `renewal_flag`: "" tells the truth in 12 and Y in 30, N is always N. `magnetic`: "" is
        as the item is, U always that. `alerts` is False where returns never raise the alert;
        `keeps_special` refuses returns of what is wanted elsewhere or by others. `drops_unknown_item`: 09 of
        what is not in the catalogue ends the line, `drops_unknown_branch`: 15 with such a pickup branch
        does. `empty_title_refuses`: an AJ without text in 29 asks for a renewal by that title.
    How it writes:
        `amounts`: `plain` (12.50), `short` (12.5), `grouped` (1,234.50) or `none` (no BV in 24 and 64).
        `due`: AH as `sip` (18 characters), `iso` (2026-12-12), `iso-time` or `us` (12/12/2026).
        `thin_checksums` lack their leading zeros, `open_repeats`: what a 97 asks for again comes without its
        end, `flag_last`: the flag of a 38 stands behind its date. `tails`: what stands before the trailer of
        an answer, by its code. `texts`: what it says instead of Lanternfield's words (AF). `haunted`: text
        that stands in CY and DA where nobody waits, "" for nothing.
    """

    name: str
    about: str
    notes: tuple[Note, ...] = ()
    manners: dict[str, Any] = field(default_factory=dict)

    refuses: frozenset[Flaw] = frozenset()
    malformed: Literal["drop", "96", "words"] = "drop"
    whole: bool = False
    skips_lf: bool = True
    unknown: Literal["silent", "96", "96-bare", "drop"] = "silent"
    sequence: Literal["any", "96", "drop"] = "any"
    status_first: bool = False
    leaks: str = ""
    closes_on_bad_login: bool = False
    end: bytes = b"\r"

    bx: str = ALL_SERVED
    unserved: frozenset[str] = frozenset()
    crashes: frozenset[str] = frozenset()
    ineffective: frozenset[str] = frozenset()
    says: str = "YYYYNN"

    counts_holds: Literal["wait", "all"] = "wait"
    paging: Literal["exact", "off-by-one", "ignored"] = "exact"
    pads_holds: bool = False
    two_lists: Literal["none", "first"] = "none"
    language: Literal["patron", "request", "unknown"] = "patron"
    wants_pin: bool = False
    tells_valid: bool = True
    institution_last: bool = False
    tells_limits: bool = False
    greets_debtors: bool = False

    pin_on_loan: bool = False
    again: Literal["renews", "as-asked", "refuses"] = "renews"
    honours_cancel: bool = False
    honours_no_block: bool = False
    asks_fees: bool = True
    desensitise: Literal["item", "success", "unknown"] = "item"
    desensitise_renewal: Literal["item", "success", "unknown"] = "item"
    renewal_flag: Literal["", "N"] = ""
    magnetic: Literal["", "U"] = ""
    alerts: bool = True
    keeps_special: bool = False
    drops_unknown_item: bool = False
    drops_unknown_branch: bool = False
    empty_title_refuses: bool = False

    amounts: Literal["plain", "short", "grouped", "none"] = "plain"
    due: Literal["sip", "iso", "iso-time", "us"] = "sip"
    thin_checksums: bool = False
    open_repeats: bool = False
    flag_last: bool = False
    tails: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    haunted: str = ""
