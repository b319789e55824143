#!/bin/sh
# embed.sh TOP FILE...: writes a C file with the contents of TOP/FILE..., as core/base/embed.h has it.
set -eu
top=$1
shift
echo '/* Made by build-aux/embed.sh; do not edit. */'
echo '#include "core/base/embed.h"'
n=0
rows=
for file; do
	n=$((n + 1))
	echo
	echo "static const unsigned char file${n}[] = {"
	od -An -v -tu1 "$top/$file" | awk '{ for (i = 1; i <= NF; i++) printf "%s,", $i; print "" }'
	echo '0 };'
	rows="$rows	{ \"$file\", file$n, sizeof file$n - 1 },
"
done
echo
echo 'const struct rq_embedded rq_embedded_files[] = {'
printf '%s' "$rows"
echo '	{ NULL, NULL, 0 }'
echo '};'
