// SPDX-License-Identifier: Apache-2.0
/*
 * The order of the start; see start.h. Nothing of the network is touched before
 * the state directory is ours, and nothing is sent before the ledger is read.
 */
#include "daemon/start.h"

#include "base/log.h"
#include "daemon/check.h"
#include "daemon/daemon.h"
#include "daemon/listen.h"
#include "daemon/standing.h"
#include "net/clock.h"
#include "store/objects_db.h"
#include "store/reserve.h"

#include <assert.h>
#include <signal.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#define OBJECTS_SPARE      100000 /* of each kind, that may be added while running */
#define LEDGER_FLUSH_MS    10000
#define BINDINGS_FLUSH_MS  5000
#define BINDINGS_WAIT_MS   1000
#define BINDINGS_TURNS     4
#define UNRECORDED_WAIT_MS 4000
#define LEDGER_TRY_MS      1000 /* where the disk took nothing at the start */
#define EDIT_END_MS        5000
#define LOCK_WAIT_MS       2000
#define LOCK_STEP_MS       20
#define FAREWELL_WAIT_MS   20000 /* its ledger and its report reach the disk before */

/* Configuration. */

/* Connections and listeners are limited by us, not by a default from the seventies. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static enum exit_code open_config(struct daemon *daemon)
{
	enum exit_code code;

	daemon_setup_log(NULL);
	code = check_config(daemon->options->config, check_log, &daemon->config);
	if (code != EXIT_CODE_OK)
		return code;
	daemon_setup_log(&daemon->config);
	raise_descriptor_limit();
	progress_init(&daemon->progress, stderr);
	return EXIT_CODE_OK;
}

static void close_config(struct daemon *daemon)
{
	node_config_free(&daemon->config);
}

static enum exit_code fail(const struct store_error *error)
{
	log_line(LOG_LEVEL_ERROR, "%s", error->text);
	return provision_exit_code(error);
}

/* What to do about a database that cannot be used as it is. */
struct mend {
	const char *damaged, *missing;
};

static enum exit_code fail_database(const struct store_error *error, const struct mend *mend)
{
	const char *advice = NULL;

	if (error->failure == STORE_DAMAGED)
		advice = mend->damaged;
	else if (error->failure == STORE_MISSING)
		advice = mend->missing;
	if (!advice)
		return fail(error);
	log_line(LOG_LEVEL_ERROR, "%s; %s", error->text, advice);
	return provision_exit_code(error);
}

static enum exit_code fail_memory(void)
{
	log_line(LOG_LEVEL_ERROR, "out of memory");
	return EXIT_CODE_INTERNAL;
}

/* The state directory: who we are. */

/* What a farewell would cancel, a daemon that comes may want to go on with. */
static bool dismiss_farewell(const struct daemon *daemon)
{
	pid_t farewell = state_dir_dismiss(daemon->config.state);

	if (farewell)
		log_line(LOG_LEVEL_INFO,
		    "state: the farewell in process %ld uses it; it was told to end",
		    (long)farewell);
	return farewell != 0;
}

/* A process that is about to end holds it a moment longer than its socket. */
static bool take_state(struct daemon *daemon, struct store_error *error)
{
	bool was_dismissed = daemon_is_farewell(daemon);
	int end_ms = LOCK_WAIT_MS;

	for (int ms = 0;; ms += LOCK_STEP_MS) {
		if (state_dir_open(daemon->config.state, &daemon->state, error) == 0)
			return true;
		if (error->failure != STORE_LOCKED || ms >= end_ms)
			return false;
		if (!was_dismissed && dismiss_farewell(daemon)) {
			was_dismissed = true;
			end_ms = ms + FAREWELL_WAIT_MS;
		}
		usleep(LOCK_STEP_MS * 1000);
	}
}

static enum exit_code open_state(struct daemon *daemon)
{
	struct store_error error;

	if (!take_state(daemon, &error)) {
		log_line(LOG_LEVEL_ERROR, "state: %s", error.text);
		return provision_exit_code(&error);
	}
	if (daemon_is_farewell(daemon))
		state_dir_give_way(&daemon->state);
	return EXIT_CODE_OK;
}

