#!/bin/sh
# Submitting under a policy: placed, held, refused; the file as it changes, as it breaks, and as git has it.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

# A repository of its own, so that no other policy is found on the way up; without git, a file that is named.
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@x GIT_COMMITTER_NAME=C GIT_COMMITTER_EMAIL=c@x
export GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL
mkdir repo
cd repo || exit 99

# policy PREFER FALLBACK SIZE: a file in which transcribe goes there.
policy() {
	cat <<END
policy_version: "1.0"
routes:
  transcribe:
    prefer: [$1]
    fallback: [$2]
    constraints:
      max_size_mb: $3
      max_concurrent: 1
END
}

# decided EXPRESSION ID: what the Python expression makes of the decision, called j.
decided() {
	json "$1" explain "$2" --json
}

transcribe() {
	runs submit --type transcribe -f size_mb=5 "$@"
	id=$(cat "$out")
}

rq agent start --name mac --labels audio >/dev/null
rq agent start --name pi >/dev/null

# --- no policy ------------------------------------------------------------------------------------
runs submit --type transcribe -- true
id=$(cat "$out")
is_json "without a policy it is the built-in one" 'built-in False None' \
	'j["policy"]["name"], j.get("governed", False), j["policy"].get("blob_oid")' explain "$id" --json
complains "nobody knows where to move it" 2 'No policy is in force' reroute "$id"

# --- placed and held ------------------------------------------------------------------------------
mkdir policy
policy mac pi 1000 >policy.yaml
transcribe -- sleep 60
first=$id
wait_for is_in_state "$first" in_progress
if command -v git >/dev/null; then
	tap_same "a policy outside of a repository is none" "$(rq jobs | grep -c 'transcribe')" 2
	git init -q .
	git add policy.yaml
	git commit -qm one
else
	rq config set policy "$PWD/policy.yaml"
	tap_skip "a policy outside of a repository is none" "git is missing"
fi
rq cancel --force "$first" >/dev/null
wait_for is_in_state "$first" cancelled

runs submit --dry-run --type transcribe -f size_mb=5 -- true
tap_same "--dry-run leaves with 0" "$status" 0
says "--dry-run shows the outcome" "$out" 'PLACED -> mac (prefer)'
says "--dry-run shows each candidate" "$out" '^  pi *fallback *PASS'
says "--dry-run names the policy" "$out" 'policy.yaml [0-9a-f]\{7\}'

transcribe -- sleep 60
first=$id
transcribe -- sleep 60
second=$id
wait_for is_in_state "$first" in_progress
wait_for is_in_state "$second" in_progress
is_json "the preferred runner takes the first" 'PLACED mac prefer PREFERRED' \
	'j["outcome"], j["chosen"]["target"], j["chosen"]["tier"], j["reason"]' explain "$first" --json
is_json "the other takes the second" 'PLACED pi fallback FALLBACK_USED' \
	'j["outcome"], j["chosen"]["target"], j["chosen"]["tier"], j["reason"]' explain "$second" --json
is_json "they ran where the policy said" 'mac' 'j["runner_name"]' show "$first" --json
transcribe -- true
third=$id
tap_same "the third is held" "$status $(state_of "$third")" "0 waiting"
is_json "its record says by what, and what would change it" "WAIT ['mac', 'pi'] True" \
	'j["outcome"], [c["name"] for c in j["candidates"]], "runner:mac.free" in j["wake_on"]' explain "$third" --json
rq explain "$third" >"$out"
says "each reason of each candidate is told" "$out" 'ROUTE_CONCURRENCY'
says "with its place in the file" "$out" 'policy.yaml:8:7'
rq cancel --force "$first" >/dev/null
wait_for is_in_state "$third" success
tap_same "it runs when there is room" "$(state_of "$third")" success
is_json "by a decision that names the one before" 'wake True' \
	'j["trigger"], len(j["prev_decision_id"]) == 26' explain "$third" --json
rq cancel --force "$second" >/dev/null

