/* Reading the index: one open, one read, no library but libc. */
#include "index.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INDEX_MAX (4 << 20) /* bytes; some ten thousand accounts */
#define N_FIELDS 9

/* Cuts line at its tabs; what is missing is "". */
static size_t
split(char *fields[N_FIELDS], char *line)
{
	size_t n = 0, i;
	char *rest = line, *field;

	while (n < N_FIELDS && (field = strsep(&rest, "\t")) != NULL)
		fields[n++] = field;
	for (i = n; i < N_FIELDS; i++)
		fields[i] = line + strlen(line);
	return n;
}

static size_t
count_lines(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static int
is_key(const char *text)
{
	return strspn(text, "0123456789abcdef") == 64 && text[64] == '\0';
}

static void
take_line(struct index *index, char *line)
{
	char *f[N_FIELDS];
	size_t n = split(f, line);

	if (strcmp(f[0], "account") == 0 && n == N_FIELDS && is_key(f[2])) {
		index->accounts[index->n++] = (struct index_account){.name = f[1],
								     .key = f[2],
								     .cache_id = f[3],
								     .provider = f[4],
								     .issuer = f[5],
								     .email = f[6],
								     .store = f[7],
								     .subject = f[8]};
	} else if (strcmp(f[0], "default") == 0) {
		index->default_name = f[1];
	} else if (strcmp(f[0], "config") == 0) {
		index->config_path = f[1];
		index->config.mtime_ns = strtoll(f[2], NULL, 10);
		index->config.size = strtoll(f[3], NULL, 10);
	}
}

int
index_parse(struct index *out, char *text)
{
	struct index index = {.text = text, .default_name = "", .config_path = ""};
	char *rest = text, *line = strsep(&rest, "\n");

	if (strcmp(line, "oauthctl-index\t1") != 0 || rest == NULL ||
	    (index.accounts = calloc(count_lines(rest), sizeof(*index.accounts))) == NULL) {
		index_done(&index);
		return -1;
	}
	while ((line = strsep(&rest, "\n")) != NULL)
		take_line(&index, line);
	*out = index;
	return 0;
}

static char *
slurp(int fd, size_t size)
{
	char *text = malloc(size + 1);
	ssize_t n;

	if (text == NULL)
		return NULL;
	n = read(fd, text, size);
	if (n < 0 || (size_t)n != size || memchr(text, '\0', size) != NULL) {
		free(text);
		return NULL;
	}
	text[size] = '\0';
	return text;
}

int
index_read(struct index *out, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char *text = NULL;
	struct stat st;

	if (fd < 0)
		return -1;
	/* Someone else's index could point this user's command at another of the user's accounts. */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && (st.st_mode & 022) == 0 &&
	    st.st_size > 0 && st.st_size <= INDEX_MAX)
		text = slurp(fd, (size_t)st.st_size);
	close(fd);
	return text == NULL ? -1 : index_parse(out, text);
}

void
index_done(struct index *index)
{
	free(index->text);
	free(index->accounts);
	*index = (struct index){0};
}

void
index_stamp_of(struct index_stamp *out, const char *path)
{
	struct stat st;

	*out = (struct index_stamp){.mtime_ns = 0, .size = -1};
	if (stat(path, &st) == 0)
		*out = (struct index_stamp){.mtime_ns = st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec,
					    .size = st.st_size};
}

int
index_stamp_equal(const struct index_stamp *a, const struct index_stamp *b)
{
	return a->mtime_ns == b->mtime_ns && a->size == b->size;
}

/* An e-mail address is what the provider says, and one without an @ could pass for another's name. */
static const char *
field_of(const struct index_account *account, int step)
{
	switch (step) {
	case 0:
		return account->name;
	case 1:
		return strchr(account->email, '@') != NULL ? account->email : "";
	case 2:
		return account->provider;
	default:
		return account->issuer;
	}
}

static size_t
find_by(const struct index *index, int step, const char *wanted, const char *store, size_t *first, char *fits)
{
	size_t i, n = 0;

	for (i = 0; i < index->n; i++) {
		const struct index_account *account = &index->accounts[i];
		int fit = (store == NULL || strcmp(account->store, store) == 0) &&
			  (wanted == NULL || strcmp(field_of(account, step), wanted) == 0);

		if (fits != NULL)
			fits[i] = (char)fit;
		if (fit && n++ == 0)
			*first = i;
	}
	return n;
}

size_t
index_find(const struct index *index, const char *wanted, const char *store, size_t *first, char *fits)
{
	size_t n = 0;
	int step;

	if (wanted != NULL && wanted[0] == '\0')
		return 0;
	for (step = 0; step < 4 && n == 0; step++)
		n = find_by(index, step, wanted, store, first, fits);
	return n;
}