static void close_state(struct daemon *daemon)
{
	state_dir_close(&daemon->state);
}

static enum exit_code open_identity(struct daemon *daemon)
{
	struct store_error error;
	bool has_data = ledger_is_there(&daemon->state) || objects_db_is_there(&daemon->state);

	if (node_identity_load(&daemon->state, has_data, &daemon->identity, &error) < 0 ||
	    seal_key_load(&daemon->state, has_data, &daemon->key, &error) < 0 ||
	    standing_compare(daemon, &error) < 0)
		return fail(&error);
	if (daemon_is_held(daemon))
		standing_tell(daemon);
	return daemon_is_held(daemon) && daemon_is_farewell(daemon) ? EXIT_CODE_IDENTITY
	                                                            : EXIT_CODE_OK;
}

static void close_identity(struct daemon *daemon)
{
	explicit_bzero(&daemon->identity, sizeof(daemon->identity));
	explicit_bzero(&daemon->key, sizeof(daemon->key));
}

/* What upstreams may hold, and what is wanted. */

static const struct mend mend_ledger = {
    .damaged = "restore a copy of it; or move it and its -wal file away, and run regentd anew: the "
               "bindings that upstreams hold now are then not cancelled, but expire",
    .missing = "it names the bindings that upstreams hold, and regent.db has been in use; restore "
               "it; or run regentd anew to make an empty one: the bindings that upstreams hold now "
               "are then not cancelled, but expire",
};
static const struct mend mend_objects = {
    .damaged =
        "restore a copy of it; or move it and its -wal file away, run regentd anew, and start with "
        "--apply FILE: bindings of registrations that FILE does not name are then cancelled",
    .missing =
        "without this file a start would cancel every binding that the ledger names, also those "
        "with SEND_UNREGISTER Off; restore it; or run regentd anew to make an empty one, and start "
        "with --apply FILE: bindings of registrations that FILE does not name are then cancelled. "
        "To cancel all of them: regentd anew, then regentd farewell",
};

/* A start makes the ledger first: a database without one has lost it. */
static int try_ledger(struct daemon *daemon, struct store_error *error)
{
	enum db_need need = objects_db_is_there(&daemon->state) ? DB_IN_USE : DB_MAY_BE_NEW;

	return ledger_open(&daemon->state, &daemon->key, need, clock_now().wall_ms,
	    &daemon->ledger_start, &daemon->ledger, error);
}

static bool takes_nothing(const struct daemon *daemon)
{
	return daemon->ledger_start.trouble.failure != STORE_FINE;
}

/*
 * Where nothing is recorded only the clock tells the CSeq of this start from those of one that was
 * killed as soon as it had sent its first requests.
 */
static int try_later(struct daemon *daemon, struct store_error *error)
{
	ledger_close(&daemon->ledger);
	usleep(UNRECORDED_WAIT_MS * 1000);
	return try_ledger(daemon, error);
}

static enum exit_code open_ledger(struct daemon *daemon)
{
	struct store_error error;
	int rc = try_ledger(daemon, &error);

	if (rc == 0 && takes_nothing(daemon))
		rc = try_later(daemon, &error);
	if (rc < 0)
		return fail_database(&error, &mend_ledger);
	if (takes_nothing(daemon))
		log_line(LOG_LEVEL_ERROR,
		    "%s; the ledger cannot be written: bindings that it names are refreshed and "
		    "cancelled as usual, but nothing new is registered until the disk works again",
		    daemon->ledger_start.trouble.text);
	return EXIT_CODE_OK;
}

static void close_ledger(struct daemon *daemon)
{
	ledger_close(&daemon->ledger);
	standing_settle(daemon);
}

/*
 * A farewell that has nothing to cancel makes no file. Where it has, SEND_UNREGISTER decides,
 * and that stands in regent.db: without it a farewell is refused as a start is.
 */
static bool does_without_objects(struct daemon *daemon)
{
	if (!daemon_is_farewell(daemon) || daemon->ledger_start.identities > 0 ||
	    objects_db_is_there(&daemon->state))
		return false;
	params_defaults(&daemon->provision.params);
	return true;
}

/* What was registered must not stay at the upstreams because a file cannot be taken in. */
static enum exit_code apply(struct daemon *daemon, const char *file)
{
	enum exit_code code = EXIT_CODE_UNWRITABLE;

