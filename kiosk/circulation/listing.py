"""The list of a visit: which item a tag or a scan belongs to, and what may be asked of the ILS.

A line is a place in the list; its state follows from its saga, or from its `trouble` when it has none.
An item is asked once a session. Only one that was never really asked (ILS away) may be tried again.
"""

from __future__ import annotations

from kiosk.circulation.counting import counted, out_of_place
from kiosk.circulation.effects import DescribeItem, ReadAfi, SetTimer, Timer
from kiosk.circulation.facts import ItemNeedsStaff, ItemSeen
from kiosk.circulation.frozen import changed
from kiosk.circulation.giving_back import GIVING_BACK
from kiosk.circulation.lending import LENDING
from kiosk.circulation.loan import Loan
from kiosk.circulation.reasons import Reason
from kiosk.circulation.sets import Standing, Verdict, decide
from kiosk.circulation.state import SIGNED_IN, Draft, Line, Phase, Presence, State, item_of
from kiosk.circulation.values import CardTag, ItemKey, ItemTag, Media, Security, Uid, UnreadTag
from kiosk.circulation.views import Errand, Notice

NOTICE_S = 6.0
"""How long a passing word stays on the message line."""


def take_pad(d: Draft) -> None:
    """Take every tag that is on the pad and is this patron's."""
    for uid in list(d.state.pad):
        take_tag(d, uid)


def take_tag(d: Draft, uid: Uid) -> None:
    """Take one tag into the list, if the session is in a phase that takes and the tag is its own."""
    presence = d.state.pad.get(uid)
    if presence is None or not presence.there or d.state.phase not in SIGNED_IN:
        return
    session = d.session
    if session.abandoned or (_of_somebody_else(d, uid, presence) and not _copy(d, uid, presence)):
        return
    line = next((known for known in session.lines.values() if uid in known.uids), None)
    if d.state.phase is not Phase.LIST and (line is None or _may_ask(d.state, line)):
        d.set(phase=Phase.LIST, countdown=None)
    match presence.tag.content:
        case ItemTag() as content:
            _take_item(d, uid, content)
        case CardTag():
            _take_trouble(d, uid, Reason.CARD_ON_PAD)
        case UnreadTag(reason):
            d.set_session(unread=d.session.unread | {uid})
            _take_trouble(d, uid, reason)


def _of_somebody_else(d: Draft, uid: Uid, presence: Presence) -> bool:
    return presence.leftover or uid in d.session.not_mine


def _copy(d: Draft, uid: Uid, presence: Presence) -> bool:
    """Whether a tag says that it is what another tag on the list says: whosever it was thought to be, it may
    be in that very book."""
    match presence.tag.content:
        case ItemTag(item, part):
            line = d.session.lines.get(item.id)
            return line is not None and uid not in line.uids and _same_part(d.state, line, part)
        case _:
            return False


def take_scan(d: Draft, item: ItemKey, *, nameless: bool = False) -> None:
    """Take an item whose barcode was scanned. It has no tag, as far as the pad can tell; unless one was read
    before the book was lifted to be scanned, which must come back to be secured.

    `nameless`: the number may be a patron's, and must not stand in the journal unsealed.
    """
    line = d.session.lines.get(item.id)
    if line is not None and (line.trouble is not None or not _may_ask(d.state, line)):
        say(d, Notice.ALREADY_LISTED)
        return
    if d.state.phase is not Phase.LIST:
        d.set(phase=Phase.LIST, countdown=None)
    if line is None:
        tags = [uid for uid, presence in d.state.pad.items() if _carries(presence, item)]
        _claim(d, tags)
        if d.state.any_there(tags):
            return
        d.tell(ItemSeen(item))
        line = changed(_line(d, item), uids=tuple(tags))
        # a number that a tag has is an item's
        nameless = nameless and not tags
    line = changed(line, unread_near=not line.uids and _unread_near(d), nameless=nameless)
    _consider(d, line, lifted=True)


def _unread_near(d: Draft) -> bool:
    """Whether a tag that could not be read may belong to the book that is being scanned.

    Whoever is told to scan a book lifts it off the pad for that: a tag that went away unread counts for
    one scan, one that lies there for each.
    """
    unread = d.session.unread
    if not unread:
        return False
    if not d.state.any_there(unread):
        gone = next((uid for uid in d.state.pad if uid in unread), None)
        d.set_session(unread=unread - {gone})
    return True


def _carries(presence: Presence, item: ItemKey) -> bool:
    carried = item_of(presence)
    return carried is not None and carried.id == item.id


