# shellcheck shell=sh
# github_follow.sh - read on a runner's host what its job writes: relayq sends this to `sh -s` there (github_ssh.c), with a
# last line "follow 'ROOT'". POSIX sh and utilities, nothing is written there, and it ends when nobody reads any more.
#
# It prints "relayq 1", then: "W NAME ID" the newest worker's log and the job it names; "P N" page N of the job's record
# from its first byte; "D N" and N bytes of it; "E" the pages are gone; "." alive; "X WORD" it cannot go on.
#
# A page is held open as descriptor 3, so that it can be read to its end when it was deleted. Descriptor 4, of the
# same page, goes ahead and counts, so that what is printed can be told its length before.

LC_ALL=C
export LC_ALL

say() {
	printf '%s\n' "$*" || exit 0
}

send_rest() {
	n=$(cat <&4 | wc -c)
	n=$((n))
	while [ "$n" -gt 0 ]; do
		k=$n
		[ "$k" -le 65536 ] || k=65536
		say "D $k"
		dd bs="$k" count=1 <&3 2>/dev/null || exit 0
		n=$((n - k))
	done
}

# A directory that not everybody may write; $owner is who made it.
closed() {
	# shellcheck disable=SC2012
	listed=$(ls -dn "$1" 2>/dev/null) || return 1
	case $listed in
	d???????w*) return 1 ;;
	d*) ;;
	*) return 1 ;;
	esac
	# shellcheck disable=SC2086
	set -- $listed
	owner=$3
}

# A plain file of that owner.
plain() {
	# shellcheck disable=SC2012
	listed=$(ls -dn "$1" 2>/dev/null) || return 1
	# shellcheck disable=SC2086
	set -- $listed
	case $1 in
	-*) [ "$3" = "$owner" ] ;;
	*) return 1 ;;
	esac
}

leave_page() {
	[ -z "$open" ] || exec 3<&- 4<&-
	open=
}

# The newest worker is that of the job which runs now, once it says the job's id.
look_for_job() {
	newest=
	for f in Worker_*-utc.log; do
		newest=$f
	done
	[ "$newest" != "$worker" ] && plain "$newest" || return 0
	id=$(sed -n '/^\[[0-9 :-]*Z INFO JobRunner\] Job ID [0-9A-Fa-f-]\{36\}/{
		s/^.*\] Job ID \([0-9A-Fa-f-]\{36\}\).*/\1/p
		q
	}' "$newest")
	[ -n "$id" ] || return 0
	[ -z "$open" ] || send_rest
	leave_page
	worker=$newest job=$id page=0
	say "W $worker $job"
}

next_page() {
	next=0
	for f in pages/*_"$job"_*.log; do
		i=${f##*_}
		i=${i%.log}
		case $i in
		*[!0-9]* | ????????* | '') continue ;;
		esac
		[ "$i" -gt "$page" ] || continue
		[ "$next" -gt 0 ] && [ "$next" -le "$i" ] && continue
		next=$i file=$f
	done
}

# Whether a page is gone is asked before whether there is a next one: the next is made first, and then the page is whole.
read_on() {
	gone=
	[ -z "$open" ] || [ -e "$open" ] || gone=1
	next_page
	[ -z "$open" ] || send_rest
	if [ "$next" -eq 0 ]; then
		[ -n "$gone" ] || return 1
		leave_page
		say E
		return 1
	fi
	plain "$file" || return 1
	leave_page
	command exec 3<"$file" 4<"$file" || return 1
	open=$file page=$next
	say "P $page"
}

follow() {
	case $1 in
	\~/*) root=$HOME/${1#??} ;;
	*) root=$1 ;;
	esac
	say "relayq 1"
	[ -f "$root/.runner" ] || { say "X runner"; return; }
	cd "$root/_diag" 2>/dev/null || { say "X diag"; return; }
	worker='' job='' page=0 open='' owner='' beats=0
	while :; do
		if [ -d pages ]; then
			if [ -z "$owner" ]; then
				{ closed .. && closed . && closed pages; } || { say "X closed"; return; }
			fi
			look_for_job
			[ -z "$job" ] || while read_on; do :; done
		fi
		beats=$(((beats + 1) % 5))
		[ "$beats" -gt 0 ] || say .
		sleep 1
	done
}
