// SPDX-License-Identifier: Apache-2.0
/*
 * For tests and fuzz targets under LeakSanitizer: libfyaml 0.7.12 loses up to
 * 512 bytes when a scalar is broken. A process reads few broken files.
 */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libfyaml.so";
}
