"""A connection that ends once, for a reason, and from then on says so."""

from __future__ import annotations

from abc import ABC, abstractmethod

from kiosk.rfid import errors


class Ending(ABC):
    """Our end of a connection to a reader."""

    def __init__(self) -> None:
        self._dead: str | None = None

    async def end(self, error: errors.TransportError) -> errors.TransportError:
        """End the connection for this reason, and give it back."""
        self._dead = str(error)
        await self.close()
        return error

    async def close(self) -> None:
        """Close the connection. May be called again, and never raises."""
        self._dead = self._dead or "closed"
        await self._give_back()

    def _must_stand(self) -> None:
        """Raises ReaderGone, with the reason for which it has ended."""
        if self._dead is not None:
            raise errors.ReaderGone(self._dead)

    @abstractmethod
    async def _give_back(self) -> None:
        """Close what is beneath. Never raises, and bears to be called again."""
