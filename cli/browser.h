/* The user's browser: which one, whether there is any, and opening it. */
#ifndef CLI_BROWSER_H
#define CLI_BROWSER_H

/* wanted (--browser), else $BROWSER, else NULL: the desktop's. Borrowed. */
const char *browser_command(const char *wanted);
/* Is there one to open: a command, or a desktop that knows its own? */
int browser_is_there(const char *command);
/* The screen is this machine's, or that of the Windows around it. */
int browser_has_desktop(void);
/* 0: it could not be opened, and standard error says why; the URL is not in it. */
int browser_open(const char *command, const char *url);

#endif
