"""The makes of ILS that the simulated one can be: what was seen on their wires, what is written of them.

None of this is anybody's code or wording beyond the few sentences that a kiosk has to understand. Where
a make's behaviour is not known it is Lanternfield's, which is no statement about the product.
"""

from __future__ import annotations

from kiosk.simulator.personality import Evidence, Note, Personality
from kiosk.simulator.sip import ALL_FLAWS, Flaw

SEEN, WRITTEN, GUESSED = Evidence.OBSERVED, Evidence.DOCUMENTED, Evidence.ASSUMED

_WIRE = "its own server, on the wire"
_ISSUE = "public issue"
_SERVES = Note("which messages it serves", GUESSED, "")
_ROOMY = {"tells_standing": True}
"""What every make but Lanternfield's does: its flags follow from what patrons have."""

LANTERN = Personality(
    "lantern",
    "Lanternfield's own: it answers what it can understand, and executes twice what comes twice",
    status_first=True,
)

STANDARD = Personality(
    "standard",
    "as the document would have it, where it says so",
    (
        Note(
            "a message that comes twice is answered again, not executed again",
            WRITTEN,
            "SIP 2.00, appendix A",
        ),
        Note("BI undoes the loan or return before it", WRITTEN, "SIP 2.00, messages 09 and 11"),
        Note("NB is never refused, and its due date kept", WRITTEN, "SIP 2.00, messages 09 and 11"),
        Note("11 renews only where the request permits it", WRITTEN, "SIP 2.00, message 11"),
        Note("99 may come before 93", WRITTEN, "SIP 2.00, message 99"),
        Note("what breaks the document is answered as far as it can be read", GUESSED, ""),
        Note("the right PIN is wanted on loans, renewals and payments", GUESSED, ""),
        Note("64 tells the limits of the patron; 98 says Y of status updates and off-line work", GUESSED, ""),
        _SERVES,
    ),
    {**_ROOMY, "replays": True},
    status_first=True,
    says="YYYYYY",
    pin_on_loan=True,
    again="as-asked",
    honours_cancel=True,
    honours_no_block=True,
    tells_limits=True,
)

_HASH = "C4::SIP::SIPServer=HASH(0x55d6c2f1a8e0)"

KOHA = Personality(
    "koha",
    "Koha's SIP server",
    (
        Note("what comes twice is executed twice: a second 11 renews, a second 37 pays again", SEEN, _WIRE),
        Note("11 for what the patron has already renews it, whatever the renewal policy says", SEEN, _WIRE),
        Note("the PIN is not looked at in 11; no PIN in 23 or 63 is a wrong one", SEEN, _WIRE),
        Note("BI is ignored, and so is the due date of NB", SEEN, _WIRE),
        Note("BP and BQ give windows of one entry too many", SEEN, _WIRE),
        Note("two Ys in a summary give no list", SEEN, _WIRE),
        Note("66 ends in text without id and delimiter; CY and DA of a 10 can hold it too", SEEN, _WIRE),
        Note("a message that it does not know is answered by 96 without checksum", SEEN, _WIRE),
        Note("99 before 93 closes the line, 940 closes it too", SEEN, _WIRE),
        Note("a 15 with an unknown pickup branch closes the line", SEEN, _WIRE),
        Note("AF tells of debts on every 24 and 64; amounts lack their last zero", SEEN, _WIRE),
        Note("who pays more than is owed has it as credit", SEEN, _WIRE),
        Note("98 tells of 10 seconds and 5 retries", SEEN, _WIRE),
        Note("the language of 64 is 000; AO comes last", SEEN, _WIRE),
        Note("the hold count is of what waits to be fetched", WRITTEN, f"{_ISSUE} Libki 245"),
        Note("answers may end in CRLF", WRITTEN, "the schema of its SIP accounts"),
        Note("a login at prompts can be had instead of 93", WRITTEN, f"{_ISSUE} Libki 396"),
        _SERVES,
    ),
    {
        **_ROOMY,
        "greeting": "Greetings from Koha. ",
        "timeout": "100",
        "retries": "005",
        "credits": True,
    },
    unknown="96-bare",
    closes_on_bad_login=True,
    end=b"\r\n",
    bx="YYYNYYYYYYYNYYYY",
    unserved=frozenset({"01", "19"}),
    paging="off-by-one",
    language="unknown",
    wants_pin=True,
    institution_last=True,
    greets_debtors=True,
    drops_unknown_branch=True,
    amounts="short",
    tails={"66": _HASH * 2},
    haunted=_HASH,
    texts={
        "Item is not for loan": "Issue failed : NOT_FOR_LOAN",
        "Invalid item": "Invalid Item",
    },
)

