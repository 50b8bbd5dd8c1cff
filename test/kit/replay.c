// SPDX-License-Identifier: Apache-2.0
/*
 * Stands in for libFuzzer in the ordinary builds: feeds every file of the
 * directories (or every file) given as arguments to the fuzz target, so that
 * the corpora are part of the normal test run. An empty or missing corpus is a
 * failure: a test that reads nothing proves nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;
	size_t size;

	if (!file || fstat(fileno(file), &st) != 0) {
		perror(path);
		if (file)
			fclose(file);
		return -1;
	}

	/* Exactly as large as the input, so that a sanitizer sees one byte too many. */
	size = (size_t)st.st_size;
	data = malloc(size ? size : 1);
	if (!data || fread(data, 1, size, file) != size) {
		perror(path);
		free(data);
		fclose(file);
		return -1;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

/* The number of files fed, or -1. */
static int replay_directory(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	int fed = 0;

	if (!dir) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(dir))) {
		char *name = NULL;
		int rc;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&name, "%s/%s", path, entry->d_name) < 0)
			abort();
		rc = replay_file(name);
		free(name);
		if (rc < 0) {
			fed = -1;
			break;
		}
		fed += rc;
	}
	closedir(dir);
	return fed;
}

int main(int argc, char **argv)
{
	int total = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int fed;

		if (stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode))
			fed = replay_directory(argv[i]);
		else
			fed = replay_file(argv[i]);
		if (fed < 0)
			return EXIT_FAILURE;
		total += fed;
	}
	printf("%d inputs\n", total);
	return total > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
