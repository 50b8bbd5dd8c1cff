// SPDX-License-Identifier: Apache-2.0
/*
 * Reading secrets. The echo comes back on whatever way the question ends, Ctrl-C
 * included: the terminal is the operator's.
 */
#include "ctl/secret.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios before; /* of the terminal, while echo is off */

/* Cuts the line's end off; false where the text is empty or was longer than there is room. */
static bool trim(char *text, const char *where)
{
	size_t n = strcspn(text, "\r\n");

	if (text[n] == 0 && n + 1 >= SECRET_MAX) {
		ctl_error("%s: longer than %d bytes", where, SECRET_MAX - 2);
		return false;
	}
	text[n] = 0;
	if (!n)
		ctl_error("%s: is empty", where);
	return n;
}

bool secret_read_file(const char *path, char secret_r[SECRET_MAX])
{
	FILE *file = fopen(path, "re");
	bool read;

	*secret_r = 0;
	if (!file) {
		ctl_error("%s: %s", path, strerror(errno));
		return false;
	}
	errno = 0;
	read = fgets(secret_r, SECRET_MAX, file) || !ferror(file);
	if (!read)
		ctl_error("%s: %s", path, strerror(errno));
	fclose(file);
	return read && trim(secret_r, path);
}

static void put_back(int number)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
	signal(number, SIG_DFL);
	raise(number);
}

static bool read_line(char secret_r[SECRET_MAX])
{
	*secret_r = 0;
	return fgets(secret_r, SECRET_MAX, stdin) || !ferror(stdin);
}

static bool ask_terminal(const char *prompt, char secret_r[SECRET_MAX])
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct termios silent = before;
	bool read;

	silent.c_lflag &= ~(tcflag_t)ECHO;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		signal(numbers[i], put_back);
	/* Whoever sees the prompt may type: nothing of that is lost or shown. */
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	fputs(prompt, stderr);
	fflush(stderr);
	read = read_line(secret_r);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		signal(numbers[i], SIG_DFL);
	fputc('\n', stderr);
	return read;
}

bool secret_ask(const char *prompt, char secret_r[SECRET_MAX])
{
	bool read =
	    tcgetattr(STDIN_FILENO, &before) ? read_line(secret_r) : ask_terminal(prompt, secret_r);

	if (!read)
		ctl_error("standard input: %s", strerror(errno));
	return read && trim(secret_r, "the password");
}

enum ctl_exit secret_token(const char *file, const char **token_r)
{
	static char token[SECRET_MAX];

	*token_r = getenv("REGENT_TOKEN");
	if (!file)
		return CTL_DONE;
	*token_r = token;
	return secret_read_file(file, token) ? CTL_DONE : CTL_USAGE;
}
