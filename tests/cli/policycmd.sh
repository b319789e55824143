#!/bin/sh
# Commands about a policy by itself, and about a job under it: check, lint, fmt, test, explain, why-not.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

example=$top_srcdir/contrib/policy/policy.yaml
rq config set agent.autostart false

complains "policy alone is no command" 2 'relayq help policy lists what there is' policy

# --- check
complains "without a policy there is nothing to check" 2 'There is no policy file' policy check
mkdir -p "$HOME/.config/relayq" policy
printf 'routes:\n  transcribe:\n    prefer: [mac]\n    fallback: [pi]\n    constraints: {max_size_mb: 100, max_concurrent: 1}\n' \
	>policy/policy.yaml
cp policy/policy.yaml "$HOME/.config/relayq/policy.yaml"
runs policy check
tap_same "check: the one in force" "$status" 0
says "and which it is" "$out" 'policy.yaml: ok: schema 1, 1 route, 0 rules, 0 runners, [0-9a-f]\{7\}$'
printf 'schema: 2\nroutes:\n  a:\n    prefer: [x]\n    contraints: {}\n  a: {prefer: [y]}\nextra: 1\n' >bad.yaml
runs policy check bad.yaml
tap_same "check: a bad policy" "$status: $(cat "$out")" "2: "
says "each problem has its place and a hint" "$err" "^bad.yaml:5:5: error\\[P012\\]: unknown key 'contraints' in routes.a (did you mean 'constraints'?)"
says "the source is shown" "$err" '^    5 |     contraints: {}$'
says "and marked" "$err" '^      |     ^~*$'
says "all are told: duplicates" "$err" "^bad.yaml:6:3: error\\[P003\\]: duplicate key 'a' (first defined at 3:3)"
says "and unknown keys at the top" "$err" "^bad.yaml:7:1: error\\[P012\\]"
is_json "check --json" "[('P012', 5, 5), ('P003', 6, 3), ('P012', 7, 1)]" \
	'sorted([(p["code"], p["line"], p["column"]) for p in j], key=lambda p: p[1:])' policy check --json bad.yaml
complains "check: no such file" 2 'nosuch.yaml' policy check nosuch.yaml

head -c 1048577 /dev/zero | tr '\0' '#' >big.yaml
runs policy check big.yaml
tap_same "check: a file that is too large" "$status: $(cat "$out")" "2: "
says "is told by its code" "$err" '^big.yaml:.*error\[P009\]: '

# --- lint
printf 'schema: 2\nroutes:\n  a: {prefer: [mac]}\nrunner_capabilities:\n  mac: {cpu_cores: 1}\n  idle: {cpu_cores: 1}\n' >warn.yaml
runs policy lint warn.yaml
tap_same "lint: warnings are no failure" "$status" 0
says "a runner that nothing uses" "$err" "^warn.yaml:6:3: warning\\[L003\\]: "
runs policy lint --strict warn.yaml
tap_same "lint --strict: they are" "$status" 1
runs policy lint bad.yaml
tap_same "lint: a bad policy" "$status" 2
runs policy lint --strict "$example"
tap_same "the shipped example has no warning" "$status: $(cat "$err")" "0: "
mkdir -p other/.git other/.github/workflows
printf 'schema: 2\nroutes: {a: {prefer: [mac], workflows: {mac: .github/workflows/a.yml}}}\n' >other/policy.yaml
runs policy lint other/policy.yaml
says "a workflow that is missing from the work tree of the file" "$err" "warning\\[L010\\]: there is no file '.github/workflows/a.yml'"
: >other/.github/workflows/a.yml
runs policy lint other/policy.yaml
tap_same "and that is there" "$(grep -c L010 "$err")" 0

# --- fmt
printf 'routes: {b: {prefer: ["x"]}} # why\nschema: 2\n' >ugly.yaml
cp ugly.yaml before.yaml
runs policy fmt ugly.yaml
tap_same "fmt prints" "$status: $(head -n 1 "$out")" "0: schema: 2"
holds "and leaves the file alone" cmp -s ugly.yaml before.yaml
runs policy fmt --check ugly.yaml
tap_same "fmt --check: it differs" "$status" 1
runs policy fmt --write ugly.yaml
tap_same "fmt --write" "$status" 0
runs policy fmt --check ugly.yaml
tap_same "then it does not" "$status: $(cat "$out")" "0: "
says "a comment stays" ugly.yaml 'why'
runs policy diff ./before.yaml..ugly.yaml
tap_same "and it says the same" "$status: $(cat "$out")" "0: "
runs policy fmt bad.yaml
tap_same "fmt: a bad policy" "$status: $(cat "$out")" "2: "
runs policy fmt --check "$example"
tap_same "the shipped example is in the standard form" "$status" 0

