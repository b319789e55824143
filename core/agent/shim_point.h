/* shim_point.h - named points of agent and shim, where a test build may kill, freeze or delay itself.
 *
 * Only with RQ_CHAOS; else RQ_POINT is nothing. What happens is told by RELAYQ_CHAOS, "key=value,...":
 *   at=NAME        this point alone (else all); who=agent|shim: in such processes alone
 *   act=kill|stop|sleep   SIGKILL, SIGSTOP, or a pause of ms=N; several joined by '+': one is drawn
 *   p=N            in N of 10000 passages (default: always)
 *   once=PATH      at most once for all processes together: who makes PATH first
 *   seed=N         mixed with the process id and the passage's number */
#ifndef RQ_AGENT_SHIM_POINT_H
#define RQ_AGENT_SHIM_POINT_H

#ifdef RQ_CHAOS
void rq_point(const char *who, const char *name);
#define RQ_POINT(who, name) rq_point(who, name)
#else
#define RQ_POINT(who, name) ((void)0)
#endif

#endif
