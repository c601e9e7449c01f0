"""The tray: the second window of the virtual desk, in a process of its own. On it lie books and cards to
put on the pad and to lift, switches for everything that can go wrong, the paper that came out, and the
gate's lamp. It steers the simulated devices through their control socket, and learns from it how things
stand; of the kiosk it knows nothing, as a real desk does not. What it scans it says on standard output,
and whoever started it passes that on to the kiosk, as a scanner's cable would."""
