#!/usr/bin/env python3
"""The lease protocol as a small state machine, searched to the end.

One job, two agents, and a shim a claim. An agent may be killed, frozen and woken; a shim may be killed and leave its
process group behind, or lose the status it wrote down; a lease may lapse at any moment. In every state that can be reached at most one process group of
the job is alive, a completed job stays as it is, only the claim that holds the job decides about it, and an end can
still be reached. Then each protection is taken away in turn, and the search must find what goes wrong: a check that
cannot fail would prove nothing.

The second machine is about two jobs that a policy lets take one place: submitters and dispatchers look at the fleet, decide,
and store what they decided in a later step; the place may become free in between. A dispatcher may be killed or frozen,
and another has the duty then. The place is never taken twice, and both jobs come to their end.

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


def lease_good(world):
    return world.job.state not in ("ready", "leased") or world.job.token == TOKENS


# --- one place for two jobs

Governed = collections.namedtuple("Governed", "state decision view")   # view: what its submitter saw to be in use
Dispatcher = collections.namedtuple("Dispatcher", "mode fence everything used told seen list")
Fleet = collections.namedtuple("Fleet", "jobs used dispatchers fence holder stored faults")

PLACE_MUTANTS = {
    "place not checked when it is taken": "the place is taken twice",
    "place kept by what has ended": "no end can be reached",
    "decided by whoever had the duty": "a decision of one without the duty",
    "decided whatever was decided before": "a later decision is overruled",
    "new waits are not shown": "no end can be reached",
    "only new waits are shown": "no end can be reached",
}


def place_start():
    new = Governed("new", 0, None)
    idle = Dispatcher("up", 0, False, 0, 0, 0, ())
    return Fleet((new, new), 0, (idle, idle), 0, None, 0, 0)


def with_governed(world, j, **changes):
    jobs = list(world.jobs)
    jobs[j] = jobs[j]._replace(**changes)
    return world._replace(jobs=tuple(jobs))


def with_dispatcher(world, d, **changes):
    all_of_them = list(world.dispatchers)
    all_of_them[d] = all_of_them[d]._replace(**changes)
    return world._replace(dispatchers=tuple(all_of_them))


def stored(world, j, state):
    """A decision about job J is stored, under the chain's next number."""
    number = world.stored + 1
    return with_governed(world, j, state=state, decision=number)._replace(stored=number)


def submitter_steps(world, j, mutant):
    job = world.jobs[j]
    if job.state != "new":
        return
    if job.view is None:
        yield "submitter %d looks" % j, with_governed(world, j, view=world.used)
    elif job.view:
        yield "hold %d" % j, stored(world, j, "held")
    elif not world.used or mutant == "place not checked when it is taken":
        yield "place %d" % j, stored(world, j, "placed")._replace(used=world.used + 1)
    else:
        yield "no place for %d" % j, with_governed(world, j, view=None)


def runner_steps(world, mutant):
    for j, job in enumerate(world.jobs):
        # Not whenever it would help: what is stuck must not be saved by that.
        if job.state == "held" and not world.used and world.faults < FAULTS:
            yield "operator places %d" % j, stored(world, j, "placed")._replace(used=1, faults=world.faults + 1)
        if job.state == "placed":
            yield "claim %d" % j, with_governed(world, j, state="leased")
        elif job.state == "leased":
            kept = mutant == "place kept by what has ended"
            yield "end %d" % j, with_governed(world, j, state="done")._replace(used=world.used - (not kept))


def looked(world, d, mutant):
    """OPEN: what waits for a place that is free again, what others held since the last look, all of it on coming."""
    me = world.dispatchers[d]
    event = me.used > world.used
    found = []
    for j, job in enumerate(world.jobs):
        new = job.decision > me.told and mutant != "new waits are not shown"
        if job.state == "held" and (me.everything or new or (event and mutant != "only new waits are shown")):
            found.append((j, job.decision))
    return with_dispatcher(world, d, everything=False, used=world.used, told=world.stored, seen=world.used,
                           list=tuple(found))


