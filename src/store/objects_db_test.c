// SPDX-License-Identifier: Apache-2.0
/*
 * Objects are kept as they were, all or none of a transaction, and a file of an
 * older version is brought up.
 */
#include "store/objects_db.h"

#include "model/endpoint_config.h"
#include "model/registration_config.h"
#include "store/object_row.h"

#include <sqlite3.h>
#include <stdio.h>

#include "test/kit/fault_vfs.h"
#include "test/kit/temp_dir.h"
#include "test/kit/unit.h"

static char path[TEMP_DIR_MAX];
static struct state_dir dir;
static struct seal_key key;
static struct store_error error;
static struct objects_store *db;
static struct registration_config *last;
static unsigned count;

static int see(void *context, enum object_kind kind, const void *object)
{
	const struct registration_config *config = object;

	(void)kind;
	(void)context;
	count++;
	registration_config_free(&last);
	last = registration_config_copy(config);
	return 0;
}

static void open_db(void)
{
	assert_int_equal(objects_db_open(&dir, &key, DB_MAY_BE_NEW, &db, &error), 0);
}

static void reopen_and_read(void)
{
	objects_store_close(&db);
	open_db();
	count = 0;
	assert_int_equal(db->ops->read(db, OBJECT_REGISTRATION, NULL, see, NULL, &error), 0);
}

static int set_up(void **state)
{
	int rc;

	(void)state;
	temp_dir_make(path);
	rc = state_dir_open(path, &dir, &error);
	return rc != 0 ? rc : seal_key_load(&dir, false, &key, &error);
}

static int tear_down(void **state)
{
	(void)state;
	fault_vfs_full(false);
	fault_vfs_sync_fails(false);
	objects_store_close(&db);
	registration_config_free(&last);
	state_dir_close(&dir);
	temp_dir_remove(path);
	return 0;
}

/* Every field different from its default. */
static struct registration_config full(void)
{
	return (struct registration_config){
	    .name = SLICE("carrier-a"),
	    .username = SLICE("1001"),
	    .auth_username = SLICE("auth"),
	    .password = SLICE("secret"),
	    .host = SLICE("carrier.example"),
	    .proxy = SLICE("sip:127.0.0.1:5070"),
	    .contact_host = SLICE("sw.example"),
	    .contact_user = SLICE("derived"),
	    .display_name = SLICE("Zürich"),
	    .user_agent = SLICE("Thing/1"),
	    .settings =
	        {
	            .local = {.family = 4, .ip = {127, 0, 0, 1}, .port = 5062},
	            .period_s = PERIOD_AUTO,
	            .line_limit = 30,
	            .retry_delay_s = 90,
	            .digest_min = 2,
	            .send_unregister = SWITCH_OFF,
	            .enabled = false,
	            .outbound = OUTBOUND_ON,
	            .keepalive_s = 30,
	            .bulk = true,
	            .multi_contact = true,
	        },
	};
}

static void put(const struct registration_config *config)
{
	assert_int_equal(db->ops->begin(db, &error), 0);
	assert_int_equal(db->ops->put(db, OBJECT_REGISTRATION, config, &error), 0);
	assert_int_equal(db->ops->commit(db, &error), 0);
}

static void test_registrations(void **state)
{
	struct registration_config config = full();

	(void)state;
	assert_false(objects_db_is_there(&dir));
	open_db();
	put(&config);
	reopen_and_read();
	assert_true(objects_db_is_there(&dir));
	assert_int_equal(count, 1);
	assert_true(registration_config_equal(last, &config));

	config.settings.period_s = 300;
	config.password = SLICE("");
	put(&config);
	reopen_and_read();
	assert_int_equal(count, 1);
	assert_true(registration_config_equal(last, &config));

	assert_int_equal(
	    db->ops->remove(db, OBJECT_REGISTRATION, SLICE("carrier-b"), &error), ERR_NOT_FOUND);
	assert_int_equal(db->ops->remove(db, OBJECT_REGISTRATION, SLICE("carrier-a"), &error), 0);
	reopen_and_read();
	assert_int_equal(count, 0);
}

