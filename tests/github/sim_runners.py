"""The routes of runners: lists, labels, tokens, groups; for repositories and organisations alike."""
import base64
import hashlib
import json

import sim_default
import sim_shapes as shapes
from sim_app import Answer
from sim_github import body_object, page, route
from sim_things import Problem

READ, WRITE = "administration=read", "administration=write"


def find_runner(scope, number):
    if number not in scope.runners:
        raise Problem(404, "Not Found")
    return scope.runners[number]


@route("GET", "{scope}/actions/runners", READ, public=False)
def runners(sim, request, scope):
    name = request.query.get("name")
    found = [r for r in scope.runners.values() if name in (None, "", r.name)]
    return page(sim, request, scope, found, "runners", lambda r: shapes.runner_json(r, sim.world.now))


@route("GET", "{scope}/actions/runners/{n}", READ, public=False)
def runner(sim, request, scope, number):
    return Answer(200, shapes.runner_json(find_runner(scope, number), sim.world.now))


@route("DELETE", "{scope}/actions/runners/{n}", WRITE, public=False)
def remove(sim, request, scope, number):
    one = find_runner(scope, number)
    if one.job is not None or one.busy(sim.world.now):
        raise Problem(422, 'Runner "%s" is currently running a job and cannot be deleted.' % one.name)
    del scope.runners[number]
    return Answer(204)


@route("GET", "{scope}/actions/runners/downloads", READ, public=False)
def downloads(sim, request, scope):
    out = []
    for system, arch, end in (("osx", "arm64", "tar.gz"), ("linux", "x64", "tar.gz"), ("linux", "arm64", "tar.gz"),
                              ("linux", "arm", "tar.gz"), ("win", "x64", "zip")):
        name = "actions-runner-%s-%s-2.336.0.%s" % (system, arch, end)
        out.append({"os": system, "architecture": arch, "filename": name, "download_url":
                    "https://github.com/actions/runner/releases/download/v2.336.0/" + name,
                    "sha256_checksum": hashlib.sha256(name.encode()).hexdigest()})
    return Answer(200, out)


@route("GET", "{scope}/actions/runners/deprecations/{name}", READ, public=False)
def deprecations(sim, request, scope, version):
    if request.dialect.kind == "ghes":
        raise Problem(404, "Not Found")
    old = tuple(int(p) for p in str(version).split(".")[:2]) < (2, 329)
    when = "2026-09-25T00:00:00Z" if old else None
    return Answer(200, {"runner_version": version, "registration_deprecates_at": when, "runtime_deprecates_at": when})


# --- labels -------------------------------------------------------------------------------------

def labels_of(one):
    return Answer(200, {"total_count": len(one.labels), "labels": one.labels})


def wanted_labels(request, least):
    body = body_object(request, ("labels",), ("labels",))
    names = body["labels"]
    if not isinstance(names, list) or not least <= len(names) <= 100 or not all(isinstance(n, str) for n in names):
        raise Problem(422, "Invalid request.\n\nFor 'properties/labels', it must be a list of %d to 100 strings." % least)
    for name in names:
        if not name.strip() or len(name) > 256 or "," in name:
            raise Problem(422, "Validation Failed", body={"errors": ["Label %s is not valid" % json.dumps(name)]})
    return names


def relabelled(sim, one):
    sim.world.assign()
    return labels_of(one)


@route("GET", "{scope}/actions/runners/{n}/labels", READ, public=False)
def labels(sim, request, scope, number):
    return labels_of(find_runner(scope, number))


@route("POST", "{scope}/actions/runners/{n}/labels", WRITE, public=False)
def add_labels(sim, request, scope, number):
    one = find_runner(scope, number)
    for name in wanted_labels(request, 1):
        one.add_label(sim.world, name)
    return relabelled(sim, one)


@route("PUT", "{scope}/actions/runners/{n}/labels", WRITE, public=False)
def put_labels(sim, request, scope, number):
    one = find_runner(scope, number)
    names = wanted_labels(request, 0)
    one.labels = [label for label in one.labels if label["type"] == "read-only"]
    for name in names:
        one.add_label(sim.world, name)
    return relabelled(sim, one)


