"""What runs: one package per Lambda function, none of which imports another.

Importing this package has Python look for reference cycles less often than by default: after
100,000 new objects, not after 700 (2,000 since 3.13). A function that starts makes up to 90,000 of
them, most of which stay and hardly any in a cycle, and would be interrupted a hundred times. One
that runs leaves at most a few tens of megabytes in cycles before they are collected.
"""

import gc

gc.set_threshold(100_000)