def _claim(d: Draft, uids: list[Uid]) -> None:
    """Whoever scans a book that lies or lay on the pad wants it: its tag must be secured with it."""
    d.set_session(not_mine=d.session.not_mine - set(uids))
    for uid in uids:
        d.put_presence(uid, changed(d.state.pad[uid], leftover=False))
    for uid in uids:
        take_tag(d, uid)


def tags_gone(d: Draft, uids: tuple[Uid, ...]) -> None:
    """Lines that are nothing but a tag leave the list with it; sets are counted anew."""
    if d.state.session is None:
        return
    for line in list(d.session.lines.values()):
        if line.saga is not None or not set(line.uids) & set(uids):
            continue
        here = tuple(uid for uid in line.uids if d.state.there(uid))
        if line.trouble is Reason.ALREADY_YOURS:
            continue
        if not here:
            d.drop_line(line.key)
            continue
        line = changed(line, uids=here)  # noqa: PLW2901 - goes on below as it stands now
        d.put_line(line)
        if d.state.phase is Phase.LIST and not d.session.abandoned:
            _consider(d, line)


def try_again(d: Draft) -> None:
    """The ILS is back: items on the pad that were never really asked are asked now."""
    if d.state.phase is Phase.LIST and d.state.session is not None:
        for line in list(d.session.lines.values()):
            refused = line.saga is not None and line.trouble is None and _may_ask(d.state, line)
            if refused and d.state.any_there(line.uids):
                _consider(d, line)


def say(d: Draft, notice: Notice, reason: Reason | None = None) -> None:
    """A passing word for the message line."""
    d.set(notice=(notice, reason))
    d.do(SetTimer(Timer.MESSAGE, NOTICE_S))


def parts_said(d: Draft, line: Line, *, all_there: bool) -> None:
    """The patron has said whether all parts of a set are there that nobody can count. Until then, and after a
    *no*, the ILS is asked for nothing."""
    line = changed(line, all_there=all_there)
    if all_there:
        _ask(d, line)
    else:
        d.put_line(line)
        if line.item is not None:
            d.tell(ItemNeedsStaff(line.item, Reason.PARTS_UNKNOWN))


def decline_all(d: Draft) -> None:
    """Whoever finishes or walks away has said of no set that it is all there."""
    while (line := d.state.counting()) is not None:
        parts_said(d, line, all_there=False)


def _take_item(d: Draft, uid: Uid, content: ItemTag) -> None:
    if uid in d.session.unread:
        d.set_session(unread=d.session.unread - {uid})
    item = content.item
    line = d.session.lines.get(item.id)
    new = line is None
    if line is None:
        d.tell(ItemSeen(item))
        line = _line(d, item)
    asked = line.saga is not None and not _may_ask(d.state, line)
    odd = None if uid in line.uids else _odd(d.state, line, uid, content.part, asked=asked)
    if odd is not None:
        if line.copied is None:
            line = changed(line, copied=odd)
            d.put_line(line)
            d.tell(ItemNeedsStaff(item, odd))
        _take_trouble(d, uid, odd)
        if line.saga is None and line.trouble is not Reason.ALREADY_YOURS:
            _consider(d, line)
        return
    d.drop_line(f"tag:{uid}")  # when it could not be read before
    if uid not in line.uids:
        line = changed(line, uids=(*line.uids, uid), all_there=None)
    d.put_line(line)
    if asked and line.saga is not None:
        LENDING.new_tag(d, line.saga, uid)
        GIVING_BACK.new_tag(d, line.saga, uid)
        return
    _consider(d, line)
    if new:
        for other, presence in list(d.state.pad.items()):
            if _of_somebody_else(d, other, presence) and _copy(d, other, presence):
                take_tag(d, other)


def _line(d: Draft, item: ItemKey) -> Line:
    known = d.session.titles.get(item.id)
    title, author = (known.title, known.author) if known is not None else ("", "")
    return Line(item.id, item, title=title, author=author)


def _take_trouble(d: Draft, uid: Uid, reason: Reason) -> None:
    key = f"tag:{uid}"
    if key not in d.session.lines:
        d.put_line(Line(key, None, (uid,), trouble=reason))


def _odd(state: State, line: Line, uid: Uid, part: int, *, asked: bool) -> Reason | None:
    """Why a tag that says that it is a line's item is kept apart from it: it says what another tag says, or
    the ILS was asked already for what lies there, and it does not belong to that."""
    if _same_part(state, line, part):
        return Reason.TAG_DUPLICATE
    return out_of_place(state, line, uid) if asked else None