@route("DELETE", "{scope}/actions/runners/{n}/labels", WRITE, public=False)
def clear_labels(sim, request, scope, number):
    one = find_runner(scope, number)
    one.labels = [label for label in one.labels if label["type"] == "read-only"]
    return relabelled(sim, one)


@route("DELETE", "{scope}/actions/runners/{n}/labels/{path}", WRITE, public=False)
def remove_label(sim, request, scope, number, name):
    one = find_runner(scope, number)
    found = [label for label in one.labels if label["name"].lower() == str(name).lower()]
    if not found:
        raise Problem(404, "Label not found on runner")
    if found[0]["type"] == "read-only":
        raise Problem(422, "Label %s is read-only and cannot be removed" % name)
    one.labels = [label for label in one.labels if label is not found[0]]
    return relabelled(sim, one)


# --- tokens -------------------------------------------------------------------------------------

def token(sim, kind, scope):
    """29 letters and digits of base 32, the first an A, as the real ones."""
    text = base64.b32encode(hashlib.sha256(("%s %d %s" % (kind, scope.id, sim.world.now)).encode()).digest())
    value = "A" + text.decode()[:28]
    sim.secrets = getattr(sim, "secrets", []) + [value]
    return value


@route("POST", "{scope}/actions/runners/registration-token", WRITE, public=False)
def registration_token(sim, request, scope):
    return Answer(201, {"token": token(sim, "register", scope), "expires_at": shapes.iso(sim.world.now + 3600)})


@route("POST", "{scope}/actions/runners/remove-token", WRITE, public=False)
def remove_token(sim, request, scope):
    return Answer(201, {"token": token(sim, "remove", scope), "expires_at": shapes.iso(sim.world.now + 3600)})


@route("POST", "{scope}/actions/runners/generate-jitconfig", WRITE, public=False)
def jit(sim, request, scope):
    body = body_object(request, ("name", "runner_group_id", "labels", "work_folder"), ("name", "runner_group_id", "labels"))
    if body["runner_group_id"] not in getattr(scope, "groups", {1: None}):
        raise Problem(404, "Not Found")
    if any(r.name.lower() == str(body["name"]).lower() for r in scope.runners.values()):
        raise Problem(409, "Already exists - A runner with the name %s already exists." % body["name"])
    one = sim_default.add_runner(sim.world, scope, {
        "name": body["name"], "os": "unknown", "online": False, "ephemeral": True, "version": None,
        "default_labels": False, "labels": body["labels"], "group_id": body["runner_group_id"]})
    for label in one.labels:
        if label["name"].lower() in ("self-hosted", "linux", "windows", "macos", "x64", "arm", "arm64"):
            label["type"] = "read-only"
    text = base64.b64encode(json.dumps({".runner": token(sim, "jit", scope)}).encode()).decode()
    return Answer(201, {"runner": shapes.runner_json(one, sim.world.now), "encoded_jit_config": text})


# --- groups -------------------------------------------------------------------------------------

def find_group(org, number):
    if number not in org.groups:
        raise Problem(404, "Not Found")
    return org.groups[number]


def group_json(request, org, group):
    url = "%s/orgs/%s/actions/runner-groups/%d" % (request.dialect.base, org.login, group["id"])
    out = {"id": group["id"], "name": group["name"], "visibility": group["visibility"], "default": group["default"],
           "runners_url": url + "/runners", "inherited": False, "allows_public_repositories": group["public"],
           "restricted_to_workflows": False, "selected_workflows": [], "workflow_restrictions_read_only": False}
    if group["visibility"] == "selected":
        out["selected_repositories_url"] = url + "/repositories"
    return out


@route("GET", "{org}/actions/runner-groups", READ, public=False)
def groups(sim, request, org):
    return page(sim, request, org, list(org.groups.values()), "runner_groups", lambda g: group_json(request, org, g))


@route("POST", "{org}/actions/runner-groups", WRITE, public=False)
def new_group(sim, request, org):
    body = body_object(request, ("name", "visibility", "selected_repository_ids", "runners", "restricted_to_workflows",
                                 "allows_public_repositories", "selected_workflows", "network_configuration_id"), ("name",))
    if any(g["name"].lower() == body["name"].lower() for g in org.groups.values()):
        raise Problem(409, "Runner group already exists")
    group = org.add_group(sim.world, {"name": body["name"], "visibility": body.get("visibility", "all"),
                                      "repos": body.get("selected_repository_ids", [])})
    for number in body.get("runners", []):
        find_runner(org, number).group = group["id"]
    return Answer(201, group_json(request, org, group))