# --- refused --------------------------------------------------------------------------------------
before=$(rq jobs --limit 1000 | wc -l)
complains "what is too large is refused" 4 'The policy refuses this transcribe job: SIZE_EXCEEDED' \
	submit --type transcribe -f size_mb=5000 -- true
decision=$(sed -n 's/.*relayq explain \([0-9A-Z]*\).*/\1/p' "$err")
tap_same "no job was made" "$(rq jobs --limit 1000 | wc -l)" "$before"
is_json "and the refusal is in the journal" 'REJECTED SIZE_EXCEEDED None' 'j["outcome"], j["reason"], j["job_id"]' \
	explain "$decision" --json
complains "so is a type that it does not know" 4 'UNKNOWN_JOB_TYPE' submit --type translate -- true
runs submit --dry-run --type transcribe -f size_mb=5000 -- true
tap_same "--dry-run of a refusal" "$status" 4
gives "a bare command needs no route" 0 'hello' submit --follow -- echo hello
printf '{"type":"transcribe","command":"true"}\n{"type":"translate","command":"true"}\n' >batch.json
before=$(rq jobs --limit 1000 | wc -l)
complains "one refusal refuses the batch" 4 'UNKNOWN_JOB_TYPE' submit --batch batch.json
tap_same "and none of it is stored" "$(rq jobs --limit 1000 | wc -l)" "$before"

# --- a batch counts itself --------------------------------------------------------------------------
wait_for is_in_state "$second" cancelled
for i in 1 2 3 4 5; do
	printf '{"type":"transcribe","command":"sleep 0.%s"}\n' "$i"
done >batch.json
policy mac '' 1000 >other.yaml
runs submit --policy other.yaml --batch batch.json
tap_same "a batch larger than the room for it is taken" "$status $(wc -l <"$out" | tr -d ' ')" "0 5"
ids=$(cat "$out")
is_json "its first is placed and the others wait" "['WAIT', 'WAIT', 'WAIT', 'WAIT', 'PLACED']" \
	'[d["outcome"] for d in j if d["trigger"] == "submit"][:5]' decisions --limit 12 --json
for one in $ids; do
	wait_for is_in_state "$one" success
done
tap_same "and all come to their turn" "$(for one in $ids; do state_of "$one"; done | sort | uniq -c | tr -d ' ')" "5success"
is_json "one at a time, on the one runner" 'True' \
	"sorted(a['started_at'] for a in j)[1:] >= sorted(a['completed_at'] for a in j)[:-1] and {a['runner_name'] for a in j} == {'mac'}" \
	jobs --limit 5 --json

# --- the file changes -------------------------------------------------------------------------------
policy pi mac 1000 >policy.yaml
transcribe -- true
is_json "the next submission sees the new file" pi 'j["chosen"]["target"]' explain "$id" --json
transcribe -- sleep 60
first=$id
transcribe -- sleep 60
second=$id
transcribe -- true
third=$id
oid=$(decided 'j["policy"]["blob_oid"]' "$third")
policy mac '' 1000 >policy.yaml
wait_for is_in_state "$first" in_progress
rq cancel --force "$first" >/dev/null
wait_for is_in_state "$third" success
is_json "what was submitted keeps its policy" "$oid True" 'j["policy"]["blob_oid"], j["trigger"] == "wake"' \
	explain "$third" --json
rq drain mac --reason 'a new disk' >/dev/null
transcribe -- true
is_json "a job waits for the drained runner" 'WAIT RUNNER_PAUSED' 'j["outcome"], j["reason"]' explain "$id" --json
policy pi mac 1000 >policy.yaml
rq cancel --force "$second" >/dev/null
wait_for is_in_state "$second" cancelled
runs reroute "$id"
tap_same "reroute decides anew" "$status: $(cat "$out")" "0: $id: moved"
wait_for is_in_state "$id" success
is_json "by the policy in force now" 'reroute pi' 'j["trigger"], j["chosen"]["target"]' explain "$id" --json
rq undrain mac >/dev/null
policy mac pi 1000 >policy.yaml
wait_for is_in_state "$id" success
runs retry "$id"
again=$(cat "$out")
wait_for is_in_state "$again" success
is_json "retry decides as well" 'retry True' 'j["trigger"], len(j["prev_decision_id"]) == 26' explain "$again" --json

