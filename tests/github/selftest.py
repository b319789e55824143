"""The simulator does what GitHub is documented to do. In TAP."""
import base64
import gzip
import io
import json
import re
import zipfile
from urllib.parse import quote

from client import DISPATCH, RUNNERS, RUNS, TOKEN, log, manual, run_parts, stamp, storage
from tap import ok, same

# --- the parts ----------------------------------------------------------------------------------

def start(sim):
    runs = sim.get(RUNS).json
    same("the default world's runs", [(r["status"], r["conclusion"]) for r in runs["workflow_runs"]],
         [("queued", None), ("in_progress", None), ("waiting", None), ("completed", "success"), ("completed", "failure"),
          ("completed", "success")])
    same("total_count is there", runs["total_count"], 6)
    same("newest first", [r["run_number"] for r in runs["workflow_runs"] if "Transcribe" in r["workflow_url"] or True][:2],
         [4, 3])
    states = {r["name"]: (r["status"], r["busy"]) for r in sim.get(RUNNERS).json["runners"]}
    same("the default world's runners", states,
         {"macmini": ("online", True), "rpi4": ("online", False), "oldpc": ("offline", False)})
    going = runs["workflow_runs"][1]["id"]
    jobs = sim.jobs(going)
    same("a run in progress has a finished and a running job", [(j["status"], j["runner_name"]) for j in jobs],
         [("completed", "macmini"), ("in_progress", "macmini")])
    running = jobs[1]["steps"]
    ok({"completed", "in_progress", "queued"} <= {s["status"] for s in running}, "steps are done, at work and to come", running)
    ok(all(s["name"] != "Complete job" for s in running), "the last step is not announced")
    done = jobs[0]["steps"]
    ok(done[-1]["number"] > len(done), "step numbers have gaps", done)
    run = runs["workflow_runs"][0]
    ok(run["id"] > 1 << 32 and run["repository"]["full_name"] == "acme/media" and "completed_at" not in run,
       "a run looks like one")
    same("queued jobs have no runner", [(j["status"], j["runner_id"], j["started_at"] == j["created_at"])
                                        for j in sim.jobs(run["id"])], [("queued", None, True)])


def identity(sim):
    same("a bad token", sim.get(RUNS, token="other").status, 401)
    same("no token on a private repository", sim.get(RUNS, token=None).status, 404)
    same("`token` instead of `Bearer`", sim.get(RUNS, token=None, Authorization="token " + TOKEN).status, 200)
    same("no User-Agent", sim.get(RUNS, User_Agent=None).status, 403)
    same("an unknown version", sim.get(RUNS, X_GitHub_Api_Version="2001-01-01").status, 400)
    same("a known version is echoed", sim.get(RUNS, X_GitHub_Api_Version="2026-03-10").headers[
        "x-github-api-version-selected"], "2026-03-10")
    sim.control("set", denied=["administration"])
    answer = sim.get(RUNNERS)
    same("a permission that is missing", (answer.status, answer.headers.get("x-accepted-github-permissions")),
         (403, "administration=read"))
    same("the others still work", sim.get(RUNS).status, 200)
    answer = sim.post("/orgs/acme/actions/runners/registration-token")
    same("an organisation's has another name", answer.status, 201)
    sim.control("set", denied=[])
    same("names do not mind case", sim.get("/repos/ACME/Media/actions/runs").status, 200)
    answer = sim.get("/repos/acme/podcast/actions/runs?per_page=5")
    ok(answer.status == 301 and re.search(r"/repositories/\d+/actions/runs\?per_page=5$", answer.headers["location"]),
       "a renamed repository", answer.status, answer.headers)
    same("no such route is told", (sim.get("/nothing/here").status, sim.last()["known"]), (404, False))
    same("errors name their status as text", sim.get("/repos/acme/none").json["status"], "404")