@route("GET", "{org}/actions/runner-groups/{n}", READ, public=False)
def group(sim, request, org, number):
    return Answer(200, group_json(request, org, find_group(org, number)))


@route("PATCH", "{org}/actions/runner-groups/{n}", WRITE, public=False)
def change_group(sim, request, org, number):
    one = find_group(org, number)
    body = body_object(request, ("name", "visibility", "allows_public_repositories", "restricted_to_workflows",
                                 "selected_workflows", "network_configuration_id"), ("name",))
    one["name"] = body["name"]
    one["visibility"] = body.get("visibility", one["visibility"])
    sim.world.assign()
    return Answer(200, group_json(request, org, one))


@route("DELETE", "{org}/actions/runner-groups/{n}", WRITE, public=False)
def delete_group(sim, request, org, number):
    if find_group(org, number)["default"]:
        raise Problem(422, "The default runner group cannot be deleted")
    for one in org.runners.values():
        if one.group == number:
            one.group = next(g["id"] for g in org.groups.values() if g["default"])
    del org.groups[number]
    return Answer(204)


@route("GET", "{org}/actions/runner-groups/{n}/runners", READ, public=False)
def group_runners(sim, request, org, number):
    find_group(org, number)
    found = [r for r in org.runners.values() if r.group == number]
    return page(sim, request, org, found, "runners", lambda r: shapes.runner_json(r, sim.world.now))


@route("PUT", "{org}/actions/runner-groups/{n}/runners", WRITE, public=False)
def set_group_runners(sim, request, org, number):
    find_group(org, number)
    body = body_object(request, ("runners",), ("runners",))
    for one in org.runners.values():
        if one.id in body["runners"]:
            one.group = number
    sim.world.assign()
    return Answer(204)


@route("PUT", "{org}/actions/runner-groups/{n}/runners/{n}", WRITE, public=False)
def add_to_group(sim, request, org, number, runner_id):
    find_group(org, number)
    find_runner(org, runner_id).group = number
    sim.world.assign()
    return Answer(204)


@route("DELETE", "{org}/actions/runner-groups/{n}/runners/{n}", WRITE, public=False)
def take_from_group(sim, request, org, number, runner_id):
    one = find_runner(org, runner_id)
    if one.group == number:
        one.group = next(g["id"] for g in org.groups.values() if g["default"])
    sim.world.assign()
    return Answer(204)


@route("GET", "{org}/actions/runner-groups/{n}/repositories", READ, public=False)
def group_repos(sim, request, org, number):
    chosen = find_group(org, number)["repos"]
    found = [r for r in sim.world.repos.values() if r.id in chosen]
    return page(sim, request, org, found, "repositories",
                lambda r: shapes.Raw(shapes.small_repo(request.dialect.base, r, sim.world)))


@route("PUT", "{org}/actions/runner-groups/{n}/repositories", WRITE, public=False)
def set_group_repos(sim, request, org, number):
    body = body_object(request, ("selected_repository_ids",), ("selected_repository_ids",))
    find_group(org, number)["repos"] = list(body["selected_repository_ids"])
    sim.world.assign()
    return Answer(204)


@route("PUT", "{org}/actions/runner-groups/{n}/repositories/{n}", WRITE, public=False)
def add_group_repo(sim, request, org, number, repo_id):
    chosen = find_group(org, number)["repos"]
    if repo_id not in chosen:
        chosen.append(repo_id)
    sim.world.assign()
    return Answer(204)


@route("DELETE", "{org}/actions/runner-groups/{n}/repositories/{n}", WRITE, public=False)
def take_group_repo(sim, request, org, number, repo_id):
    chosen = find_group(org, number)["repos"]
    if repo_id in chosen:
        chosen.remove(repo_id)
    return Answer(204)


@route("GET", "{org}/actions/hosted-runners", READ, public=False)
def hosted(sim, request, org):
    return page(sim, request, org, [], "runners", dict)
