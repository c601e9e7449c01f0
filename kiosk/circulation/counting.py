"""The sets of a visit: the tags on the pad, counted for the lines of the list. Pure."""

from __future__ import annotations

from kiosk.circulation.reasons import Reason
from kiosk.circulation.sets import Counted, PartTag, Standing, Stray, count_set, misfit, strays
from kiosk.circulation.state import Line, State
from kiosk.circulation.values import ItemKey, ItemTag, Uid


def counted(state: State, line: Line, *, lifted: bool = False) -> Counted:
    """The parts of a line's item, by the tags that lie there and those that were there in this visit.

    `lifted`: it was taken off the pad to be scanned, with all that lay there of it.
    """
    not_mine = state.session.not_mine if state.session is not None else frozenset()
    found = []
    for uid, presence in state.pad.items():
        content = presence.tag.content
        if isinstance(content, ItemTag) and line.item is not None and content.item.id == line.item.id:
            somebody_elses = presence.leftover or uid in not_mine
            if uid in line.uids or not somebody_elses:
                found.append(PartTag(uid, content, lifted or presence.there))
    return count_set(found)


def lacks(state: State, line: Line) -> Counted | None:
    """The parts of an item that was lent or taken back, if the kiosk never saw one of them: a further part
    has turned up that says so. What has left the pad since is no matter."""
    seen = count_set(_tags(state, line.uids))
    return seen if seen.standing is Standing.LACKING else None


def out_of_place(state: State, line: Line, uid: Uid) -> Reason | None:
    """Why a tag that says that it is a line's item does not belong to what the line has; None: it may."""
    return misfit(_tags(state, line.uids), _tags(state, (uid,)))


def swapped(state: State, line: Line) -> tuple[Stray, ...]:
    """Parts that may lie in the case of this line's item, and belong to the item of another line."""
    if state.session is None or state.named or line.item is None:
        # what is not read yet may be what is missing
        return ()
    heap: dict[ItemKey, Counted] = {
        each.item: counted(state, each)
        for each in state.session.lines.values()
        if each.item is not None and each.trouble is Reason.PART_MISSING
    }
    return strays(heap).get(line.item, ())


def _tags(state: State, uids: tuple[Uid, ...]) -> list[PartTag]:
    """These tags, wherever they are now."""
    contents = ((uid, state.pad[uid].tag.content) for uid in uids if uid in state.pad)
    return [PartTag(uid, content) for uid, content in contents if isinstance(content, ItemTag)]
