"""The routes of repositories and their files, of users and organisations, and of what belongs to nobody."""
import base64
from urllib.parse import quote

import sim_shapes as shapes
from sim_app import DOCS, Answer
from sim_github import find_run, page, route
from sim_things import Problem


# --- the repository and its files ---------------------------------------------------------------

def files_at(repo, ref):
    """{path: text} at a branch or tag."""
    out = {}
    for key, text in repo.files.items():
        at, _, path = key.rpartition("@")
        if not at or at == ref:
            out[path] = text
    for workflow in repo.workflows.values():
        if workflow.state != "deleted":
            out.setdefault(workflow.path, shapes.workflow_yaml(workflow.at(ref)))
    return out


@route("GET", "{repo}", "metadata=read")
def get_repo(sim, request, repo):
    return Answer(200, shapes.full_repo(request.dialect.base, repo, sim.world))


@route("GET", "{repo}/contents/{path}", "contents=read")
def contents(sim, request, repo, path):
    path = str(path).strip("/")
    wanted = request.query.get("ref") or repo.default_branch
    ref = repo.name_at(wanted)
    if ref is None:
        raise Problem(404, "No commit found for the ref %s" % wanted)
    files = files_at(repo, ref)
    url = "%s/repos/%s/contents/" % (request.dialect.base, repo.full_name)

    def entry(name, kind, text):
        return {"name": name.rpartition("/")[2], "path": name, "sha": shapes.sha(text or name), "size": len(text or ""),
                "url": url + quote(name) + "?ref=" + quote(wanted, ""), "type": kind,
                "html_url": "https://github.com/%s/blob/%s/%s" % (repo.full_name, wanted, name),
                "git_url": url + name, "download_url": None, "_links": {"self": url + name, "git": None, "html": None}}
    if path in files:
        text = files[path]
        if "raw" in request.headers.get("accept", ""):
            return Answer(200, text.encode(), kind="application/vnd.github.raw+json; charset=utf-8")
        coded = base64.encodebytes(text.encode()).decode()
        return Answer(200, dict(entry(path, "file", text), content=coded, encoding="base64"))
    inside = sorted({name[len(path) + 1:].split("/")[0] for name in files if name.startswith(path + "/")})
    if not inside:
        raise Problem(404, "Not Found")
    return Answer(200, [entry(path + "/" + name, "file" if path + "/" + name in files else "dir",
                              files.get(path + "/" + name)) for name in inside])


def commit_of(request, repo, name):
    number = repo.sha_of(name)
    return {"sha": number, "url": "%s/repos/%s/commits/%s" % (request.dialect.base, repo.full_name, number)}


def full_commit(request, repo, name):
    short = commit_of(request, repo, name)
    who = {"name": repo.owner, "email": repo.owner + "@example.com", "date": shapes.iso(repo.created)}
    person = shapes.user(request.dialect.base, repo.owner)
    return dict(short, node_id=shapes.node("C", repo.id), author=person, committer=person, parents=[],
                html_url="https://github.com/%s/commit/%s" % (repo.full_name, short["sha"]),
                comments_url=short["url"] + "/comments", commit={
                    "author": who, "committer": who, "message": "Begin", "comment_count": 0, "url": short["url"],
                    "tree": {"sha": shapes.sha(short["sha"]), "url": short["url"]}})


@route("GET", "{repo}/branches", "contents=read")
def branches(sim, request, repo):
    return page(sim, request, repo, repo.branches, None,
                lambda name: {"name": name, "commit": commit_of(request, repo, name), "protected": False})


@route("GET", "{repo}/branches/{path}", "contents=read")
def branch(sim, request, repo, name):
    if name not in repo.branches:
        raise Problem(404, "Branch not found")
    url = "%s/repos/%s/branches/%s" % (request.dialect.base, repo.full_name, quote(name))
    return Answer(200, {"name": name, "commit": full_commit(request, repo, name), "protected": False,
                        "_links": {"self": url, "html": "https://github.com/%s/tree/%s" % (repo.full_name, name)},
                        "protection": {"enabled": False}, "protection_url": url + "/protection"})


@route("GET", "{repo}/tags", "contents=read")
def tags(sim, request, repo):
    return page(sim, request, repo, repo.tags, None, lambda name: {
        "name": name, "commit": commit_of(request, repo, name), "zipball_url": "", "tarball_url": "",
        "node_id": shapes.node("REF", repo.id)})


@route("GET", "{repo}/commits/{path}", "contents=read")
def commit(sim, request, repo, ref):
    if repo.sha_of(str(ref)) is None:
        raise Problem(422, "No commit found for SHA: %s" % ref)
    return Answer(200, full_commit(request, repo, str(ref)))


@route("GET", "{repo}/git/ref/{path}", "contents=read")
def git_ref(sim, request, repo, ref):
    if repo.branch_of("refs/" + ref) is None:
        raise Problem(404, "Not Found")
    return Answer(200, {"ref": "refs/" + ref, "node_id": shapes.node("REF", repo.id), "url": request.dialect.base +
                        request.route, "object": {"type": "commit", "sha": repo.sha_of("refs/" + ref), "url": ""}})


# --- caches and concurrency groups --------------------------------------------------------------

@route("GET", "{repo}/actions/cache/usage", "actions=read")
def cache_usage(sim, request, repo):
    return Answer(200, {"full_name": repo.full_name, "active_caches_size_in_bytes": 0, "active_caches_count": 0})


@route("GET", "{repo}/actions/caches", "actions=read")
def caches(sim, request, repo):
    return page(sim, request, repo, [], "actions_caches", dict)


