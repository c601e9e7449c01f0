"""`python -m kiosk.doctor.sip2_page`: writes docs/sip2.md, from messages, profiles and reasons."""

from __future__ import annotations

import ast
import dataclasses
import enum
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kiosk import sip2
from kiosk.circulation.reasons import CATALOGUE, PRIVATE, Reason
from kiosk.doctor.opening import called
from kiosk.doctor.sip2_told import BY_FIELDS, SENT
from kiosk.ils.reading import HOLD_WORDS, RENEWAL_WORDS, RETURN_WORDS, WORDS
from kiosk.ils.standing import OF_DENIAL, OF_FLAG, PATRON_WORDS
from kiosk.sip2.messages import MESSAGES
from kiosk.sip2.profiles import CHOICES, OURS, Claim, Profile, load, names
from kiosk.sip2.profiles import profile as profile_module
from kiosk.sip2.shape import Message
from kiosk.words import Words

HEAD = """# SIP2, for whoever connects a library system

What the kiosk says to a library system (ILS, in the standard: ACS) over SIP2, how it bends to one make or
another, and what it makes of a refusal. The page is written by the program from the same tables that it works
with: `python -m kiosk.doctor.sip2_page > docs/sip2.md`; a test keeps it so. What is not here is as in 3M's
*Standard Interchange Protocol* 2.00, document revision 2.12.

- [Messages](#messages)
- [Enumerations](#enumerations)
- [Profiles](#profiles)
- [Screen messages](#screen-messages)
- [Reasons](#reasons)
"""

ROWS = ("screen_noise", "screen_reasons")
"""Knobs that are lists of patterns: they have a chapter of their own."""

NO_KNOBS = ("name", "claims")

FLAGS = (*OF_FLAG.items(), *OF_DENIAL.items())


def page() -> str:
    """The page docs/sip2.md."""
    parts = (_messages(), _enumerations(), _profiles(), _screen_messages(), _reasons())
    return "\n".join((HEAD, *("\n".join(part) for part in parts)))


# ---- messages -------------------------------------------------------------------------------


def _messages() -> Iterator[str]:
    yield "## Messages"
    yield ""
    yield _text(
        """
        The kiosk begins, the ILS answers. What BX of its 98 denies is not sent, and what it does not speak of
        is tried. *Once* is meant: a message that changes something is not sent again because no answer came.
        """
    )
    yield ""
    yield from _table(
        ("message", "", "answer", "when the kiosk sends it"),
        [
            (code, called(code), _answer_of(kind), SENT[code] or "Never; the library knows it.")
            for code, kind in sorted(MESSAGES.items())
            if _asks(kind)
        ],
    )
    yield _text(
        """
        Fixed fields stand in this order, without an id, as wide as the number says; fields with an id
        end with the delimiter and may come in any order. `*` may be left out, `+` may come several
        times. Fields that stand in no table are kept and do no harm; AY and AZ end each message where
        error detection is on. A date is `YYYYMMDDZZZZHHMMSS`. Free text is shown as somebody else's words
        and decides nothing.
        """
    )
    yield ""
    in_order: dict[str, type[Message]] = {}
    for code, kind in sorted(MESSAGES.items()):
        if issubclass(kind, sip2.Request):
            in_order |= {code: kind, kind.answer.code: kind.answer}
    for kind in {**in_order, **MESSAGES}.values():
        yield from _message(kind)


def _message(kind: type[Message]) -> Iterator[str]:
    yield f"### {kind.code} {kind.__name__}"
    yield ""
    says = (inspect.getdoc(kind) or "").removeprefix(f"{kind.code}: ")
    from_whom = f"From the kiosk, answered by {_answer_of(kind)}" if _asks(kind) else "From the ILS"
    yield _text(f"{from_whom}: {says}")
    yield ""
    rows = []
    for spec in sorted(kind.specs, key=lambda each: bool(each.id)):  # the fixed ones first, as on the wire
        id_ = spec.id + ("" if spec.required else "*") + ("+" if spec.repeated else "") if spec.id else ""
        width = "" if spec.id else str(spec.kind.width)
        rows.append((_code(spec.name), width, id_, spec.kind.name))
    if rows:
        yield from _table(("field", "width", "id", "on the wire"), rows)


def _asks(kind: type[Message]) -> bool:
    return issubclass(kind, sip2.Request | sip2.RequestAcsResend)


def _answer_of(kind: type[Message]) -> str:
    return kind.answer.code if issubclass(kind, sip2.Request) else "the last answer again"