def conditional(sim):
    first = sim.get(RUNS)
    etag = first.headers["etag"]
    ok(etag.startswith('W/"'), "the ETag is weak", etag)
    used = sim.state()["used"]
    again = sim.get(RUNS, If_None_Match=etag)
    same("304 without a body", (again.status, again.body), (304, b""))
    same("304 is free", sim.state()["used"], used)
    same("and says what is left", again.headers["x-ratelimit-remaining"], str(5000 - used))
    same("another Accept, another ETag", sim.get(RUNS, If_None_Match=etag, Accept="application/json").status, 200)
    same("which costs one", sim.state()["used"], used + 1)
    sim.dispatch()
    same("a change is seen", sim.get(RUNS, If_None_Match=etag).status, 200)
    same("the record counts", [sim.last()[k] for k in ("points", "not_modified", "authorization")], [1, False, True])
    packed = sim.get(RUNS, Accept_Encoding="gzip")
    same("gzip when asked", packed.headers.get("content-encoding"), "gzip")
    ok(json.loads(gzip.decompress(packed.body))["total_count"] == 7, "and it is the same")
    rate = sim.get("/rate_limit").json
    same("rate_limit agrees and is free", rate["resources"]["core"]["used"], sim.state()["used"])
    sim.control("set", remaining=1)
    same("the last point", sim.get(RUNS).status, 200)
    answer = sim.get(RUNS)
    same("then none", (answer.status, answer.headers["x-ratelimit-remaining"]), (403, "0"))
    wait = int(answer.headers["x-ratelimit-reset"]) - sim.state()["now"]
    ok(0 < wait <= 3600, "until the reset", wait)
    sim.advance(wait + 1)
    same("which comes", sim.get(RUNS).status, 200)


def pages(sim):
    for number in range(25):
        sim.control("run", workflow="test.yml", event="push", title="change %d" % number)
    seen, path, links = [], RUNS + "?per_page=10&event=push", []
    while path:
        answer = sim.get(path)
        seen += [r["id"] for r in answer.json["workflow_runs"]]
        links.append(answer.headers.get("link", ""))
        found = re.search(r'<http://127\.0\.0\.1:\d+([^>]*)>; rel="next"', links[-1])
        path = found and found.group(1)
    same("every item is on one page", (len(seen), len(set(seen))), (26, 26))
    ok(links[0].startswith("<http") and "/repositories/" in links[0] and "event=push" in links[0], "Link", links[0])
    ok('rel="next"' not in links[-1] and 'rel="first"' in links[-1], "the last page has no next", links[-1])
    same("no more than 100 a page", len(sim.get(RUNS + "?per_page=1000").json["workflow_runs"]) <= 100, True)
    same("status and conclusion are one filter", [
        sim.get(RUNS + "?status=" + s).json["total_count"] > 0 for s in ("queued", "success", "stale")], [True, True, False])
    same("an unknown one is refused", sim.get(RUNS + "?status=startup_failure").status, 422)
    when = sim.state()["now"]
    early = sim.get(RUNS + "?created=" + quote("<" + stamp(when - 1000))).json["total_count"]
    late = sim.get(RUNS + "?created=" + quote(">=" + stamp(when - 1000))).json["total_count"]
    same("created splits them", early + late, sim.get(RUNS).json["total_count"])