def decided(world, d, mutant):
    """DECIDE about the first job of the list."""
    me = world.dispatchers[d]
    (j, prev), rest = me.list[0], me.list[1:]
    on = with_dispatcher(world, d, list=rest)
    same = world.jobs[j].decision == prev or mutant == "decided whatever was decided before"
    fence = me.fence == world.fence or mutant == "decided by whoever had the duty"
    own = world.jobs[j].state == "placed"
    room = world.used == own
    if me.seen:
        yield "%d waits on, says %d" % (j, d), on
    elif same and fence and room and world.jobs[j].state in ("held", "placed"):
        yield "place %d by %d" % (j, d), stored(on, j, "placed")._replace(used=world.used + 1 - own)
    else:
        yield "conflict about %d for %d" % (j, d), with_dispatcher(on, d, everything=True)


def dispatcher_steps(world, d, mutant):
    me = world.dispatchers[d]
    holder = world.holder
    free = holder is None or world.dispatchers[holder].mode != "up"
    if me.mode == "up":
        if holder != d and not me.fence and free:
            fence = world.fence + 1
            yield "duty of %d" % d, with_dispatcher(world, d, fence=fence, everything=True)._replace(fence=fence, holder=d)
        if me.fence and not me.list:
            if holder == d:
                yield "%d looks" % d, looked(world, d, mutant)
            else:
                yield "%d learns that it has no duty" % d, with_dispatcher(world, d, fence=0)
        if me.list:
            yield from decided(world, d, mutant)
        if world.faults < FAULTS:
            dead = with_dispatcher(world, d, mode="down", fence=0, list=(), told=0, used=0)
            yield "kill dispatcher %d" % d, dead._replace(faults=world.faults + 1)
            yield "freeze dispatcher %d" % d, with_dispatcher(world, d, mode="frozen")._replace(faults=world.faults + 1)
    elif me.mode == "frozen":
        yield "wake dispatcher %d" % d, with_dispatcher(world, d, mode="up")
    elif world.holder != d:
        yield "restart dispatcher %d" % d, with_dispatcher(world, d, mode="up")
    else:
        yield "restart dispatcher %d, no holder" % d, with_dispatcher(world, d, mode="up")._replace(holder=None)


def place_steps(world, mutant):
    for i in (0, 1):
        yield from submitter_steps(world, i, mutant)
        yield from dispatcher_steps(world, i, mutant)
    yield from runner_steps(world, mutant)


def place_breach(before, name, after, mutant):
    there = sum(j.state in ("placed", "leased") for j in after.jobs)
    if there > 1:
        return "the place is taken twice"
    if after.used != there and mutant != "place kept by what has ended":
        return "the count of places is wrong"
    if name.startswith("place") and " by " in name:
        me = before.dispatchers[int(name[-1])]
        j, prev = me.list[0]
        if me.fence != before.fence:
            return "a decision of one without the duty"
        if before.jobs[j].decision != prev:
            return "a later decision is overruled"
    return None


def place_good(world):
    return all(j.state == "done" for j in world.jobs)


Machine = collections.namedtuple("Machine", "start steps breach good least")
LEASE = Machine(start, steps, breach, lease_good, 1000)
PLACE = Machine(place_start, place_steps, place_breach, place_good, 1000)


def search(machine, mutant, wanted=None):
    """The number of states, and the shortest way to each kind of breach; ends early when the wanted one is found."""
    first = machine.start()
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
        for name, after in machine.steps(world, mutant):
            what = machine.breach(world, name, after, mutant)
            if what and what not in found:
                found[what] = way(world, name)
                if what == wanted:
                    return len(came_from), found
            back[after].append(world)
            if after not in came_from:
                came_from[after] = (world, name)
                queue.append(after)

    good = {w for w in came_from if machine.good(w)}
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
    print("1..%d" % (2 + len(MUTANTS) + len(PLACE_MUTANTS)))
    n = 0
    for machine, mutants in ((LEASE, MUTANTS), (PLACE, PLACE_MUTANTS)):
        n += 1
        count, found = search(machine, None)
        print("%sok %d - nothing goes wrong in %d states" % ("not " if found or count < machine.least else "", n, count))
        for what, way in found.items():
            print("# %s: %s" % (what, way))
        for mutant, expected in mutants.items():
            n += 1
            count, found = search(machine, mutant, expected)
            print("%sok %d - %s: %s" % ("" if expected in found else "not ", n, mutant, expected))
            for what, way in found.items():
                print("# %s: %s" % (what, way))


if __name__ == "__main__":
    main()
