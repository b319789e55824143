typesdir = $(pkgdatadir)/types
dist_types_DATA = types/command.yaml types/http-fetch.yaml
