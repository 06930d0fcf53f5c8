"""Has a function that the embedded AWS ends, as it does once its time is up, log where it was.

Deployed functions import this when they start: this folder is in their PYTHONPATH.
"""

import faulthandler
import signal

# `chain` ends the process afterwards, as the signal does by itself.
faulthandler.register(signal.SIGTERM, chain=True)
