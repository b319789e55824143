#!/bin/sh
# Three versions of a policy in a git repository, jobs submitted under each: plan, replay, diff, log, and the chain of records.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"
command -v git >/dev/null || tap_skip_all "git is missing"
test -x "${RELAYQ_GIT:-}" || tap_skip_all "relayq-git is not built"

rq config set agent.autostart false
git init -q repo && cd repo || exit 99
git config user.name Anna
git config user.email anna@example.org

# version SUBJECT: commit the policy on standard input.
version() {
	cat >policy.yaml
	git add policy.yaml
	git commit -qm "$1"
}

complains "no repository has no log" 2 'no git work tree' policy log --file /nosuch/policy.yaml
version "The Mac first" <<'END'
schema: 2
routes:
  transcribe:
    prefer: [mac]
    fallback: [pi]
    constraints: {max_size_mb: 100}
  thumbnail: {prefer: [pi]}
END
first=$(git rev-parse HEAD:policy.yaml)
gives "no history: the policies are compared" 0 'No decision is recorded in this time, and the policies say the same.' policy plan HEAD..

for name in mac pi; do
	rq agent start --name $name --slots 8 >/dev/null
	wait_for runner_is $name idle
done
# decided TYPE MEGABYTES: submit, and wait for its end if it was placed.
decided() {
	runs submit --wait --type "$1" -f size_mb="$2" -- true
}
decided transcribe 10
tap_same "the first goes to the Mac" "$status" 0
decided transcribe 200
tap_same "one that is too large is refused" "$status" 4
decided thumbnail 1

version "The Pi first, and larger" <<'END'
schema: 2
routes:
  transcribe:
    prefer: [pi]
    fallback: [mac]
    constraints: {max_size_mb: 1000}
  thumbnail: {prefer: [pi]}
END
decided transcribe 10
decided transcribe 500

version "The Mac again, thumbnails elsewhere" <<'END'
schema: 2
rules:
  - name: secret
    when: {param.api_key: abc}
    deny: "not with this key"
    on_unknown: skip
routes:
  transcribe:
    prefer: [mac]
    fallback: [pi]
    constraints: {max_size_mb: 1000}
  thumbnail: {prefer: [ghost]}
runner_capabilities: {ghost: {cpu_cores: 1}}
END
runs submit --type thumbnail -f size_mb=1 -- true
tap_same "the last one waits" "$status" 0
rq decisions >"$out"
tap_same "six decisions" "$(cut -f4,5,6 "$out" | tr '\t\n' ',;')" \
	"WAIT,,RUNNER_OFFLINE;PLACED,pi,PREFERRED;PLACED,pi,PREFERRED;PLACED,pi,PREFERRED;REJECTED,,SIZE_EXCEEDED;PLACED,mac,PREFERRED;"

# verdicts ARGUMENT...: in the order of the decisions.
verdicts() {
	json '" ".join(r["verdict"] for r in sorted(j["results"], key=lambda r: r["ts"] + r["decision_id"]))' policy "$@" --json
}
if test -n "$PYTHON"; then
	tap_same "replay: the first version" "$(verdicts replay --since 7d --policy HEAD~2)" \
		"SAME SAME SAME MOVED NEWLY_REJECTED NEWLY_PLACED"
	tap_same "replay: the one in the middle" "$(verdicts replay --policy HEAD~1)" "MOVED NEWLY_PLACED SAME SAME SAME NEWLY_PLACED"
	tap_same "replay: the last one, by the file" "$(verdicts replay --policy ./policy.yaml)" \
		"SAME NEWLY_PLACED NEWLY_WAITING MOVED MOVED SAME"
	tap_same "replay: by a text's id" "$(verdicts replay --policy "$first")" "$(verdicts replay --policy HEAD~2)"
	tap_same "replay: what each was decided by" "$(verdicts replay --policy recorded)" "SAME SAME SAME SAME SAME SAME"
	tap_same "plan: the two last" "$(json '" ".join(sorted(r["verdict"] for r in j["results"]))' policy plan HEAD~1..HEAD --json)" \
		"MOVED MOVED MOVED MOVED NEWLY_WAITING NEWLY_WAITING"
	is_json "replay --simulated says so" "simulated 6" 'j["mode"], j["decisions"]' policy replay --simulated --policy HEAD~2 --json
	is_json "--only-changed" 3 'len(j["results"])' policy replay --policy HEAD~2 --only-changed --json
