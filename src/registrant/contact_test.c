// SPDX-License-Identifier: Apache-2.0
/*
 * Which Contact of a 200 is ours, and what it grants: a table of answers, byte for byte.
 */
#include "registrant/contact.h"

#include "test/kit/unit.h"

#include <stdio.h>

#define OUR_URI "sip:k3j9unique@10.0.0.1:5060"
#define OURS    "<" OUR_URI ">"

static struct account *account;

static int make_account(void **state)
{
	struct ledger_identity identity = {.username = SLICE("1001")};

	(void)state;
	account = account_of_identity(&identity, NULL);
	return account ? 0 : -1;
}

static int release_account(void **state)
{
	(void)state;
	account_release(&account);
	return 0;
}

/* A holding with this Contact. Upstream lists it as `echoed`, or as sent if that is NULL. */
static struct holding held(char *contact, char *echoed)
{
	return (struct holding){
	    .account = account,
	    .contact = contact,
	    .contact_n = (uint16_t)strlen(contact),
	    .echoed = echoed,
	};
}

static char our_uri[] = OUR_URI;
static char our_echo[] = "sip:u7@203.0.113.77:40961";

static struct sip_message message;

static void read(const char *lines)
{
	static char text[4096];
	struct sip_error error;
	int n = snprintf(text, sizeof(text),
	    "SIP/2.0 200 OK\r\n"
	    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKx;received=198.51.100.4;rport=4444\r\n"
	    "From: <sip:1001@b>;tag=1\r\nTo: <sip:1001@b>;tag=2\r\nCall-ID: c\r\n"
	    "CSeq: 1 REGISTER\r\n%sContent-Length: 0\r\n\r\n",
	    lines);

	assert_int_equal(sip_message_parse(slice_make(text, (size_t)n), &message, &error), 0);
}

static const struct row {
	const char *lines;
	bool may_rewrite;
	enum contact_match match;
	uint32_t granted_s, foreign;
} rows[] = {
    {"Contact: " OURS ";expires=300\r\n", true, CONTACT_EXACT, 300, 0},
    {"m: " OURS ";q=0.5;expires=\"300\"\r\n", true, CONTACT_EXACT, 300, 0},
    {"Contact: " OURS "\r\nExpires: 120\r\n", true, CONTACT_EXACT, 120, 0},
    {"Contact: " OURS "\r\n", true, CONTACT_EXACT, 3600, 0},
    /* the extra stale one, before and behind */
    {"Contact: <sip:old@10.0.0.1>;expires=0, " OURS ";expires=60\r\n", false, CONTACT_EXACT, 60, 0},
    {"Contact: " OURS ";expires=60\r\nContact: <sip:old@10.0.0.1>;expires=0\r\n", false,
        CONTACT_EXACT, 60, 0},
    /* the foreign one with a longer expiry, first in the list */
    {"Contact: <sip:x@203.0.113.9>;expires=7200, " OURS ";expires=60\r\n", false, CONTACT_EXACT, 60,
        1},
    /* host or port rewritten: the unique user tells */
    {"Contact: <sip:k3j9unique@203.0.113.77:5060>;expires=90\r\n", false, CONTACT_LIKE, 90, 0},
    {"Contact: <sip:x@203.0.113.9>;expires=7200, <sip:k3j9unique@10.0.0.1:40961>;expires=90\r\n",
        false, CONTACT_LIKE, 90, 1},
    /* a parameter more or less, also beside others */
    {"Contact: <sip:x@203.0.113.9>;expires=7200, <" OUR_URI ";transport=udp>;expires=60\r\n", false,
        CONTACT_LIKE, 60, 1},
    /* rewritten whole: the only one, where upstream may rewrite or the address is ours */
    {"Contact: <sip:u1@203.0.113.77:40961>;expires=90\r\n", true, CONTACT_REWRITTEN, 90, 0},
    {"Contact: <sip:u1@203.0.113.77:40961>;expires=90\r\n", false, CONTACT_FOREIGN, 0, 1},
    {"Contact: <sip:u1@10.0.0.1:5060>;expires=90\r\n", false, CONTACT_REWRITTEN, 90, 0},
    {"Contact: <sip:u1@198.51.100.4:4444>;expires=90\r\n", false, CONTACT_REWRITTEN, 90, 0},
    {"Contact: <sip:u1@198.51.100.4:4445>;expires=90\r\n", false, CONTACT_FOREIGN, 0, 1},
    /* where upstream saw us, also beside others, or beside our own that has ended */
    {"Contact: <sip:u1@198.51.100.4:4444>;expires=90, <sip:x@203.0.113.9>;expires=900\r\n", false,
        CONTACT_REWRITTEN, 90, 1},
    {"Contact: " OURS ";expires=0, <sip:u1@198.51.100.4:4444>;expires=90\r\n", true,
        CONTACT_REWRITTEN, 90, 0},
    /* ours has ended, and what lives is somebody else's, however few there are */
    {"Contact: " OURS ";expires=0, <sip:x@203.0.113.9>;expires=90\r\n", true, CONTACT_EXACT, 0, 1},
    /* only foreign ones */
    {"Contact: <sip:x@203.0.113.9>;expires=90, <sip:y@203.0.113.9>;expires=90\r\n", true,
        CONTACT_FOREIGN, 0, 2},
    /* the header only, nothing at all, nothing granted */
    {"Expires: 1800\r\n", true, CONTACT_IMPLIED, 1800, 0},
    {"", false, CONTACT_IMPLIED, 3600, 0},
    {"Contact: " OURS ";expires=0\r\n", true, CONTACT_EXACT, 0, 0},
    {"Expires: 0\r\n", true, CONTACT_IMPLIED, 0, 0},
};

