# What starts an agent at boot.  The paths in it are the ones that are installed to.
systemduserdir = $(prefix)/lib/systemd/user
launchddir = $(pkgdatadir)/launchd
nodist_systemduser_DATA = contrib/systemd/relayq-agent.service
nodist_launchd_DATA = contrib/launchd/org.relayq.agent.plist
services = $(nodist_systemduser_DATA) $(nodist_launchd_DATA)
EXTRA_DIST += contrib/systemd/relayq-agent.service.in contrib/launchd/org.relayq.agent.plist.in
CLEANFILES += $(services)

contrib/systemd/relayq-agent.service: contrib/systemd/relayq-agent.service.in
contrib/launchd/org.relayq.agent.plist: contrib/launchd/org.relayq.agent.plist.in
$(services): Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(SED) 's|@bindir[@]|$(bindir)|' $(srcdir)/$@.in >$@-t && mv $@-t $@
