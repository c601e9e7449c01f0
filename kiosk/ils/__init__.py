"""The ILS as circulation sees it: the adapter from a SIP2 client and its profile to answers and reasons.

`SipIls` meets the desk's port `Ils` and never raises for what the ILS does; `reading` says what each
answer means; `forms` fills in what is asked; `IlsSettings` are the settings of this room; `try_out` tests
them against the ILS, step by step; `Unheard` keeps for staff what no rule of the profile knows. What an ILS
writes in free text may choose words on the screen and never decides anything.
"""

from kiosk.ils.settings import IlsSettings
from kiosk.ils.sip_ils import SipIls
from kiosk.ils.trial import Step, try_out
from kiosk.ils.unheard import Unheard, Unknown

__all__ = ["IlsSettings", "SipIls", "Step", "Unheard", "Unknown", "try_out"]
