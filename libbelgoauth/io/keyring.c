/*
 * The Secret Service, bounded. Each store has a connection of its own: the process's shared one ends the
 * program when the bus goes away. Calls are asynchronous on a private main context; one timer cancels what
 * outlasts the budget. The budget grows back by a tenth of the time that passes between calls, so that a
 * command has one budget and a program that runs for weeks is not starved; with less than a quarter of it
 * left no call begins. What was answered counts for a quarter: a service that answers slowly is busy (two
 * hundred programs that find their token expired at once), not hung.
 */
#include "io/keyring.h"

#include "base/error.h"
#include "base/mem.h"

#include <gio/gio.h>

enum { BUDGET_MS = 3000, REFILL = 10, LEAST = 4, PATIENCE = 4 };

struct bg_keyring {
	GMainContext *context;
	GDBusConnection *bus;
	SecretService *service;
	GCancellable *cancellable;
	enum belgo_prompt prompt;
	int is_old;
	int timed_out;
	gint64 budget_us;
	gint64 spent_us;
	gint64 last_us; /* when the last call ended */
	gint64 took_us; /* the last call; prompts do not count */
	struct bg_keyring_wait *waiting;
	gint64 prompt_since_us; /* 0: no prompt is up */
};

/* ---- The service, with a say about prompts ---- */

typedef struct {
	SecretService parent;
} BgService;
typedef struct {
	SecretServiceClass parent_class;
} BgServiceClass;

static GType bg_service_get_type(void);
G_DEFINE_TYPE(BgService, bg_service, SECRET_TYPE_SERVICE)

static const char keyring_of_service[] = "belgoauth-keyring";

static void
refuse_prompt(SecretService *service, GCancellable *cancellable, GAsyncReadyCallback callback,
	      gpointer user_data)
{
	GTask *task = g_task_new(service, cancellable, callback, user_data);

	g_task_set_source_tag(task, (gpointer)refuse_prompt);
	g_task_return_new_error(task, SECRET_ERROR, SECRET_ERROR_IS_LOCKED,
				"it is locked, and asking is not allowed");
	g_object_unref(task);
}

/* Every prompt of libsecret comes through here, whichever call it belongs to. */
static void
prompt_async(SecretService *service, SecretPrompt *prompt, const GVariantType *return_type,
	     GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
	struct bg_keyring *keyring = g_object_get_data(G_OBJECT(service), keyring_of_service);

	if (keyring == NULL || keyring->prompt != BELGO_PROMPT_ALLOWED) {
		refuse_prompt(service, cancellable, callback, user_data);
		return;
	}
	keyring->prompt_since_us = g_get_monotonic_time();
	SECRET_SERVICE_CLASS(bg_service_parent_class)
	    ->prompt_async(service, prompt, return_type, cancellable, callback, user_data);
}

static GVariant *
prompt_finish(SecretService *service, GAsyncResult *result, GError **error)
{
	struct bg_keyring *keyring = g_object_get_data(G_OBJECT(service), keyring_of_service);

	if (keyring != NULL && keyring->prompt_since_us != 0) {
		if (keyring->waiting != NULL)
			keyring->waiting->prompt_us += g_get_monotonic_time() - keyring->prompt_since_us;
		keyring->prompt_since_us = 0;
	}
	if (g_task_is_valid(result, service) &&
	    g_task_get_source_tag(G_TASK(result)) == (gpointer)refuse_prompt)
		return g_task_propagate_pointer(G_TASK(result), error);
	return SECRET_SERVICE_CLASS(bg_service_parent_class)->prompt_finish(service, result, error);
}

static void
bg_service_init(BgService *service)
{
	(void)service;
}

/*
 * libsecret's own constructor insists on the process's shared connection and on loading every property; what
 * is said here comes later, and wins. No properties, no signals, no start of its own: each would be a call
 * more, and most commands make two.
 */
static GObject *
construct(GType type, guint n, GObjectConstructParam *params)
{
	GObject *service = G_OBJECT_CLASS(bg_service_parent_class)->constructor(type, n, params);

	g_object_set(service, "g-bus-type", G_BUS_TYPE_NONE, "g-flags",
		     G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES | G_DBUS_PROXY_FLAGS_DO_NOT_CONNECT_SIGNALS |
			 G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START_AT_CONSTRUCTION,
		     NULL);
	return service;
}

static void
bg_service_class_init(BgServiceClass *class)
{
	G_OBJECT_CLASS(class)->constructor = construct;
	class->parent_class.prompt_async = prompt_async;
	class->parent_class.prompt_finish = prompt_finish;
}

/* ---- Time ---- */