def groups_of(sim, repo):
    """{name: [run]}: who holds a concurrency group, and who waits for it."""
    out = {}
    for run in sim.world.unfinished.values():
        if run.repo is repo and run.group:
            out.setdefault(run.group, []).append(run)
    return out


def only_here(request):
    if request.dialect.kind == "ghes":
        raise Problem(404, "Not Found")


def group_url(request, repo, name):
    return "%s/repos/%s/actions/concurrency_groups/%s" % (request.dialect.base, repo.full_name, quote(name, ""))


@route("GET", "{repo}/actions/concurrency_groups", "actions=read")
def concurrency_groups(sim, request, repo):
    only_here(request)
    found = groups_of(sim, repo)
    return Answer(200, {"total_count": len(found), "concurrency_groups": [
        {"group_name": name, "group_url": group_url(request, repo, name), "last_acquired_at": shapes.iso(runs[0].started)}
        for name, runs in found.items()]})


@route("GET", "{repo}/actions/concurrency_groups/{name}", "actions=read")
def concurrency_group(sim, request, repo, name):
    only_here(request)
    runs = groups_of(sim, repo).get(str(name))
    if not runs:
        raise Problem(404, "Not Found")
    members = []
    for run in runs:
        url = "%s/repos/%s/actions/runs/%d" % (request.dialect.base, repo.full_name, run.id)
        members.append({"run_id": run.id, "run_name": run.name, "run_url": url,
                        "run_html_url": "https://github.com/%s/actions/runs/%d" % (repo.full_name, run.id),
                        "status": "pending" if run.status == "pending" else "in_progress"})
    return Answer(200, {"group_name": name, "group_url": group_url(request, repo, str(name)),
                        "total_count": len(members), "group_members": members})


@route("GET", "{repo}/actions/runs/{n}/concurrency_groups", "actions=read")
def run_groups(sim, request, repo, number):
    only_here(request)
    run = find_run(repo, number)
    runs = groups_of(sim, repo).get(run.group, [])
    if run not in runs:
        return Answer(200, {"total_count": 0, "concurrency_groups": []})
    url = group_url(request, repo, run.group)
    return Answer(200, {"total_count": 1, "concurrency_groups": [
        {"group_name": run.group, "group_url": url, "position": runs.index(run),
         "position_url": "%s?ahead_of_run=%d" % (url, run.id)}]})


# --- what belongs to nobody ---------------------------------------------------------------------

def need_token(request):
    if request.token is None:
        raise Problem(401, "Requires authentication")


def account(request, login):
    out = shapes.user(request.dialect.base, login)
    out.update(dict.fromkeys(("name", "company", "blog", "location", "email", "hireable", "bio", "twitter_username")),
               public_repos=1, public_gists=0, followers=0, following=0, created_at=shapes.iso(0), updated_at=shapes.iso(0))
    return out


@route("GET", "/user")
def get_user(sim, request):
    need_token(request)
    return Answer(200, account(request, sim.world.user))


@route("GET", "/users/{name}")
def get_a_user(sim, request, login):
    return Answer(200, account(request, str(login)))


@route("GET", "/user/repos")
def user_repos(sim, request):
    need_token(request)
    return page(sim, request, None, list(sim.world.repos.values()), None,
                lambda repo: shapes.full_repo(request.dialect.base, repo, sim.world))


@route("GET", "{org}", "metadata=read")
def get_org(sim, request, org):
    out = dict(shapes.user(request.dialect.base, org.login, "Organization"), id=org.id, description=None)
    url = "%s/orgs/%s/" % (request.dialect.base, org.login)
    for name in ("hooks", "issues", "repos", "events"):
        out[name + "_url"] = url + name
    out.update(members_url=url + "members{/member}", public_members_url=url + "public_members{/member}",
               has_organization_projects=True, has_repository_projects=True, public_repos=0, public_gists=0, followers=0,
               following=0, created_at=shapes.iso(0), updated_at=shapes.iso(0), archived_at=None)
    return Answer(200, out)


@route("GET", "{org}/repos", "metadata=read")
def org_repos(sim, request, org):
    found = [r for r in sim.world.repos.values() if r.owner.lower() == org.login.lower()]
    return page(sim, request, org, found, None, lambda r: shapes.full_repo(request.dialect.base, r, sim.world))


@route("GET", "/rate_limit")
def rate_limit(sim, request):
    if request.dialect.kind == "ghes":
        raise Problem(404, "Rate limiting is not enabled.")
    sim.exceeded()
    core = {"limit": sim.limit, "remaining": max(0, sim.limit - sim.used), "reset": int(sim.window or sim.world.now + 3600),
            "used": sim.used}
    other = {"limit": 30, "remaining": 30, "reset": int(sim.world.now + 60), "used": 0}
    out = {"resources": {"core": core, "search": other, "actions_runner_registration": dict(other, limit=10000)}}
    if request.headers.get("x-github-api-version", "2022-11-28") < "2026":
        out["rate"] = core
    return Answer(200, out)


@route("GET", "/versions")
def versions(sim, request):
    if request.dialect.kind == "ghes":
        raise Problem(404, "Not Found")
    return Answer(200, ["2026-03-10", "2022-11-28"])


@route("GET", "/meta")
def meta(sim, request):
    out = {"verifiable_password_authentication": False}
    if request.dialect.kind == "ghes":
        out["installed_version"] = "3.19.0"
    return Answer(200, out)


@route("GET", "/?")
def root(sim, request):
    base = request.dialect.base
    return Answer(200, {"current_user_url": base + "/user", "rate_limit_url": base + "/rate_limit",
                        "documentation_url": DOCS})