static void put_named(const char *name, uint32_t period_s)
{
	struct registration_config config = full();

	config.name = slice_of(name);
	config.settings.period_s = period_s;
	put(&config);
}

static int see_name(void *context, enum object_kind kind, const void *object)
{
	const struct registration_config *config = object;

	(void)kind;
	buf_put(context, config->name);
	buf_putc(context, ' ');
	return 0;
}

static void expect_since(const struct objects_place *place, const char *names)
{
	char text[256];
	struct buf b = buf_over(text, sizeof(text));

	assert_int_equal(db->ops->read(db, OBJECT_REGISTRATION, place, see_name, &b, &error), 0);
	assert_string_equal(buf_text(&b), names);
}

/* Neither by name nor by the number that a row had once: as they were put, the changed ones too. */
static void test_order(void **state)
{
	struct objects_place empty, place;

	(void)state;
	open_db();
	assert_int_equal(db->ops->end(db, &empty, &error), 0);
	put_named("c", 300);
	put_named("a", 300);
	put_named("b", 300);
	expect_since(&empty, "c a b ");
	assert_int_equal(db->ops->end(db, &place, &error), 0);
	expect_since(&place, "");
	put_named("b", 600);
	put_named("d", 300);
	put_named("c", 600);
	expect_since(&place, "b d c ");
	expect_since(&empty, "a b d c ");
}

static void test_adding_changes_nothing(void **state)
{
	struct registration_config config = full();

	(void)state;
	open_db();
	assert_int_equal(db->ops->add(db, OBJECT_REGISTRATION, &config, &error), 0);
	config.username = SLICE("another");
	assert_int_equal(db->ops->add(db, OBJECT_REGISTRATION, &config, &error), ERR_EXISTS);
	config.name = SLICE("carrier-b");
	assert_int_equal(db->ops->add(db, OBJECT_REGISTRATION, &config, &error), 0);
	expect_since(NULL, "carrier-a carrier-b ");
	config = full();
	reopen_and_read();
	assert_int_equal(count, 2);
	assert_int_equal(db->ops->get(db, OBJECT_REGISTRATION, config.name, see, NULL, &error), 0);
	assert_true(registration_config_equal(last, &config));
}

static void test_parameters(void **state)
{
	struct params params;

	(void)state;
	open_db();
	assert_int_equal(db->ops->params(db, &params, &error), 0);
	assert_int_equal(params.expire_s, PARAM_AUTO);
	assert_int_equal(db->ops->put_param(db, params_find(SLICE("SS_SIP_USER_AGENT_EXPIRE")),
	                     SLICE("300"), &error),
	    0);
	objects_store_close(&db);
	open_db();
	assert_int_equal(db->ops->params(db, &params, &error), 0);
	assert_int_equal(params.expire_s, 300);
	assert_int_equal(params.retry_delay_s, 60);
}

static void test_all_or_nothing(void **state)
{
	struct registration_config config = full();

	(void)state;
	open_db();
	assert_int_equal(db->ops->begin(db, &error), 0);
	assert_int_equal(db->ops->put(db, OBJECT_REGISTRATION, &config, &error), 0);
	db->ops->rollback(db);
	reopen_and_read();
	assert_int_equal(count, 0);

	assert_int_equal(db->ops->begin(db, &error), 0);
	assert_int_equal(db->ops->put(db, OBJECT_REGISTRATION, &config, &error), 0);
	fault_vfs_full(true);
	assert_int_equal(db->ops->commit(db, &error), ERR_FULL);
	assert_int_equal(error.failure, STORE_FULL);
	fault_vfs_full(false);
	reopen_and_read();
	assert_int_equal(count, 0);
}

static void test_other_key(void **state)
{
	struct registration_config config = full();

	(void)state;
	open_db();
	put(&config);
	key.bytes[0] ^= 1;
	assert_int_equal(
	    db->ops->read(db, OBJECT_REGISTRATION, NULL, see, NULL, &error), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_DAMAGED);
	assert_non_null(strstr(
	    error.text, "registration carrier-a: password: cannot be unsealed with STATE/key"));
}

