/* Gives a target the files named, or those of the folders named: a corpus replayed without
 * libFuzzer. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "libshared/base/mem.h"
#include "tests/fuzz/fuzz.h"

static void replay(const char *path)
{
    FILE *file = fopen(path, "rb");
    HOLDS(file != NULL);
    struct stat about;
    HOLDS(fstat(fileno(file), &about) == 0);
    /* Exactly as large as the input, so that a sanitizer sees a read past its end. */
    const size_t size = (size_t)about.st_size;
    uint8_t *bytes = malloc(size > 0 ? size : 1);
    HOLDS(bytes != NULL && fread(bytes, 1, size, file) == size);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_folder(const char *folder)
{
    struct dirent **entries;
    const int n = scandir(folder, &entries, is_visible, alphasort);
    HOLDS(n >= 0);
    for (int i = 0; i < n; i++) {
        char *path = mem_printf(NULL, "%s/%s", folder, entries[i]->d_name);
        replay(path);
        mem_free(path);
        free(entries[i]);
    }
    free(entries);
    return n;
}

int main(int argc, char **argv)
{
    int n = 0;
    for (int i = 1; i < argc; i++) {
        struct stat about;
        HOLDS(stat(argv[i], &about) == 0);
        if (S_ISDIR(about.st_mode)) {
            n += replay_folder(argv[i]);
        } else {
            replay(argv[i]);
            n++;
        }
    }
    const char *name = strrchr(argv[0], '/');
    printf("ok   %s (%d inputs)\n", name != NULL ? name + 1 : argv[0], n);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
