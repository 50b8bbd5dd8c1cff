// SPDX-License-Identifier: Apache-2.0
/*
 * A directory of a test's own, removed with the files in it.
 */
#pragma once

#define TEMP_DIR_MAX 64

/* Makes it and writes its path; aborts where that cannot be done. */
void temp_dir_make(char path_r[TEMP_DIR_MAX]);

/* Removes its files, not directories in it, and the directory. */
void temp_dir_remove(const char *path);