def _enumerations() -> Iterator[str]:
    yield "## Enumerations"
    yield ""
    kinds = {each for each in vars(sip2).values() if inspect.isclass(each) and issubclass(each, enum.Enum)}
    for kind in sorted(kinds, key=lambda each: each.__name__):
        members = ", ".join(f"{_code(str(member.value))} {_spaced(member.name)}" for member in kind)
        about = " ".join((inspect.getdoc(kind) or "").split())
        yield _text(f"**{kind.__name__}**: {about} {members}.")
        yield ""


# ---- profiles -------------------------------------------------------------------------------


def _profiles() -> Iterator[str]:
    shipped = [load(name) for name in names()]
    yield "## Profiles"
    yield ""
    yield _text(
        """
        `[ils] profile` names one of these, or the path of a TOML file of your own; a file may begin
        with `based_on = "koha"` and then names only what differs. Everything that a profile says stands
        with how it is known: *observed* on the wire of a running system, *documented* by its maker, its
        source or somebody's published messages, or *assumed*. The maintenance screen says how many
        details of the chosen profile are only assumed, and `kiosk doctor ils` writes a profile of what it
        observed. What a profile does not claim is documented where *standard* cites the document, and assumed
        otherwise.
        """
    )
    yield ""
    yield "```toml"
    yield 'based_on = "koha"'
    yield 'charset = { value = "cp850", how = "observed", source = "titles of ours, 2 May" }'
    yield ""
    yield "[[screen_reasons]]"
    yield "pattern = '\\bmay not leave the house\\b'"
    yield 'reason = "library-use"'
    yield 'how = "observed"'
    yield 'source = "our refusals"'
    yield "```"
    yield ""
    yield _text(
        """
        No knobs, on purpose: AO, CP, AP and accounts are the library's own and stand in `[ils]` (AO and CP
        also by card prefix); no account there means no login. Resensitise decides nothing: what comes back
        is always armed. What changes something is never sent again because no answer came. Letters that do
        not fit the charset are read as U+FFFD.
        """
    )
    yield ""
    yield from _table(
        ("profile", "only assumed"),
        [(each.name, ", ".join(map(_code, each.assumed)) or "nothing") for each in shipped],
    )
    about = _docs_of_knobs()
    knobs = [
        each for each in dataclasses.fields(Profile) if each.init and each.name not in (*NO_KNOBS, *ROWS)
    ]
    for knob in knobs:
        if knob.name in OURS:
            continue
        yield f"### {_code(knob.name)}"
        yield ""
        yield _text(about[knob.name])
        yield ""
        choices = f" of {', '.join(map(_code, CHOICES[knob.name]))}" if knob.name in CHOICES else ""
        yield f"Unless a profile says otherwise: {_value(knob.default)}{choices}."
        yield ""
        yield from _claims_of(knob.name, shipped)
    yield "### What we do ourselves"
    yield ""
    yield _text(
        """
        These say how patient the kiosk is and how much proof it wants. They are no claims about a
        library system; a profile may still set them.
        """
    )
    yield ""
    ours = [each for each in knobs if each.name in OURS]
    yield from _table(
        ("knob", "default", "about"),
        [(_code(each.name), _value(each.default), about[each.name]) for each in ours],
    )


def _claims_of(knob: str, shipped: Sequence[Profile]) -> Iterator[str]:
    """What each profile says of a knob; those that say the very same share a line."""
    lines: dict[tuple[str, str, str], list[str]] = {}
    for each in shipped:
        for claim in each.claims:
            if claim.knob == knob:
                said = _value(_said(each, claim))
                lines.setdefault((said, claim.how, claim.source), []).append(each.name)
    if lines:
        yield from _table(
            ("profile", "value", "how", "source"),
            [(", ".join(who), said, how, source) for (said, how, source), who in lines.items()],
        )


def _said(profile: Profile, claim: Claim) -> object:
    value = getattr(profile, claim.knob)
    return f"{claim.about} = {dict(value)[claim.about]}" if claim.about else value


def _docs_of_knobs() -> Mapping[str, str]:
    """What stands below each knob in the source."""
    tree = ast.parse(inspect.getsource(profile_module))
    body = next(each.body for each in tree.body if isinstance(each, ast.ClassDef) and each.name == "Profile")
    found = {}
    for here, below in itertools.pairwise(body):
        if isinstance(here, ast.AnnAssign) and isinstance(here.target, ast.Name):
            text = below.value if isinstance(below, ast.Expr) else None
            said = text.value if isinstance(text, ast.Constant) else ""
            found[here.target.id] = " ".join(str(said).split())
    return found


