"""Every sentence that a patron sees or hears. A `Words` speaks one language: it looks a key up in that
language's catalogue (`catalogues/*.po`, gettext's own format, with its plural forms), fills in values,
each inside isolates so that a Latin title cannot disturb an Arabic sentence, and writes dates. Reasons
have a text each. The catalogues are read as they are when the kiosk starts: there is nothing to build."""

from kiosk.words.catalogue import CatalogueBroken, languages
from kiosk.words.words import Words, isolate

__all__ = ["CatalogueBroken", "Words", "isolate", "languages"]
