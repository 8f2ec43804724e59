/* What goes to stderr: progress, warnings, and errors with the hint that mends them. */
#include "ctl.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((format(printf, 4, 0))) static void
say(const struct ctl *ctl, const char *colour, const char *prefix, const char *format, va_list args)
{
	AUTO(text_free) char *text = NULL, *shown = NULL;
	const char *off = "\033[0m";

	if (vasprintf(&text, format, args) < 0) {
		text = NULL;
		return;
	}
	if (!ctl->colour)
		colour = off = "";
	if ((shown = text_shown(text)) != NULL)
		fprintf(stderr, "%s%s%s%s\n", prefix[0] != '\0' ? colour : "", prefix,
			prefix[0] != '\0' ? off : "", shown);
}

void
note(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	if (ctl->globals.quiet)
		return;
	va_start(args, format);
	say(ctl, "", "", format, args);
	va_end(args);
}

void
warn(const struct ctl *ctl, const char *format, ...)
{
	va_list args;

	if (ctl->globals.quiet)
		return;
	va_start(args, format);
	say(ctl, "\033[33m", "warning: ", format, args);
	va_end(args);
}

__attribute__((format(printf, 4, 5))) static void
line(const struct ctl *ctl, const char *colour, const char *prefix, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(ctl, colour, prefix, format, args);
	va_end(args);
}

void
hint_set(struct ctl *ctl, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ctl->hint, sizeof(ctl->hint), format, args);
	va_end(args);
}

void
facts_account(struct ctl *ctl, const char *name, const char *provider, const char *issuer)
{
	struct facts *facts = &ctl->facts;

	if (name != NULL)
		snprintf(facts->account, sizeof(facts->account), "%s", name);
	if (provider == NULL || provider[0] == '\0')
		provider = issuer;
	if (provider != NULL)
		snprintf(facts->provider, sizeof(facts->provider), "%s", provider);
}

static void
report_text(const struct ctl *ctl, const struct belgo_error *err, const char *hint)
{
	const char *said = err->oauth_error_description, *uri = err->oauth_error_uri;

	line(ctl, "\033[31m", "oauthctl: ", "%s", err->text[0] != '\0' ? err->text : belgo_rc_str(err->rc));
	if (err->oauth_error[0] != '\0')
		line(ctl, "", "", "The provider said: %s%s%s%s%s%s%s", err->oauth_error,
		     said[0] != '\0' ? ": " : "", said, uri[0] != '\0' ? " (see " : "", uri,
		     uri[0] != '\0' ? ")" : "", said[0] == '\0' && uri[0] == '\0' ? "." : "");
	if (err->provider_code[0] != '\0')
		line(ctl, "", "", "The provider's own code: %s", err->provider_code);
	if (err->retry_after >= 0 && err->rc == BELGO_EUNAVAILABLE && strstr(hint, "Try again in") == NULL)
		line(ctl, "", "", "The provider asks to wait %lld s.", (long long)err->retry_after);
	if (hint[0] != '\0')
		line(ctl, "", "", "%s", hint);
}

static json_t *
text_or_null(const char *text)
{
	return text[0] != '\0' ? json_string_nocheck(text) : json_null();
}

static void
report_json(const struct belgo_error *err, const char *hint)
{
	AUTO(json_free_ptr)
	json_t *value = json_pack(
	    "{s:i, s:{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:i}}", "version", 1, "error", "code",
	    belgo_rc_code(err->rc), "message", err->text[0] != '\0' ? err->text : belgo_rc_str(err->rc),
	    "hint", text_or_null(hint), "oauth_error", text_or_null(err->oauth_error),
	    "oauth_error_description", text_or_null(err->oauth_error_description), "http_status",
	    err->http_status != 0 ? json_integer(err->http_status) : json_null(), "retry_after",
	    err->retry_after >= 0 ? json_integer(err->retry_after) : json_null(), "exit",
	    belgo_rc_exit(err->rc));
	struct belgo_error ignored = {0};
	struct out out = {0};

	/* A message cut in the middle of a character is no JSON string: say at least what kind it is. */
	if (value == NULL)
		value = json_pack("{s:i, s:{s:s, s:s, s:n, s:n, s:n, s:n, s:n, s:i}}", "version", 1, "error",
				  "code", belgo_rc_code(err->rc), "message", belgo_rc_str(err->rc), "hint",
				  "oauth_error", "oauth_error_description", "http_status", "retry_after",
				  "exit", belgo_rc_exit(err->rc));
	fflush(stderr);
	out_json(&out, value);
	out_commit(&out, STDERR_FILENO, &ignored);
	out_done(&out);
}

void
report(const struct ctl *ctl, const struct belgo_error *err)
{
	char hint[HINT_MAX];

	if (ctl->hint[0] != '\0')
		snprintf(hint, sizeof(hint), "%s", ctl->hint);
	else
		hint_for(hint, sizeof(hint), err, &ctl->facts);
	if (ctl->globals.json)
		report_json(err, hint);
	else
		report_text(ctl, err, hint);
}