static void finds_the_grant_of_our_own(void **state)
{
	struct holding holding = held(our_uri, NULL);
	struct contact_question question = {
	    .holding = &holding,
	    .local = {.family = 4, .ip = {10, 0, 0, 1}, .port = 5060},
	    .asked_s = 3600,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct contact_report report;

		read(rows[i].lines);
		question.may_rewrite = rows[i].may_rewrite;
		contact_judge(&question, &message, &report);
		if (report.match != rows[i].match || report.granted_s != rows[i].granted_s ||
		    report.foreign != rows[i].foreign)
			fail_msg("row %zu: match %d, granted %u, foreign %u\n%s", i, report.match,
			    report.granted_s, report.foreign, rows[i].lines);
	}
}

static void knows_an_echo_again(void **state)
{
	struct holding holding = held(our_uri, our_echo);
	struct contact_question question = {.holding = &holding, .asked_s = 3600};
	struct contact_report report;

	(void)state;
	read(
	    "Contact: <sip:x@203.0.113.9>;expires=7200, <sip:u7@203.0.113.77:40961>;expires=9\r\n");
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_EXACT);
	assert_int_equal(report.granted_s, 9);
}

/* If our Contact user is simply that of the AOR, it does not tell us from others. */
static void a_plain_user_is_no_likeness(void **state)
{
	char plain[] = "sip:1001@10.0.0.1:5060";
	struct holding holding = held(plain, NULL);
	struct contact_question question = {.holding = &holding, .asked_s = 3600};
	struct contact_report report;

	(void)state;
	read("Contact: <sip:1001@203.0.113.9>;expires=90\r\n");
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_FOREIGN);
}

static bool is_listed(const struct holding *other)
{
	struct holding holding = held(our_uri, our_echo);

	return contact_is_listed(NULL, &holding, CONTACT_LIKE, other, NULL, &message);
}

