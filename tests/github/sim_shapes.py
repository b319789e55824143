"""What the simulator shows of its world: GitHub's JSON objects, job logs in the runner's format, zip files, workflow YAML."""
import base64
import hashlib
import io
import json
import time

from sim_things import fill, sha

BOM = "\ufeff"


class Raw(str):
    """Text that is JSON already."""


def iso(seconds):
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def iso_ms(seconds):
    if seconds is None:
        return None
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % int(seconds % 1 * 1000)


def iso_7(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%07dZ" % int(seconds % 1 * 10000000)


def node(kind, number):
    return kind + "_" + base64.urlsafe_b64encode(str(number).encode()).decode().rstrip("=")


def user(base, login, kind="User"):
    number = int(hashlib.sha1(login.encode()).hexdigest()[:6], 16)
    url = base + "/users/" + login
    out = {"login": login, "id": number, "node_id": node("U", number), "gravatar_id": "", "type": kind,
           "avatar_url": "https://avatars.githubusercontent.com/u/%d?v=4" % number, "site_admin": False,
           "url": url, "html_url": "https://github.com/" + login}
    for name in ("followers", "subscriptions", "organizations", "repos", "received_events"):
        out[name + "_url"] = url + "/" + name
    for name, tail in (("following", "following{/other_user}"), ("gists", "gists{/gist_id}"),
                       ("starred", "starred{/owner}{/repo}"), ("events", "events{/privacy}")):
        out[name + "_url"] = url + "/" + tail
    return out


REPO_URLS = {
    "archive": "{archive_format}{/ref}", "assignees": "assignees{/user}", "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}", "collaborators": "collaborators{/collaborator}", "comments": "comments{/number}",
    "commits": "commits{/sha}", "compare": "compare/{base}...{head}", "contents": "contents/{+path}",
    "contributors": "contributors", "deployments": "deployments", "downloads": "downloads", "events": "events",
    "forks": "forks", "git_commits": "git/commits{/sha}", "git_refs": "git/refs{/sha}", "git_tags": "git/tags{/sha}",
    "hooks": "hooks", "issue_comment": "issues/comments{/number}", "issue_events": "issues/events{/number}",
    "issues": "issues{/number}", "keys": "keys{/key_id}", "labels": "labels{/name}", "languages": "languages",
    "merges": "merges", "milestones": "milestones{/number}", "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}", "releases": "releases{/id}", "stargazers": "stargazers",
    "statuses": "statuses/{sha}", "subscribers": "subscribers", "subscription": "subscription", "tags": "tags",
    "teams": "teams", "trees": "git/trees{/sha}"}


def small_repo(base, repo, world):
    """The minimal-repository object as text; it never changes."""
    key = "small " + base
    if key not in repo.text:
        url = "%s/repos/%s" % (base, repo.full_name)
        kind = "Organization" if repo.owner.lower() in world.orgs else "User"
        out = {"id": repo.id, "node_id": node("R", repo.id), "name": repo.name, "full_name": repo.full_name,
               "private": repo.private, "owner": user(base, repo.owner, kind),
               "html_url": "https://github.com/" + repo.full_name, "description": repo.description, "fork": False,
               "url": url}
        for name, tail in REPO_URLS.items():
            out[name + "_url"] = url + "/" + tail
        repo.text[key] = json.dumps(out)
    return repo.text[key]


def full_repo(base, repo, world):
    out = json.loads(small_repo(base, repo, world))
    out.update({
        "created_at": iso(repo.created), "updated_at": iso(repo.created), "pushed_at": iso(repo.created), "size": 108,
        "git_url": "git://github.com/%s.git" % repo.full_name, "ssh_url": "git@github.com:%s.git" % repo.full_name,
        "clone_url": "https://github.com/%s.git" % repo.full_name, "svn_url": "https://github.com/" + repo.full_name,
        "homepage": None, "stargazers_count": 0, "watchers_count": 0, "language": None, "has_issues": True,
        "has_projects": True, "has_wiki": True, "has_pages": False, "has_discussions": False, "has_downloads": True,
        "forks_count": 0, "mirror_url": None, "archived": repo.archived, "disabled": False, "open_issues_count": 0,
        "license": None, "allow_forking": True, "is_template": False, "topics": [], "forks": 0, "open_issues": 0,
        "watchers": 0, "visibility": "private" if repo.private else "public", "default_branch": repo.default_branch,
        "network_count": 0, "subscribers_count": 0, "permissions": dict(
            {"admin": True, "maintain": True, "push": True, "triage": True, "pull": True}, **repo.permissions)})
    if repo.owner.lower() in world.orgs:
        out["organization"] = out["owner"]
    return out


def run_text(base, run, world, attempt=None):
    """A run as text; the latest attempt's is kept until the run changes."""
    if attempt is None and base in run.cache:
        return run.cache[base]
    repo = run.repo
    url = "%s/repos/%s/actions/runs/%d" % (base, repo.full_name, run.id)
    status, conclusion, started, updated, actor = (
        run.past[attempt - 1] if attempt and attempt < run.attempt else
        (run.status, run.conclusion, run.started, run.updated, run.triggering_actor))
    number = attempt or run.attempt
    suite = run.id * 2 + 1
    out = {"id": run.id, "name": run.name, "node_id": node("WFR", run.id), "head_branch": run.repo.branch_of(run.ref),
           "head_sha": run.sha, "path": run.workflow.path, "display_title": run.title, "run_number": run.number,
           "event": run.event, "status": status, "conclusion": conclusion, "workflow_id": run.workflow.id,
           "check_suite_id": suite, "check_suite_node_id": node("CS", suite), "url": url,
           "html_url": "https://github.com/%s/actions/runs/%d" % (repo.full_name, run.id), "pull_requests": [],
           "created_at": iso(run.created), "updated_at": iso(updated), "actor": user(base, run.actor),
           "run_attempt": number, "referenced_workflows": [], "run_started_at": iso(started),
           "triggering_actor": user(base, actor), "jobs_url": url + "/jobs", "logs_url": url + "/logs",
           "check_suite_url": "%s/repos/%s/check-suites/%d" % (base, repo.full_name, suite),
           "artifacts_url": url + "/artifacts", "cancel_url": url + "/cancel", "rerun_url": url + "/rerun",
           "previous_attempt_url": "%s/attempts/%d" % (url, number - 1) if number > 1 else None,
           "workflow_url": "%s/repos/%s/actions/workflows/%d" % (base, repo.full_name, run.workflow.id),
           "head_commit": {"id": run.sha, "tree_id": sha(run.sha), "message": run.title, "timestamp": iso(run.created),
                           "author": {"name": run.actor, "email": run.actor + "@example.com"},
                           "committer": {"name": "GitHub", "email": "noreply@github.com"}}}
    small = small_repo(base, repo, world)
    text = Raw('%s, "repository": %s, "head_repository": %s}' % (json.dumps(out)[:-1], small, small))
    if attempt is None:
        run.cache[base] = text
    return text


def job_json(base, job):
    run = job.run
    repo = "%s/repos/%s" % (base, run.repo.full_name)
    steps = []
    for step in job.steps:
        ready = job.steps[0].status == "completed" and step.kind == "main"
        if step.started is not None or ready:
            steps.append({"name": step.name, "status": step.status, "conclusion": step.conclusion,
                          "number": step.number, "started_at": iso_ms(step.started),
                          "completed_at": iso_ms(step.completed)})
    return {"id": job.id, "run_id": run.id, "workflow_name": run.workflow.name,
            "head_branch": run.repo.branch_of(run.ref), "run_url": "%s/actions/runs/%d" % (repo, run.id),
            "run_attempt": job.attempt, "node_id": node("CR", job.id), "head_sha": run.sha,
            "url": "%s/actions/jobs/%d" % (repo, job.id),
            "html_url": "https://github.com/%s/actions/runs/%d/job/%d" % (run.repo.full_name, run.id, job.id),
            "status": job.status, "conclusion": job.conclusion, "created_at": iso(job.created),
            "started_at": iso(job.started), "completed_at": iso(job.completed), "name": job.name, "steps": steps,
            "check_run_url": "%s/check-runs/%d" % (repo, job.id), "labels": job.labels, "runner_id": job.runner_id,
            "runner_name": job.runner_name, "runner_group_id": job.group_id, "runner_group_name": job.group_name}


def runner_json(runner, now):
    return {"id": runner.id, "name": runner.name, "os": runner.os, "status": "online" if runner.online else "offline",
            "busy": runner.busy(now), "ephemeral": runner.ephemeral, "runner_group_id": runner.group,
            "labels": runner.labels, "version": runner.version}


def workflow_json(base, workflow):
    repo = "repos/" + workflow.repo.full_name
    return {"id": workflow.id, "node_id": node("W", workflow.id), "name": workflow.name, "path": workflow.path,
            "state": workflow.state, "created_at": iso(workflow.created), "updated_at": iso(workflow.updated),
            "url": "%s/%s/actions/workflows/%d" % (base, repo, workflow.id),
            "html_url": "https://github.com/%s/blob/%s/%s" % (
                workflow.repo.full_name, workflow.repo.default_branch, workflow.path),
            "badge_url": "https://github.com/%s/workflows/%s/badge.svg" % (workflow.repo.full_name, workflow.name)}


def artifact_json(base, artifact, now):
    run = artifact["run"]
    url = "%s/repos/%s/actions/artifacts/%d" % (base, run.repo.full_name, artifact["id"])
    data = artifact_zip(artifact)
    return {"id": artifact["id"], "node_id": node("A", artifact["id"]), "name": artifact["name"],
            "size_in_bytes": len(data), "url": url, "archive_download_url": url + "/zip",
            "expired": is_expired(artifact, now), "digest": "sha256:" + hashlib.sha256(data).hexdigest(),
            "created_at": iso(artifact["created"]), "updated_at": iso(artifact["created"]),
            "expires_at": iso(artifact["expires"]),
            "workflow_run": {"id": run.id, "repository_id": run.repo.id, "head_repository_id": run.repo.id,
                             "head_branch": run.ref, "head_sha": run.sha}}


def is_expired(artifact, now):
    return bool(artifact.get("expired")) or now >= artifact["expires"]


def artifact_zip(artifact):
    if "zip" not in artifact:
        files = dict(artifact.get("files") or {})
        if "bytes" in artifact:
            # Does not compress: what a download of this size costs is what it says.
            block = b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(2048))
            files["data.bin"] = (block * (artifact["bytes"] // len(block) + 1))[:artifact["bytes"]]
        artifact["zip"] = zip_of(files, artifact["created"])
    return artifact["zip"]


def zip_of(files, when):
    import zipfile                      # late: it takes a third of the start's time
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, time.gmtime(when)[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data if isinstance(data, bytes) else data.encode())
    return out.getvalue()


# --- logs ---------------------------------------------------------------------------------------

def step_lines(job, step):
    """The messages of one step, without times; one that holds a newline is one message."""
    spec = step.spec
    if step.kind == "setup":
        return ["Current runner version: '2.336.0'", "Runner name: '%s'" % job.runner_name,
                "Runner group name: '%s'" % job.group_name, "Machine name: '%s'" % job.runner_name,
                "##[group]GITHUB_TOKEN Permissions", "Contents: read", "Metadata: read", "##[endgroup]",
                "Secret source: Actions", "Prepare workflow directory", "Prepare all required actions",
                "Complete job name: " + job.name]
    if step.name == "Complete job":
        return ["Cleaning up orphan processes"]
    out = []
    if spec.get("uses"):
        out += ["##[group]Run " + spec["uses"], "with:", "  repository: " + job.run.repo.full_name, "##[endgroup]"]
    elif spec.get("run") is not None or step.kind == "main":
        script = fill(spec.get("run") or "echo " + step.name,
                      {"inputs." + k: v for k, v in job.run.inputs.items()}).split("\n")
        out += ["##[group]Run " + script[0]] + ["\x1b[36;1m%s\x1b[0m" % line for line in script]
        out += ["shell: /usr/bin/bash -e {0}", "##[endgroup]"]
    if job.debug:
        out += ["##[debug]Evaluating condition for step: '%s'" % step.name]
    lines = spec.get("lines", 3)
    if isinstance(lines, int):
        lines = ["%s: line %d of %d" % (step.name, i, lines) for i in range(1, lines + 1)]
    out += lines
    if step.conclusion == "failure":
        out.append("##[error]Process completed with exit code 1.")
    elif step.conclusion == "cancelled":
        out.append("##[error]The operation was canceled.")
    return out


def step_log(job, step, now):
    """(time, message) of what a step has written by now."""
    if step.started is None or (step.status == "completed" and step.conclusion == "skipped"):
        return []
    lines = step_lines(job, step)
    length = max(step.seconds if step.completed is None else step.completed - step.started, 0.001)
    gap = length / (len(lines) + 1)
    return [(step.started + gap * i, line) for i, line in enumerate(lines, 1) if step.started + gap * i <= now]


def job_log(job, now, bom=True):
    """The log of a job as the runner writes it: each of its pages begins with a byte order mark. Without them as Gitea
    keeps it: one line a message."""
    if job.log is not None and bom:
        return job.log
    out = []
    for step in job.steps:
        page = [iso_7(when) + " " + (line if bom else line.replace("\n", "\\n")) + "\n"
                for when, line in step_log(job, step, now)]
        if page and bom:
            page[0] = BOM + page[0]
        out += page
    text = "".join(out).encode()
    if job.status == "completed" and bom:
        job.log = text
    return text


def run_log_zip(run, jobs, now):
    files = {}
    for number, job in enumerate(jobs):
        if not job.steps:
            continue
        name = job.name.replace("/", "").replace(":", "")[:90].strip()
        files["%d_%s.txt" % (number, name)] = job_log(job, now)
        for step in job.steps:
            text = "".join(iso_7(when) + " " + line + "\n" for when, line in step_log(job, step, now))
            if text:
                title = step.name.replace("/", "").replace(":", "")[:90].strip()
                files["%s/%d_%s.txt" % (name, step.number, title)] = BOM + text
    return zip_of(files, run.created)


# --- workflow files -----------------------------------------------------------------------------

def scalar(value):
    """A YAML scalar; strings are quoted as JSON does, which YAML reads too."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        return json.dumps(value)
    return str(value) if isinstance(value, (int, float)) else json.dumps(value)


def workflow_yaml(spec):
    """The text of a workflow file, from the description of the workflow."""
    if "text" in spec:
        return spec["text"]
    out = ["name: " + scalar(spec.get("name", spec["file"]))]
    if spec.get("run_name"):
        out.append("run-name: " + scalar(spec["run_name"]))
    out.append("on:")
    for event in spec.get("on", ["workflow_dispatch"]):
        out.append("  %s:" % event)
        if event == "schedule":
            out.append('    - cron: "17 3 * * *"')
        if event == "workflow_dispatch" and spec.get("inputs"):
            out.append("    inputs:")
            for name, item in spec["inputs"].items():
                out.append("      %s:" % name)
                for key in ("description", "required", "type", "default", "options", "deprecationMessage"):
                    if key in item:
                        out.append("        %s: %s" % (key, scalar(item[key])))
    if spec.get("concurrency"):
        out.append("concurrency: " + scalar(spec["concurrency"]))
    out.append("jobs:")
    for key, job in spec["jobs"].items():
        out += job_yaml(key, job)
    return "\n".join(out) + "\n"


def job_yaml(key, job):
    out = ["  %s:" % key]
    if job.get("name"):
        out.append("    name: " + scalar(job["name"]))
    if job.get("needs"):
        out.append("    needs: " + scalar(job["needs"]))
    if job.get("always"):
        out.append("    if: always()")
    if job.get("group"):
        out.append("    runs-on: " + scalar({"group": job["group"], "labels": job.get("labels", [])}))
    else:
        out.append("    runs-on: " + scalar(job.get("labels", ["self-hosted"])))
    if job.get("environment"):
        out.append("    environment: " + scalar(job["environment"]))
    if job.get("matrix"):
        out.append("    strategy:\n      matrix: " + scalar(job["matrix"]))
    out.append("    steps:")
    for step in job.get("steps") or [{"name": "Run it"}]:
        out.append("      - name: " + scalar(step["name"]))
        if step.get("uses"):
            out.append("        uses: " + scalar(step["uses"]))
        else:
            out.append("        run: " + scalar(step.get("run") or "echo " + step["name"]))
    return out