def _consider(d: Draft, line: Line, *, lifted: bool = False) -> None:
    """Ask the ILS for a line's item, if what its tags say of its parts speaks for that (`sets.decide`). One
    that has no tag, as far as the pad can tell, has nothing that could be counted.

    `lifted`: it was taken off the pad to be scanned.
    """
    item = line.item
    if item is None:
        return
    parts = counted(d.state, line, lifted=lifted)
    verdict, reason = decide(parts, d.state.policy.unknown_sets, line.all_there)
    if line.copied:
        verdict, reason = Verdict.STAFF, line.copied
    # nothing will be asked of the ILS for what this patron has already
    yours = parts.standing is Standing.UNCOUNTED and item.id in d.session.charged
    if not line.uids or verdict is Verdict.GO or (yours and not line.copied):
        _ask(d, line)
        return
    d.put_line(changed(line, saga=None, trouble=reason))
    if verdict is Verdict.STAFF and reason is not None and line.trouble is not reason and not line.copied:
        d.tell(ItemNeedsStaff(item, reason))


def _ask(d: Draft, line: Line) -> None:
    """Ask the ILS for a line's item, unless this patron has it already, as the sign-in or their account has
    told: then an 11 would renew it."""
    item = line.item
    if item is None:
        return
    patron = d.session.patron
    if d.session.errand is Errand.RETURN or patron is None:
        saga = GIVING_BACK.begin(d, item, line.uids, unread_near=line.unread_near, nameless=line.nameless)
        d.put_line(changed(line, saga=saga, trouble=None))
        return
    if item.id in d.session.charged:
        known = line.trouble is Reason.ALREADY_YOURS
        # a saga that never asked the ILS has nothing more to say
        d.put_line(changed(line, saga=None, trouble=Reason.ALREADY_YOURS))
        if not known:
            d.do(DescribeItem(item))
        _prove_own(d, line, told=known)
        return
    saga = LENDING.begin(d, patron, item, line.uids, keep_armed=line.unread_near, nameless=line.nameless)
    d.put_line(changed(line, saga=saga, trouble=None))


def _prove_own(d: Draft, line: Line, *, told: bool) -> None:
    """Whether the tags of a book that this patron has already say so: what they do not tell is read."""
    tags = [d.state.pad[uid].tag for uid in line.uids if d.state.there(uid)]
    armed = any(tag.security is Security.ARMED for tag in tags)
    if line.item is not None and armed and not told:
        d.tell(ItemNeedsStaff(line.item, Reason.ALREADY_YOURS))
    for tag in tags:
        asked = tag.uid in d.session.proving or tag.uid in d.state.air
        if tag.security is Security.UNKNOWN and not asked:
            d.set_session(proving=d.session.proving | {tag.uid})
            media = tag.content.media if isinstance(tag.content, ItemTag) else Media.UNKNOWN
            d.do(ReadAfi(tag.uid, media))


def own_afi_read(d: Draft, uid: Uid, security: Security, *, answered: bool) -> None:
    """What a tag is that `_prove_own` asked about."""
    if d.state.session is None or uid not in d.session.proving:
        return
    d.set_session(proving=d.session.proving - {uid})
    line = next((line for line in d.session.lines.values() if uid in line.uids), None)
    gone = not answered and not d.state.there(uid)
    if line is not None and line.item is not None and not gone and security is not Security.RELEASED:
        d.tell(ItemNeedsStaff(line.item, Reason.ALREADY_YOURS))


def _may_ask(state: State, line: Line) -> bool:
    """Whether the line's item was never really asked in this session."""
    if line.item is None:
        return False
    if line.saga is None:
        return line.trouble is not Reason.ALREADY_YOURS
    saga = state.saga_of(line)
    if saga is None or not saga.ended or not saga.never_sent:
        return False
    return not (saga.lent if isinstance(saga, Loan) else saga.taken_back)


def _same_part(state: State, line: Line, part: int) -> bool:
    others = (state.pad[uid].tag.content for uid in line.uids if uid in state.pad)
    return any(isinstance(content, ItemTag) and content.part == part for content in others)


def leftovers(state: State) -> tuple[tuple[Uid, Presence], ...]:
    """Tags on the pad that lay there when an earlier session ended."""
    return tuple(
        (uid, presence) for uid, presence in state.pad.items() if presence.there and presence.leftover
    )


def brought(state: State) -> bool:
    """Whether an item lies on the pad that nobody was asked about yet."""
    return any(p.there and not p.leftover and item_of(p) is not None for p in state.pad.values())


def pad_items(state: State) -> tuple[ItemKey, ...]:
    """The items on the pad, each once."""
    items = (item_of(presence) for presence in state.pad.values() if presence.there)
    return tuple(dict.fromkeys(item for item in items if item is not None))


def leftover_items(state: State) -> tuple[ItemKey, ...]:
    """The items among the leftovers, each once."""
    items = (item_of(presence) for _, presence in leftovers(state))
    return tuple(dict.fromkeys(item for item in items if item is not None))
