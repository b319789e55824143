# Policies made for loading, and the bad ones with what is expected of them.
EXTRA_DIST += tests/policy/prototype.yaml tests/policy/full.yaml
