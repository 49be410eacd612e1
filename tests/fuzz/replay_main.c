/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * In place of libFuzzer: runs a fuzz target once over each file that is named, and over each file of each folder that is
 * named. Prints TAP. A finding ends the program, as it does under libFuzzer.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (16 * 1024 * 1024)
#define PATH_LEN  4096

/* A file from memory of exactly its length, so that a sanitizer sees a read behind it; the number of the test is `number`. */
static int run_file(const char *path, int number)
{
    FILE *file = fopen(path, "rb");
    uint8_t *all = malloc(INPUT_MAX);
    uint8_t *data = NULL;
    size_t len = 0;

    if (file && all)
        len = fread(all, 1, INPUT_MAX, file);
    if (file && all)
        data = realloc(all, len ? len : 1);
    if (!data)
        free(all);
    if (file)
        (void)fclose(file);
    printf("# %s\n", path);
    fflush(stdout);
    if (data)
        (void)LLVMFuzzerTestOneInput(data, len);
    printf("%s %d - %s\n", data ? "ok" : "not ok", number, path);
    free(data);
    return data ? 0 : 1;
}

static int run_folder(const char *path, int *number)
{
    struct dirent **entries;
    int num = scandir(path, &entries, NULL, alphasort);
    int failed = 0;

    for (int i = 0; i < num; i++) {
        char name[PATH_LEN];

        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(name, sizeof(name), "%s/%s", path, entries[i]->d_name);
            failed += run_file(name, ++*number);
        }
        free(entries[i]);
    }
    if (num >= 0)
        free((void *)entries);
    return failed;
}

int main(int argc, char **argv)
{
    int number = 0;
    int failed = 0;

    for (int i = 1; i < argc; i++) {
        struct stat status;

        if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode))
            failed += run_folder(argv[i], &number);
        else
            failed += run_file(argv[i], ++number);
    }
    if (number == 0) {
        printf("not ok 1 - there are no seeds\n");
        number = failed = 1;
    }
    printf("1..%d\n", number);
    return failed ? 1 : 0;
}
