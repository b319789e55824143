#!/usr/bin/env python3
"""The lease protocol as a small state machine, searched to the end.

One job, two agents, and a shim a claim. An agent may be killed, frozen and woken; a shim may be killed and leave its
process group behind, or lose the status it wrote down; a lease may lapse at any moment. In every state that can be reached at most one process group of
the job is alive, a completed job stays as it is, only the claim that holds the job decides about it, and an end can
still be reached. Then each protection is taken away in turn, and the search must find what goes wrong: a check that
cannot fail would prove nothing.

The queue's steps are atomic here, as they are in core/queue; that they are is for the conformance suite to show.
"""
import collections

TOKENS = 2          # claims in one run
FAULTS = 2          # agents killed or frozen
LOSSES = 1          # then the job is buried

Job = collections.namedtuple("Job", "state token owner cancel losses where")
Agent = collections.namedtuple("Agent", "mode token adopted late knows")
World = collections.namedtuple("World", "job agents shims faults shim_faults moving")

# A shim, by its claim's token:
#   "-" there is none        "s" started, has not run the command yet   "S" the same, past its deadline
#   "r" the command runs     "x" it ended, its status is written down   "f" ended by the shim: the lease lapsed
#   "o" the command runs, its shim was killed                           "k" nothing is left
LIVE = "ro"

MUTANTS = {
    "no fence": "a result is taken from a claim that does not hold the job",
    "no self-fence": "two process groups are alive",
    "no spawn guard": "two process groups are alive",
    "no sweep": "two process groups are alive",
    "adoption from the living": "two process groups are alive",
    "done when claimed": "completed without having run",
    "re-route in two steps": "no end can be reached",
    "lost without a fence": "a completed job changed",
}


def start():
    idle = Agent("up", 0, False, False, False)
    return World(Job("ready", 0, None, False, 0, "set"), (idle, idle), "-" * TOKENS, 0, 0, False)


def with_agent(world, i, **changes):
    agents = list(world.agents)
    agents[i] = agents[i]._replace(**changes)
    return world._replace(agents=tuple(agents))


def with_shim(world, token, state):
    shims = list(world.shims)
    shims[token - 1] = state
    return world._replace(shims="".join(shims))


def with_job(world, **changes):
    return world._replace(job=world.job._replace(**changes))


def holds(job, token):
    return job.state == "leased" and job.token == token


def given_back(world):
    """The holder's process is lost: the job is free again, or has been lost too often."""
    losses = world.job.losses + 1
    if world.job.cancel or losses > LOSSES:
        return with_job(world, state="failed", losses=losses, owner=None)
    return with_job(world, state="ready", losses=losses, owner=None, where="set")


def agent_steps(world, i, mutant):
    job, me = world.job, world.agents[i]
    token = me.token
    if me.mode == "up":
        if not token and job.state == "ready" and job.where and job.token < TOKENS:
            taken = with_job(world, state="leased", token=job.token + 1, owner=i)
            if mutant == "done when claimed":
                taken = with_job(taken, state="done", owner=None)
            yield "claim", with_agent(taken, i, token=job.token + 1, adopted=False, late=False)
        if token:
            yield from holder_steps(world, i, mutant)
        elif job.state == "leased" and job.owner != i:
            owner = world.agents[job.owner]
            lapsed = owner.late or owner.token != job.token
            if owner.mode == "down" or lapsed or mutant == "adoption from the living":
                adopted = with_agent(world, i, token=job.token, adopted=True, late=False)
                yield "adopt", with_job(adopted, owner=i)
        if world.faults < FAULTS:
            yield "kill", with_agent(world, i, mode="down", token=0, late=False, knows=False)._replace(faults=world.faults + 1)
            yield "freeze", with_agent(world, i, mode="frozen")._replace(faults=world.faults + 1)
    elif me.mode == "frozen":
        yield "wake", with_agent(world, i, mode="up")
    else:
        yield "restart", with_agent(world, i, mode="up", token=0, adopted=False)


def holder_steps(world, i, mutant):
    """What an agent does that believes to hold a claim."""
    job, me = world.job, world.agents[i]
    token = me.token
    shim = world.shims[token - 1]
    free = with_agent(world, i, token=0, adopted=False, late=False, knows=False)
    if shim == "-" and not me.adopted:
        yield "start shim", with_shim(world, token, "S" if me.late else "s")
    if holds(job, token) and job.owner == i and me.late:
        yield "beat", with_agent(world, i, late=False)
    if shim == "x" and not me.knows:
        yield "learn the status", with_agent(world, i, knows=True)
    if me.knows:
        if holds(job, token) or (mutant == "no fence" and job.state == "leased"):
            yield "report", with_job(free, state="done", owner=None)
        else:
            yield "report, stale", free
    gone = (shim in "kf" and not me.knows) or shim == "o" or (shim == "-" and me.adopted)
    if gone:
        if shim == "o" and mutant != "no sweep":
            free = with_shim(free, token, "k")
        if holds(job, token) or (mutant == "lost without a fence" and job.token >= token):
            yield "report lost", given_back(free)
        else:
            yield "report lost, stale", free


