"""Sins: what could be wrong with the kiosk, each as a patch on its code. `test_mutations` puts them in."""

from typing import NamedTuple


class Edit(NamedTuple):
    """In this file, this text becomes that."""

    file: str
    old: str
    new: str


class Sin(NamedTuple):
    """What it breaks (the beginning of a violation), and how it is put into the code."""

    breaks: str
    edits: tuple[Edit, ...]


def room(name: str) -> str:
    return f"kiosk/circulation/{name}.py"


SWITCH = "kiosk/security_gate/switch.py"
PCSC = "kiosk/rfid/readers/pcsc_transparent.py"

WHATEVER_IS_WANTED = Edit(
    "kiosk/desk/desk.py", "lambda uid: switch_wanted(self._state, uid)", "lambda uid: True"
)
"""The switch asks, before it writes, whether circulation wants that: it would let lie what is forged."""

KEEP_ANSWER = "        d.do(AppendRow(self.answer_row(d, saga)))\n"

BEFORE_THE_DISK = (
    KEEP_ANSWER
    + "        from kiosk.circulation.effects import SwitchTag\n"
    + "        if self.holds(saga.reply) and self.act == {act!r}:\n"
    + "            for uid in saga.uids:\n"
    + "                forged = Flushed(0, saga.id, RowKind.ANSWER)\n"
    + "                d.do(SwitchTag(uid, self.wanted == 'armed', forged))\n"
)

