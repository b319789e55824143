/*
 * Stands in for libFuzzer's main: runs a target over every file of its corpus, in TAP.  The corpus is
 * $top_srcdir/tests/fuzz/corpus/NAME, NAME being the program's own; or the files named as arguments.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay(const char *path, int number, const char *name)
{
	static uint8_t data[1 << 20];
	size_t size;
	FILE *f = fopen(path, "rb");

	if (!f) {
		printf("not ok %d - %s cannot be read\n", number, path);
		return 1;
	}
	size = fread(data, 1, sizeof(data), f);
	fclose(f);
	/* A copy of exactly its size, so that the sanitizer sees a byte read beyond it. */
	uint8_t *copy = malloc(size ? size : 1);
	if (!copy)
		abort();
	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	printf("ok %d - %s\n", number, name);
	fflush(stdout);
	return 0;
}

static int replay_directory(const char *directory)
{
	char path[4096];
	struct dirent *entry;
	int count = 0, bad = 0;
	DIR *d = opendir(directory);

	if (!d) {
		printf("1..1\nnot ok 1 - no corpus in %s\n", directory);
		return 1;
	}
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		bad += replay(path, ++count, entry->d_name);
	}
	closedir(d);
	if (!count) {
		printf("not ok 1 - %s is empty\n", directory);
		count = bad = 1;
	}
	printf("1..%d\n", count);
	return bad != 0;
}

int main(int argc, char **argv)
{
	char directory[4096];
	const char *top = getenv("top_srcdir"), *slash = strrchr(argv[0], '/');
	int i, bad = 0;

	if (argc > 1) {
		for (i = 1; i < argc; i++)
			bad += replay(argv[i], i, argv[i]);
		return bad != 0;
	}
	snprintf(directory, sizeof(directory), "%s/tests/fuzz/corpus/%s", top ? top : ".",
		slash ? slash + 1 : argv[0]);
	return replay_directory(directory);
}
