/* Failing with a sentence, and the cleanup of what every verb holds: strings and descriptors. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

belgo_rc
fail_with(struct belgo_error *err, belgo_rc rc, const char *format, ...)
{
	va_list args;

	if (err == NULL || err->rc != BELGO_OK)
		return rc;
	*err = (struct belgo_error){.rc = rc, .retry_after = -1};
	va_start(args, format);
	vsnprintf(err->text, sizeof(err->text), format, args);
	va_end(args);
	return rc;
}

belgo_rc
fail_memory(struct belgo_error *err)
{
	return fail_with(err, BELGO_ENOMEM, "out of memory");
}

void
text_free(char **text)
{
	if (*text != NULL)
		explicit_bzero(*text, strlen(*text));
	free(*text);
	*text = NULL;
}

void
fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}
