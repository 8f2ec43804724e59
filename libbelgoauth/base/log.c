/* Hands a printable line to whatever the program gave as a log. Keeps nothing, adds no time. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#define MAX_LINE 512

void
bg_log(const struct belgo_log *log, enum belgo_log_level level, const char *fmt, ...)
{
	char line[MAX_LINE], text[MAX_LINE];
	va_list args;

	if (log == NULL || log->write == NULL)
		return;
	va_start(args, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	belgo_text_printable(text, sizeof(text), line);
	log->write(log->ctx, level, text);
}
