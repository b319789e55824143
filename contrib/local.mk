# What starts an agent at boot.  The paths in it are the ones that are installed to.  Of ~/.local systemd looks into share alone.
systemduserdir = $(datadir)/systemd/user
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

# Completion for the shells: each asks the program.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_zshcompletion_DATA = contrib/completions/_relayq
dist_fishcompletion_DATA = contrib/completions/relayq.fish
EXTRA_DIST += contrib/completions/relayq.bash

# bash loads the file that has the command's own name.
install-data-local: install-bash-completion
uninstall-local: uninstall-bash-completion
install-bash-completion:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) $(srcdir)/contrib/completions/relayq.bash '$(DESTDIR)$(bashcompletiondir)/relayq'
uninstall-bash-completion:
	rm -f '$(DESTDIR)$(bashcompletiondir)/relayq'
.PHONY: install-bash-completion uninstall-bash-completion

# A policy to begin with, and the cases that it holds.
examplesdir = $(pkgdatadir)/examples
dist_examples_DATA = contrib/policy/policy.yaml contrib/policy/policy.test.yaml
