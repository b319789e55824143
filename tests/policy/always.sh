#!/bin/sh
# The properties of tests/policy/properties.c over 100,000 policies, fleets and jobs. (The name is another one because automake
# names a log after both alike.)
exec "$top_builddir/tests/policy/properties" "${1:-100000}"
