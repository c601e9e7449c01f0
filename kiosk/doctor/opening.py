"""What the beginning of a connection tells: the way there, the login, and the 98. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from kiosk.doctor.credentials import weakness_of
from kiosk.doctor.encryption import secured
from kiosk.doctor.findings import Finding, State
from kiosk.doctor.line import Line, NoWay
from kiosk.doctor.sip2_told import SENT
from kiosk.ils.settings import IlsSettings
from kiosk.ils.trial import CLOCKS_APART_S
from kiosk.sip2.dates import moment_of
from kiosk.sip2.exchange import NUMBER_UNKNOWN
from kiosk.sip2.messages import MESSAGES, AcsStatus
from kiosk.sip2.profiles import Profile
from kiosk.sip2.terminal_messages import BX_ORDER

EXPIRES_SOON: Final = timedelta(days=30)

NEEDED: Final = (("11", "lending", State.FAILED), ("09", "returns", State.WARNING))

DESK_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "blocking of a card that was left behind",
        "09": "returns",
        "11": "loans",
        "15": "holds",
        "17": "titles and status of items",
        "19": "marks on an item",
        "23": "the short look at a patron",
        "25": "unblocking of a card",
        "29": "renewals",
        "35": "the end of a visit",
        "37": "payments",
        "63": "the patron's record and account",
        "65": "renewal of all loans at once",
        "93": "login",
        "97": "its last answer once more",
        "99": "how it is",
    }
)
"""What a message is for, in the words of a library's desk."""

REACHED: Final = Finding("address", State.OK, "It can be reached")

_DATES: Final = {b"98": 14, b"64": 19, b"18": 8}
"""Where the date begins in an answer."""

ZONES: Final = {
    "local": "in local time",
    "utc": "in UTC",
    "offset": "with the letter of a zone",
    "odd": "with a zone that is none",
}
"""The styles in which dates are written, in words."""

_NUMBERS: Final = {b"98": ((8, 3), (11, 3)), b"64": tuple((at, 4) for at in range(37, 61, 4))}
"""Where numbers stand in an answer, and how wide they are."""

_DATE = re.compile(rb"\d{8}(.{4})\d{6}", re.DOTALL)

_STAGES: Final = {
    "address": "Nobody answers there",
    "encryption": "No TLS",
    "login": "No login",
    "service": "It answers, and is not at service",
}


def credentials(settings: IlsSettings) -> Finding:
    """Whether anybody could guess the login."""
    if not settings.login_user:
        says = "None: whoever reaches this address is let in"
        return Finding("credentials", State.WARNING, says, {"weak": None})
    why = weakness_of(settings)
    if why:
        says = f"Easily guessed: {why}. Have another one set"
        return Finding("credentials", State.WARNING, says, {"weak": True})
    says = "Neither a known default nor easily guessed (compared with lists; none was tried)"
    return Finding("credentials", State.OK, says, {"weak": False})


def not_reached(settings: IlsSettings, line: Line, trouble: NoWay) -> list[Finding]:
    """Where there is no connection: how far it came."""
    found: list[Finding] = []
    if trouble.stage == "encryption":
        found += [REACHED] if trouble.reached else []
    elif trouble.stage != "address":
        found += _way(settings, line)
    if trouble.stage == "service" and settings.login_user:
        found.append(_logged_in(settings, line))
    says = f"{_STAGES[trouble.stage]}: {trouble}"
    return [*found, Finding(trouble.stage, State.FAILED, says)]


def reached(settings: IlsSettings, line: Line, wall: Callable[[], float]) -> list[Finding]:
    """Where there is one: how it was made."""
    return [*_way(settings, line, wall()), _logged_in(settings, line)]


def _way(settings: IlsSettings, line: Line, now: float | None = None) -> list[Finding]:
    return [REACHED, _encryption(settings, line, now)]


def _encryption(settings: IlsSettings, line: Line, now: float | None) -> Finding:
    through = secured(line.wire)
    if through is not None:
        seen = {
            "tls": through.version,
            "cipher": through.cipher,
            "subject": through.subject,
            "issuer": through.issuer,
            "expires": through.expires.isoformat(timespec="seconds"),
            "fingerprint": through.fingerprint,
        }
        says = f"{through.version}; certificate of {through.subject}, until {through.expires:%Y-%m-%d}"
        left = through.expires - datetime.fromtimestamp(now, UTC) if now is not None else EXPIRES_SOON
        if left < EXPIRES_SOON:
            return Finding("encryption", State.WARNING, f"{says}: have it renewed", seen)
        return Finding("encryption", State.OK, says, seen)
    if settings.tls == "on":
        return Finding("encryption", State.OK, "TLS", {"tls": "unknown"})
    if settings.exposed:
        says = "Plain text: card numbers and PINs can be read on the way. Set tls, or use a tunnel"
        return Finding("encryption", State.WARNING, says, {"tls": None, "exposed": True})
    says = "Plain text, which does not leave this machine"
    return Finding("encryption", State.OK, says, {"tls": None, "exposed": False})


