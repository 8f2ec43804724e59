/* The pages a user sees: plain HTML, nothing from outside, and no script but the one that posts form_post's
 * form. */
#include "issuer.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

#define STYLE                                                                                                \
	"<style>:root{color-scheme:light dark}body{font:16px/1.5 "                                           \
	"system-ui,sans-serif;display:grid;place-items:center;"                                              \
	"min-height:95vh;margin:0;background:Canvas;color:CanvasText}main{max-width:24rem;padding:2rem;"     \
	"border:1px solid "                                                                                  \
	"#8886;border-radius:1rem}h1{font-size:1.3rem;margin:0 0 "                                           \
	"1rem}input[name=login]{font:inherit;width:100%%;"                                                   \
	"box-sizing:border-box;padding:.5rem;margin:.25rem 0 "                                               \
	"1rem}label{display:block}button{font:inherit;padding:.5rem "                                        \
	"1.2rem;border-radius:.5rem;border:1px solid #8888;margin:1rem .5rem 0 "                             \
	"0}button[value=approve]{background:#1a5fb4;"                                                        \
	"color:#fff}small{opacity:.7}</style>"
#define HEAD                                                                                                 \
	"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>" \
	"<title>belgo-issuer</title>" STYLE "<main>"

static void
reply_page(struct reply *reply, unsigned status, char *body, const char *policy)
{
	reply_text(reply, status, "text/html; charset=utf-8", body);
	reply_header(reply, "Content-Security-Policy", policy);
	reply_header(reply, "Referrer-Policy", "no-referrer");
}

#define POLICY "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

void
page_error(struct reply *reply, const char *outcome, const char *sentence)
{
	reply_page(reply, 400, text_format(HEAD "<h1>This cannot go on</h1><p>%s</p></main>", sentence),
		   POLICY);
	reply->outcome = outcome;
}

void
page_signed_out(struct reply *reply)
{
	reply_page(reply, 200, text_format(HEAD "<h1>Signed out</h1><p>You may close this page.</p></main>"),
		   POLICY);
}

/* A code is typed only after its user was told what for. @spec RFC 8628 section 5.4 */
void
page_device(struct reply *reply, const char *fault)
{
	reply_page(reply, fault == NULL ? 200 : 400,
		   text_format(HEAD
			       "<h1>Sign in on another device</h1><p>%s</p><form method=get action='/device'>"
			       "<label>The code that it shows <input name=user_code autofocus "
			       "autocapitalize=characters></label><button>Continue</button></form></main>",
			       fault != NULL ? fault : "Go on only if you began this yourself."),
		   POLICY);
	if (fault != NULL)
		reply->outcome = "bad_user_code";
}

void
page_device_done(struct reply *reply, int is_approved)
{
	reply_page(reply, 200,
		   text_format(HEAD "<h1>%s</h1><p>You may close this page.</p></main>",
			       is_approved ? "The device is signed in" : "The device was turned away"),
		   POLICY);
	reply->outcome = is_approved ? "device_approved" : "device_denied";
}

static const char *
scope_meaning(const char *scope)
{
	static const char *const meaning[][2] = {
	    {"profile", "see your name"},
	    {"email", "see your e-mail address"},
	    {"offline_access", "stay signed in while you are away"},
	    {"api.read", "read your data"},
	    {"api.write", "change your data"},
	};

	for (size_t i = 0; i < sizeof(meaning) / sizeof(meaning[0]); i++)
		if (strcmp(meaning[i][0], scope) == 0)
			return meaning[i][1];
	return scope;
}

/* One ticked box a scope. The names were checked against ISSUER_SCOPES, so they need no escaping. */
static char *
scope_boxes(const char *scope)
{
	char *copy = text_copy(scope), *rest = copy, *word, *html = text_copy("");

	while ((word = strsep(&rest, " ")) != NULL) {
		char *longer;

		if (*word == '\0' || strcmp(word, "openid") == 0)
			continue;
		longer =
		    text_format("%s<label><input type=checkbox name=scope value='%s' checked> %s</label>",
				html, word, scope_meaning(word));
		free(html);
		html = longer;
	}
	free(copy);
	return html;
}

void
page_consent(const struct issuer *issuer, struct reply *reply, const struct pending *pending)
{
	const char *hint = params_get(&pending->params, "login_hint"),
		   *scope = params_get(&pending->params, "scope");
	char *user = text_html(hint != NULL ? hint : "ada");
	char *client = text_html(params_get(&pending->params, "client_id"));
	char *boxes = scope_boxes(scope != NULL ? scope : "");

	reply_page(
	    reply, 200,
	    text_format(
		HEAD "<h1>Sign in</h1><form method=post action='/decide'>"
		     "<input type=hidden name=request value='%s'>"
		     "<label>User <input name=login value='%s' autocomplete=username autofocus></label>"
		     "<p><b>%s</b> asks to know who you are, and to:</p>%s"
		     "<button type=submit name=action value=approve>Allow</button>"
		     "<button type=submit name=action value=deny>Deny</button>"
		     "<p><small>%s, a development issuer: it asks for no password.</small></p></form></main>",
		pending->id, user, client, boxes, issuer->base),
	    POLICY);
	free(user);
	free(client);
	free(boxes);
}

/* @spec OAuth 2.0 Form Post Response Mode section 2 */
void
page_form_post(struct reply *reply, const char *action, const struct params *fields)
{
	char *inputs = text_copy(""), *target = text_html(action);

	for (size_t i = 0; i < fields->n; i++) {
		char *value = text_html(fields->item[i].value);
		char *longer = text_format("%s<input type=hidden name='%s' value='%s'>", inputs,
					   fields->item[i].name, value);

		free(value);
		free(inputs);
		inputs = longer;
	}
	reply_page(reply, 200,
		   text_format(
		       "<!doctype html><meta charset=utf-8><title>Back to the application</title>"
		       "<form method=post action='%s'>%s<noscript><button>Continue</button></noscript></form>"
		       "<script>document.forms[0].submit()</script>",
		       target, inputs),
		   "default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'");
	free(inputs);
	free(target);
}
