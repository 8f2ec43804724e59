/* Device authorization (RFC 8628): the codes, the page where a user types one, and the answer to whoever asks
 * meanwhile. */
#include "issuer.h"

#include "text.h"

#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#define CODE_LEN 8
#define SLOW_DOWN_S 5

/* Eight consonants, so that no word comes of it. @spec RFC 8628 section 6.1 */
static char *
new_user_code(void)
{
	static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";
	unsigned char byte;
	char code[CODE_LEN + 1] = "";

	for (size_t n = 0; n < CODE_LEN;) {
		if (RAND_bytes(&byte, 1) != 1)
			die("no random bytes");
		if (byte < 240) /* each letter equally often */
			code[n++] = letters[byte % 20];
	}
	return text_format("%.4s-%.4s", code, code + 4);
}

static struct device *
device_new(struct issuer *issuer, const char *client_id, const char *scope)
{
	struct device *device = must_alloc(sizeof(*device));

	*device = (struct device){.next = issuer->devices,
				  .code = text_token(),
				  .user_code = new_user_code(),
				  .client_id = text_copy(client_id),
				  .scope = text_copy(scope),
				  .interval = issuer->opt.device_interval,
				  .expires = time(NULL) + issuer->opt.device_ttl};
	issuer->devices = device;
	return device;
}

void
devices_done(struct issuer *issuer)
{
	while (issuer->devices != NULL) {
		struct device *d = issuer->devices;

		issuer->devices = d->next;
		free(d->code);
		free(d->user_code);
		free(d->client_id);
		free(d->scope);
		free(d);
	}
}

/* @spec RFC 8628 section 3.1, 3.2 */
void
endpoint_device_authorization(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *asked = params_get(&req->form, "scope");
	const struct device *device;
	char *client_id, *scope, *page, *complete;

	if (req->malformed || params_repeated(&req->form) != NULL) {
		reply_error(reply, 400, "invalid_request",
			    "the form is malformed or a parameter is repeated");
		return;
	}
	if ((client_id = clients_authenticate(issuer, req, reply)) == NULL)
		return;
	scope = text_common_words(asked != NULL ? asked : "", ISSUER_SCOPES);
	if (asked != NULL && strlen(scope) != strlen(asked)) {
		reply_error(reply, 400, "invalid_scope", "a scope is not known here");
	} else {
		device = device_new(issuer, client_id, scope);
		page = text_format("%s/device", issuer->base);
		complete = text_format("%s?user_code=%s", page, device->user_code);
		reply_json(reply, 200,
			   json_pack("{s:s, s:s, s:s, s:s, s:i, s:i}", "device_code", device->code,
				     "user_code", device->user_code, "verification_uri", page,
				     "verification_uri_complete", complete, "expires_in",
				     issuer->opt.device_ttl, "interval", device->interval));
		free(page);
		free(complete);
	}
	free(scope);
	free(client_id);
}

/* As people type: in any case, with or without the dash. */
static int
is_same_code(const char *code, const char *typed)
{
	for (;; code++, typed++) {
		code += strspn(code, "- ");
		typed += strspn(typed, "- ");
		if (*code == '\0' || *typed == '\0')
			return *code == *typed;
		if (*code != (*typed >= 'a' && *typed <= 'z' ? *typed - 'a' + 'A' : *typed))
			return 0;
	}
}

static struct device *
find_waiting(struct issuer *issuer, const char *typed)
{
	for (struct device *d = issuer->devices; d != NULL; d = d->next)
		if (d->state == DEVICE_WAITING && time(NULL) < d->expires &&
		    is_same_code(d->user_code, typed))
			return d;
	return NULL;
}

static void
approve(struct issuer *issuer, struct device *device, const char *user, const char *scope)
{
	struct params request = {
	    .n = 1, .item = {{.name = text_copy("client_id"), .value = text_copy(device->client_id)}}};

	device->grant = grants_new(issuer, &request, user, scope);
	device->state = DEVICE_APPROVED;
	params_done(&request);
}

