/*
 * Runs a fuzz target over files, for compilers without libFuzzer and for ctest. Each argument is a file or a
 * directory of files; the input of no bytes comes first. There must be at least one file: a corpus that is
 * not there proves nothing.
 */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static size_t n_files;

static void
fail(const char *what, const char *path)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(1);
}

static void
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat st;
	uint8_t *data;

	if (file == NULL || fstat(fileno(file), &st) != 0)
		fail("cannot be opened", path);
	data = malloc((size_t)st.st_size + 1);
	if (data == NULL || fread(data, 1, (size_t)st.st_size, file) != (size_t)st.st_size)
		fail("cannot be read", path);
	(void)fclose(file);
	/* On one line of its own: the last line is the input that broke the target. */
	printf("%s\n", path);
	(void)fflush(stdout);
	(void)LLVMFuzzerTestOneInput(data, (size_t)st.st_size);
	free(data);
	n_files++;
}

static int
is_input(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void
run_directory(const char *path)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, is_input, alphasort);

	if (n < 0)
		fail("cannot be listed", path);
	for (int i = 0; i < n; i++) {
		char *name = NULL;

		if (asprintf(&name, "%s/%s", path, entries[i]->d_name) < 0)
			fail("no memory for its files", path);
		run_file(name);
		free(name);
		free(entries[i]);
	}
	free(entries);
}

int
main(int argc, char **argv)
{
	(void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++) {
		struct stat st;

		if (stat(argv[i], &st) != 0)
			fail("is not there", argv[i]);
		if (S_ISDIR(st.st_mode))
			run_directory(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%zu inputs\n", n_files);
	return n_files > 0 ? 0 : 1;
}
