#!/bin/sh
# The properties of tests/policy/properties.c over 100,000 policies, fleets and jobs.
exec "$top_builddir/tests/policy/properties" "${1:-100000}"