def lifecycle(sim):
    number = sim.dispatch(runner="rpi4", audio="b.mp3")
    same("dispatched", (sim.run(number)["status"], sim.run(number)["display_title"]), ("queued", "transcribe b.mp3"))
    sim.advance(2)
    job = sim.jobs(number)[0]
    same("a runner has it", (job["status"], job["runner_name"], job["steps"][0]["status"]), ("in_progress", "rpi4", "completed"))
    same("which is busy", [r["busy"] for r in sim.get(RUNNERS + "?name=rpi4").json["runners"]], [True])
    etag = sim.get(RUNS).headers["etag"]
    sim.advance(1)
    ok(sim.jobs(number)[0]["steps"] != job["steps"], "steps go on")
    same("which the list of runs does not show", sim.get(RUNS, If_None_Match=etag).status, 304)
    same("no log while it runs: 302", sim.get("/repos/acme/media/actions/jobs/%d/logs" % job["id"]).status, 302)
    sim.advance(4)
    jobs = sim.jobs(number)
    same("the next job came when its needs were met", [j["status"] for j in jobs][0], "completed")
    same("the run goes on", (len(jobs), sim.run(number)["status"]), (2, "in_progress"))
    text = log(sim, jobs[0]["id"])
    ok(text.startswith("\ufeff") and "##[group]Run ffmpeg -i b.mp3" in text, "its log is there already", text[:300])
    ok(all(re.match(r"^\ufeff?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z ", line) for line in text.splitlines()), "in its format")
    sim.advance(30)
    run = sim.run(number)
    same("done", (run["status"], run["conclusion"]), ("completed", "success"))
    same("idle again", [r["busy"] for r in sim.get(RUNNERS + "?name=rpi4").json["runners"]], [False])
    archive = sim.get("%s/%d/logs" % (RUNS, number))
    names = zipfile.ZipFile(io.BytesIO(storage(sim, archive).body)).namelist()
    ok("0_prepare.txt" in names and "transcribe/1_Set up job.txt" in names, "all logs in a zip", names)
    artifacts = sim.get("%s/%d/artifacts" % (RUNS, number)).json["artifacts"]
    same("an artifact", [a["name"] for a in artifacts], ["transcript"])
    data = storage(sim, sim.get("/repos/acme/media/actions/artifacts/%d/zip" % artifacts[0]["id"])).body
    same("of the size it says", len(data), artifacts[0]["size_in_bytes"])
    same("which is a zip", zipfile.ZipFile(io.BytesIO(data)).read("transcript.txt"), b"Good morning.\nGood night.\n")
    sim.control("run", id=number, expire=True)
    same("and may expire", sim.get("/repos/acme/media/actions/artifacts/%d/zip" % artifacts[0]["id"]).status, 410)
    same("logs deleted", sim.ask("DELETE", "%s/%d/logs" % (RUNS, number)).status, 204)
    same("are gone", sim.get("/repos/acme/media/actions/jobs/%d/logs" % jobs[0]["id"]).status, 410)
    same("the run deleted", sim.ask("DELETE", "%s/%d" % (RUNS, number)).status, 204)
    same("is gone", sim.get("%s/%d" % (RUNS, number)).status, 404)


