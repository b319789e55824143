# The tour: what the console shows, step by step, and the documents made of it.
tour_tests = tests/tour/overview.screen tests/tour/tour.screen
if TUI
TESTS += $(tour_tests) tests/tour/same.sh
endif
EXTRA_DIST += $(tour_tests) tests/tour/same.sh tests/tour/make tests/tour/README.md
