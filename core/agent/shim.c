#include <stdio.h>

int main(void)
{
	fputs("relayq-shim is started by relayq's agent, not by hand\n", stderr);
	return 2;
}
