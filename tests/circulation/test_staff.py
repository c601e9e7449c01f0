"""Staff at the kiosk: nobody is served meanwhile, and nothing that was open is forgotten."""

from kiosk.circulation.answers import Lent
from kiosk.circulation.effects import SignIn
from kiosk.circulation.events import StaffLeft
from kiosk.circulation.facts import StaffCame, StaffWent
from kiosk.circulation.intents import Do, Language
from kiosk.circulation.policy import Mode
from kiosk.circulation.reports import CodeScanned
from kiosk.circulation.values import AFI_ON_LOAN, Device, ItemKey, PatronId
from kiosk.circulation.views import AttractView, CannotLendView, LeftoversView, LoanView, StaffView
from tests.circulation.story import book, kiosk, uid


def test_staff_come_and_go() -> None:
    story = kiosk().press(Language("ar"), Do.CALL_STAFF, Do.CLOSE_HELP, Do.STAFF)
    assert isinstance(story.screen, StaffView)
    assert story.facts.count(StaffCame()) == 1
    story.tell(StaffLeft())
    assert isinstance(story.screen, AttractView)
    assert story.facts.count(StaffWent()) == 1
    assert story.view.header.language == "en"
    story.tell(StaffLeft())
    assert story.facts.count(StaffWent()) == 1
    assert isinstance(story.card().screen, LoanView)


def test_while_staff_are_there_nothing_begins() -> None:
    story = kiosk(mode=Mode.LOANS_AND_RETURNS).press(Do.STAFF).shows("p1").put(book("A1", AFI_ON_LOAN))
    story.tell(CodeScanned(PatronId("p1"), ItemKey("A1"))).press(Do.RETURN, Do.CALL_STAFF, Do.FINISH).flush()
    assert isinstance(story.screen, StaffView)
    assert story.modal is None
    assert story.all(SignIn) == []
    assert story.asked == story.brought == story.described == []
    story = kiosk(mode=Mode.RETURNS).press(Do.STAFF).put(book("A1", AFI_ON_LOAN)).flush()
    assert isinstance(story.screen, StaffView)
    assert story.brought == []


def test_staff_come_also_when_nothing_can_be_lent_and_never_into_a_visit() -> None:
    story = kiosk().missing(Device.ILS).press(Do.STAFF)
    assert isinstance(story.screen, StaffView)
    assert isinstance(story.tell(StaffLeft()).screen, CannotLendView)
    assert isinstance(kiosk().card().press(Do.STAFF).screen, LoanView)


def test_what_staff_left_on_the_pad_is_asked_about() -> None:
    story = kiosk().press(Do.STAFF).put("A1").tell(StaffLeft()).card()
    assert isinstance(story.screen, LeftoversView)
    story = kiosk(mode=Mode.RETURNS).press(Do.STAFF).put("A1").tell(StaffLeft()).lift("A1").wait(1).put("A1")
    assert isinstance(story.screen, AttractView)


def test_loans_of_former_visits_are_finished_while_staff_are_there() -> None:
    story = kiosk().card().put("A1").flush().lift("A1").lends("A1").wait(80).press(Do.STAFF)
    story.put("A1").settles("A1", Lent(release=True))
    assert story.written == [uid("A1")]
    story.proves("A1")
    assert story.flush().open_on_disk() == []
    assert isinstance(story.screen, StaffView)