def shim_steps(world, mutant):
    for token in range(1, TOKENS + 1):
        shim = world.shims[token - 1]
        if shim == "s":
            yield "run %d" % token, with_shim(world, token, "r")
        elif shim == "S":
            yield "refuse %d" % token, with_shim(world, token, "k")
            if mutant == "no spawn guard":
                yield "run late %d" % token, with_shim(world, token, "r")
        elif shim == "r":
            yield "exit %d" % token, with_shim(world, token, "x")
            if world.shim_faults < 1:
                yield "kill shim %d" % token, with_shim(world, token, "o")._replace(shim_faults=1)
        elif shim == "x" and world.shim_faults < 1:
            yield "lose status %d" % token, with_shim(world, token, "k")._replace(shim_faults=1)
        elif shim == "o":
            yield "end alone %d" % token, with_shim(world, token, "k")


def lapse(world, mutant):
    """The lease runs out: whoever holds it is late, its shim has ended the command by then."""
    job = world.job
    if job.state != "leased" or (world.agents[job.owner].late and world.agents[job.owner].token == job.token):
        return
    late = world
    for i, agent in enumerate(world.agents):
        if agent.token == job.token:
            late = with_agent(late, i, late=True)
    shim = world.shims[job.token - 1]
    if shim == "s":
        late = with_shim(late, job.token, "S")
    elif shim == "r" and mutant != "no self-fence":
        late = with_shim(late, job.token, "f")
    if mutant == "no self-fence" and shim == "r":
        # Nobody looks after it any more: to the adopter it is as good as gone.
        late = with_shim(late, job.token, "o")
        yield "lapse, forgotten", with_agent(late, job.owner, late=True)
        lost = given_back(late)
        if late.agents[job.owner].mode != "up":
            yield "lapse, reaped", lost
        return
    if late != world:
        yield "lapse", late


def operator_steps(world, mutant):
    job = world.job
    if job.state == "ready" and job.where:
        yield "cancel", with_job(world, state="cancelled")
        if mutant == "re-route in two steps":
            if not world.moving:
                yield "take off", with_job(world, where="")._replace(moving=True)
        elif job.token == 0:
            yield "re-route", with_job(world, where="other" if job.where == "set" else "set")
    elif job.state == "ready" and world.moving:
        yield "put back", with_job(world, where="other")._replace(moving=False)
        yield "operator killed", world._replace(moving=False)
    elif job.state == "leased" and not job.cancel:
        yield "ask to cancel", with_job(world, cancel=True)


def steps(world, mutant):
    for i in (0, 1):
        for name, after in agent_steps(world, i, mutant):
            yield "%s by %d" % (name, i), after
    yield from shim_steps(world, mutant)
    yield from lapse(world, mutant)
    yield from operator_steps(world, mutant)


def breach(before, name, after, mutant):
    if sum(after.shims.count(s) for s in LIVE) > 1:
        return "two process groups are alive"
    if before.job.state not in ("ready", "leased") and after.job != before.job:
        return "a completed job changed"
    if name.startswith("report by") and after.job != before.job:
        by = before.agents[int(name[-1])]
        if by.token != before.job.token:
            return "a result is taken from a claim that does not hold the job"
    if after.job.state == "done" and before.job.state != "done" and not name.startswith("report by"):
        return "completed without having run"
    return None


def search(mutant, wanted=None):
    """The number of states, and the shortest way to each kind of breach; ends early when the wanted one is found."""
    first = start()
    came_from = {first: None}
    back = collections.defaultdict(list)
    found = {}
    queue = collections.deque([first])

    def way(world, last):
        names = [last] if last else []
        while came_from[world]:
            world, name = came_from[world]
            names.append(name)
        return " / ".join(reversed(names))

    while queue:
        world = queue.popleft()
        for name, after in steps(world, mutant):
            what = breach(world, name, after, mutant)
            if what and what not in found:
                found[what] = way(world, name)
                if what == wanted:
                    return len(came_from), found
            back[after].append(world)
            if after not in came_from:
                came_from[after] = (world, name)
                queue.append(after)

    good = {w for w in came_from if w.job.state not in ("ready", "leased") or w.job.token == TOKENS}
    queue = collections.deque(good)
    while queue:
        for before in back[queue.popleft()]:
            if before not in good:
                good.add(before)
                queue.append(before)
    stuck = next((w for w in came_from if w not in good), None)
    if stuck is not None:
        found["no end can be reached"] = way(stuck, None)
    return len(came_from), found


def main():
    print("1..%d" % (1 + len(MUTANTS)))
    count, found = search(None)
    print("%sok 1 - nothing goes wrong in %d states" % ("not " if found or count < 1000 else "", count))
    for what, way in found.items():
        print("# %s: %s" % (what, way))
    for n, (mutant, expected) in enumerate(MUTANTS.items(), 2):
        count, found = search(mutant, expected)
        print("%sok %d - %s: %s" % ("" if expected in found else "not ", n, mutant, expected))
        for what, way in found.items():
            print("# %s: %s" % (what, way))


if __name__ == "__main__":
    main()
