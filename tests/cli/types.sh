#!/bin/sh
# Types of jobs: where they are found, how inputs are checked, how they reach the job; http-fetch from a server here.
set -u
. "$top_srcdir/tests/tap.sh"
. "$top_srcdir/tests/cli/lib.sh"

config=$HOME/.config/relayq
types=$HOME/.local/share/relayq/types
mkdir -p "$config" "$types"

says_types() {
	runs types
	tap_same "$1" "$status: $(cut -f1 "$out" | tr '\n' ' ')" "0: $2"
}

says_types "the shipped types are there" "command http-fetch "
runs types http-fetch
says "a type tells its inputs" "$out" '^  url  *url  *required'
is_json "and as JSON" "url True" "j['inputs'][0]['name'] + ' ' + str(j['inputs'][0]['required'])" types http-fetch --json
complains "an unknown type" 3 '(did you mean http-fetch?); the types are command, http-fetch.' types htp-fetch
complains "submitting one" 3 'There is no job type "nope"; the types are command, http-fetch.' submit --type nope
complains "a type without work" 2 'give a command behind --' submit --type command
gives "with a command any type will do" 0 "free" submit --type nope --follow -- echo free

tap_same "the shells complete types" "$(rq __complete -- submit --type h | cut -f1) $(rq __complete -- types c | cut -f1)" \
	"http-fetch command"

# --- from config.yaml ---
cat >"$config/config.yaml" <<'END'
types:
  show:
    help: prints what it gets
    timeout: 90s
    labels: [self-hosted]
    inputs:
      words: {required: true, help: anything}
      size-mb: {type: size, default: 2k}
      mode: {type: choice, choices: [fast, slow]}
    command: [sh, -c, 'printf "<%s>" "$@"; echo " $RELAYQ_INPUT_SIZE_MB ${RELAYQ_INPUT_MODE-none}"', sh, {words}, "m={mode}", "{size-mb}"]
END
gives "inputs reach words and the environment" 0 "<a  'b'; \$(touch x) {mode}><2048> 2048 none" \
	submit --follow --type show -f "words=a  'b'; \$(touch x) {mode}"
gives "also the optional ones" 0 '<a><m=slow><3145728> 3145728 slow' \
	submit --follow --type show -f words=a -f size-mb=3M -f mode=slow
holds "no value was run" test ! -e x
complains "a missing input" 2 'Type show needs the input words, anything: -f words=...' submit --type show
complains "an unknown one" 2 'has no input "mod"; did you mean mode?' submit --type show -f words=a -f mod=fast
complains "a wrong value" 2 'Input mode cannot be "quick": it is fast|slow.' submit --type show -f words=a -f mode=quick
complains "a text that would be an option" 2 'the command of type show would take it for an option' \
	submit --type show -f words=--version
complains "a wrong size" 2 'Input size-mb cannot be "big": it is a size' submit --type show -f words=a -f size-mb=big
is_json "its type, time limit and parameters are stored" "show 90000 ['words=a', 'size-mb=2048']" \
	"j['type'] + ' ' + str(j['timeout_ms']) + ' ' + str(j['params'])" submit --wait --json --type show -f words=a
echo '{"type":"show","params":{"words":"w"}}' >batch
runs submit --batch batch
tap_same "a batch's lines have types, too" "$status $(wc -l <"$out" | tr -d ' ')" "0 1"
echo '{"type":"show"}' >batch
complains "and their inputs are checked" 2 'batch:1: Type show needs the input words' submit --batch batch

# --- from files ---
cat >"$types/double.yaml" <<'END'
help: an executable
inputs: {n: {type: int, required: true}}
END
printf '#!/bin/sh\necho $((RELAYQ_INPUT_N * 2))\n' >"$types/double"
chmod +x "$types/double"
printf 'help: of files\ninputs: {n: int}\nrun: |\n  echo "n is ${RELAYQ_INPUT_N-unset}"\n' >"$types/say.yaml"
gives "an executable beside a manifest" 0 42 submit --follow --type double -f n=21
gives "a script in a manifest" 0 'n is unset' submit --follow --type say
printf 'help: mine\ncommand: [echo, mine]\n' >"$types/http-fetch.yaml"
gives "the user's type goes before the shipped one" 0 mine submit --follow --type http-fetch
rm "$types/http-fetch.yaml"

printf 'help: bad\nimputs: {n: int}\n' >"$types/bad.yaml"
printf '#!/bin/sh\n' >"$types/lonely"
chmod +x "$types/lonely"
complains "a bad manifest is told on use" 2 "$types/bad.yaml:2:1: there is no key 'imputs' (did you mean 'inputs'?)" \
	submit --type bad
complains "so is an executable without one" 2 "write $types/lonely.yaml" submit --type lonely
gives "the others can be used" 0 10 submit --follow --type double -f n=5
runs doctor
says "doctor tells it" "$out" "bad.*$types/bad.yaml:2:1"
rm "$types/bad.yaml" "$types/lonely"

# --- http-fetch ---
if test -z "$PYTHON" || ! command -v curl >/dev/null; then
	tap_skip "http-fetch" "python3 or curl is missing"
	tap_done
	exit
fi
mkdir www
printf 'hello from the web\n' >www/hello.txt
dd if=/dev/zero of=www/large bs=1024 count=64 2>/dev/null
cat >server.py <<'END'
import http.server, os, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "file:///etc/passwd")
            self.end_headers()
        elif self.path == "/endless":  # no length, far more than the limit
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(2048):
                    self.wfile.write(bytes(65536))
            except OSError:
                pass
        else:
            super().do_GET()

    def log_message(self, *args):
        pass

os.chdir("www")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
with open("../port.new", "w") as f:
    f.write(str(server.server_address[1]))
os.rename("../port.new", "../port")
server.serve_forever()
END
"$PYTHON" server.py &
server=$!
trap 'kill $server; stop_agents' EXIT
wait_for test -f port
url=http://127.0.0.1:$(cat port)
mkdir got
cd got || exit 99

gives "http-fetch fetches" 0 'hello.txt: 19 bytes' submit --follow --type http-fetch -f "url=$url/hello.txt?a=b"
tap_same "the file is there" "$(cat hello.txt)" 'hello from the web'
sum=$(sha256sum <hello.txt 2>/dev/null || shasum -a 256 <hello.txt)
sum=${sum%% *}
gives "under another name, with its sum" 0 "sha256 $sum
./-a b: 19 bytes" submit --follow --type http-fetch -f "url=$url/hello.txt" -f 'output=-a b' -f sha256="$sum"
runs submit --follow --type http-fetch -f "url=$url/hello.txt" -f output=other -f sha256=00
tap_same "a wrong sum fails" "$status $(test -e other && echo there)" "1 "
runs submit --follow --type http-fetch -f "url=$url/large" -f max_size=10k
tap_same "a larger file is not taken" "$status $(test -e large && echo there)" "63 "
runs submit --follow --type http-fetch -f "url=$url/endless" -f max_size=10k
tap_same "nor one that does not tell its size" "$status $(test -e endless && echo there)" "63 "
runs submit --follow --type http-fetch -f "url=$url/none"
tap_same "what is not there fails" "$status $(test -e none && echo there)" "22 "
runs submit --follow --type http-fetch -f url=ftp://127.0.0.1/x
tap_same "other protocols are refused" "$status" 2
runs submit --follow --type http-fetch -f "url=$url/away"
tap_same "also where a server sends one on" "$status $(test -e away && echo there)" "1 "
tap_same "nothing half is left" "$(ls -A)" "-a b
hello.txt"
tap_done
