"""Which tag on the pad is meant."""

from __future__ import annotations

import argparse
import re

from kiosk.circulation.values import Uid
from kiosk.tagging.calling import Trouble
from kiosk.tagging.field import Field


def uid_of(text: str) -> Uid:
    """A uid as an argument: 16 hex digits, in any dress. Raises ArgumentTypeError."""
    digits = re.sub(r"[\s:-]", "", text).upper()
    if not re.fullmatch("[0-9A-F]{16}", digits):
        raise argparse.ArgumentTypeError(f"{text!r} is no uid: 16 hex digits, such as E004015012345678")
    return Uid(digits)


def only_one(field: Field, wanted: Uid | None) -> Uid:
    """The tag that is meant: the wanted one, or else the only one on the pad.

    Raises:
        Trouble: it is not there, there is none, or there are several.
    """
    uids = sorted(field.named)
    if wanted is not None:
        if wanted not in uids:
            raise Trouble(f"there is no tag {wanted} on the pad")
        return wanted
    if not uids:
        raise field.nobody
    if len(uids) > 1:
        raise Trouble(f"{len(uids)} tags lie on the pad: name the one that is meant ({', '.join(uids)})")
    return uids[0]
