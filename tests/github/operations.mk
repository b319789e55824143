# relayq against the simulator: what all operations have in common. The faults take minutes, most of them waited.
TESTS += tests/github/secrets.py
long_tests += tests/github/matrix.py tests/contract/contract.py
EXTRA_DIST += tests/github/operations.py tests/github/secrets.py tests/github/matrix.py
EXTRA_DIST += tests/contract/contract.py tests/contract/prune.mjs tests/contract/package.json tests/contract/package-lock.json
