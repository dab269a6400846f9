/* SPDX-License-Identifier: BSD-3-Clause */
#include "save.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is to go when the user loses patience. One at a time. */
static char *volatile doomed_file, *volatile doomed_folder;

static void give_up(int number) {
    if (doomed_file) unlink(doomed_file);
    if (doomed_folder) rmdir(doomed_folder);
    signal(number, SIG_DFL);
    raise(number);
}

static void doom(char *file, char *folder) {
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = give_up }, before;
    doomed_file = file;
    doomed_folder = folder;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) /* nohup stays in force */
        if (sigaction(numbers[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(numbers[i], &action, NULL);
}

static char *join(const char *a, const char *b) {
    size_t bytes = strlen(a) + strlen(b) + 1;
    char  *text = take(bytes, 1);
    snprintf(text, bytes, "%s%s", a, b);
    return text;
}

static exit_code fail(const char *path) {
    complain("%s: %s", path, strerror(errno));
    return EXIT_FILE;
}

/* Whether the file may be written, and where it really is: behind links, if it is there. */
static exit_code look(save *it, const char *path, const char *source, bool *is_special_out) {
    struct stat there, from;
    *is_special_out = false;
    if (stat(path, &there) != 0) {
        it->path = join(path, "");
        return EXIT_FINE;
    }
    if (stat(source, &from) == 0 && from.st_dev == there.st_dev && from.st_ino == there.st_ino) {
        complain("%s is what is read: name another file", path);
        return EXIT_USAGE;
    }
    if (!it->may_replace) {
        complain("%s is there already: name another file, or say --force to replace it", path);
        return EXIT_HELD;
    }
    if (S_ISDIR(there.st_mode)) {
        complain("%s is a directory", path);
        return EXIT_FILE;
    }
    *is_special_out = !S_ISREG(there.st_mode);
    it->path = realpath(path, NULL);
    return it->path ? EXIT_FINE : fail(path);
}

/* A folder of its own beside the file: on the same file system, so that it can be renamed. */
static exit_code make_folder(save *it, const char *beside, const char *name) {
    const char *slash = strrchr(beside, '/');
    output      text = { .fd = -1 };
    put_bytes(&text, beside, slash ? (size_t)(slash - beside) + 1 : 0);
    put(&text, ".hpt-XXXXXX");
    it->folder = text.text;
    if (!mkdtemp(it->folder)) {
        exit_code code = fail(beside);
        free(it->folder);
        it->folder = NULL;
        return code;
    }
    char *prefix = join(it->folder, "/");
    it->temporary = join(prefix, name);
    free(prefix);
    doom(it->temporary, it->folder);
    return EXIT_FINE;
}

exit_code save_name(save *it, const char *path, const char *source, bool may_replace,
                    const char *name) {
    bool        is_special = false;
    const char *folder = getenv("TMPDIR");
    char       *beside = join(folder && *folder ? folder : "/tmp", "/x");
    exit_code   code = EXIT_FINE;
    *it = (save){ .out = { .fd = -1 }, .may_replace = may_replace };
    if (path) code = look(it, path, source, &is_special);
    if (is_special) {
        complain("%s is no file that can be replaced", path);
        code = EXIT_FILE;
    }
    if (code == EXIT_FINE) code = make_folder(it, it->path ? it->path : beside, name);
    free(beside);
    if (code != EXIT_FINE) {
        free(it->path);
        it->path = NULL;
    }
    return code;
}

exit_code save_open(save *it, const char *path, const char *source, bool may_replace,
                    output *standard) {
    bool      is_special = false;
    exit_code code = EXIT_FINE;
    *it = (save){ .out = *standard, .may_replace = may_replace };
    if (!path) {
        *standard = (output){ .fd = -1 }; /* what waits in it has an owner again at the end */
        return EXIT_FINE;
    }
    it->out = (output){ .fd = -1 };
    code = look(it, path, source, &is_special);
    if (code != EXIT_FINE) return code;
    if (!is_special) code = make_folder(it, it->path, "export");
    const char *target = is_special ? it->path : it->temporary;
    int         flags = O_WRONLY | O_CLOEXEC | (is_special ? 0 : O_CREAT | O_EXCL);
    if (code == EXIT_FINE && (it->out.fd = open(target, flags, 0666)) < 0) code = fail(it->path);
    if (code != EXIT_FINE) save_drop(it);
    return code;
}

static exit_code close_file(save *it) {
    if (!output_flush(&it->out)) {
        errno = it->out.error;
        return fail(it->path);
    }
    if (fsync(it->out.fd) != 0 && errno != EINVAL && errno != EROFS) return fail(it->path);
    return EXIT_FINE;
}

/* link() fails when somebody made the file in the meantime, which rename() would replace; not every
 * file system has it. */
static exit_code place(const save *it) {
    if (!it->may_replace) {
        if (link(it->temporary, it->path) == 0) return EXIT_FINE;
        if (errno == EEXIST) {
            complain("%s is there already", it->path);
            return EXIT_HELD;
        }
        if (access(it->path, F_OK) == 0) return fail(it->path);
    }
    return rename(it->temporary, it->path) == 0 ? EXIT_FINE : fail(it->path);
}

/* What another wrote is copied to standard output, or into a file that cannot be replaced. */
static exit_code copy(const char *from, output *to) {
    char    bytes[1 << 14];
    int     fd = open(from, O_RDONLY | O_CLOEXEC);
    ssize_t count = fd < 0 ? -1 : 1;
    while (fd >= 0 && (count = read(fd, bytes, sizeof bytes)) > 0)
        put_bytes(to, bytes, (size_t)count);
    if (count < 0) {
        exit_code code = fail(from);
        if (fd >= 0) close(fd);
        return code;
    }
    close(fd);
    return EXIT_FINE;
}

void save_drop(save *it) {
    if (it->temporary) unlink(it->temporary);
    if (it->folder) rmdir(it->folder);
    doomed_file = doomed_folder = NULL;
    output_free(&it->out);
    free(it->path);
    free(it->folder);
    free(it->temporary);
    *it = (save){ .out = { .fd = -1 } };
}

exit_code save_close(save *it, output *standard, exit_code code) {
    bool is_file = it->out.fd >= 0 && it->path;
    if (!it->path && !it->folder) { /* standard output all along */
        *standard = it->out;
        return code;
    }
    if (is_file && code == EXIT_FINE) code = close_file(it);
    if (is_file) close(it->out.fd);
    if (code == EXIT_FINE && it->temporary)
        code = it->path ? place(it) : copy(it->temporary, standard);
    save_drop(it);
    return code;
}