else
	tap_skip "verdicts" "python3 is missing"
fi
runs policy replay --since 7d --policy recorded
tap_same "by the recorded texts all is the same" "$status: $(head -n 1 "$out")" "0: pointwise: 6 decisions, 100 % SAME"
runs policy replay --since 7d
tap_same "replay leaves with 1 when something differs" "$status" 1
says "the matrix counts" "$out" '^transcribe  *1  *2  *1  *0$'
says "what was denied and would be allowed comes first" "$out" '^  NEWLY_PLACED .* REJECTED SIZE_EXCEEDED -> mac  DENY->ALLOW$'
tap_same "it is the first of the list" "$(grep '^  [A-Z]' "$out" | head -n 1 | grep -c 'DENY->ALLOW')" 1
runs policy plan HEAD~1..HEAD
tap_same "plan leaves with 1" "$status" 1
says "and names both" "$out" '^HEAD~1:policy.yaml -> HEAD:policy.yaml$'
runs policy plan HEAD..
tap_same "plan of nothing new leaves with 0" "$status" 0
runs policy replay --since 1ms
tap_same "nothing is recorded in this time" "$status: $(cat "$out")" "0: pointwise: 0 decisions, 100 % SAME"
complains "no such revision" 2 'no revision nosuch' policy plan nosuch..HEAD
complains "no pair" 2 'is no pair of revisions' policy plan HEAD
complains "simulated by many policies" 2 '--simulated needs one policy' policy replay --simulated --policy recorded

runs policy diff HEAD~1..HEAD
tap_same "diff" "$status" 1
says "what changed, with both places" "$out" \
	'^~ routes.thumbnail.prefer: \[pi\] -> \[ghost\]  (HEAD~1:policy.yaml:7:15 -> HEAD:policy.yaml:12:15)$'
says "what is new" "$out" '^+ rules.secret: deny: "not with this key", on_unknown: skip, when: param.api_key eq abc '
gives "diff of the same" 0 '' policy diff HEAD..HEAD

runs policy log
tap_same "log" "$status: $(grep -c '^[0-9a-f]\{7\}  ' "$out")" "0: 3"
says "what a version decided" "$out" '^    3 decisions: 2 PLACED, 1 REJECTED$'
says "what it changed" "$out" '^    ~ routes.transcribe.constraints.max_size_mb: 100 -> 1000 '
says "who and why" "$out" 'Anna: The Pi first, and larger$'
is_json "log --json" "3 [1, 2, 2]" 'len(j), [r["decisions"]["PLACED"] + r["decisions"]["WAIT"] for r in j]' policy log --json

# What was erased cannot be asked for.
git checkout -q HEAD~1 -- policy.yaml
runs submit --wait --type transcribe -f size_mb=10 -f api_key=abc -- true
tap_same "a job with a secret" "$status" 0
runs policy replay --policy HEAD --only-changed
says "what a replay lacks is named" "$out" '^  UNDECIDABLE .* -> ? (param.api_key was not recorded)$'

runs policy verify-chain
tap_same "the chain holds" "$status" 0
says "and is counted" "$out" '^7 decisions, 1 to 7: the chain holds\.$'
if command -v sqlite3 >/dev/null; then
	db=$HOME/.local/state/relayq/state.db
	sqlite3 "$db" "UPDATE decision SET body=replace(body,'SIZE_EXCEEDED','PREFERRED') WHERE seq=2"
	runs policy verify-chain
	tap_same "a record that was changed breaks it" "$status: $(cat "$out")" "1: "
	says "and which" "$err" 'The chain of decisions is broken at number 2: '
else
	tap_skip "a record that was changed breaks it" "sqlite3 is missing"
fi
tap_done
