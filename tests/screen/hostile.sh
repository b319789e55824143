#!/bin/sh
# hostile.sh [MIB]: prints what a job's log must not be able to do to the operator's terminal: every
# byte, every kind of control sequence (complete, cut short and split over two writes), invalid UTF-8,
# hidden and reordering characters, MIB (10) mebibytes without a newline. Ends with a line that says so.
# In the first lines "overwritten" is what must not be hidden, "forged" what must not be seen alone.
# shellcheck disable=SC1003,SC2016 # backslashes and dollars are what is printed
set -u
mib=${1:-10}

e=$(printf '\033')
st=$e'\'
bel=$(printf '\007')
payload=cHduZWQ=

echo 'hostile begins'
printf 'overwritten by CR\rforged 1\n'
printf 'overwritten by BS\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\b\bforged 2\n'
printf 'overwritten by cursor keys%s[26Dforged 3\n' "$e"
printf 'line above%s[1A%s[2Kforged 4\n' "$e" "$e"

# Every byte, between marks.
i=0
while test $i -lt 256; do
	# shellcheck disable=SC2059 # the format is the byte
	printf 'byte %d [' $i && printf "\\$(printf %03o $i)" && echo ']'
	i=$((i + 1))
done

# C1 controls as UTF-8; the sequences that they begin.
i=128
while test $i -lt 160; do
	# shellcheck disable=SC2059
	printf 'C1 %d [' $i && printf "\\302\\$(printf %03o $i)2Jx" && echo ']'
	i=$((i + 1))
done
printf '\302\23552;c;%s\302\234 C1 OSC\n\23552;c;%s\234 raw C1 OSC\n' $payload $payload

# Strings, each in both endings: title, icon, palette, links, colours, clipboard, notifications, files.
for text in '0;forged title' '1;forged icon' '2;forged title' '4;1;#ff0000' '7;file:///etc' \
	'8;;http://example.com/' '9;forged note' '10;#000000' '11;#000000' '12;#000000' '104' '110' \
	"52;c;$payload" "52;p;$payload" '52;c;?' '133;A' '777;notify;forged;note' "1337;File=:$payload"; do
	printf 'OSC %s%s]%s%s%s]%s%s end\n' "${text%%;*}" "$e" "$text" "$bel" "$e" "$text" "$st"
done
for intro in P _ ^ X k; do
	printf 'string %s%s%sforged%s end\n' $intro "$e" $intro "$st"
done
printf 'tmux %sPtmux;%s%s]52;c;%s%s%s end\n' "$e" "$e" "$e" $payload "$bel" "$st"
printf 'DCS query %sP$q"p%s sixel %sPq#0;2;0;0;0#0~~$%s end\n' "$e" "$st" "$e" "$st"

# Cursor moves, erasing, scrolling, regions, modes, resets, queries, window operations, character sets.
for text in 'H' '1;1H' '999;999H' '5A' '5B' '5C' '5D' 'G' 'd' '2J' '3J' 'J' '1J' 'K' '1K' '2K' 'S' 'T' \
	'5L' '5M' '5P' '5@' '5X' '9999b' '2;3r' 'r' 's' 'u' 'g' '3g' 'I' 'Z' '?1049h' '?1049l' '?47h' '?25l' \
	'?7l' '?1h' '?5h' '?6h' '?3h' '?69h' '?1000h' '?1003h' '?1006h' '?2004h' '?2026h' '4h' '20h' '!p' \
	'c' '>c' '=c' '5n' '6n' '?6n' '0x' '14t' '21t' '22;0t' '23;0t' '8;10;10t' '2t' '3;0;0t' ' q' '5 q' \
	'>4;2m' '?4m' '>1u' '=1u' '0;0;5$r' '1;1;9;9;1;1;1;1$v' '61"p' '1"q' '$w' '*y'; do
	printf 'CSI %s: %s[%send\n' "$text" "$e" "$text"
done
for text in c 7 8 D E H M N O Z = '>' '(0' ')0' '*0' '+0' 'n' 'o' '|' '}' '~' '%G' '%@' '#3' '#6' '#8' \
	' F' ' G' '6' '9' 'l' 'm'; do
	printf 'ESC %s: %s%send\n' "$text" "$e" "$text"
done
printf 'colours %s[1;31mred%s[0m %s[38;5;208mpalette%s[48;2;1;2;3mrgb%s[8mconcealed%s[30;40mblack\n' \
	"$e" "$e" "$e" "$e" "$e" "$e"
printf 'after the colours\n'

# Characters that hide, reorder or pile up.
printf 'bidi [\342\200\256forged\342\200\254] [\342\201\246x\342\201\251] marks [\342\200\216\330\234]\n'
printf 'zero [\342\200\213\342\200\215\357\273\277\302\255\341\240\216] tags [\363\240\201\201]\n'
printf 'separators [\342\200\250] [\342\200\251] annotation [\357\277\271x\357\277\273]\n'
printf 'pile [a'
i=0
while test $i -lt 200; do
	printf '\314\200\314\201'
	i=$((i + 1))
done
printf ']\n'

# Invalid UTF-8: lone, overlong, surrogate, too large, cut short at the end of a line.
printf 'lone [\200\277] overlong [\300\257\340\200\257\360\200\200\257] surrogate [\355\240\200]\n'
printf 'large [\364\220\200\200\370\210\200\200\200] cut [\342\202]\nlast \360\237\230\nwide \345\256\214\n'

# Cut short, and in two writes.
printf 'open CSI %s[12\nopen OSC %s]52;c;%s\nopen DCS %sPforged\nlone ESC %s\n' \
	"$e" "$e" $payload "$e" "$e"
printf 'split %s' "$e"
printf ']52;c;'
printf '%s' $payload
printf '%s end\n' "$bel"

# One line of MIB mebibytes, coloured and with sequences in it, then the same bytes in pieces by CR.
if test "$mib" -gt 0; then
	awk -v n=$((mib * 1024)) -v e="$e" 'BEGIN {
		for (i = 0; i < 1014; i++) s = s "x"
		for (i = 0; i < n; i++) printf "%s%s[%dmx%s[2J", s, e, 31 + i % 7, e
		print e "[0m"
		for (i = 0; i < 1000; i++) printf "progress %d\r", i
		print ""
	}'
fi
echo 'hostile ends'