# --- the file breaks ---------------------------------------------------------------------------------
printf 'routes: [\n' >policy.yaml
transcribe -- true
tap_same "a bad file stops nobody" "$status" 0
says "it is told with its place" "$err" 'warning: policy.yaml:[0-9]*:[0-9]*: '
says "and with the version in force" "$err" 'The last good version, [0-9a-f]\{7\}, stays in force'
is_json "which decided" True 'j["governed"] and j["chosen"]["target"] == "mac"' explain "$id" --json
runs doctor
says "doctor tells of it" "$out" 'BAD.*policy.*stays in force'
complains "without a good version nothing is decided" 2 'nothing can be decided' \
	submit --policy policy.yaml.bad --type transcribe -- true
printf 'routes: [\n' >bad.yaml
complains "neither by another bad file" 2 'bad.yaml:' submit --policy bad.yaml --type transcribe -- true
complains "nor in a dry run" 2 'bad.yaml:' submit --policy bad.yaml --dry-run --type transcribe -- true
policy mac pi 1000 >policy.yaml
transcribe -- true
tap_empty "a mended file is no news" "$(cat "$err")"

# --- git ----------------------------------------------------------------------------------------------
if command -v git >/dev/null; then
	git add -A
	git commit -qm two
	transcribe -- true
	is_json "the record names blob and commit" "$(git rev-parse HEAD:policy.yaml) $(git rev-parse HEAD) False" \
		'j["policy"]["blob_oid"], j["policy"]["commit_oid"], j["policy"].get("dirty", False)' explain "$id" --json
	policy pi mac 1000 >policy.yaml
	transcribe -- true
	is_json "and that the file was changed since" "$(git rev-parse HEAD) True" \
		'j["policy"]["commit_oid"], j["policy"]["dirty"]' explain "$id" --json
	runs submit --policy repo:policy.yaml@HEAD --type transcribe -f size_mb=5 -- true
	is_json "a revision decides as it was" "mac $(git rev-parse HEAD:policy.yaml) $(git rev-parse HEAD)" \
		'j["chosen"]["target"], j["policy"]["blob_oid"], j["policy"]["commit_oid"]' explain "$(cat "$out")" --json
	complains "a revision that there is not" 2 'nosuch' submit --policy repo:policy.yaml@nosuch --type transcribe -- true
	mkdir -p below/it
	(cd below/it && rq submit --dry-run --type transcribe -- true >"$out" 2>"$err")
	says "the policy is found from below" "$out" 'policy policy.yaml '
	rq config set policy "repo:$PWD/policy.yaml@HEAD~1"
	cd "$TMPDIR" || exit 99
	runs submit --dry-run --type transcribe -- true
	says "the settings name one for every place" "$out" 'policy repo:'
	rq config set policy ''
	cd repo || exit 99
	policy mac pi 1000 >policy/policy.yaml
	runs submit --dry-run --type transcribe -- true
	says "policy/policy.yaml comes first" "$out" 'policy policy/policy.yaml '
else
	for name in commit dirty revision nosuch below settings first; do
		tap_skip "the policy in git: $name" "git is missing"
	done
fi

# --- a label that nobody has ---------------------------------------------------------------------------
runs submit --runs-on self-hosted,audoi -- true
id=$(cat "$out")
says "a mistyped label is told at once, with the nearest" "$err" \
	"no known runner has the label 'audoi'; did you mean 'audio'?"
says "and who nearly fits" "$err" 'runners that nearly fit: mac (lacks audoi)'
rq explain "$id" >"$out"
says "explain names the label and the nearest" "$out" 'LABEL_MISSING.*audoi.*audio'
says "and the nearest runner" "$out" 'nearest: mac'
rq cancel "$id" >/dev/null
runs submit --runs-on macc -- true
says "a runner's name for a label is told" "$err" 'did you mean the runner mac? --to names one'
rq cancel "$(cat "$out")" >/dev/null
tap_done