	if (!objects_db_is_image(daemon->objects))
		code = provision_apply(daemon->objects, &daemon->key, file, check_log);
	if ((code != EXIT_CODE_UNWRITABLE && code != EXIT_CODE_DISK) ||
	    daemon->ledger_start.identities == 0)
		return code;
	log_line(LOG_LEVEL_ERROR,
	    "%s is not applied, because the disk cannot be written; going on with what regent.db "
	    "holds%s",
	    file,
	    objects_db_is_image(daemon->objects)
	        ? ", which can be edited again after a restart on a disk that can be written"
	        : "");
	return EXIT_CODE_OK;
}

static enum exit_code open_objects(struct daemon *daemon)
{
	enum db_need need = daemon->ledger_start.identities > 0 ? DB_IN_USE : DB_MAY_BE_NEW;
	const char *file = daemon->options->objects;
	struct store_error error;
	enum exit_code code = EXIT_CODE_OK;

	if (does_without_objects(daemon))
		return EXIT_CODE_OK;
	if (objects_db_open(&daemon->state, &daemon->key, need, &daemon->objects, &error) < 0)
		return fail_database(&error, &mend_objects);
	if (file)
		code = apply(daemon, file);
	if (code == EXIT_CODE_OK)
		code = provision_read(daemon->objects, check_log, &daemon->provision);
	return code;
}

static void close_objects(struct daemon *daemon)
{
	if (daemon->objects)
		objects_store_close(&daemon->objects);
}

/* The loop. Closing it lets what was closed before come to its end. */

static void look_closed(uv_handle_t *handle)
{
	(void)handle;
}

static void close_loop(struct daemon *daemon)
{
	service_free(&daemon->service);
	uv_close((uv_handle_t *)&daemon->look, look_closed);
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	uv_loop_close(&daemon->loop);
}

static enum exit_code open_loop(struct daemon *daemon)
{
	if (uv_loop_init(&daemon->loop) < 0)
		return fail_memory();
	uv_timer_init(&daemon->loop, &daemon->look);
	daemon->look.data = daemon;
	daemon->service = service_new(&daemon->loop);
	if (daemon->service)
		return EXIT_CODE_OK;
	close_loop(daemon);
	return fail_memory();
}

/* Listeners. */

static enum exit_code open_wiring(struct daemon *daemon)
{
	struct wiring_hooks hooks = daemon_wiring_hooks(daemon);

	daemon->wiring = wiring_new(&daemon->loop, &hooks);
	if (!daemon->wiring)
		return fail_memory();
	return listen_open(daemon);
}

static void close_wiring(struct daemon *daemon)
{
	wiring_free(&daemon->wiring);
}

/* The core, with all that it has to know before it sends anything. */

static int load(void *context, const struct ledger_record *record)
{
	struct daemon *daemon = context;

	return core_load(daemon->core, clock_now(), record);
}

static enum exit_code load_ledger(struct daemon *daemon)
{
	struct store_error error = {STORE_FINE, ""};
	int rc = ledger_read(daemon->ledger, load, daemon, &error);

	if (rc == 0)
		return EXIT_CODE_OK;
	if (error.failure != STORE_FINE)
		return fail_database(&error, &mend_ledger);
	if (rc == ERR_MEMORY || rc == ERR_FULL)
		return fail_memory();
	/* SQLite finds nothing wrong with a row whose content was overwritten. */
	store_fail(&error, STORE_DAMAGED,
	    "%s/ledger.db: is damaged: one of its rows cannot be used: %s", daemon->config.state,
	    error_text(rc));
	return fail_database(&error, &mend_ledger);
}

/* Nobody registers with a farewell, nor with a node that is held. */
static bool keeps_bindings(const struct daemon *daemon)
{
	return !daemon_is_farewell(daemon) && !daemon_is_held(daemon);
}