SINS: dict[str, Sin] = {
    # "Unlock first, lock again if it fails": the tag is written when the ILS is asked. The desk would
    # stop a write without an answer row, so the sin forges one.
    "release before the answer": Sin(
        "p1",
        (
            Edit(
                room("lending"),
                "            d.do(AskLoan(saga.intent, saga.patron, pin_for(d, saga), saga.item, agreed))\n",
                "            d.do(AskLoan(saga.intent, saga.patron, pin_for(d, saga), saga.item, agreed))\n"
                "            from kiosk.circulation.effects import SwitchTag\n"
                "            from kiosk.circulation.values import Flushed\n"
                "            forged = Flushed(0, saga.id, RowKind.ANSWER)\n"
                "            for uid in saga.uids:\n"
                "                d.do(SwitchTag(uid, False, forged))\n",
            ),
            WHATEVER_IS_WANTED,
        ),
    ),
    # What the tag said to the write is taken for proof.
    "skip the read-back": Sin(
        "p2",
        (
            Edit(
                SWITCH,
                "        if batch and await self._named(job.uid, afi):\n",
                "        if batch:\n",
            ),
        ),
    ),
    # A tag that says nothing to the read-back is taken for one that holds what was written.
    "confirm on silence": Sin(
        "p2",
        (
            Edit(
                SWITCH,
                "            except NoTag:\n                raise\n",
                "            except NoTag:\n                held = afi\n",
            ),
        ),
    ),
    # The flushes, one after the other. First: the ILS is asked while the intent is on its way to the disk.
    "forget to flush the intent": Sin(
        "p3",
        (
            Edit(
                room("lending"),
                "        d.put(loan)\n        self.keep_intent(d, loan)\n",
                "        d.put(loan)\n        self.keep_intent(d, loan)\n"
                "        from kiosk.circulation.values import Flushed\n"
                "        self.row_flushed(d, Flushed(0, loan.id, RowKind.INTENT))\n",
            ),
        ),
    ),
    # The ILS has said yes, and the tag is written while that is still on its way to the disk.
    "forget to flush the answer": Sin(
        "p3", (Edit(room("course"), KEEP_ANSWER, BEFORE_THE_DISK.format(act="loan")), WHATEVER_IS_WANTED)
    ),
    "forget to flush the answer to a return": Sin(
        "p3", (Edit(room("course"), KEEP_ANSWER, BEFORE_THE_DISK.format(act="return")), WHATEVER_IS_WANTED)
    ),
    # All is well with an item, and the disk never hears of it.
    "forget the row that settles": Sin(
        "[LR]",
        (
            Edit(
                room("course"),
                "        d.do(AppendRow(row, urgent=False))\n\n    def name(",
                "\n    def name(",
            ),
        ),
    ),
    # Staff must look at an item, and only the patron hears of it.
    "forget the row for staff": Sin(
        "",
        (
            Edit(
                room("course"),
                "        d.do(AppendRow(row, urgent=False))\n"
                "        d.tell(ItemNeedsStaff(saga.item, reason))\n",
                "        d.tell(ItemNeedsStaff(saga.item, reason))\n",
            ),
        ),
    ),
    # No answer to a 11: it is sent once more.
    "retransmit 11 after silence": Sin(
        "p4",
        (
            Edit(
                "kiosk/sip2/exchange.py",
                "                await self.link.send_recall()\n",
                "                await self.link.send_again(answered=False)\n",
            ),
        ),
    ),
    # What one patron leaves is the next one's, without a question.
    "drop leftovers": Sin(
        "p9",
        (
            Edit(
                room("sessions"),
                "    d.set(pad=left)\n",
                "",
            ),
        ),
    ),
    # Two sessions with one number: a saga of the one is taken for the other's.
    "reuse the session epoch": Sin(
        "",
        (
            Edit(
                room("sessions"),
                "    d.set(epoch=d.state.epoch + 1, session=session,",
                "    d.set(epoch=d.state.epoch, session=session,",
            ),
            Edit(room("sessions"), "        epoch=d.state.epoch + 1,\n", ""),
        ),
    ),
    # A second tag that says it is the same part counts as that part, and nobody looks at it.
    "count a duplicate tag twice": Sin(
        "p2",
        (
            Edit(
                room("listing"),
                "        _take_trouble(d, uid, odd)\n",
                "",
            ),
            Edit(room("listing"), "            line = changed(line, copied=odd)\n", ""),
        ),
    ),
    # The ILS is asked for a set of which a part is missing, and what was switched of it is called all. A part
    # that comes after that costs flushes of its own, which may be seen first.
    "lend a set that lacks a part": Sin(
        r"p2|\d+ flushes in visit",
        (
            Edit(
                room("listing"),
                "    if not line.uids or verdict is Verdict.GO or",
                "    if not line.uids or verdict is not Verdict.STAFF or",
            ),
            Edit(
                room("rows"),
                "    lacking = lacks(state, line) if row.state in PROVED and line.uids else None\n",
                "    lacking = None\n",
            ),
        ),
    ),
    # A book whose tag could not be read is lifted for its barcode, and is called one without a tag.
    "forget the tag that could not be read": Sin(
        "p2", (Edit(room("listing"), "    unread = d.session.unread\n", "    unread = frozenset[Uid]()\n"),)
    ),
    # The ILS has taken it back, and that is called returned.
    "show returned before the read-back": Sin(
        "p2",
        (
            Edit(
                room("rows"),
                "    ReturnState.ARMING: ItemState.ASKING,\n",
                "    ReturnState.ARMING: ItemState.RETURNED,\n",
            ),
        ),
    ),
    # The ILS has lent it, and the gate need not wait for the tag, nor for *Finish*.
    "release the gate while an item is lent": Sin(
        "p2",
        (
            Edit(
                room("leaving"),
                "    if session is None or state.phase is not Phase.FAREWELL or session.errand is not "
                "Errand.LOAN:\n",
                "    if session is None or session.errand is not Errand.LOAN:\n",
            ),
            Edit(
                room("step"),
                "    if d.state.phase is Phase.FAREWELL:\n        leaving.open_gate(d)\n",
                "    if d.state.session is not None:\n        leaving.open_gate(d)\n",
            ),
            Edit(
                room("leaving"),
                "    if row.state in PROVED:\n        return True\n",
                "    if row.state in PROVED or row.state is ItemState.LENT:\n        return True\n",
            ),
        ),
    ),
    # A book that was refused lies on the pad, and its patron is let through.
    "release the gate before the refused book is off the pad": Sin(
        "p2", (Edit(room("leaving"), " and not row.on_pad and ", " and "),)
    ),
    # Nobody knows whether the ILS has booked it: it is told again when it is back.
    "book a fee twice": Sin(
        "p[34]",
        (
            Edit(
                room("payment"),
                "    (_S.BOOKING, _G.SILENCE, (_A.NAME, _A.TELL), _S.FOR_STAFF),\n",
                "    (_S.BOOKING, _G.SILENCE, (_A.NAME, _A.TELL), _S.UNBOOKED),\n",
            ),
        ),
    ),
    # The till has taken the money, and the ILS is told while that is still on its way to the disk.
    "take money without the taken row": Sin(
        "p3",
        (
            Edit(
                room("paying"),
                "                d.do(AppendRow(_taken_row(saga)))\n            case Act.KEEP_ANSWER:\n",
                "                d.do(AppendRow(_taken_row(saga)))\n"
                "                self.row_flushed(d, Flushed(0, saga.id, RowKind.TAKEN))\n"
                "            case Act.KEEP_ANSWER:\n",
            ),
        ),
    ),
    # The patron agrees to a fee, and the ILS is asked while that is still on its way to the disk.
    "ask an agreed loan without the intent": Sin(
        "p3",
        (
            Edit(
                room("lending"),
                "            self.advance(d, again, Signal.YES)\n",
                "            self.advance(d, again, Signal.YES)\n"
                "            from kiosk.circulation.values import Flushed\n"
                "            self.row_flushed(d, Flushed(0, loan.id, RowKind.INTENT))\n",
            ),
        ),
    ),
    # *Keep for me* itself sends the 15, as *Pay* itself asks the till.
    "hold without a question": Sin(
        "p4",
        (
            Edit(
                room("wishing"),
                "line.item, nameless=line.nameless)\n            d.put_line(changed(line, wish=wish.id))\n",
                "line.item, nameless=line.nameless)\n            d.put_line(changed(line, wish=wish.id))\n"
                "            if kind is WishKind.HOLD:\n"
                "                self.yes(d, wish)\n",
            ),
        ),
    ),
    "take money without a question": Sin(
        "p4",
        (
            Edit(
                room("paying"),
                "patron, sent=False, amount=amount))\n",
                "patron, sent=False, amount=amount))\n            self.yes(d, d.state.payments[saga_id])\n",
            ),
        ),
    ),
    # A commit does not wait for the disk: only a disk that really drops unsynced pages shows it.
    "commits do not wait for the disk": Sin(
        "", (Edit("kiosk/journal/store.py", '"synchronous = FULL"', '"synchronous = OFF"'),)
    ),
    # What is proved is shown at once, whatever the pad is still reading: it may be in that very book.
    "call it safe while a tag is unread": Sin(
        "p2",
        (
            Edit(
                room("rows"),
                "    if state.named and row.state in PROVED",
                "    if False and row.state in PROVED",
            ),
        ),
    ),
    # No answer to a 65: it is sent once more, as a question would be.
    "send 65 twice": Sin(
        "p4",
        (
            Edit(
                "kiosk/ils/account.py",
                "            outcome = await self._client.change(self._forms.renew_all(patron, pin), late)\n",
                "            outcome = await self._client.change(self._forms.renew_all(patron, pin), late)\n"
                "            if isinstance(outcome, Unknown):\n"
                "                again = self._forms.renew_all(patron, pin)\n"
                "                outcome = await self._client.change(again, late)\n",
            ),
        ),
    ),
    # A 65 goes out though this visit has renewed some of the loans already: it renews those once more.
    "renew all in spite of what was renewed": Sin(
        "p4",
        (Edit(room("wishing"), "RENEW_ALL and _more_than_asked_for(d.state):", "RENEW_ALL and False:"),),
    ),
    # The ILS has answered the 65, and every loan is called renewed, whatever the 66 names.
    "call renewed what no 66 names": Sin(
        "p7",
        (
            Edit(
                room("account_rows"),
                "    named = every is not None and any(one.id == item.id for one in every.renewed)\n",
                "    named = every is not None\n",
            ),
        ),
    ),
    # The 65 is under way, and that is called renewed.
    "call renewed what is being asked": Sin(
        "p7",
        (
            Edit(
                room("account_rows"),
                "        case WishState.INTENDED | WishState.ASKED | WishState.ANSWERED:\n"
                "            return LoanMark.ASKING\n",
                "        case WishState.INTENDED | WishState.ASKED | WishState.ANSWERED:\n"
                "            return LoanMark.RENEWED\n",
            ),
        ),
    ),
    # *Renew all* itself sends the 65.
    "renew all without a question": Sin(
        "p4",
        (
            Edit(
                room("wishing"),
                "            d.put(changed(wish, rest=renewable_loans(d.state)))\n",
                "            d.put(changed(wish, rest=renewable_loans(d.state)))\n"
                "            self.yes(d, d.state.wishes[wish.id])\n",
            ),
        ),
    ),
    # *Renew* itself sends the 29.
    "renew without a question": Sin(
        "p4",
        (
            Edit(
                room("wishing"),
                "line.item, nameless=line.nameless)\n            d.put_line(changed(line, wish=wish.id))\n",
                "line.item, nameless=line.nameless)\n            d.put_line(changed(line, wish=wish.id))\n"
                "            self.yes(d, wish)\n",
            ),
        ),
    ),
    # A poll that names all tags is taken for one that names those of one AFI.
    "prove by an inventory without a filter": Sin(
        "p2",
        (
            Edit(
                "kiosk/rfid/readers/m3.py",
                "await self._ask(m3.read_uids(afi, options), m3.uids_of)",
                "await self._ask(m3.read_uids(0, options), m3.uids_of)",
            ),
        ),
    ),
    # A tag that says nothing to the read-back holds what it was written, says the driver for it.
    "answer for a silent tag": Sin(
        "p2",
        (
            Edit(
                PCSC,
                "            await self._ask(iso15693.write_afi(uid, afi), 0, WRITE_US)\n",
                "            self._wrote = {**getattr(self, '_wrote', {}), uid: afi}\n"
                "            await self._hear(iso15693.write_afi(uid, afi), 0, WRITE_US)\n",
            ),
            Edit(
                PCSC,
                "            return iso15693.info_of(await self._ask(iso15693.system_info(uid), 14), uid)\n",
                "            heard = await self._hear(iso15693.system_info(uid), 14)\n"
                "            if isinstance(heard, Silent) and uid in getattr(self, '_wrote', {}):\n"
                "                return SystemInfo(uid, 0, self._wrote[uid], 28, 4)\n"
                "            return iso15693.info_of(iso15693.data_of(heard), uid)\n",
            ),
        ),
    ),
    # The tag has said yes to the EAS command, and nobody asks whether it sounds.
    "call EAS done unheard": Sin(
        "p2",
        (
            Edit(
                SWITCH,
                "            sounds = await self._tags.verify(lambda reader: sounds_eas(reader, job.uid))\n",
                "            sounds = job.armed\n",
            ),
        ),
    ),
    # A wrong password is given anew with each attempt.
    "give a wrong password again": Sin(
        "tag E0.* was given a wrong password",
        (
            Edit(SWITCH, "        self._tried[uid] = stay\n", "        self._tried[uid] = None\n"),
            Edit(
                SWITCH,
                "                if job.to_do - {Kind.CASE_LOCK}:\n"
                "                    return Switched.PROTECTED\n",
                "                if job.to_do - {Kind.CASE_LOCK}:\n                    continue\n",
            ),
        ),
    ),
}
