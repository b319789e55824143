/* shim_keep.h - how an agent has a shim made without executing one. */
#ifndef RQ_AGENT_SHIM_KEEP_H
#define RQ_AGENT_SHIM_KEEP_H

/* A request is one datagram: the cell's path with its NUL, and the spec's descriptor. The answer is one int32_t: the new
 * shim's process id, or an errno, negative. */
enum { RQ_KEEP_PATH = 1024 };

/* The shim started as `relayq-shim --keep ROOM`, ROOM a word of RQ_KEEP_PATH bytes where `ps` shall find the cell: serves
 * requests on descriptor 0 until its agent ends. Each copy returns what RUN does with its cell. */
int rq_shim_keep(char **argv, int (*run)(const char *cell));

#endif
