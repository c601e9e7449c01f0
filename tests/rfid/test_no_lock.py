"""No codec can lock, hide, kill or give a new password: whatever its public functions are given.

The functions are found, not listed: one that is added is tried with anything that its types allow.
"""

import inspect
from collections.abc import Callable
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.rfid import iso15693
from kiosk.rfid.wire import feig, m3, pcsc

LOCKS = {0x22, 0x28, 0x2A, 0xA4, 0xA6, 0xB4, 0xB5, 0xB6, 0xB7, 0xB9, 0xBA, 0xBB, 0xBC}
"""Lock block, AFI, DSFID; NXP's: lock and protect EAS and AFI, write and lock passwords, protect pages,
destroy, privacy, 64-bit passwords, and quiet for ever."""

FLAGS_OF_ANY = 0xFF
UIDS = st.binary(min_size=8, max_size=8).map(lambda uid: uid.hex().upper())

OF_TYPE: dict[type, st.SearchStrategy[Any]] = {
    int: st.integers(-1, 300) | st.sampled_from(sorted(LOCKS)) | st.integers(0, 1 << 32),
    bool: st.booleans(),
    float: st.floats(0, 1e6),
    str: UIDS,
    bytes: st.binary(max_size=40) | st.binary(min_size=2, max_size=2),
    iso15693.Mask: st.integers(0, 64).map(lambda bits: iso15693.Mask(0, bits)),
    iso15693.Request: st.builds(
        iso15693.Request,
        st.sampled_from(iso15693.Command),
        st.integers(0, FLAGS_OF_ANY).map(iso15693.Flag),
        st.binary(max_size=20),
    ),
}


def arguments(function: Callable[..., Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Anything that a function's types allow."""
    hints = get_type_hints(function)
    hints.pop("return", None)
    return st.fixed_dictionaries({name: _of(hint) for name, hint in hints.items()})


def _of(hint: Any) -> st.SearchStrategy[Any]:
    if get_origin(hint) is not None:
        return st.one_of([_of(each) for each in get_args(hint)])
    if hint is type(None):
        return st.none()
    if issubclass(hint, Enum):
        return st.sampled_from(hint) | st.sampled_from(sorted(LOCKS))
    return OF_TYPE[hint]


def builders(of: object, made: type) -> list[Any]:
    """Public functions that make such a thing."""
    names = [name for name in dir(of) if not name.startswith("_")]
    found = [(name, getattr(of, name)) for name in names if inspect.isroutine(getattr(of, name))]
    return [
        pytest.param(function, id=name)
        for name, function in found
        if get_type_hints(function).get("return") is made
    ]


def test_none_of_them_has_a_number() -> None:
    assert not LOCKS & {int(command) for command in iso15693.Command}
    assert len(iso15693.Command) == 18


@pytest.mark.parametrize("command", sorted(LOCKS))
def test_no_request_is_made_of_a_number_without_a_name(command: int) -> None:
    with pytest.raises(ValueError, match="not a valid Command"):
        iso15693.Request(command, iso15693.Flag.HIGH_RATE)  # type: ignore[arg-type]


@pytest.mark.parametrize("build", builders(iso15693, iso15693.Request))
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_request_in_the_air_locks(build: Callable[..., iso15693.Request], data: st.DataObject) -> None:
    try:
        request = build(**data.draw(arguments(build)))
    except (ValueError, OverflowError):
        return
    assert request.frame[1] not in LOCKS
    assert request.on_air[:-2] == request.frame


def in_the_air(body: bytes) -> int | None:
    """The command that reaches a tag through a FEIG frame's command and data (H60301 clauses 6.1 and 8), if
    any."""
    match body[0]:
        case 0xB0:
            return body[1]
        case 0xB1:
            return body[2]
        case 0xBF:
            return body[(8 if body[1] in {3, 4} else 6) + 1]
        case 0x69 | 0x71 | 0x72:
            return None
        case other:
            raise AssertionError(f"what is {other:02X}?")


@pytest.mark.parametrize("advanced", [False, True])
@pytest.mark.parametrize("build", builders(feig.Requests(), bytes))
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_request_of_feig_s_locks(build: Callable[..., bytes], advanced: bool, data: st.DataObject) -> None:
    ask = getattr(feig.Requests(advanced=advanced), build.__name__)
    try:
        request = ask(**data.draw(arguments(ask)))
    except (ValueError, OverflowError):
        return
    body = request[4:-2] if request[0] == feig.STX else request[2:-2]
    assert in_the_air(body) not in LOCKS


def makers(of: object) -> list[Any]:
    """Public functions that make a frame of what they are given, and not of an answer."""
    return [
        function
        for function in (param.values[0] for param in builders(of, bytes))
        if not {"answer", "data"} & set(list(inspect.signature(function).parameters)[:1])
    ]


M3_LOCKS = {0x06, 0x07, 0x08, 0x0E}
"""Lock AFI, write and lock a block, lock a block, lock DSFID (the document's chapters 7.8 to 7.17)."""


@pytest.mark.parametrize("build", makers(m3))
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_request_to_a_3m_pad_locks(build: Callable[..., bytes], data: st.DataObject) -> None:
    try:
        request = build(**data.draw(arguments(build)))
    except (ValueError, OverflowError):
        return
    body = request[3:-2]
    assert body[0] not in M3_LOCKS
    if body[0] == 0x14:
        assert body[8] not in LOCKS


@pytest.mark.parametrize("build", makers(pcsc))
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_command_through_pc_sc_locks(build: Callable[..., bytes], data: st.DataObject) -> None:
    try:
        apdu = build(**data.draw(arguments(build)))
    except (ValueError, OverflowError):
        return
    assert apdu[1] in {0xC2, 0xB0, 0xD6}
    if apdu[1] == 0xC2 and apdu[3] == 1:
        at = apdu.index(0x95, 5 + (7 if apdu[5] == 0x5F else 0)) + 1
        frame = apdu[at + (2 if apdu[at] == 0x81 else 1) : -1]
        assert frame[1] not in LOCKS


def test_all_of_them_were_tried() -> None:
    assert {each.__name__ for each in makers(m3)} >= {"write_blocks", "write_afi", "pass_through", "tag_info"}
    assert {each.__name__ for each in makers(pcsc)} == {
        "manage",
        "switch_protocol",
        "transceive",
        "read_block",
        "write_block",
    }
    assert len(builders(iso15693, iso15693.Request)) == 18
    assert len(builders(feig.Requests(), bytes)) == 12