def _screen_messages() -> Iterator[str]:
    shipped = [load(name) for name in names()]
    yield "## Screen messages"
    yield ""
    yield _text(
        """
        AF is free text. It is looked at only where something was refused, after flags and other fields
        have been, and then it chooses words: no text whatever makes a loan of a refusal, or the other
        way round. Patterns are regular expressions, found anywhere and in any case; the first that
        matches counts, a profile's own before those of *standard*, which all inherit. What no pattern
        knows is kept for staff in the memory of the running kiosk, never on disk, without names and
        numbers: *Test* of the library system on the maintenance screen shows it.
        """
    )
    yield ""
    for each in shipped:
        rows = [
            (_code(one.about), _meant(each, one), one.how, one.source)
            for one in each.claims
            if one.knob in ROWS
        ]
        if rows:
            yield f"### {each.name}"
            yield ""
            yield from _table(("pattern", "reason", "how", "source"), rows)


def _meant(profile: Profile, claim: Claim) -> str:
    if claim.knob == "screen_noise":
        return "(cut out)"
    return next(one.reason for one in profile.screen_reasons if one.pattern == claim.about)


# ---- reasons --------------------------------------------------------------------------------


def _reasons() -> Iterator[str]:
    words = Words("en")
    shipped = [load(name) for name in names()]
    yield "## Reasons"
    yield ""
    yield _text(
        """
        Why something was not done. A patron who may not borrow is one of whom a flag stands that `[ils]
        blocking_flags` names; the words come from the most telling flag, then from the date until which
        the card is valid and from the limits of a 64, then from AF. Where every flag stands, none of
        them says anything. The last two speak only once a renewal or a hold was refused and the answer did
        not say why.
        """
    )
    yield ""
    yield from _table(
        ("flag of the patron status", "", "reason"),
        [(str(flag.value), _spaced(flag.name), reason.value) for flag, reason in FLAGS],
    )
    yield _text(
        """
        AF may choose among these, and circulation treats them alike. *where*: P of a patron at sign-in,
        L of a loan, N of a renewal, H of a hold, R of a return. A patron does not see the code; what is
        *private* has neutral words, since neighbours read the screen. *from*: what an ILS says to mean it, a
        flag, other fields, or AF by the patterns of these profiles, in this order; where it is empty, the
        kiosk finds it out without an ILS.
        """
    )
    yield ""
    sets = (("P", PATRON_WORDS), ("L", WORDS), ("N", RENEWAL_WORDS), ("H", HOLD_WORDS), ("R", RETURN_WORDS))
    rows = []
    for reason in Reason:
        entry = CATALOGUE[reason]
        where = " ".join(letter for letter, of in sets if reason in of)
        icon, sound = _code(entry.icon), entry.sound.value
        private = " (private)" if reason in PRIVATE else ""
        rows.append(
            (
                entry.code,
                _code(reason.value) + private,
                where,
                _from(reason, shipped),
                words.reason(reason),
                words.hint(reason),
                icon,
                sound,
            )
        )
    yield from _table(
        ("code", "reason", "where", "from", "what a patron reads", "for staff", "icon", "sound"), rows
    )


def _from(reason: Reason, shipped: Sequence[Profile]) -> str:
    """What an ILS says to mean it."""
    makes = [
        each.name
        for each in shipped
        if any(claim.knob == "screen_reasons" and _meant(each, claim) == reason for claim in each.claims)
    ]
    said = [f"flag {flag.value}" for flag, meant in FLAGS if meant is reason]
    said += [BY_FIELDS[reason]] if reason in BY_FIELDS else []
    said += [f"AF: {', '.join(makes)}"] if makes else []
    return "; ".join(said)


# ---- Markdown -------------------------------------------------------------------------------


def _text(said: str) -> str:
    """A paragraph."""
    return textwrap.fill(" ".join(said.split()), 118, break_long_words=False, break_on_hyphens=False)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


def _code(text: str) -> str:
    """As code; a bar and a backtick would end it, so there it is marked by hand."""
    if "|" in text or "`" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace("*", "&#42;").replace("_", "&#95;")
        return f"<code>{text}</code>"
    return f"`{text}`"


def _spaced(name: str) -> str:
    return name.lower().replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, tuple):
        said = (" = ".join(each) if isinstance(each, tuple) else each for each in value)
        return ", ".join(map(_value, said)) or "none"
    if isinstance(value, bool):
        return _code("true" if value else "false")
    shown = str(value).replace("\r", "\\r").replace("\n", "\\n")
    return _code(shown) if shown else "none"


if __name__ == "__main__":
    sys.stdout.write(page())