def dispatches(sim):
    good = {"ref": "main", "inputs": {"audio": "x"}}
    version = {"X_GitHub_Api_Version": "2026-03-10"}
    same("204 by default", (sim.post(DISPATCH, good).status, sim.post(DISPATCH, good).body), (204, b""))
    same("200 when asked", sorted(sim.post(DISPATCH, dict(good, return_run_details=True)).json),
         ["html_url", "run_url", "workflow_run_id"])
    same("200 in the new version", sim.post(DISPATCH, good, **version).status, 200)
    for name, body, words in (
            ("no ref", {"inputs": {}}, '"ref" wasn\'t supplied'),
            ("an unknown ref", {"ref": "none", "inputs": {"audio": "x"}}, "No ref found for: none"),
            ("an unknown input", {"ref": "main", "inputs": {"audio": "x", "y": "z"}}, 'Unexpected inputs provided: ["y"]'),
            ("a required input", {"ref": "main"}, "Required input 'audio' not provided"),
            ("a bad choice", {"ref": "main", "inputs": {"audio": "x", "model": "vast"}}, "not in the list"),
            ("a bad boolean", {"ref": "main", "inputs": {"audio": "x", "diarize": "yes"}}, "not in the list"),
            ("a value that is no string", {"ref": "main", "inputs": {"audio": 7}}, "is not a string"),
            ("too many inputs", {"ref": "main", "inputs": {"i%d" % i: "" for i in range(26)}}, "No more than 25"),
            ("an unknown key", {"ref": "main", "colour": 1}, '"colour" is not a permitted key')):
        answer = sim.post(DISPATCH, body)
        ok(answer.status == 422 and words in answer.json["message"], "refused: " + name, answer.status, answer.body)
    same("no such workflow", sim.post(DISPATCH.replace("transcribe", "none"), good).status, 404)
    answer = sim.post(DISPATCH.replace("transcribe", "nightly"), {"ref": "main"})
    ok(answer.status == 422 and "disabled" in answer.json["message"], "refused: a disabled workflow", answer.body)
    same("enabled", sim.ask("PUT", "/repos/acme/media/actions/workflows/nightly.yml/enable").status, 204)
    answer = sim.post(DISPATCH.replace("transcribe", "nightly"), {"ref": "main"})
    ok("does not have 'workflow_dispatch' trigger" in answer.json["message"], "refused: no trigger", answer.body)
    same("other inputs at another ref", sim.post(DISPATCH, {"ref": "v1", "inputs": {"audio": "x", "model": "small"}}).status, 422)
    ghes = "/api/v3" + DISPATCH
    same("GHES: 204", sim.post(ghes, good).status, 204)
    answer = sim.post(ghes, dict(good, return_run_details=True))
    ok(answer.status == 422 and "return_run_details" in answer.json["message"], "GHES refuses return_run_details", answer.body)
    same("GHES: 10 inputs at most", sim.post(ghes, {"ref": "main", "inputs": {"i%d" % i: "" for i in range(11)}}).status, 422)
    same("GHES refuses the new version", sim.post(ghes, good, **version).status, 400)
    text = sim.get("/repos/acme/media/contents/.github/workflows/transcribe.yml?ref=next")
    ok(b"workflow_dispatch" in base64.b64decode(text.json["content"]), "the file as JSON")
    text = sim.get("/repos/acme/media/contents/.github/workflows/transcribe.yml", Accept="application/vnd.github.raw+json")
    ok(b"on:\n  workflow_dispatch:\n    inputs:\n      audio:\n" in text.body, "the file as it is", text.body)
    listing = sim.get("/repos/acme/media/contents/.github/workflows").json
    same("the directory", [f["name"] for f in listing], ["deploy.yml", "nightly.yml", "test.yml", "transcribe.yml"])


def operators(sim):
    number = sim.dispatch(runner="rpi4")
    sim.advance(3)
    answer = sim.post("%s/%d/cancel" % (RUNS, number))
    same("cancel: 202 and an object", (answer.status, answer.json), (202, {}))
    same("which takes its time", sim.run(number)["status"], "in_progress")
    sim.advance(5)
    same("and works", (sim.run(number)["status"], sim.run(number)["conclusion"]), ("completed", "cancelled"))
    same("but not twice", sim.post("%s/%d/cancel" % (RUNS, number)).status, 409)
    failed = [r["id"] for r in sim.get(RUNS + "?status=failure").json["workflow_runs"]][0]
    old = sim.jobs(failed)
    same("re-run failed jobs: 201", sim.post("%s/%d/rerun-failed-jobs" % (RUNS, failed),
                                            {"enable_debug_logging": True}).status, 201)
    run = sim.run(failed)
    same("a new attempt of the same run", (run["run_attempt"], run["status"], run["conclusion"]), (2, "queued", None))
    same("the attempt before", sim.get("%s/%d/attempts/1" % (RUNS, failed)).json["conclusion"], "failure")
    same("only what failed", [j["name"] for j in sim.jobs(failed)], ["transcribe"])
    same("all of it when asked", len(sim.jobs(failed, "?filter=all")), len(old) + 1)
    same("it does not go to the top", sim.get(RUNS).json["workflow_runs"][0]["id"] != failed, True)
    same("not while it runs", sim.post("%s/%d/rerun" % (RUNS, failed)).status, 403)
    done = [r["id"] for r in sim.get(RUNS + "?status=success&event=push").json["workflow_runs"]][0]
    one = sim.jobs(done)[2]
    same("re-run one job", sim.post("/repos/acme/media/actions/jobs/%d/rerun" % one["id"]).status, 201)
    sim.advance(60)
    same("it ran", [(j["name"], j["conclusion"]) for j in sim.jobs(done)], [(one["name"], "success")])
    same("delete one that runs", sim.ask("DELETE", "%s/%d" % (RUNS, sim.dispatch())).status, 403)


