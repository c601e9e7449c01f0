"""The kiosk's process under a service manager, which wants to know whether it lives.

A process that is there says little: a screen can be frozen while the core goes on serving nobody, and the
other way round. So `Service` has both *beat*, the core from its loop and the screen by frames that were
really drawn, and speaks up only for both (`Service`). It says so in two ways, each where somebody asked for
it: by datagrams to systemd (`notify`, sd_notify(3)) and in a small file for the other programs of an
appliance (`health`). A kiosk that was started by hand has neither, and notices nothing of all this.
"""

from kiosk.service.health import Health, process_age
from kiosk.service.notify import Notify
from kiosk.service.service import Service, serviced

__all__ = ["Health", "Notify", "Service", "process_age", "serviced"]