static enum exit_code open_core(struct daemon *daemon)
{
	struct core_config config = {
	    .boot = daemon->ledger_start.boot,
	    .cseq_floor = daemon->ledger_start.cseq_floor,
	    .cseq_ceiling = daemon->ledger_start.cseq_ceiling,
	    .advertise = slice_of(daemon->config.advertise),
	    .user_agent = SLICE("Regent/" REGENT_VERSION),
	    .registrations_max = daemon->provision.counts[OBJECT_REGISTRATION] + OBJECTS_SPARE,
	    .expected = daemon->provision.counts[OBJECT_REGISTRATION],
	    .held = daemon->ledger_start.held,
	    .endpoints_max = daemon->provision.counts[OBJECT_ENDPOINT] + OBJECTS_SPARE,
	    .keeps_bindings = keeps_bindings(daemon),
	    .params = daemon->provision.params,
	    .realm = slice_of(daemon->config.realm),
	    .domain_count = daemon->config.domain_count,
	};

	static_assert(NODE_DOMAINS_MAX <= sizeof(config.domains) / sizeof(config.domains[0]),
	    "the core takes all domains");
	for (unsigned i = 0; i < config.domain_count; i++)
		config.domains[i] = slice_of(daemon->config.domains[i]);
	memcpy(config.secret, daemon->identity.secret, sizeof(config.secret));
	if (getrandom(&config.seed, sizeof(config.seed), 0) != (ssize_t)sizeof(config.seed))
		return fail_memory();
	daemon->core = core_new(&config, clock_now());
	explicit_bzero(config.secret, sizeof(config.secret));
	if (!daemon->core)
		return fail_memory();
	return daemon_is_held(daemon) ? EXIT_CODE_OK : load_ledger(daemon);
}

static void close_core(struct daemon *daemon)
{
	if (daemon->core)
		core_free(&daemon->core);
}

/* Threads; from here on the ledger is written. */

static void make_reserve(struct daemon *daemon)
{
	struct store_error error;

	if (reserve_make(&daemon->state, &error) != 0)
		log_line(LOG_LEVEL_WARNING,
		    "%s; no disk space is reserved: if the disk is full after a kill, the next "
		    "start may be unable to write its ledger",
		    error.text);
}

static enum exit_code open_ledger_thread(struct daemon *daemon)
{
	if (ledger_run(daemon->ledger, wiring_wake, daemon->wiring) < 0)
		return fail_memory();
	if (!daemon_is_farewell(daemon))
		make_reserve(daemon);
	return EXIT_CODE_OK;
}

static void close_ledger_thread(struct daemon *daemon)
{
	if (ledger_stop(daemon->ledger, takes_nothing(daemon) ? LEDGER_TRY_MS : LEDGER_FLUSH_MS) <
	    0)
		log_line(LOG_LEVEL_ERROR,
		    "the disk did not take the last ledger entries in time; the "
		    "next start may cancel bindings that are already gone");
}

static enum exit_code open_bindings(struct daemon *daemon)
{
	if (!keeps_bindings(daemon))
		return EXIT_CODE_OK;
	daemon->bindings = bindings_db_start(&daemon->state, wiring_wake, daemon->wiring);
	return daemon->bindings ? EXIT_CODE_OK : fail_memory();
}

static void close_bindings(struct daemon *daemon)
{
	if (bindings_db_stop(&daemon->bindings, BINDINGS_FLUSH_MS) < 0)
		log_line(LOG_LEVEL_ERROR,
		    "the disk did not take the last bindings of phones in time; phones that "
		    "registered last are not found before they register again");
}

/*
 * What is provisioned, into the core, before anybody else uses the database. A
 * farewell wants none of them, and asks them all the same: their SEND_UNREGISTER
 * speaks for what the ledger holds under their names, and credentials may be newer here.
 * A node that is held wants to know only whether all can be read.
 */

static void put_object(void *context, enum object_kind kind, void *object)
{
	struct daemon *daemon = context;
	struct registration_config *config = object;

	if (daemon_is_held(daemon))
		return;
	if (daemon_is_farewell(daemon) && kind == OBJECT_REGISTRATION)
		config->settings.enabled = false;
	deliver_put(daemon->wiring, ROUTER_START, kind, object);
}

static enum exit_code open_registrations(struct daemon *daemon)
{
	struct signals_handlers handlers = daemon_signals_handlers(daemon);