def _logged_in(settings: IlsSettings, line: Line) -> Finding:
    way = line.profile.terminal_login
    if not settings.login_user:
        return Finding("login", State.UNKNOWN, "None is set, and none is asked for", {"way": None})
    if way == settings.sip_profile().terminal_login:
        how = "at a prompt" if way == "telnet" else "by 93"
        return Finding("login", State.OK, f"It takes our login, {how}", {"way": way})
    says = 'It asks for a login at a prompt: set terminal_login = "telnet"'
    return Finding("login", State.FAILED, says, {"way": way})


def of_status(status: AcsStatus, profile: Profile, now: float, hidden: Callable[[str], str]) -> list[Finding]:
    """What a 98 says, that just came. `hidden` makes what it calls itself fit to be shown."""
    name = hidden(status.library.raw if status.library else "") or hidden(status.institution)
    service = Finding("service", State.OK, f"On-line: {name}" if name else "On-line", {"name": name})
    return [service, _clock(status, now), _timeouts(status, profile), *_messages(status)]


def _clock(status: AcsStatus, now: float) -> Finding:
    clock = status.clock
    if clock is None:
        return Finding("clock", State.UNKNOWN, "Its 98 tells no time", {"ahead_s": None})
    ours = moment_of(now) if clock.tzinfo is None else datetime.fromtimestamp(now, UTC)
    ahead = round((clock - ours).total_seconds())
    seen = {"ahead_s": ahead}
    if abs(ahead) <= 1:
        return Finding("clock", State.OK, "As ours, to the second", seen)
    says = f"{abs(ahead)} s {'ahead of' if ahead > 0 else 'behind'} ours"
    return Finding("clock", State.OK if abs(ahead) <= CLOCKS_APART_S else State.WARNING, says, seen)


def _timeouts(status: AcsStatus, profile: Profile) -> Finding:
    tenths = None if status.timeout_tenths == NUMBER_UNKNOWN else status.timeout_tenths
    retries = None if status.retries == NUMBER_UNKNOWN else status.retries
    ours = profile.timeout_floor_s
    if tenths is not None:
        ours = max(ours, min(tenths / 10, profile.timeout_ceiling_s))
    seen = {"timeout_s": None if tenths is None else tenths / 10, "retries": retries, "ours_s": ours}
    told = "It names none" if tenths is None else f"It names {tenths / 10:g} s"
    tries = "" if retries is None else f" and {retries} retries"
    return Finding("timeouts", State.OK, f"{told}{tries}; the kiosk waits {ours:g} s for a loan", seen)


def _messages(status: AcsStatus) -> list[Finding]:
    supported = {code: status.supported.supports(code) for code in BX_ORDER}
    denied = sorted(code for code, said in supported.items() if said is False)
    silent = [code for code, said in supported.items() if said is None]
    seen = {"supported": supported}
    if len(silent) == len(supported):
        found = [Finding("messages", State.WARNING, "Its 98 has no BX: each message is tried", seen)]
    elif silent:
        says = f"Its BX is short, and silent about {', '.join(map(_named, sorted(silent)))}: those are tried"
        found = [Finding("messages", State.WARNING, says, seen)]
    else:
        says = _served(denied)
        found = [Finding("messages", State.OK, says, seen)]
    if supported["63"] is False:
        found.append(Finding("sign-in", State.FAILED, "BX: 63 N; without it nobody can sign in"))
    flags = {"11": status.checkout_ok, "09": status.checkin_ok}
    for code, check, otherwise in NEEDED:
        noes = [] if flags[code] else [f"98: {'checkout' if code == '11' else 'checkin'} N"]
        noes += [f"BX: {code} N"] if supported[code] is False else []
        says = f"It does not allow it ({', '.join(noes)})" if noes else "Allowed"
        found.append(Finding(check, otherwise if noes else State.OK, says, {"allowed": not noes}))
    return found


def _served(denied: Collection[str]) -> str:
    missed = ", ".join(_named(code) for code in denied if SENT[code])
    unused = ", ".join(_named(code) for code in denied if not SENT[code])
    says = f"It does not serve: {missed}" if missed else "It serves all that a kiosk needs"
    return f"{says}. (Nor what no kiosk asks for: {unused})" if unused else says


def _named(code: str) -> str:
    return f"{DESK_WORDS[code]} ({code})"


def called(code: str) -> str:
    """What the standard calls a message: `patron information`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", MESSAGES[code].__name__).lower()


def padded(frames: Iterable[bytes]) -> bool:
    """Whether numbers of fixed width are filled up with blanks."""
    for frame in frames:
        for at, width in _NUMBERS.get(frame[:2], ()):
            number = frame[at : at + width]
            if number.startswith(b" ") and number.strip().isdigit():
                return True
    return False


def zones(frames: Iterable[bytes]) -> frozenset[str]:
    """The styles in which dates are written: `local`, `utc`, `offset`, or `odd`, which is none."""
    found = set()
    for frame in frames:
        at = _DATES.get(frame[:2])
        match = _DATE.match(frame, at) if at is not None else None
        if match is not None and int(match[0][:8]):
            found.add(_zone(match[1].strip()))
    return frozenset(found)


def _zone(zone: bytes) -> str:
    if not zone:
        return "local"
    if zone.upper() == b"Z":
        return "utc"
    return "offset" if len(zone) == 1 and zone.isalpha() else "odd"
