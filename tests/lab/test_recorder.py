"""From what happens at the desk and on the far sides to evidence."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, ItemKey, Money, Payment, Untrusted
from kiosk.circulation.views import (
    AccountLoanRow,
    AccountView,
    AskFee,
    AskPayment,
    AskRenewal,
    AttractView,
    CannotLendView,
    FarewellView,
    Header,
    ItemState,
    LeftoversView,
    LoanMark,
    LoanView,
    Message,
    Notice,
    Paying,
    PutBack,
    ReceiptState,
    ReceiptView,
    ReturnView,
    RowView,
    Section,
    SeeStaffView,
    StaffView,
    Theme,
    View,
    Weight,
)
from kiosk.lab import folder, recorder
from kiosk.lab.evidence import (
    AfiAt,
    Evidence,
    GateEdge,
    GateLine,
    GateSeen,
    Piece,
    PrinterSeen,
    ReturnDone,
    StatusAsked,
    Text,
    far_sides,
    items_shown,
)
from kiosk.simulator import World
from kiosk.simulator.scenery import Item, Patron, Scenery, Tag

HEADER = Header("Lanternfield Library", "Anna K.", "en", ("en", "ar"), 130, Theme.DARK)
MOBY = RowView(
    "39000001",
    ItemKey("39000001"),
    "Moby-Dick",
    "Herman Melville",
    ItemState.REFUSED,
    Reason.ON_HOLD,
    note=Untrusted("on hold\x1b[31m!"),
    due=Due(date(2026, 12, 12)),
)
KEEP = Message(Weight.INFO, Notice.KEEP_ON_PAD)


def loan_of(*rows: RowView, message: Message = KEEP) -> LoanView:
    return LoanView(rows, 1, 0, 0, 1, 0, message, None, closing=False)


def test_a_view_stands_for_itself_where_nothing_is_drawn() -> None:
    away = Message(Weight.REFUSAL, Notice.LEAVE_HERE, 1, Reason.ON_HOLD, Untrusted("on hold\x00"))
    entry = recorder.shown(View(3, 9, 8, HEADER, loan_of(MOBY, message=away), None), 12.5)
    assert (entry.ms, entry.session, entry.screen, entry.modal) == (12.5, 3, "loan", None)
    assert (entry.header.patron, entry.header.text_size, entry.header.theme) == ("Anna K.", 130, "dark")
    assert entry.reasons == ("on-hold",)
    assert (entry.controls, entry.size) == (None, None)
    assert Text("on hold", "untrusted", "message") in entry.texts
    (row,) = entry.rows
    assert (row.barcode, row.state, row.reason, row.due) == ("39000001", "refused", "on-hold", "2026-12-12")
    assert Text("on hold [31m!", "untrusted") in row.texts
    assert Text("Moby-Dick", "data") in row.texts


def test_a_modal_shows_its_row_even_over_another_screen() -> None:
    back = PutBack(MOBY, more=0, after=None, staff_called=False)
    entry = recorder.shown(View(3, 9, 8, HEADER, AttractView(), back), 1.0)
    assert (entry.screen, entry.modal) == ("attract", "put-back")
    assert [row.barcode for row in entry.rows] == ["39000001"]
    once = recorder.shown(View(3, 9, 8, HEADER, loan_of(MOBY), back), 1.0)
    assert len(once.rows) == 1


def test_a_return_shows_where_its_items_go() -> None:
    kite = replace(
        MOBY,
        state=ItemState.RETURNED,
        reason=None,
        note=None,
        alert=Alert.TRANSIT,
        destination="RIVERSIDE",
        bin="3",
    )
    screen = ReturnView((kite,), 1, 1, 0, Message(Weight.INFO, Notice.USE_BINS), None, closing=False)
    entry = recorder.shown(View(3, 9, 8, HEADER, screen, None), 1.0)
    assert entry.screen == "return"
    (row,) = entry.rows
    assert row.state == "returned"
    assert {Text("transit", "ours"), Text("RIVERSIDE", "data"), Text("3", "data")} <= set(row.texts)
    assert Text("use-bins", "ours", "message") in entry.texts


def test_a_question_says_what_it_is_about() -> None:
    mine = replace(MOBY, state=ItemState.SAFE, reason=Reason.ALREADY_YOURS, renewable=True)
    entry = recorder.shown(View(3, 9, 8, HEADER, loan_of(mine), AskRenewal(mine)), 1.0)
    assert (entry.modal, entry.about) == ("ask-renewal", "39000001")
    assert len(entry.rows) == 1
    assert recorder.shown(View(3, 9, 8, HEADER, loan_of(mine), None), 1.0).about is None


def test_the_farewell_tells_of_its_receipt() -> None:
    receipt = ReceiptView(ReceiptState.FAILED, Reason.PAPER_OUT)
    screen = FarewellView((MOBY,), 0, 0, 1, 0, KEEP, 5, 5, receipt=receipt)
    texts = recorder.shown(View(3, 9, 8, HEADER, screen, None), 1.0).texts
    assert Text("receipt-failed", "ours", "receipt") in texts
    assert Text("paper-out", "ours", "receipt") in texts
    assert recorder.shown(View(3, 9, 8, HEADER, StaffView(), None), 1.0).screen == "staff"


def test_the_question_about_leftovers_is_no_end() -> None:
    views = (
        View(1, 1, 1, HEADER, loan_of(MOBY), None),
        View(3, 2, 2, HEADER, LeftoversView((MOBY,)), None),
    )
    first, second = (recorder.shown(view, 1.0) for view in views)
    (item,) = items_shown((first, second))
    assert (item.barcode, item.title, item.due, item.state) == (
        "39000001",
        "Moby-Dick",
        "2026-12-12",
        "refused",
    )
    assert items_shown((second,)) == ()


def test_a_day_is_recorded_as_its_views_one_by_one_are() -> None:
    gone = replace(MOBY, on_pad=False)
    away = Message(Weight.REFUSAL, Notice.LEAVE_HERE, 1, Reason.ON_HOLD, Untrusted("on hold"))
    receipt = ReceiptView(ReceiptState.FAILED, Reason.PAPER_OUT)
    paid = Payment(Money(Decimal("2.50"), "EUR"), "T1", pending=True)
    screens = [
        (AttractView(), None),
        (SeeStaffView(Reason.ON_HOLD, None, 5, 5), None),
        (SeeStaffView(Reason.ON_HOLD, Untrusted("ask us"), 4, 5), None),
        (CannotLendView(Reason.ON_HOLD), None),
        (loan_of(MOBY), None),
        (loan_of(MOBY, gone), None),
        (loan_of(MOBY), AskFee(MOBY, Money(Decimal("2.50"), "EUR"))),
        (loan_of(MOBY), AskFee(MOBY, Money(Decimal("2.5"), "EUR"))),
        (loan_of(MOBY), AskPayment(Money(Decimal("3.50"), "EUR"))),
        (loan_of(MOBY), Paying(Money(Decimal("3.50"), "EUR"))),
        (loan_of(MOBY, message=away), PutBack(gone, 0, None, staff_called=False)),
        (loan_of(MOBY), PutBack(MOBY, 0, away, staff_called=False)),
        (FarewellView((MOBY,), 0, 0, 1, 0, KEEP, 5, 5), None),
        (FarewellView((MOBY,), 0, 0, 1, 0, KEEP, 4, 5, receipt=receipt), None),
        (FarewellView((MOBY,), 0, 0, 1, 0, KEEP, 3, 5, receipt=receipt, payment=paid), None),
    ]
    views = [View(3, 9, 8, HEADER, screen, modal) for screen, modal in screens]
    views += [replace(view, header=replace(HEADER, patron="")) for view in views]
    day = [(view, float(ms)) for ms, view in enumerate([*views, *reversed(views)])]
    assert recorder.all_shown(day) == tuple(recorder.shown(view, ms) for view, ms in day)


def test_what_is_shown_again_is_one_value() -> None:
    again = replace(MOBY, title="Moby-" + "Dick")
    first, second, third = recorder.all_shown(
        (View(3, 9, 8, HEADER, loan_of(*rows), None), 1.0) for rows in ((MOBY,), (again,), (again, MOBY))
    )
    assert first.rows is second.rows
    assert first.texts is second.texts is third.texts
    assert third.rows[0] is first.rows[0]


def test_frames_are_masked_and_stay_one_line(tmp_path: Path) -> None:
    heard = recorder.frame(">", b"63001AA21000001|AD1234|", 100.25, 100.0)
    garbage = recorder.frame("<", b"\xa5Z\n\x0b?", 100.5, 100.0)
    assert (heard.ms, heard.sent) == (250.0, True)
    assert "21000001" not in heard.text
    assert "1234" not in heard.text
    folder.write(tmp_path, Evidence(frames=(heard, garbage)))
    lines = (tmp_path / "sip2.log").read_text(encoding="utf-8").split("\n")
    assert lines[0].startswith("250.0 > 63")
    assert [line.split(" ")[:2] for line in lines[:-1]] == [["250.0", ">"], ["500.0", "<"]]
    assert folder.read(tmp_path).frames == (heard, garbage)


def test_the_worlds_report_becomes_evidence() -> None:
    scenery = Scenery(
        patrons=(Patron("21000001", "Anna Kowalska", pin="4711"),),
        items=(Item("39000001", "Moby-Dick"),),
        tags=(Tag("E004015000000001", "39000001"), Tag("E004015000000002", "39000002")),
    )
    world = World(scenery)
    world.do({"do": "put", "tags": ["39000001"]}, 100.5)
    world.do({"do": "lift", "tags": ["39000001"]}, 101.0)
    world.do({"do": "put", "tags": ["39000001"]}, 102.0)
    sides = far_sides(world.do({"do": "report"}, 103.0), 100.0)
    (tag,) = sides.tags
    assert (tag.uid, tag.barcode, tag.afi_before, tag.afi_after) == (
        "E004015000000001",
        "39000001",
        "07",
        "07",
    )
    assert [(stay.since, stay.until) for stay in sides.presence[tag.uid]] == [(500.0, 1000.0), (2000.0, None)]
    assert sides.air == {tag.uid: ()}
    assert sides.ils.loans == ()


def test_a_report_in_plain_json_becomes_evidence() -> None:
    report = {
        "now": 12.0,
        "field": [
            {
                "uid": "E0",
                "barcode": "",
                "afi_before": 0x07,
                "afi_after": "c2",
                "writes": [{"t": 11.0, "afi": "C2"}],
                "reads": [{"t": 10.5, "afi": 7}],
                "there": [[10.1, None]],
            }
        ],
        "ils": {
            "loans": [{"t": 10.25, "patron": "P", "item": "I", "renewal": False, "due": "20261212"}],
            "messages": [{"t": 10.2, "request": "63001AAP|AD1234|", "response": None}],
            "returns": [
                {"t": 11.5, "item": "J", "patron": None, "was_on_loan": False, "alert": "01", "ok": True}
            ],
        },
        "printer": {
            "paper": "near-end",
            "cover": "open",
            "pieces": [{"t": 11.0, "t_cut": None, "width": 576, "height": 80, "cut": None}],
            "status": [{"t": 10.5, "request": "100401", "answer": "16"}],
        },
        "gate": {
            "lines": [{"line": 17, "consumer": "", "direction": "input", "level": 0}],
            "edges": [{"t": 11.25, "line": 17, "level": 1, "by": "kiosk gate"}],
        },
    }
    sides = far_sides(report, 10.0)
    assert sides.tags[0].barcode is None
    assert sides.tags[0].writes == (AfiAt(1000.0, "C2"),)
    assert sides.air["E0"] == (AfiAt(500.0, "07"),)
    assert sides.ils.loans[0].ms == 250.0
    assert sides.ils.messages[0].response == ""
    assert sides.ils.returns == (ReturnDone(1500.0, "J", None, was_on_loan=False, alert="01"),)
    assert sides.printer == PrinterSeen(
        (Piece(1000.0, None, 576, 80),), (StatusAsked(500.0, "100401", "16"),), "near-end", "open"
    )
    assert sides.gate == GateSeen((GateLine(17, "", "input", 0),), (GateEdge(1250.0, 17, 1, "kiosk gate"),))


def test_a_log_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sip2.log").write_text("1.0 = 9900302.00\n")
    with pytest.raises(ValueError, match="neither > nor <"):
        folder.read(tmp_path)


def test_a_question_about_a_loan_of_the_account_puts_no_row_on_the_list() -> None:
    mine = replace(MOBY, key="39000002", state=ItemState.SEEN, reason=None, on_pad=False)
    row = AccountLoanRow(mine.key, ItemKey(mine.key), mine.title, None, LoanMark.ON_LOAN, renewable=True)
    account = AccountView(
        books=loan_of(MOBY),
        section=Section.LOANS,
        loans=(row,),
        holds=(),
        fees=(),
        owed=None,
        known=True,
        complete=True,
        asking=False,
        reason=None,
        renew_all=False,
        message=KEEP,
        next_message=None,
    )
    entry = recorder.shown(View(3, 9, 8, HEADER, account, AskRenewal(mine)), 1.0)
    assert (entry.modal, entry.about) == ("ask-renewal", "39000002")
    assert [row.key for row in entry.rows] == ["39000001"]