belgo_rc
bg_keyring_new(struct bg_keyring **out, int budget_ms, enum belgo_prompt prompt, struct belgo_error *err)
{
	struct bg_keyring *keyring = bg_calloc(1, sizeof(*keyring));

	if (keyring == NULL)
		return bg_fail(err, BELGO_ENOMEM, "out of memory");
	keyring->prompt = prompt;
	keyring->budget_us = (gint64)(budget_ms > 0 ? budget_ms : BUDGET_MS) * 1000;
	*out = keyring;
	return BELGO_OK;
}

int
bg_keyring_may_prompt(const struct bg_keyring *keyring)
{
	return keyring->prompt == BELGO_PROMPT_ALLOWED;
}

static gint64
budget_left(struct bg_keyring *keyring)
{
	gint64 now = g_get_monotonic_time();

	if (keyring->last_us != 0)
		keyring->spent_us = MAX(0, keyring->spent_us - (now - keyring->last_us) / REFILL);
	keyring->last_us = now;
	return keyring->budget_us - keyring->spent_us;
}

static belgo_rc
no_answer(gint64 limit_us, struct belgo_error *err)
{
	return bg_fail(err, BELGO_ESTORE, "the keyring did not answer within %.3g s", (double)limit_us / 1e6);
}

/* While a prompt is up the user has all the time of the world. */
static gboolean
on_timer(gpointer data)
{
	struct bg_keyring_wait *wait = data;
	struct bg_keyring *keyring = wait->keyring;
	gint64 now = g_get_monotonic_time();
	gint64 end = wait->began_us + wait->prompt_us + keyring->budget_us - keyring->spent_us;

	if (keyring->prompt_since_us != 0)
		end = now + keyring->budget_us - keyring->spent_us;
	if (now < end) {
		g_source_set_ready_time(wait->timer, end);
		return G_SOURCE_CONTINUE;
	}
	keyring->timed_out = 1;
	g_source_set_ready_time(wait->timer, -1);
	g_cancellable_cancel(keyring->cancellable);
	return G_SOURCE_CONTINUE;
}

/* A source that does nothing but have a ready time. g_source_new() takes the table without const. */
static gboolean
dispatch_timer(GSource *source, GSourceFunc callback, gpointer data)
{
	(void)source;
	return callback(data);
}
static GSourceFuncs timer_funcs = {.dispatch = dispatch_timer};

belgo_rc
bg_keyring_begin(struct bg_keyring_wait *wait, struct bg_keyring *keyring, GCancellable **cancellable,
		 struct belgo_error *err)
{
	gint64 left = budget_left(keyring);

	if (left < keyring->budget_us / LEAST)
		return no_answer(keyring->budget_us, err);
	if (keyring->context == NULL)
		keyring->context = g_main_context_new();
	g_clear_object(&keyring->cancellable);
	keyring->cancellable = g_cancellable_new();
	keyring->timed_out = 0;
	*wait = (struct bg_keyring_wait){.keyring = keyring, .began_us = g_get_monotonic_time()};
	wait->timer = g_source_new(&timer_funcs, sizeof(GSource));
	g_source_set_callback(wait->timer, on_timer, wait, NULL);
	g_source_set_ready_time(wait->timer, wait->began_us + left);
	g_source_attach(wait->timer, keyring->context);
	keyring->waiting = wait;
	g_main_context_push_thread_default(keyring->context);
	*cancellable = keyring->cancellable;
	return BELGO_OK;
}

void
bg_keyring_done(GObject *source, GAsyncResult *result, gpointer data)
{
	struct bg_keyring_wait *wait = data;

	(void)source;
	wait->result = g_object_ref(result);
}

GAsyncResult *
bg_keyring_await(struct bg_keyring_wait *wait)
{
	struct bg_keyring *keyring = wait->keyring;

	while (wait->result == NULL)
		g_main_context_iteration(keyring->context, TRUE);
	g_main_context_pop_thread_default(keyring->context);
	g_source_destroy(wait->timer);
	g_source_unref(wait->timer);
	keyring->waiting = NULL;
	keyring->prompt_since_us = 0;
	keyring->last_us = g_get_monotonic_time();
	keyring->took_us = MAX(0, keyring->last_us - wait->began_us - wait->prompt_us);
	keyring->spent_us += keyring->timed_out ? keyring->took_us : keyring->took_us / PATIENCE;
	return wait->result;
}

/* ---- Connecting ---- */

void
bg_keyring_disconnect(struct bg_keyring *keyring)
{
	if (keyring->service != NULL)
		g_object_set_data(G_OBJECT(keyring->service), keyring_of_service, NULL);
	g_clear_object(&keyring->service);
	g_clear_object(&keyring->bus);
	keyring->is_old = 0;
	/* What these left in the queue must go before the context does. */
	while (keyring->context != NULL && g_main_context_iteration(keyring->context, FALSE))
		;
}

void
bg_keyring_free(struct bg_keyring **keyring)
{
	if (*keyring == NULL)
		return;
	bg_keyring_disconnect(*keyring);
	g_clear_object(&(*keyring)->cancellable);
	g_clear_pointer(&(*keyring)->context, g_main_context_unref);
	bg_free(keyring);
}