static void run_sql(const char *sql)
{
	char file[TEMP_DIR_MAX + 16];
	sqlite3 *other;

	objects_store_close(&db);
	snprintf(file, sizeof(file), "%s/regent.db", path);
	assert_int_equal(sqlite3_open(file, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(other, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
}

static void test_what_is_stored_is_checked(void **state)
{
	struct registration_config config = full();

	(void)state;
	open_db();
	put(&config);
	run_sql("UPDATE registrations SET period=5");
	open_db();
	assert_int_equal(
	    db->ops->read(db, OBJECT_REGISTRATION, NULL, see, NULL, &error), ERR_DAMAGED);
	assert_non_null(strstr(error.text, "period: 5 is outside 20–7200 s"));
	run_sql("UPDATE registrations SET period=-1");
	open_db();
	assert_int_equal(
	    db->ops->read(db, OBJECT_REGISTRATION, NULL, see, NULL, &error), ERR_DAMAGED);
}

static void test_schemas(void **state)
{
	(void)state;
	open_db();
	run_sql("PRAGMA user_version=9");
	assert_int_equal(objects_db_open(&dir, &key, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_int_equal(error.failure, STORE_NEWER);
	assert_non_null(strstr(error.text, "has schema version 9"));
	run_sql("PRAGMA user_version=1; PRAGMA application_id=5");
	assert_int_equal(objects_db_open(&dir, &key, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_non_null(strstr(error.text, "is a database of something else"));
	assert_int_equal(
	    state_dir_write(&dir, "regent.db", "not a database, but text", 24, &error), 0);
	assert_int_equal(objects_db_open(&dir, &key, DB_MAY_BE_NEW, &db, &error), ERR_DAMAGED);
	assert_non_null(strstr(error.text, "regent.db: is damaged"));
}

/* A file of the release before these columns: their rows come up with the defaults. */
static void test_older_file(void **state)
{
	struct registration_config config = full(), defaults;

	(void)state;
	open_db();
	put(&config);
	objects_store_close(&db);
	run_sql("ALTER TABLE registrations DROP COLUMN outbound;"
	        "ALTER TABLE registrations DROP COLUMN keepalive;"
	        "ALTER TABLE registrations DROP COLUMN bulk;"
	        "ALTER TABLE registrations DROP COLUMN multi_contact;"
	        "DROP TABLE endpoints;"
	        "PRAGMA user_version=1");
	open_db();
	reopen_and_read();
	assert_int_equal(count, 1);
	registration_config_defaults(&defaults);
	config.settings.outbound = defaults.settings.outbound;
	config.settings.keepalive_s = defaults.settings.keepalive_s;
	config.settings.bulk = defaults.settings.bulk;
	config.settings.multi_contact = defaults.settings.multi_contact;
	assert_true(registration_config_equal(last, &config));
}

static struct endpoint_config endpoint(void)
{
	return (struct endpoint_config){
	    .username = SLICE("+4930"),
	    .password = SLICE("secret"),
	    .caller_id = SLICE("4930"),
	    .networks = SLICE("192.0.2.0/24"),
	    .settings = {.line_limit = 2, .max_contacts = 3, .transports = 1 << SIP_UDP},
	};
}

static int keep_endpoint(void *context, enum object_kind kind, const void *object)
{
	assert_int_equal(kind, OBJECT_ENDPOINT);
	assert_null(*(void **)context);
	*(void **)context = object_copy(kind, object);
	return 0;
}

static void test_endpoints(void **state)
{
	struct endpoint_config config = endpoint();
	void *kept = NULL;

	(void)state;
	open_db();
	assert_int_equal(db->ops->add(db, OBJECT_ENDPOINT, &config, &error), 0);
	assert_int_equal(db->ops->add(db, OBJECT_ENDPOINT, &config, &error), ERR_EXISTS);
	reopen_and_read();
	assert_int_equal(count, 0);
	assert_int_equal(
	    db->ops->get(db, OBJECT_ENDPOINT, SLICE("+4930"), keep_endpoint, &kept, &error), 0);
	assert_true(object_equal(OBJECT_ENDPOINT, kept, &config));
	object_free(OBJECT_ENDPOINT, kept);
	assert_int_equal(db->ops->remove(db, OBJECT_ENDPOINT, SLICE("+4930"), &error), 0);
}

static int see_sealed(void *context, enum object_kind kind, const void *object, struct slice sealed)
{
	const struct endpoint_config *config = object;

	(void)context;
	assert_int_equal(kind, OBJECT_ENDPOINT);
	assert_true(sealed.n > config->password.n);
	assert_false(slice_equal(config->password, SLICE("secret")));
	count++;
	return 0;
}

/* What is exported is judged with its password closed, and must have one. */
static void test_a_required_password(void **state)
{
	struct endpoint_config config = endpoint();

	(void)state;
	open_db();
	count = 0;
	assert_int_equal(db->ops->put(db, OBJECT_ENDPOINT, &config, &error), 0);
	assert_int_equal(db->ops->read_sealed(db, OBJECT_ENDPOINT, see_sealed, NULL, &error), 0);
	assert_int_equal(count, 1);
	run_sql("UPDATE endpoints SET password=x''");
	open_db();
	assert_int_equal(
	    db->ops->read_sealed(db, OBJECT_ENDPOINT, see_sealed, NULL, &error), ERR_DAMAGED);
	assert_non_null(strstr(error.text, "endpoint +4930: password: is missing"));
}

/* A file of the release before endpoints keeps what it has, and takes them. */
static void test_file_without_endpoints(void **state)
{
	struct endpoint_config config = endpoint();
	struct registration_config registration = full();

	(void)state;
	open_db();
	put(&registration);
	objects_store_close(&db);
	run_sql("DROP TABLE endpoints; PRAGMA user_version=2");
	open_db();
	reopen_and_read();
	assert_int_equal(count, 1);
	assert_true(registration_config_equal(last, &registration));
	assert_int_equal(db->ops->add(db, OBJECT_ENDPOINT, &config, &error), 0);
}

static void expect_columns(sqlite3 *file, const struct object_table *table)
{
	char sql[128], names_text[1024], columns_text[1024];
	struct buf names = buf_over(names_text, sizeof(names_text));
	struct buf columns = buf_over(columns_text, sizeof(columns_text));
	struct object_columns fields;
	sqlite3_stmt *row;

	object_columns_init(&fields, table);
	object_columns_put_names(&names, &fields);
	snprintf(sql, sizeof(sql), "SELECT group_concat(name) FROM pragma_table_info('%s')",
	    table->plural);
	assert_int_equal(sqlite3_prepare_v2(file, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	buf_puts(&columns, (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	assert_int_equal(strlen(buf_text(&names)), columns.n);
	for (char *rest = names.p, *name; (name = strtok_r(rest, ",", &rest));)
		if (!strstr(buf_text(&columns), name))
			fail_msg("%s has no column %s", table->plural, name);
}

/* The schema's columns are the fields: none is without a column, and no column without a field. */
static void test_columns(void **state)
{
	char name[TEMP_DIR_MAX + 16];
	sqlite3 *file;

	(void)state;
	open_db();
	objects_store_close(&db);
	snprintf(name, sizeof(name), "%s/regent.db", path);
	assert_int_equal(sqlite3_open(name, &file), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(file, "PRAGMA locking_mode=EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	for (enum object_kind kind = 0; kind < OBJECT_KINDS; kind++)
		expect_columns(file, object_table(kind));
	sqlite3_close(file);
}

#define DB_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DB_TEST(test_registrations),
	    DB_TEST(test_order),
	    DB_TEST(test_adding_changes_nothing),
	    DB_TEST(test_parameters),
	    DB_TEST(test_all_or_nothing),
	    DB_TEST(test_other_key),
	    DB_TEST(test_what_is_stored_is_checked),
	    DB_TEST(test_schemas),
	    DB_TEST(test_older_file),
	    DB_TEST(test_endpoints),
	    DB_TEST(test_a_required_password),
	    DB_TEST(test_file_without_endpoints),
	    DB_TEST(test_columns),
	};

	fault_vfs_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