def approvals(sim):
    waiting = [r["id"] for r in sim.get(RUNS + "?status=waiting").json["workflow_runs"]][0]
    pending = sim.get("%s/%d/pending_deployments" % (RUNS, waiting)).json
    same("a deployment waits", [(p["environment"]["name"], p["current_user_can_approve"]) for p in pending],
         [("production", True)])
    body = {"environment_ids": [pending[0]["environment"]["id"]], "state": "approved", "comment": ""}
    same("a comment must be given", sim.post("%s/%d/pending_deployments" % (RUNS, waiting), {
        "environment_ids": [], "state": "approved"}).status, 422)
    same("approved", sim.post("%s/%d/pending_deployments" % (RUNS, waiting), body).status, 200)
    sim.advance(30)
    same("it goes on", sim.run(waiting)["conclusion"], "success")
    same("who did it", [a["state"] for a in sim.get("%s/%d/approvals" % (RUNS, waiting)).json], ["approved"])
    other = sim.control("run", workflow="deploy.yml")["id"]
    sim.advance(30)
    sim.post("%s/%d/pending_deployments" % (RUNS, other), dict(body, state="rejected"))
    same("rejected", sim.run(other)["conclusion"], "failure")
    third, fourth = [sim.control("run", workflow="deploy.yml")["id"] for _ in range(2)]
    same("one at a time in its group", [sim.run(n)["status"] for n in (third, fourth)], ["queued", "pending"])
    same("the environments", [e["name"] for e in sim.get("/repos/acme/media/environments").json["environments"]],
         ["staging", "production"])
    fork = sim.control("run", workflow="test.yml", approval=True)["id"]
    same("a fork's run", sim.run(fork)["conclusion"], "action_required")
    same("is let in", (sim.post("%s/%d/approve" % (RUNS, fork)).status, sim.run(fork)["status"]), (201, "queued"))


