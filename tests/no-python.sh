#!/bin/sh
# In place of a test in Python where there is none.
echo "1..0 # SKIP python3 is missing"
