/*
 * keeps_keys: does the kernel keep keys for this user? Exit 0 where it gives back what it was given, else 1.
 * Asks by system calls of its own, so that oauthctl's quick path is judged by something else than itself.
 */
#include <linux/keyctl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char secret[] = "kept";

/* Only a possessor may read a new key, which a process of cron or su is by a keyring of its own. */
static int
reads_back(long key)
{
	char found[sizeof(secret)] = "";

	(void)syscall(SYS_keyctl, KEYCTL_LINK, (long)KEY_SPEC_USER_KEYRING, (long)KEY_SPEC_THREAD_KEYRING, 0,
		      0);
	return syscall(SYS_keyctl, KEYCTL_READ, key, (long)(uintptr_t)found, sizeof(found), 0) ==
		   (long)sizeof(found) &&
	       memcmp(found, secret, sizeof(found)) == 0;
}

int
main(void)
{
	char name[64];
	long key;
	int kept;

	(void)snprintf(name, sizeof(name), "belgoauth:keeps-keys:%ld", (long)getpid());
	key = syscall(SYS_add_key, "user", name, secret, sizeof(secret), (long)KEY_SPEC_USER_KEYRING);
	kept = key >= 0 && reads_back(key);
	if (key >= 0)
		(void)syscall(SYS_keyctl, KEYCTL_UNLINK, key, (long)KEY_SPEC_USER_KEYRING, 0, 0);
	return kept ? 0 : 1;
}