# --- test
runs policy test "$example"
tap_same "the shipped example holds its cases" "$status: $(grep -c '^FAIL' "$out")" "0: 0"
says "all of them" "$out" '^13 passed, 0 failed, 0 skipped$'
runs policy test --coverage "$example"
says "and they reach everything" "$out" '^coverage: 7 of 7 routes and rules (100 %)$'
complains "test: no cases" 2 'There are no cases' policy test policy/policy.yaml
mkdir policy/tests
printf -- '- name: to the mac\n  facts: {type: transcribe, size_mb: 5}\n  fleet: [mac]\n  expect: {target: mac}\n' >policy/policy.test.yaml
printf -- '- {name: later, todo: true}\n- name: to the pi\n  facts: {type: transcribe, size_mb: 5}\n  fleet: [mac]\n  expect: {target: pi, outcome: PLACED}\n' \
	>policy/tests/more.yaml
runs policy test policy/policy.yaml
tap_same "test: one fails" "$status: $(tail -n 1 "$out")" "1: 1 passed, 1 failed, 1 skipped"
says "with its place" "$out" '^FAIL  to the pi  policy/tests/more.yaml:2:3$'
says "and what is wrong" "$out" '^      target is mac, expected pi$'
gives "test --run" 0 'PASS  to the mac  policy/policy.test.yaml:1:3
1 passed, 0 failed, 0 skipped' policy test --run mac$ policy/policy.yaml
complains "test --run: none" 2 'No case has a name that matches' policy test --run nothing policy/policy.yaml --format json
is_json "test --format json" "1 1 1 ['pass', 'fail', 'skip'] more.yaml" \
	'j["passed"], j["failed"], j["skipped"], [c["result"].lower() for c in sorted(j["cases"], key=lambda c: "pass fail skip".index(c["result"].lower()))], j["cases"][1]["file"].split("/")[-1]' \
	policy test --format json policy/policy.yaml
printf -- '- name: x\n  fact: {}\n' >policy/tests/more.yaml
complains "test: a mistake in a case" 2 "policy/tests/more.yaml:2:3: a case has no 'fact'" policy test policy/policy.yaml

# --- explain, why-not
runs submit --type transcribe -f size_mb=5 -- true
tap_same "a job that waits" "$status: $(cat "$out")" "0: local:1"
runs policy explain 1
tap_same "explain decides now" "$status" 0
says "with each candidate" "$out" '^  mac  *prefer  *FAIL  *RUNNER_OFFLINE'
says "and where it stands" "$out" 'policy.yaml:3:14'
is_json "explain --json" 'WAIT local:1 transcribe' 'j["outcome"], j["job"]["id"], j["job"]["type"]' policy explain --json 1
printf 'type: transcribe\nsize_mb: 500\n' >facts.yaml
runs policy explain --facts facts.yaml
says "explain --facts" "$out" 'REJECTED  SIZE_EXCEEDED'
rq jobs >"$out"
tap_same "and nothing is stored" "$(wc -l <"$out" | tr -d ' ')" 1
printf 'routes:\n  transcribe: {prefer: [other]}\n' >other.yaml
runs policy explain --policy other.yaml 1
says "explain --policy" "$out" '^  other  *prefer'
complains "explain wants one of the two" 2 'a job, or --facts FILE' policy explain
complains "explain: no such job" 3 "no job '77'" policy explain 77
runs policy why-not 1 mac
says "why-not: the reason" "$out" '^  RUNNER_OFFLINE  *for now '
says "and what would help" "$out" 'to change that: start its agent'
complains "why-not: no such runner" 3 "no runner 'nobody'" policy why-not 1 nobody
is_json "why-not --json" "FAIL prefer ['RUNNER_OFFLINE'] True" \
	'j["verdict"], j["tier"], [r["code"] for r in j["reasons"]], j["reasons"][0]["change"] != ""' policy why-not --json 1 mac
printf 'routes: [\n' >"$HOME/.config/relayq/policy.yaml"
runs policy explain 1
tap_same "with a bad file, the last good one" "$status" 0
says "and a warning" "$err" 'warning: '
tap_done
