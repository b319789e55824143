/* user.h - who we are by the password database, since the environment is anybody's. */
#ifndef RQ_SYS_USER_H
#define RQ_SYS_USER_H

/* The name of the effective user; "uid1000" when there is none; RELAYQ_TEST_USER, where that is set. Caller frees. */
char *rq_user_name(void);
/* The home directory of the user who started us; NULL when there is none. Caller frees. */
char *rq_user_home(void);
/* Field I (from 0) of the first line of TEXT, as /etc/passwd has them, that is about user UID; NULL none. Caller frees. */
char *rq_passwd_field(const char *text, long uid, int i);

#endif