static void listed_after_a_cancel(void **state)
{
	(void)state;
	read("");
	assert_false(is_listed(NULL));
	read("Contact: " OURS ";expires=0\r\n");
	assert_false(is_listed(NULL));
	read("Contact: <sip:x@203.0.113.9>;expires=90\r\nExpires: 0\r\n");
	assert_false(is_listed(NULL));
	read("Contact: " OURS ";expires=17\r\n");
	assert_true(is_listed(NULL));
	read("Contact: " OURS "\r\nExpires: 0\r\n");
	assert_true(is_listed(NULL));
	read("Contact: <sip:k3j9unique@203.0.113.1>;expires=17\r\n");
	assert_true(is_listed(NULL));
	read("Contact: <sip:u7@203.0.113.77:40961>;expires=17\r\n");
	assert_true(is_listed(NULL));
}

/* The new binding has our Contact user, too: it does not show that the old one still stands. */
static void others_like_it_after_a_cancel(void **state)
{
	char now[] = "sip:k3j9unique@203.0.113.1:5060";
	struct holding wanted = held(now, NULL), holding = held(our_uri, NULL);

	(void)state;
	read("Contact: <sip:k3j9unique@203.0.113.1:5060>;expires=17\r\n");
	assert_true(is_listed(NULL));
	assert_false(is_listed(&wanted));
	assert_false(contact_is_listed(NULL, &holding, CONTACT_EXACT, NULL, NULL, &message));
	read("Contact: " OURS ";expires=17\r\n");
	assert_true(is_listed(&wanted));
	assert_true(contact_is_listed(NULL, &holding, CONTACT_EXACT, NULL, NULL, &message));
}

/* By RFC 3261 19.1.4 a URI with ;ob equals the one without, but a registrar may keep both. */
static void the_form_of_a_contact_counts(void **state)
{
	char now[] = "sip:k3j9unique@10.0.0.1:5060;ob";
	struct holding wanted = held(now, NULL), holding = held(our_uri, NULL);
	struct contact_question question = {.holding = &wanted, .asked_s = 3600};
	struct contact_report report;

	(void)state;
	read("Contact: <sip:k3j9unique@10.0.0.1:5060;ob>;expires=17\r\n");
	assert_true(contact_is_listed(NULL, &holding, CONTACT_LIKE, NULL, NULL, &message));
	assert_false(contact_is_listed(NULL, &holding, CONTACT_LIKE, &wanted, NULL, &message));
	read("Contact: " OURS ";expires=17, <sip:k3j9unique@10.0.0.1:5060;ob>;expires=90\r\n");
	assert_true(contact_is_listed(NULL, &holding, CONTACT_LIKE, &wanted, NULL, &message));
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_EXACT);
	assert_int_equal(report.granted_s, 90);
}

/* All is rewritten, and others are listed: the instance-id alone says which one is ours. */
static void an_instance_is_a_likeness(void **state)
{
	struct holding holding = held(our_uri, NULL);
	struct contact_question question = {.holding = &holding,
	    .asked_s = 3600,
	    .instance = "<urn:uuid:1>",
	    .instance_n = sizeof("<urn:uuid:1>") - 1};
	struct contact_report report;

	(void)state;
	read("Contact: <sip:x@203.0.113.9>;expires=900;+sip.instance=\"<urn:uuid:2>\", "
	     "<sip:y@203.0.113.9>;expires=90;+sip.instance=\"<urn:uuid:1>\"\r\n");
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_LIKE);
	assert_int_equal(report.granted_s, 90);
	memcpy(question.instance, "<urn:uuid:3>", question.instance_n);
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_FOREIGN);
	question.instance_n = 0;
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_FOREIGN);
}