	daemon->signals = signals_new(&daemon->loop, &handlers);
	if (!daemon->signals)
		return fail_memory();
	wiring_connect(daemon->wiring, daemon->core);
	deliver_params(daemon->wiring, ROUTER_START, &daemon->provision.params);
	if (!daemon->objects)
		return EXIT_CODE_OK;
	return provision_each(daemon->objects, check_log, put_object, daemon);
}

static void close_registrations(struct daemon *daemon)
{
	signals_free(&daemon->signals);
}

static enum exit_code open_edit(struct daemon *daemon)
{
	struct edit_config config = {
	    .store = daemon->objects,
	    .dir = &daemon->state,
	    .key = &daemon->key,
	    .params = daemon->provision.params,
	    .wake = deliver_wake,
	};

	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++)
		config.capacity[kind] = daemon->provision.counts[kind] + OBJECTS_SPARE;
	config.context = daemon->deliver = deliver_new(&daemon->loop, daemon->wiring);
	if (daemon->deliver)
		daemon->edit = edit_start(&config);
	return daemon->edit ? EXIT_CODE_OK : fail_memory();
}

/* A thread that hangs in the disk keeps its database: the process ends with it. */
static void stop_edit(struct daemon *daemon)
{
	if (!daemon->edit)
		return;
	edit_close(daemon->edit);
	if (edit_stop(daemon->edit, EDIT_END_MS) < 0)
		daemon->objects = NULL;
}

static void close_edit(struct daemon *daemon)
{
	stop_edit(daemon);
	edit_free(&daemon->edit);
	deliver_free(&daemon->deliver);
}

static void restart_asked(void *context)
{
	atomic_store(&((struct daemon *)context)->is_restart, true);
}

/* The restart does it. */
static void decided(void *context, enum admin_decision decision)
{
	atomic_store(&((struct daemon *)context)->decision, (int)decision);
	restart_asked(context);
}

/* The token, where there is a door that needs it. */
static enum exit_code load_token(struct daemon *daemon, struct admin_config *config)
{
	const struct netaddr *listen = &daemon->config.admin_listen;
	struct store_error error;

	if (!listen->family)
		return EXIT_CODE_OK;
	if (admin_token_load(&daemon->state, daemon->token, &error) < 0)
		return fail(&error);
	config->listen = listen;
	config->token = daemon->token;
	if (listen->family != 4 || listen->ip[0] != 127)
		log_line(LOG_LEVEL_INFO, "admin.listen is not encrypted: if other machines use it, "
		                         "put a proxy with TLS in front of it");
	return EXIT_CODE_OK;
}

static enum exit_code open_admin(struct daemon *daemon)
{
	static const char *const standings[] = {"its own", "portable", "another"};
	char text[256], id_text[2 * NODE_ID_SIZE + 1];
	struct buf message = buf_over(text, sizeof(text));
	struct buf id = buf_over(id_text, sizeof(id_text));
	struct admin_config config = {
	    .socket_path = daemon->config.admin_socket,
	    .state_dir = daemon->config.state,
	    .node = daemon->config.node,
	    .boot = daemon->ledger_start.boot,
	    .version = REGENT_VERSION,
	    .edit = daemon->edit,
	    .restart = restart_asked,
	    .restart_context = daemon,
	    .machine = standings[daemon->standing],
	    .is_held = daemon_is_held(daemon),
	    .decide = decided,
	    .seat = ROUTER_ADMIN,
	    .submit = wiring_submit,
	    .submit_context = daemon->wiring,
	};
	enum exit_code code = load_token(daemon, &config);
	int rc;

	if (code != EXIT_CODE_OK)
		return code;
	buf_put_hex(&id, daemon->identity.id, sizeof(daemon->identity.id));
	config.id = buf_text(&id);
	rc = admin_start(&config, &message, &daemon->admin);
	explicit_bzero(daemon->token, sizeof(daemon->token));
	if (rc == 0)
		return EXIT_CODE_OK;
	log_line(LOG_LEVEL_ERROR, "%s", buf_text(&message));
	return rc == ERR_LOCKED ? EXIT_CODE_LOCKED : EXIT_CODE_LISTEN;
}

/* The editing thread goes first: what it has to say still reaches who asked. */
static void close_admin(struct daemon *daemon)
{
	stop_edit(daemon);
	admin_stop(&daemon->admin);
}

