"""What the words of an ILS mean to circulation, and what they must never mean."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.circulation.answers import FeeAsked, Lent, NotLent, NotReturned, Returned
from kiosk.circulation.reasons import Reason
from kiosk.circulation.values import Alert, Due, Media, Money, Untrusted
from kiosk.ils import IlsSettings
from kiosk.ils.notes import clean, note_of
from kiosk.ils.reading import (
    RETURN_WORDS,
    SAFE_STATUSES,
    WORDS,
    charged_ids,
    due_of,
    lent,
    not_taken_back,
    refused,
    taken_back,
)
from kiosk.sip2 import (
    CheckinResponse,
    CheckoutResponse,
    ItemInformationResponse,
    ProfileError,
    Tristate,
)
from kiosk.sip2.profiles import ALERTS, NamedPattern, load
from kiosk.sip2.untrusted import Untrusted as FreeText

STANDARD = load("standard")
NOON = datetime(2027, 1, 2, 12, 0, 0)  # noqa: DTZ001


def answer(ok=False, title="Moby Dick", due="", screen_messages=(), **fields):
    base = {"institution": "lib", "patron": "p", "item": "i", "date": NOON}
    said = tuple(map(FreeText, screen_messages))
    return CheckoutResponse(
        ok=ok, title=FreeText(title), due=FreeText(due), screen_messages=said, **base, **fields
    )


# ---- due dates ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("20270130    235900", date(2027, 1, 30)),
        ("20270130    000000", date(2027, 1, 30)),
        ("20270130    171500", datetime(2027, 1, 30, 17, 15)),  # noqa: DTZ001
        ("20270130", date(2027, 1, 30)),
        ("2027-01-30", date(2027, 1, 30)),
        ("2027-01-30 23:59", date(2027, 1, 30)),
        ("2027-01-30T17:15:00", datetime(2027, 1, 30, 17, 15)),  # noqa: DTZ001
        ("01/02/2027", Untrusted("01/02/2027")),
        ("20271340", Untrusted("20271340")),
        ("next Tuesday", Untrusted("next Tuesday")),
    ],
)
def test_due_dates_as_they_come(text, due):
    assert due_of(text, STANDARD) == Due(due)


@pytest.mark.parametrize(
    ("said", "media"),
    [("001", Media.BOOK), ("004", Media.TAPE), ("006", Media.CD), ("009", Media.BOOK), ("007", Media.OTHER),
     ("000", Media.UNKNOWN), (None, Media.UNKNOWN), ("DVD", Media.UNKNOWN)],
)  # fmt: skip
def test_what_an_item_is_made_of(said, media):
    assert lent(answer(ok=True, media_type=said), STANDARD).media is media


def test_no_due_date():
    assert due_of("  ", STANDARD) is None


def test_a_due_date_in_utc_becomes_moment_of():
    local = datetime.fromisoformat("2027-01-30T17:15:00+00:00").astimezone()
    assert due_of("20270130   Z171500", STANDARD) == Due(local.replace(tzinfo=None))


def test_a_due_date_in_the_library_s_own_format():
    profile = dataclasses.replace(STANDARD, due_formats=("%d/%m/%Y", "%d.%m.%Y %H:%M"))
    assert due_of("01/02/2027", profile) == Due(date(2027, 2, 1))
    assert due_of("01.02.2027 17:15", profile) == Due(datetime(2027, 2, 1, 17, 15))  # noqa: DTZ001


@given(st.text(max_size=40))
def test_any_text_is_a_due_date_of_some_kind(text):
    due = due_of(text, STANDARD)
    assert due is None or isinstance(due.value, date | datetime | Untrusted)


# ---- the desensitise rule -------------------------------------------------------------------------


def test_only_yes_releases_unless_the_profile_says_so_of_u():
    lenient = dataclasses.replace(STANDARD, desensitize_unknown_as_yes=True)
    for flag, standard, with_u in [
        (Tristate.YES, True, True),
        (Tristate.UNKNOWN, False, True),
        (Tristate.NO, False, False),
    ]:
        said = answer(ok=True, desensitize=flag)
        assert lent(said, STANDARD).release is standard
        assert lent(said, lenient).release is with_u


def test_a_loan_carries_what_the_patron_wants_to_know():
    said = answer(
        ok=True, desensitize=Tristate.YES, due="20270130    235900", renewal_ok=True,
        title=" Moby\u202e Dick\x07 /", screen_messages=("Enjoy!", "Enjoy!"),
    )  # fmt: skip
    assert lent(said, STANDARD) == Lent(
        release=True, title="Moby Dick /", due=Due(date(2027, 1, 30)), renewal=True, note=Untrusted("Enjoy!")
    )


# ---- refusals: AF chooses words and nothing else ---------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Item is on hold shelf for another patron.", Reason.ON_HOLD),
        ("Item cannot be issued: TOO_MANY", Reason.TOO_MANY_LOANS),
        ("Issue failed : NOT_FOR_LOAN", Reason.NOT_FOR_LOAN),
        ("Item checked out to another patron", Reason.ON_LOAN_TO_OTHER),
        ("Invalid Item", Reason.ITEM_UNKNOWN),
        ("Patron Blocked", Reason.PATRON_BLOCKED),
        ("PATRON EXPIRED", Reason.PATRON_EXPIRED),
        ("Nö.", Reason.ITEM_REFUSED),
    ],
)
def test_reasons_that_ilses_give(text, reason):
    assert refused(answer(screen_messages=(text,)), STANDARD) == NotLent(
        reason, title="Moby Dick", note=Untrusted(text)
    )


def test_a_fee_that_wants_consent():
    said = answer(fee_type="06", fee_amount_text="1.234,50", currency="eur ", screen_messages=("Charge?",))
    asked = FeeAsked(Money(Decimal("1234.50"), "EUR"), "Moby Dick", Untrusted("Charge?"))
    assert refused(said, STANDARD) == asked
    again = refused(said, STANDARD, agreed=True)
    assert again == NotLent(Reason.FEE, "Moby Dick", Untrusted("Charge?"))


@pytest.mark.parametrize(
    ("fee_type", "amount", "reason"),
    [
        ("06", "much", Reason.FEE),  # somebody wants money, and we cannot tell how much
        ("06", "1.234", Reason.FEE),
        ("06", "0.00", Reason.ITEM_REFUSED),
        ("06", "", Reason.ITEM_REFUSED),
        ("06", None, Reason.ITEM_REFUSED),
        ("06", "-5.00", Reason.ITEM_REFUSED),
        (None, "5.00", Reason.ITEM_REFUSED),  # what the patron owes, in a refusal for another reason
    ],
)
def test_what_asks_for_no_consent(fee_type, amount, reason):
    said = answer(fee_type=fee_type, fee_amount_text=amount, currency="EUR")
    assert refused(said, STANDARD) == NotLent(reason, "Moby Dick")


@pytest.mark.parametrize("reason", ["ils-down", "pin-needed", "already-yours", "no-such-reason"])
def test_a_profile_cannot_make_a_screen_message_steer(reason):
    profile = dataclasses.replace(STANDARD, screen_reasons=(NamedPattern(".*", reason),))
    assert refused(answer(screen_messages=("x",)), profile).reason is Reason.ITEM_REFUSED


@given(st.text(max_size=60), st.booleans())
def test_no_screen_message_turns_a_no_into_a_yes(text, ok):
    said = answer(ok=ok, screen_messages=(text,))
    assert refused(said, STANDARD).reason in WORDS | {Reason.FEE}
    assert lent(said, STANDARD).release is False


STATUSES = st.sampled_from([f"{n:02d}" for n in range(1, 14)] + ["  ", "99"])


def checkin_response(ok, text, **fields):
    base = {"institution": "lib", "item": "i", "permanent_location": FreeText(""), "date": NOON}
    return CheckinResponse(ok=ok, screen_messages=(FreeText(text),), **base, **fields)


@given(
    text=st.text(max_size=60), cv=st.none() | st.text(max_size=3), ct=st.none() | st.text(max_size=3),
    alert=st.booleans(), status=STATUSES,
)  # fmt: skip
def test_only_flags_and_where_the_item_is_decide_about_a_return(text, cv, ct, alert, status):
    about = ItemInformationResponse(
        circulation_status=status, item="i", title=FreeText("Moby Dick"), date=NOON
    )
    fields = {"alert_type": cv, "destination": FreeText(ct) if ct is not None else None, "alert": alert}
    yes = taken_back(checkin_response(True, text, **fields), about, STANDARD, "Main")
    assert yes.was_on_loan
    no = not_taken_back(checkin_response(False, text, **fields), about, STANDARD, "Main")
    assert isinstance(no, Returned) == (status in SAFE_STATUSES)
    assert no.reason in RETURN_WORDS if isinstance(no, NotReturned) else not no.was_on_loan


def test_noise_is_not_shown():
    assert note_of((FreeText("Greetings from Koha. "), FreeText("")), STANDARD) is None
    greeting = FreeText("Greetings from Koha.  -- Patron owes 12.50")
    assert note_of((greeting,), STANDARD) == Untrusted("Patron owes 12.50")


# ---- patrons ----------------------------------------------------------------------------------------


def test_charged_entries_with_text_behind_the_id():
    assert charged_ids(("39000001", "39000002 Moby Dick")) >= {"39000001", "39000002"}


def test_names_in_any_script_stay_as_they_are():
    for name in ("Émilie Brontë", "محمد", "می‌خواهم", "曹雪芹", "יהודה"):
        assert clean(name) == name


# ---- settings and profiles ----------------------------------------------------------------------------


def test_secrets_do_not_show_in_a_repr():
    shown = repr(IlsSettings(login_password="geheim", terminal_password="streng"))
    assert "geheim" not in shown
    assert "streng" not in shown


@pytest.mark.parametrize(
    "wrong",
    [{"profile": "nobody"}, {"charset": "klingon"}, {"charset": "utf-16"}, {"delimiter": "||"},
     {"blocking_flags": (14,)}, {"keepalive_s": 0.0}, {"answer_timeout_s": -1.0},
     {"port": 0}, {"port": 65536}, {"alert_types": ("05",)}, {"alert_types": ("5=ill",)},
     {"alert_types": ("05=shelf",)}, {"alert_types": ("hold=ill",)}, {"alert_alone": "shelf"}],
)  # fmt: skip
def test_settings_that_cannot_be(wrong):
    with pytest.raises((ValueError, ProfileError)):
        IlsSettings(**wrong)


def test_settings_override_the_profile():
    profile = IlsSettings(charset="cp850", answer_timeout_s=12.0).sip_profile()
    assert (profile.charset, profile.timeout_floor_s, profile.delimiter) == ("cp850", 12.0, "|")


def test_alert_types_of_a_library_come_before_those_of_the_profile():
    profile = IlsSettings(alert_types=("05 = ill", "04=hold-here"), alert_alone="none").sip_profile()
    alerts = dict(profile.alert_types)
    assert (alerts["05"], alerts["04"], alerts["01"]) == ("ill", "hold-here", "hold-here")
    assert profile.alert_alone == "none"


def test_every_alert_of_a_profile_is_one_of_circulation_s():
    assert set(ALERTS) == {alert.value for alert in Alert} | {"none"}


def test_a_profile_of_the_library_s_own_is_named_by_its_path(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('paging = { value = "none", how = "assumed", source = "no idea" }')
    assert IlsSettings(profile=str(path)).sip_profile().paging == "none"


def test_what_the_settings_say_is_no_assumption_any_more():
    assert "charset" in IlsSettings(profile="sierra").sip_profile().assumed
    assert "charset" not in IlsSettings(profile="sierra", charset="cp850").sip_profile().assumed