int
bg_keyring_is_old(const struct bg_keyring *keyring)
{
	return keyring->is_old;
}

void
bg_keyring_touch(struct bg_keyring *keyring)
{
	keyring->is_old = keyring->service != NULL;
}

static belgo_rc
no_bus(struct bg_keyring *keyring, GError *error, struct belgo_error *err)
{
	belgo_rc rc;

	if (keyring->timed_out)
		rc = no_answer(keyring->budget_us, err);
	else
		rc = bg_fail(err, BELGO_ENOSTORE, "there is no D-Bus session bus, hence no keyring: %s",
			     error == NULL ? "it did not answer" : error->message);
	g_clear_error(&error);
	return rc;
}

static belgo_rc
connect_bus(struct bg_keyring *keyring, struct belgo_error *err)
{
	const GDBusConnectionFlags flags =
	    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION;
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	GAsyncResult *result;
	GError *error = NULL;
	gchar *address;

	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SESSION, cancellable, &error);
	if (address == NULL) {
		GTask *none = g_task_new(NULL, NULL, bg_keyring_done, &wait);

		/* Ends the wait that has begun, by the way on which every wait ends. */
		g_task_return_boolean(none, FALSE);
		g_object_unref(none);
	} else {
		g_dbus_connection_new_for_address(address, flags, NULL, cancellable, bg_keyring_done, &wait);
	}
	result = bg_keyring_await(&wait);
	if (address != NULL)
		keyring->bus = g_dbus_connection_new_for_address_finish(result, &error);
	g_free(address);
	g_object_unref(result);
	return keyring->bus != NULL ? BELGO_OK : no_bus(keyring, error, err);
}

/* No session yet: not every command needs one. */
static belgo_rc
open_service(struct bg_keyring *keyring, struct belgo_error *err)
{
	struct bg_keyring_wait wait;
	GCancellable *cancellable;
	GAsyncResult *result;
	GObject *source, *service;
	GError *error = NULL;

	BG_TRY(bg_keyring_begin(&wait, keyring, &cancellable, err));
	g_async_initable_new_async(bg_service_get_type(), G_PRIORITY_DEFAULT, cancellable, bg_keyring_done,
				   &wait, "g-connection", keyring->bus, "flags", SECRET_SERVICE_NONE, NULL);
	result = bg_keyring_await(&wait);
	source = g_async_result_get_source_object(result);
	service = g_async_initable_new_finish(G_ASYNC_INITABLE(source), result, &error);
	g_object_unref(source);
	g_object_unref(result);
	if (service == NULL)
		return bg_keyring_fail(keyring, error, err);
	g_object_set_data(service, keyring_of_service, keyring);
	keyring->service = SECRET_SERVICE(service);
	return BELGO_OK;
}

belgo_rc
bg_keyring_service(SecretService **out, struct bg_keyring *keyring, struct belgo_error *err)
{
	if (keyring->service != NULL && g_dbus_connection_is_closed(keyring->bus))
		bg_keyring_disconnect(keyring);
	if (keyring->bus == NULL)
		BG_TRY(connect_bus(keyring, err));
	if (keyring->service == NULL)
		BG_TRY(open_service(keyring, err));
	*out = keyring->service;
	return BELGO_OK;
}

static int
is_no_service(const GError *error)
{
	return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_EXEC_FAILED) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_CHILD_EXITED) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_FAILED);
}

static int
is_no_collection(const GError *error)
{
	return g_error_matches(error, SECRET_ERROR, SECRET_ERROR_NO_SUCH_OBJECT) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_OBJECT) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD) ||
	       g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_INTERFACE);
}

belgo_rc
bg_keyring_fail(struct bg_keyring *keyring, GError *error, struct belgo_error *err)
{
	belgo_rc rc;

	if (error != NULL && g_dbus_error_is_remote_error(error))
		(void)g_dbus_error_strip_remote_error(error);
	if (keyring->timed_out)
		rc = no_answer(keyring->budget_us, err);
	else if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
		/* GLib ends a call after 25 s, which a larger budget does not alter. */
		rc = no_answer(keyring->took_us, err);
	else if (error == NULL)
		rc = bg_fail(err, BELGO_ESTORE, "the keyring gave an answer that makes no sense");
	else if (g_error_matches(error, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
		rc = bg_fail(err, BELGO_ELOCKED, "the keyring is locked");
	else if (is_no_service(error))
		rc = bg_fail(err, BELGO_ENOSTORE, "no Secret Service runs on the session bus: %s",
			     error->message);
	else if (is_no_collection(error))
		rc = bg_fail(err, BELGO_ENOSTORE, "the keyring has no default collection");
	else
		rc = bg_fail(err, BELGO_ESTORE, "the keyring: %s", error->message);
	g_clear_error(&error);
	return rc;
}