/* Compares received and rport with the rest of the Via that came back. */
static void seen_elsewhere(void **state)
{
	static const struct {
		const char *via;
		bool elsewhere;
	} seen[] = {
	    {"10.0.0.1:5060;branch=z9hG4bKx;rport=5060", false},
	    {"10.0.0.1:5060;branch=z9hG4bKx;rport", false},
	    {"10.0.0.1:5060;branch=z9hG4bKx;received=10.0.0.1;rport=5060", false},
	    {"10.0.0.1;branch=z9hG4bKx;rport=5060", false},
	    {"10.0.0.1:5060;branch=z9hG4bKx;rport=40000", true},
	    {"10.0.0.1:5060;branch=z9hG4bKx;received=203.0.113.9;rport=5060", true},
	    {"10.0.0.1:5060;branch=z9hG4bKx;received=203.0.113.9", true},
	    {"pbx.example:5060;branch=z9hG4bKx;received=10.0.0.1;rport=5060", false},
	    {"pbx.example:5060;branch=z9hG4bKx;received=203.0.113.9;rport=5060", true},
	    {"10.0.0.1:5060;branch=z9hG4bKx;received=nonsense", false},
	};
	struct netaddr local = {.family = 4, .ip = {10, 0, 0, 1}, .port = 5060};

	(void)state;
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++) {
		char text[512];
		struct sip_error error;
		int n = snprintf(text, sizeof(text),
		    "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP %s\r\nFrom: <sip:1001@b>;tag=1\r\n"
		    "To: <sip:1001@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n\r\n",
		    seen[i].via);

		assert_int_equal(
		    sip_message_parse(slice_make(text, (size_t)n), &message, &error), 0);
		if (contact_is_seen_elsewhere(&message, &local) != seen[i].elsewhere)
			fail_msg("%s", seen[i].via);
	}
}

/* A list as upstreams send it: the others, and whether each one is like ours. */
static void others_of_a_list(void **state)
{
	struct holding holding = held(our_uri, NULL);
	struct contact_question question = {.holding = &holding, .asked_s = 3600};
	struct contact_other others[CONTACT_OTHERS_MAX];
	struct contact_report report;

	(void)state;
	read("Contact: <sip:x@203.0.113.9>;expires=90, " OURS
	     ";expires=60, <sip:gone@203.0.113.9>;expires=0, "
	     "<sip:k3j9unique@203.0.113.1:5060>;expires=17\r\n");
	contact_judge(&question, &message, &report);
	assert_int_equal(report.foreign, 2);
	assert_int_equal(contact_others(&question, &message, &report, others), 2);
	assert_true(slice_equal(others[0].contact, SLICE("sip:x@203.0.113.9")));
	assert_int_equal(others[0].expires_s, 90);
	assert_false(others[0].is_like);
	assert_int_equal(others[1].expires_s, 17);
	assert_true(others[1].is_like);
}

/* Ours stands behind more others than are kept: it is found all the same. */
static void ours_behind_a_crowd(void **state)
{
	struct holding holding = held(our_uri, NULL);
	struct contact_question question = {.holding = &holding, .asked_s = 3600};
	struct contact_report report;
	char lines[4000];
	int n = 0;

	(void)state;
	for (int i = 0; i < CONTACT_OTHERS_MAX; i++)
		n += snprintf(lines + n, sizeof(lines) - (size_t)n,
		    "m: <sip:x%d@203.0.113.9>;expires=90\r\n", i);
	snprintf(lines + n, sizeof(lines) - (size_t)n,
	    "m: " OURS ";expires=300, <sip:k3j9unique@203.0.113.1:5060>;expires=17, "
	    "<sip:y@203.0.113.9>\r\n");
	read(lines);
	contact_judge(&question, &message, &report);
	assert_int_equal(report.match, CONTACT_EXACT);
	assert_int_equal(report.granted_s, 300);
	assert_true(contact_is_listed(NULL, &holding, CONTACT_EXACT, NULL, NULL, &message));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_the_grant_of_our_own),
	    cmocka_unit_test(knows_an_echo_again),
	    cmocka_unit_test(a_plain_user_is_no_likeness),
	    cmocka_unit_test(listed_after_a_cancel),
	    cmocka_unit_test(others_like_it_after_a_cancel),
	    cmocka_unit_test(the_form_of_a_contact_counts),
	    cmocka_unit_test(an_instance_is_a_likeness),
	    cmocka_unit_test(seen_elsewhere),
	    cmocka_unit_test(others_of_a_list),
	    cmocka_unit_test(ours_behind_a_crowd),
	};

	return cmocka_run_group_tests(tests, make_account, release_account);
}
