// SPDX-License-Identifier: Apache-2.0
/*
 * Under /tmp, whatever TMPDIR says: paths of sockets must stay short.
 */
#include "test/kit/temp_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void temp_dir_make(char path_r[TEMP_DIR_MAX])
{
	strcpy(path_r, "/tmp/regent-test-XXXXXX");
	if (!mkdtemp(path_r))
		abort();
}

void temp_dir_remove(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(path);
}
