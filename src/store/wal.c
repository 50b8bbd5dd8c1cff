// SPDX-License-Identifier: Apache-2.0
/*
 * Every commit is synced, so a power cut tears at most the last transaction: behind
 * the first frame that cannot be read there may be the frames of that one, its commit
 * included, and left-overs of transactions that failed. What cannot be there is a run
 * of frames, each summed up from the one before, with two commits in it. (Damage to the
 * last transaction looks like its being cut off; nothing tells the two apart.)
 * The format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
 */
#include "store/wal.h"

#include "store/state_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_SIZE    32
#define FRAME_HEAD     24
#define MAGIC          0x377f0682U /* the last bit: sums are made of big-endian words */
#define VERSION        3007000U
#define PAGE_LEAST     512
#define PAGE_MOST      65536
#define PAGE_USUAL     4096
#define COMMITS_DAMAGE 2

struct sum {
	uint32_t a, b;
};

struct wal {
	int fd;
	uint8_t *frame; /* head and page */
	uint32_t page_size;
	uint32_t salt[2]; /* of the frames that count */
	bool is_big_endian;
	bool is_header_whole;
	struct sum header_sum;
};

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint32_t read_word(const struct wal *wal, const uint8_t *p)
{
	uint32_t word = read_u32(p);

	return wal->is_big_endian ? word : __builtin_bswap32(word);
}

/* `n` is a multiple of 8. */
static struct sum add(const struct wal *wal, struct sum sum, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i += 8) {
		sum.a += read_word(wal, p + i) + sum.b;
		sum.b += read_word(wal, p + i + 4) + sum.a;
	}
	return sum;
}

static struct sum sum_at(const uint8_t *p)
{
	return (struct sum){read_u32(p), read_u32(p + 4)};
}

static bool is_equal(struct sum one, struct sum other)
{
	return one.a == other.a && one.b == other.b;
}

static bool is_page_size(uint32_t size)
{
	return size >= PAGE_LEAST && size <= PAGE_MOST && (size & (size - 1)) == 0;
}

/* Where the header is not whole, the database says how large a page is. */
static uint32_t page_size_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	uint8_t bytes[2];
	uint32_t size = 0;

	if (fd >= 0) {
		if (pread(fd, bytes, sizeof(bytes), 16) == sizeof(bytes))
			size = (uint32_t)bytes[0] << 8 | bytes[1];
		close(fd);
	}
	size = size == 1 ? PAGE_MOST : size;
	return is_page_size(size) ? size : PAGE_USUAL;
}

static void read_header(struct wal *wal, const char *path, const uint8_t *header)
{
	uint32_t magic = read_u32(header);

	wal->is_big_endian = magic & 1;
	wal->page_size = read_u32(header + 8);
	wal->header_sum = add(wal, (struct sum){0, 0}, header, HEADER_SIZE - 8);
	wal->is_header_whole = (magic & ~1U) == MAGIC && read_u32(header + 4) == VERSION &&
	                       is_page_size(wal->page_size) &&
	                       is_equal(wal->header_sum, sum_at(header + HEADER_SIZE - 8));
	wal->salt[0] = read_u32(header + 16);
	wal->salt[1] = read_u32(header + 20);
	if (!wal->is_header_whole)
		wal->page_size = page_size_of(path);
}

/* False behind the last whole one. */
static bool read_frame(struct wal *wal, uint32_t number)
{
	size_t size = FRAME_HEAD + wal->page_size;

	return pread(wal->fd, wal->frame, size, (off_t)(HEADER_SIZE + number * size)) ==
	       (ssize_t)size;
}

static bool is_salted(const struct wal *wal)
{
	return read_u32(wal->frame + 8) == wal->salt[0] &&
	       read_u32(wal->frame + 12) == wal->salt[1];
}

/* The frame that was read last goes on from a sum. */
static bool follows(const struct wal *wal, struct sum before)
{
	struct sum sum = add(wal, before, wal->frame, 8);

	sum = add(wal, sum, wal->frame + FRAME_HEAD, wal->page_size);
	return is_salted(wal) && is_equal(sum, sum_at(wal->frame + 16));
}

static bool is_commit(const struct wal *wal)
{
	return read_u32(wal->frame + 4) != 0;
}

/* What SQLite will read: the number of the first frame that it will not. */
static uint32_t readable(struct wal *wal)
{
	struct sum sum = wal->header_sum;
	uint32_t number = 0;

	while (wal->is_header_whole && read_frame(wal, number) && follows(wal, sum)) {
		sum = sum_at(wal->frame + 16);
		number++;
	}
	return number;
}

/* True where that frame goes on from the one before by that one's salt, in either order of bytes.
 */