EVERGREEN = Personality(
    "evergreen",
    "Evergreen's SIPServer",
    (
        Note("what comes twice is executed twice; the second 09 is refused and tells no patron", SEEN, _WIRE),
        Note("11 for what the patron has already renews it", SEEN, _WIRE),
        Note("the PIN is not looked at in 11; no PIN in 23 or 63 is a wrong one", SEEN, _WIRE),
        Note("BI is ignored", SEEN, _WIRE),
        Note(
            "BP and BQ are ignored; a window of holds past the end is filled with empty entries", SEEN, _WIRE
        ),
        Note("two Ys in a summary give no list", SEEN, _WIRE),
        Note("a message that it does not know, and a 09 of an unknown item, close the line", SEEN, _WIRE),
        Note("99 before 93 is answered, with the name of another institution", SEEN, _WIRE),
        Note("an empty AJ in 29 is taken for a title, and refused", SEEN, _WIRE),
        Note("no amounts; the language of 64 is 000", SEEN, _WIRE),
        Note("98 tells of 60 seconds and 3 retries", SEEN, _WIRE),
        Note("the hold count is of all holds", WRITTEN, f"{_ISSUE} Libki 245"),
        Note("19 and 25 are answered and change nothing", WRITTEN, "its documentation"),
        Note("AH is a plain date", GUESSED, ""),
        Note("a loan that costs something is made without asking", GUESSED, ""),
        _SERVES,
    ),
    {**_ROOMY, "timeout": "600", "retries": "003"},
    unknown="drop",
    status_first=True,
    leaks="OTHERTOWN",
    bx="YYYNYYYYYYYNNYYY",
    unserved=frozenset({"01"}),
    ineffective=frozenset({"19", "25"}),
    counts_holds="all",
    paging="ignored",
    pads_holds=True,
    language="unknown",
    wants_pin=True,
    asks_fees=False,
    drops_unknown_item=True,
    empty_title_refuses=True,
    amounts="none",
    due="iso",
)

PYSIP2 = Personality(
    "pysip2-strict",
    "the strictest reader there is: a server made with pysip2",
    (
        Note("a date that is no date closes the line, 18 blanks in an nb due date too", SEEN, _WIRE),
        Note("a field that is missing, comes twice or lacks its delimiter closes the line", SEEN, _WIRE),
        Note("CRLF spoils the checksum of the second message: 96", SEEN, _WIRE),
        Note("a message that it does not know is not answered", SEEN, _WIRE),
        Note("the same digit and checksum again: the last answer again", SEEN, _WIRE),
        Note("98 tells of 3 seconds", SEEN, _WIRE),
        Note("CP850", SEEN, _WIRE),
    ),
    {**_ROOMY, "replays": True, "timeout": "030", "retries": "003", "charset": "cp850"},
    refuses=ALL_FLAWS,
    skips_lf=False,
)

INVENIO = Personality(
    "invenio",
    "invenio-sip2, as RERO ILS runs it",
    (
        Note("the numbers of a 98 are filled up with blanks", SEEN, _WIRE),
        Note("a checksum lacks its leading zeros", SEEN, _WIRE),
        Note("what a 97 asks for comes without its CR", SEEN, _WIRE),
        Note("the flag of a 38 stands behind its date", SEEN, _WIRE),
        Note("what comes twice is executed twice", SEEN, _WIRE),
        Note("one read is taken for one whole message: nothing may be split or sent ahead", SEEN, _WIRE),
        Note("the sequence digit must go up by one", SEEN, _WIRE),
        Note("magnetic media is U; a renewal's desensitise is U", SEEN, _WIRE),
        Note("65 takes the whole server down", SEEN, _WIRE),
        Note("neither BL nor CQ", SEEN, _WIRE),
        Note("it serves neither 01 nor 15, 19, 65", WRITTEN, "its page on PyPI"),
        Note("a digit out of turn is answered by 96", GUESSED, ""),
    ),
    {**_ROOMY, "timeout": " 10", "retries": " 10"},
    whole=True,
    sequence="96",
    bx="YYYNYYYYYYYNYNYN",
    unserved=frozenset({"01", "15", "19"}),
    crashes=frozenset({"65"}),
    says="YYYYYY",
    tells_valid=False,
    desensitise_renewal="unknown",
    magnetic="U",
    thin_checksums=True,
    open_repeats=True,
    flag_last=True,
)

FOLIO = Personality(
    "folio",
    "FOLIO's edge-sip2",
    (
        Note("what comes twice is answered again, not executed again", WRITTEN, "its source"),
        Note(
            "desensitise is Y for every success; renewal ok is always N, magnetic media always U",
            WRITTEN,
            "its source",
        ),
        Note("the alert of a 10 was always N before 3.1", WRITTEN, "its release notes"),
        Note("amounts had thousands grouped until SIP2-300", WRITTEN, f"{_ISSUE} SIP2-300"),
        Note(
            "a last field without its delimiter, and a time zone of digits, are answered by words",
            WRITTEN,
            "its source",
        ),
        Note("blanks for an nb due date are taken", WRITTEN, f"{_ISSUE} SIP2-95"),
        Note("the hold count is of every open request that is a hold", WRITTEN, "its source"),
        Note("it asks for no field, and takes one twice", WRITTEN, "its source"),
        Note("it serves neither 01 nor 15, 19, 25, which it does not answer", WRITTEN, "its source"),
        Note("98 tells of 3 seconds and 3 retries", GUESSED, ""),
        Note("CP850; error detection is a tenant's choice, off at first", WRITTEN, "its documentation"),
    ),
    {**_ROOMY, "replays": True, "charset": "cp850", "timeout": "030", "retries": "003"},
    refuses=frozenset({Flaw.DATE, Flaw.DELIMITER}),
    malformed="words",
    bx="YYYNYYYYYYYNNNYY",
    unserved=frozenset({"01", "15", "19", "25"}),
    desensitise="success",
    desensitise_renewal="success",
    renewal_flag="N",
    magnetic="U",
    counts_holds="all",
    alerts=False,
    amounts="grouped",
)