/* @return whether the user need not be asked */
static int
decide_unasked(struct issuer *issuer, struct device *device, struct reply *reply)
{
	char *scope;

	if (issuer->opt.auto_deny) {
		device_decide(issuer, reply, device, NULL, NULL);
		return 1;
	}
	if (issuer->opt.auto_approve == NULL)
		return 0;
	scope = grants_auto_scope(issuer, device->scope);
	device_decide(issuer, reply, device, issuer->opt.auto_approve, scope);
	free(scope);
	return 1;
}

/* @spec RFC 8628 section 3.3 */
void
endpoint_device(struct issuer *issuer, struct request *req, struct reply *reply)
{
	const char *typed = params_get(&req->query, "user_code");
	struct device *device = typed != NULL ? find_waiting(issuer, typed) : NULL;
	struct params shown = {.n = 2};
	struct pending *pending;

	if (device == NULL) {
		page_device(reply, typed == NULL ? NULL : "This code is unknown, used or expired.");
		return;
	}
	if (decide_unasked(issuer, device, reply))
		return;
	shown.item[0].name = text_copy("client_id");
	shown.item[0].value = text_copy(device->client_id);
	shown.item[1].name = text_copy("scope");
	shown.item[1].value = text_copy(device->scope);
	pending = pending_new(issuer, &shown);
	pending->device = device;
	page_consent(issuer, reply, pending);
}

void
device_decide(struct issuer *issuer, struct reply *reply, struct device *device, const char *user,
	      const char *scope)
{
	if (device->state != DEVICE_WAITING || time(NULL) >= device->expires) {
		page_device(reply, "This code is unknown, used or expired.");
		return;
	}
	if (user == NULL)
		device->state = DEVICE_DENIED;
	else
		approve(issuer, device, user, scope);
	page_device_done(reply, user != NULL);
}

static struct device *
find_code(struct issuer *issuer, const char *code, const char *client_id)
{
	for (struct device *d = issuer->devices; d != NULL; d = d->next)
		if (strcmp(d->code, code) == 0 && strcmp(d->client_id, client_id) == 0)
			return d;
	return NULL;
}

/* Whoever asks sooner than told, or by --device-slow-down, is slowed for good. */
static int
must_slow_down(struct issuer *issuer, struct device *device)
{
	time_t now = time(NULL), last = device->asked_at;

	device->asked_at = now;
	if (device->n_asked++ >= issuer->opt.device_slow_down &&
	    (last == 0 || now - last >= device->interval))
		return 0;
	device->interval += SLOW_DOWN_S;
	return 1;
}

/* @spec RFC 8628 section 3.4, 3.5 */
void
token_by_device(struct issuer *issuer, const struct request *req, struct reply *reply, const char *client_id)
{
	const char *code = params_get(&req->form, "device_code");
	struct device *device = code != NULL ? find_code(issuer, code, client_id) : NULL;

	if (code == NULL) {
		reply_error(reply, 400, "invalid_request", "device_code is missing");
	} else if (device == NULL || device->state == DEVICE_USED) {
		reply_error(reply, 400, "invalid_grant", "the device code is unknown or used");
	} else if (time(NULL) >= device->expires) {
		reply_error(reply, 400, "expired_token", "the device code has expired");
	} else if (must_slow_down(issuer, device)) {
		reply_error(reply, 400, "slow_down", "five seconds more between two requests");
	} else if (device->state == DEVICE_WAITING) {
		reply_error(reply, 400, "authorization_pending", "the user has not decided yet");
	} else if (device->state == DEVICE_DENIED) {
		reply_error(reply, 400, "access_denied", "the user said no");
	} else if (dpop_bind(device->grant, req, reply)) {
		device->state = DEVICE_USED;
		token_issue(issuer, reply, device->grant, device->grant->scope);
	}
}