static bool adopts_from(struct wal *wal, uint32_t number)
{
	struct sum before;

	if (!read_frame(wal, number))
		return false;
	wal->salt[0] = read_u32(wal->frame + 8);
	wal->salt[1] = read_u32(wal->frame + 12);
	before = sum_at(wal->frame + 16);
	if (!read_frame(wal, number + 1))
		return false;
	wal->is_big_endian = !wal->is_big_endian;
	if (follows(wal, before))
		return true;
	wal->is_big_endian = !wal->is_big_endian;
	return follows(wal, before);
}

/* Where the header is broken, the frames say which they are and how their sums are made. */
static void adopt_salt(struct wal *wal)
{
	uint32_t number = 0;

	while (!wal->is_header_whole && read_frame(wal, number) && !adopts_from(wal, number))
		number++;
}

/* True where a run behind that frame has more commits than a power cut can leave. */
static bool is_cut_in_the_middle(struct wal *wal, uint32_t number)
{
	struct sum before = {0, 0};
	unsigned commits = 0;

	for (; read_frame(wal, number); number++) {
		if (!follows(wal, before))
			commits = 0;
		if (is_salted(wal) && is_commit(wal) && ++commits == COMMITS_DAMAGE)
			return true;
		before = sum_at(wal->frame + 16);
	}
	return false;
}

/* Behind the last commit is what a power cut has torn. */
static uint32_t committed(struct wal *wal, uint32_t *pages_r)
{
	uint32_t end = 0;

	*pages_r = 0;
	for (uint32_t number = 0, count = readable(wal); number < count; number++) {
		if (!read_frame(wal, number) || !is_commit(wal))
			continue;
		*pages_r = read_u32(wal->frame + 4);
		end = number + 1;
	}
	return end;
}

/* 0 with a frame to read into; no header, nothing in it. */
static int begin(struct wal *wal, const char *path, const char *name, struct store_error *error)
{
	uint8_t header[HEADER_SIZE];
	ssize_t n = pread(wal->fd, header, sizeof(header), 0);

	if (n < 0)
		return store_fail_errno(error, errno, name, "read");
	if (n < HEADER_SIZE)
		memset(header, 0, sizeof(header));
	read_header(wal, path, header);
	wal->frame = malloc(FRAME_HEAD + wal->page_size);
	return wal->frame ? 0 : store_fail(error, STORE_MEMORY, "out of memory");
}

/* 0 with `fd` below 0 where there is none. */
static int open_wal(struct wal *wal, const char *path, char *name, struct store_error *error)
{
	int rc = 0;

	*wal = (struct wal){0};
	snprintf(name, STATE_PATH_MAX, "%s-wal", path);
	wal->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (wal->fd < 0)
		return errno == ENOENT ? 0 : store_fail_errno(error, errno, name, "read");
	rc = begin(wal, path, name, error);
	if (rc != 0)
		close(wal->fd);
	return rc;
}

static void close_wal(struct wal *wal)
{
	free(wal->frame);
	close(wal->fd);
}

int wal_check(const char *path, struct store_error *error)
{
	char name[STATE_PATH_MAX];
	struct wal wal;
	int rc = open_wal(&wal, path, name, error);

	if (rc != 0 || wal.fd < 0)
		return rc;
	adopt_salt(&wal);
	if (is_cut_in_the_middle(&wal, readable(&wal)))
		rc = store_fail(error, STORE_DAMAGED,
		    "%s: is damaged: commits stand behind a part that cannot be read", name);
	close_wal(&wal);
	return rc;
}

static bool has_content(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && st.st_size > 0;
}

int wal_set_aside(const char *path, bool *renamed_r, struct store_error *error)
{
	char name[STATE_PATH_MAX], lost[STATE_PATH_MAX];

	snprintf(name, sizeof(name), "%s-wal", path);
	snprintf(lost, sizeof(lost), "%s-wal.lost", path);
	*renamed_r = false;
	if (has_content(path) || !has_content(name))
		return 0;
	if (access(lost, F_OK) == 0)
		return store_fail(error, STORE_UNWRITABLE,
		    "%s: cannot be renamed: %s is already there; move that away", name, lost);
	if (rename(name, lost) != 0)
		return store_fail_errno(error, errno, name, "renamed");
	*renamed_r = true;
	return 0;
}

int wal_read(
    const char *path, wal_page_fn page, void *context, uint32_t *pages_r, struct store_error *error)
{
	char name[STATE_PATH_MAX];
	struct wal wal;
	int rc = open_wal(&wal, path, name, error);

	*pages_r = 0;
	if (rc != 0 || wal.fd < 0)
		return rc;
	for (uint32_t number = 0, end = committed(&wal, pages_r); rc == 0 && number < end;
	     number++) {
		if (!read_frame(&wal, number))
			rc = store_fail(error, STORE_BROKEN, "%s: cannot be read again", name);
		else
			rc = page(context, read_u32(wal.frame), wal.frame + FRAME_HEAD,
			    wal.page_size, error);
	}
	close_wal(&wal);
	return rc;
}
