"""What all tests share. Keep it small: a test should tell its own story."""

import hypothesis

# How long an example takes says more about the machine than about the code, so
# no deadline; and a failure prints what replays it.
hypothesis.settings.register_profile("kiosk", deadline=None, print_blob=True)
hypothesis.settings.load_profile("kiosk")
