"""The ILS as circulation sees it: the adapter from a SIP2 client and its profile to answers and reasons.

`SipIls` meets the desk's port `Ils` and never raises for what the ILS does; `reading` says what each
answer means; `IlsSettings` are the settings of this room. What an ILS writes in free text may choose
words on the screen and never decides anything.
"""

from kiosk.ils.settings import IlsSettings
from kiosk.ils.sip_ils import SipIls

__all__ = ["IlsSettings", "SipIls"]