def labels(sim):
    _, rpi4, oldpc = [r["id"] for r in sim.get(RUNNERS).json["runners"]]
    path = "%s/%d/labels" % (RUNNERS, rpi4)
    answer = sim.post(path, {"labels": ["audio", "AUDIO"]})
    same("added, with 200, once", (answer.status, answer.json["total_count"]), (200, 5))
    answer = sim.ask("PUT", path, {"labels": ["drain", "was.rpi4"]})
    same("replaced", [(n["name"], n["type"]) for n in answer.json["labels"]],
         [("self-hosted", "read-only"), ("Linux", "read-only"), ("ARM64", "read-only"), ("drain", "custom"),
          ("was.rpi4", "custom")])
    number = sim.dispatch(runner="rpi4")
    sim.advance(30)
    same("nothing is taken without the label", sim.run(number)["status"], "queued")
    same("one that is missing", sim.ask("DELETE", path + "/rpi4").status, 404)
    same("a read-only one", sim.ask("DELETE", path + "/Linux").status, 422)
    same("one", sim.ask("DELETE", path + "/was.rpi4").status, 200)
    same("all", (sim.ask("DELETE", path).status, sim.get(path).json["total_count"]), (200, 3))
    same("a list of strings is asked for", sim.ask("PUT", path, {"labels": "rpi4"}).status, 422)
    sim.ask("PUT", path, {"labels": ["RPI4"]})
    sim.advance(1.5)
    same("labels do not mind case", sim.run(number)["status"], "in_progress")
    same("a busy runner stays", sim.ask("DELETE", "%s/%d" % (RUNNERS, rpi4)).status, 422)
    same("an idle one goes", sim.ask("DELETE", "%s/%d" % (RUNNERS, oldpc)).status, 204)
    same("and is gone", sim.get("%s/%d" % (RUNNERS, oldpc)).status, 404)
    answer = sim.post(RUNNERS + "/registration-token")
    same("a token to register", (answer.status, len(answer.json["token"])), (201, 29))
    sim.control("runner", name="rpi4", online=False)
    sim.advance(3600)
    same("a job whose runner is lost fails", sim.run(number)["conclusion"], "failure")
    sim.control("runner", name="spare", labels=["rpi4"], org="acme")
    number = sim.dispatch(runner="rpi4")
    sim.advance(2)
    same("an organisation's runner takes it", sim.jobs(number)[0]["runner_name"], "spare")
    groups = sim.get("/orgs/acme/actions/runner-groups").json["runner_groups"]
    same("its groups", [g["name"] for g in groups], ["Default", "parked"])
    spare = sim.get("/orgs/acme/actions/runners").json["runners"][0]["id"]
    same("moved", sim.ask("PUT", "/orgs/acme/actions/runner-groups/%d/runners/%d" % (groups[1]["id"], spare)).status, 204)
    sim.advance(30)
    number = sim.dispatch(runner="rpi4")
    sim.advance(30)
    same("no group, no job", sim.run(number)["status"], "queued")
    jit = sim.post(RUNNERS + "/generate-jitconfig", {"name": "once", "runner_group_id": 1, "labels": ["self-hosted"]})
    same("a runner for one job", (jit.status, jit.json["runner"]["os"], jit.json["runner"]["ephemeral"]), (201, "unknown", True))


def storage_host(sim):
    done = [r["id"] for r in sim.get(RUNS + "?status=success").json["workflow_runs"]][0]
    answer = sim.get("/repos/acme/media/actions/jobs/%d/logs" % sim.jobs(done)[0]["id"])
    path = re.sub(r"^http://[^/]*", "", answer.headers["location"])
    part = sim.get(path, port=sim.storage, token=None, Range="bytes=3-12")
    same("a part of a log", (part.status, len(part.body), part.headers["content-range"].split("/")[0]), (206, 10, "bytes 3-12"))
    same("no violation yet", sim.get("/_sim/violations", token=None).json, [])
    same("a token for the storage host", sim.get(path, port=sim.storage).status, 400)
    same("is a violation", [v["kind"] for v in sim.get("/_sim/violations", token=None).json], ["authorization"])
    sim.advance(61)
    same("the address expires", sim.get(path, port=sim.storage, token=None).status, 403)
    going = [r["id"] for r in sim.get(RUNS + "?status=in_progress").json["workflow_runs"]][0]
    job = [j["id"] for j in sim.jobs(going) if j["status"] == "in_progress"][0]
    answer = storage(sim, sim.get("/repos/acme/media/actions/jobs/%d/logs" % job))
    ok(answer.status == 404 and b"<Code>BlobNotFound</Code>" in answer.body, "no blob for a running job", answer.body)
    same("no logs of a run that goes on", sim.get("%s/%d/logs" % (RUNS, going)).status, 404)
    sim.get(RUNS + "?q=" + TOKEN)
    same("a token in an address is a violation", sim.get("/_sim/violations", token=None).json[-1]["kind"], "token")
    sim.control("reset-requests")
    same("forgotten", sim.get("/_sim/violations", token=None).json, [])


