#!/bin/sh
# In place of the screen tests' driver where it could not be built.
echo '1..0 # SKIP libvterm is missing'
