// SPDX-License-Identifier: Apache-2.0
/*
 * The file, and over it the pages of the WAL. The header then says that there is none.
 */
#include "store/db_image.h"

#include "store/wal.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VERSIONS_AT  18 /* of the header: who may write and read it */
#define WITHOUT_WAL  1
#define HEADER_LEAST 100

static int grow(struct db_image *image, int64_t size, struct store_error *error)
{
	uint8_t *grown;

	if (size <= image->size)
		return 0;
	grown = sqlite3_realloc64(image->bytes, (sqlite3_uint64)size);
	if (!grown)
		return store_fail(error, STORE_MEMORY, "out of memory");
	memset(grown + image->size, 0, (size_t)(size - image->size));
	image->bytes = grown;
	image->size = size;
	return 0;
}

static int read_all(int fd, const char *path, struct db_image *image, struct store_error *error)
{
	struct stat st;
	int64_t at = 0;
	int rc = fstat(fd, &st) == 0 ? grow(image, st.st_size, error)
	                             : store_fail_errno(error, errno, path, "read");

	while (rc == 0 && at < image->size) {
		ssize_t n = pread(fd, image->bytes + at, (size_t)(image->size - at), at);

		if (n <= 0)
			rc = store_fail_errno(error, n < 0 ? errno : EIO, path, "read");
		else
			at += n;
	}
	return rc;
}

static int put_page(
    void *context, uint32_t number, const uint8_t *page, uint32_t size, struct store_error *error)
{
	struct db_image *image = context;
	int64_t end = (int64_t)number * size;
	int rc = number > 0 ? grow(image, end, error)
	                    : store_fail(error, STORE_DAMAGED, "a WAL names page 0");

	if (rc == 0)
		memcpy(image->bytes + end - size, page, size);
	return rc;
}

static int64_t page_size(const struct db_image *image)
{
	int64_t size = image->bytes[16] << 8 | image->bytes[17];

	return size == 1 ? 65536 : size;
}

int db_image_read(const char *path, struct db_image *image_r, struct store_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct db_image image = {0};
	uint32_t pages = 0;
	int rc;

	if (fd < 0)
		return store_fail_errno(error, errno, path, "read");
	rc = read_all(fd, path, &image, error);
	close(fd);
	if (rc == 0)
		rc = wal_read(path, put_page, &image, &pages, error);
	if (rc == 0 && image.size < HEADER_LEAST)
		rc = store_fail(error, STORE_DAMAGED, "%s: is damaged", path);
	if (rc != 0) {
		sqlite3_free(image.bytes);
		return rc;
	}
	if (pages > 0 && pages * page_size(&image) < image.size)
		image.size = pages * page_size(&image);
	memset(image.bytes + VERSIONS_AT, WITHOUT_WAL, 2);
	*image_r = image;
	return 0;
}