def lags(sim):
    """What GitHub shows late."""
    sim.control("set", list_lag=10, busy_lag=30)
    number = sim.dispatch(runner="rpi4")
    ok(number not in [r["id"] for r in sim.get(RUNS).json["workflow_runs"]], "a new run is not in lists yet")
    same("but by itself", sim.run(number)["id"], number)
    sim.advance(11)
    ok(number in [r["id"] for r in sim.get(RUNS).json["workflow_runs"]], "then it is")
    same("a busy runner looks idle", sim.get(RUNNERS).json["runners"][1]["busy"], False)
    sim.advance(200)
    sim.control("set", busy_lag=0)
    first, second = [sim.control("run", workflow="deploy.yml")["id"] for _ in range(2)]
    waiting = [r["id"] for r in sim.get(RUNS + "?status=waiting").json["workflow_runs"]][0]
    groups = sim.get("/repos/acme/media/actions/concurrency_groups").json
    same("a concurrency group", [g["group_name"] for g in groups["concurrency_groups"]], ["deploy"])
    members = sim.get("/repos/acme/media/actions/concurrency_groups/deploy").json["group_members"]
    same("holder and follower", [(m["run_id"], m["status"]) for m in members],
         [(waiting, "in_progress"), (second, "pending")])
    same("its place", sim.get("%s/%d/concurrency_groups" % (RUNS, second)).json["concurrency_groups"][0]["position"], 1)
    same("the one before is cancelled", sim.run(first)["conclusion"], "cancelled")
    sim.control("runner", name="rpi4", online=False)
    number = sim.dispatch(runner="rpi4")
    sim.advance(86400 + 10)
    same("nobody took it for a day", sim.run(number)["conclusion"], "failure")


def the_rest(sim):
    """What a client asks first."""
    same("user", sim.get("/user").json["login"], "monalisa")
    repo = sim.get("/repos/acme/media").json
    same("repository", (repo["default_branch"], repo["private"], repo["permissions"]["admin"]), ("main", True, True))
    same("branches", [b["name"] for b in sim.get("/repos/acme/media/branches").json], ["main", "next"])
    same("tags", [t["name"] for t in sim.get("/repos/acme/media/tags").json], ["v1"])
    head = sim.get("/repos/acme/media/commits/main").json["sha"]
    same("a file at a commit", sim.get("/repos/acme/media/contents/.github/workflows/test.yml?ref=" + head).status, 200)
    same("a ref", sim.get("/repos/acme/media/git/ref/heads/main").json["object"]["sha"], head)
    same("no such ref", sim.get("/repos/acme/media/contents/.github?ref=none").status, 404)
    sim.control("file", path=".github/workflows/transcribe.yml", text="on: push\n", ref="next")
    path = "/repos/acme/media/contents/.github/workflows/transcribe.yml?ref="
    same("another text at one ref", [base64.b64decode(sim.get(path + r).json["content"]) == b"on: push\n"
                                     for r in ("next", "main")], [True, False])
    sim.control("workflow", file="new.yml", jobs={"a": {"labels": ["ubuntu-latest"]}})
    same("a new workflow", sim.get("/repos/acme/media/actions/workflows").json["total_count"], 5)
    sim.post("/repos/acme/media/actions/workflows/new.yml/dispatches", {"ref": "main"})
    sim.advance(20)
    run = sim.get(RUNS).json["workflow_runs"][0]
    job = sim.jobs(run["id"])[0]
    same("GitHub's own machines", (run["conclusion"], job["runner_group_name"]), ("success", "GitHub Actions"))
    same("versions", sim.get("/versions").json[0], "2026-03-10")
    same("the organisation's repositories", [r["name"] for r in sim.get("/orgs/acme/repos").json], ["media"])
    same("runs of one workflow", sim.get("/repos/acme/media/actions/workflows/test.yml/runs").json["total_count"], 1)
    same("no more than 5,000 an hour", sim.get("/user").headers["x-ratelimit-limit"], "5000")


run_parts((start, identity, conditional, pages, lifecycle, dispatches, operators, approvals, labels, storage_host,
           lags, the_rest), manual)