/* Life. */

/* A thousand phones are loaded by now, so that none of them is sent away by a restart. */
static void load_bindings(struct daemon *daemon)
{
	int turns = 0;

	if (!daemon->bindings)
		return;
	bindings_db_wait(daemon->bindings, BINDINGS_WAIT_MS);
	while (wiring_hear(daemon->wiring) && turns < BINDINGS_TURNS)
		turns++;
}

static enum exit_code open_life(struct daemon *daemon)
{
	bool is_farewell = daemon_is_farewell(daemon);
	const uint32_t *counts = daemon->provision.counts;

	log_line(LOG_LEVEL_INFO,
	    "%s=" REGENT_VERSION " node=%s registrations=%u endpoints=%u boot=%u",
	    is_farewell ? "farewell" : "regentd", daemon->config.node, counts[OBJECT_REGISTRATION],
	    counts[OBJECT_ENDPOINT], daemon->ledger_start.boot);
	if (counts[OBJECT_REGISTRATION] == 0 && counts[OBJECT_ENDPOINT] == 0 && !is_farewell)
		log_line(LOG_LEVEL_WARNING, "no registrations yet: add them with regentctl "
		                            "registration add, or regentctl apply FILE");
	wiring_start(daemon->wiring);
	load_bindings(daemon);
	if (!is_farewell)
		deliver_connect(daemon->deliver, daemon->edit);
	service_ready(daemon->service);
	return EXIT_CODE_OK;
}

static void close_life(struct daemon *daemon)
{
	signals_free(&daemon->signals);
	report_free(&daemon->report);
}

/*
 * In the order of the start. What `open` has made when it fails is closed by
 * `close` all the same, but for the parts marked as whole: a failed open leaves
 * nothing of them behind. A farewell is without those of a daemon: it has nobody to
 * edit, and nobody to answer.
 */
enum part_mark { IS_WHOLE = 1, OF_DAEMON = 2 };

static const struct part {
	enum exit_code (*open)(struct daemon *daemon);
	void (*close)(struct daemon *daemon);
	unsigned marks;
} parts[] = {
    {open_config, close_config, IS_WHOLE},
    {open_state, close_state, IS_WHOLE},
    {open_identity, close_identity, 0},
    {open_ledger, close_ledger, IS_WHOLE},
    {open_objects, close_objects, 0},
    {open_loop, close_loop, IS_WHOLE},
    {open_wiring, close_wiring, 0},
    {open_core, close_core, 0},
    {open_ledger_thread, close_ledger_thread, IS_WHOLE},
    {open_bindings, close_bindings, IS_WHOLE},
    {open_registrations, close_registrations, 0},
    {open_edit, close_edit, OF_DAEMON},
    {open_admin, close_admin, IS_WHOLE | OF_DAEMON},
    {open_life, close_life, 0},
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static bool is_of(const struct daemon *daemon, size_t part)
{
	return !(parts[part].marks & OF_DAEMON) || !daemon_is_farewell(daemon);
}

enum exit_code start_run(const struct options *options)
{
	struct daemon daemon = {.options = options};
	enum exit_code code = EXIT_CODE_OK;
	size_t opened = 0;

	inherited_read(&daemon.inherited);
	/* What asks for a reload ends nobody, before there is anything to reload. */
	signal(SIGHUP, SIG_IGN);
	while (opened < PARTS && code == EXIT_CODE_OK) {
		if (!is_of(&daemon, opened)) {
			opened++;
			continue;
		}
		code = parts[opened].open(&daemon);
		if (code == EXIT_CODE_OK || !(parts[opened].marks & IS_WHOLE))
			opened++;
	}
	if (code == EXIT_CODE_OK) {
		daemon_run(&daemon);
		code = daemon.exit_code;
	}
	while (opened > 0)
		if (is_of(&daemon, --opened))
			parts[opened].close(&daemon);
	/* A signal says that somebody else will see to what follows. */
	if (atomic_load(&daemon.is_restart) && daemon.stop_signals == 0 &&
	    !signals_is_stop_waiting())
		return EXIT_CODE_RESTART;
	return code;
}
