themesdir = $(pkgdatadir)/themes
dist_themes_DATA = \
	themes/default.theme \
	themes/gruvbox.theme \
	themes/gruvbox-light.theme \
	themes/high-contrast.theme \
	themes/light.theme \
	themes/mono.theme \
	themes/solarized.theme \
	themes/solarized-light.theme