FSIP2 = Personality(
    "fsip2",
    "fsip2, the other way to FOLIO",
    (
        Note("desensitise is U in every 12", WRITTEN, "its source"),
        Note("it is so in every 30, too", GUESSED, ""),
        Note("it reads, serves and answers again as edge-sip2 does", GUESSED, ""),
    ),
    dict(FOLIO.manners),
    refuses=FOLIO.refuses,
    malformed=FOLIO.malformed,
    bx=FOLIO.bx,
    unserved=FOLIO.unserved,
    desensitise="unknown",
    desensitise_renewal="unknown",
)

SYMPHONY = Personality(
    "symphony",
    "SirsiDynix Symphony",
    (
        Note("a sequence of two digits is answered by 96", WRITTEN, f"{_ISSUE} SIP2.NET 4"),
        Note("a required AC or AD that is left out is answered by 96", WRITTEN, f"{_ISSUE} php-sip2 2"),
        Note("BP and BQ can make a 63 fail", WRITTEN, f"{_ISSUE} SIP2.NET 1"),
        Note("here they are passed over, and all else that can be read is taken", GUESSED, ""),
        Note("AH is a date of the country", GUESSED, ""),
        _SERVES,
    ),
    _ROOMY,
    refuses=frozenset({Flaw.MISSING, Flaw.TRAILER}),
    malformed="96",
    paging="ignored",
    due="us",
)

HORIZON = Personality(
    "horizon",
    "Horizon and Dynix",
    (Note("nothing is known of it but that it speaks SIP2", GUESSED, ""), _SERVES),
    _ROOMY,
    bx="YYYNYYYYYYYNNYYY",
    unserved=frozenset({"01", "19", "25"}),
)

POLARIS = Personality(
    "polaris",
    "Polaris",
    (
        Note("the hold count is of what waits", GUESSED, ""),
        Note("the right PIN is wanted on loans", GUESSED, ""),
        Note("AH is a date of the country", GUESSED, ""),
        _SERVES,
    ),
    _ROOMY,
    pin_on_loan=True,
    due="us",
)

SIERRA = Personality(
    "sierra",
    "Sierra and Millennium",
    (
        Note(
            "returns of what is on hold or in transit are refused until the vendor enables them",
            WRITTEN,
            "its help pages",
        ),
        Note("logins are asked for at prompts", GUESSED, "common practice"),
        Note("one connection for each kiosk: a second one is dropped", GUESSED, ""),
        _SERVES,
    ),
    {**_ROOMY, "telnet": True, "connections": 1},
    bx="YYYNYYYYYYYNNNYN",
    unserved=frozenset({"01", "15", "19", "25", "65"}),
    keeps_special=True,
)

VOYAGER = Personality(
    "voyager",
    "Voyager",
    (
        Note("no renewal of all, no holds, no payments", GUESSED, ""),
        Note("98 carries no BX; AH is a date and a time", GUESSED, ""),
    ),
    _ROOMY,
    bx="",
    unserved=frozenset({"01", "15", "19", "25", "37", "65"}),
    due="iso-time",
)

ALMA = Personality(
    "alma",
    "Alma",
    (
        Note("11 for what the patron has already renews it", WRITTEN, "its documentation"),
        Note("desensitise follows the item's policy", WRITTEN, "its documentation"),
        Note("AP is not looked at", WRITTEN, "its documentation"),
        _SERVES,
    ),
    _ROOMY,
    bx="YYYNYYYYYYYNNNYN",
    unserved=frozenset({"01", "15", "19", "25", "65"}),
)

EOS = Personality(
    "eos",
    "EOS.Web",
    (
        Note("nothing is known of it but that it speaks SIP2", GUESSED, ""),
        Note("a message that it does not know is answered by 96", GUESSED, ""),
        _SERVES,
    ),
    _ROOMY,
    unknown="96",
    unserved=frozenset({"01", "19", "25"}),
    bx="YYYNYYYYYYYNNYYY",
)

MAKES = {
    make.name: make
    for make in (
        LANTERN,
        STANDARD,
        KOHA,
        EVERGREEN,
        PYSIP2,
        INVENIO,
        FOLIO,
        FSIP2,
        SYMPHONY,
        HORIZON,
        POLARIS,
        SIERRA,
        VOYAGER,
        ALMA,
        EOS,
    )
}
"""All of them, by name."""


def make_of(name: str) -> Personality:
    """The make of this name.

    Raises:
        ValueError: there is none; the text names all.
    """
    if name not in MAKES:
        raise ValueError(f"personality is {name!r}, not one of {', '.join(MAKES)}")
    return MAKES[name]
