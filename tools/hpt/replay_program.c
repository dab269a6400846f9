/* SPDX-License-Identifier: BSD-3-Clause */
#include "replay.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "study.h"

extern char **environ; /* POSIX leaves it to its users to declare it */

/* The file for the answer. */

static bool make_answer(output *path) {
    const char *folder = getenv("TMPDIR");
    putf(path, "%s/hpt-replay-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(path->text);
    if (fd >= 0) close(fd);
    if (fd < 0) complain("%s: %s", path->text, strerror(errno));
    return fd >= 0;
}

static char *read_answer(const char *path) {
    char   chunk[512];
    output text = { .fd = -1 };
    FILE  *file = fopen(path, "re");
    size_t count;
    put(&text, "");
    while (file && (count = fread(chunk, 1, sizeof chunk, file)) > 0)
        put_bytes(&text, chunk, count);
    if (file) fclose(file);
    return text.text;
}

/* The program. */

static void set_environment(const replay_wish *wish, const char *answer) {
    char  text[48];
    char *file = realpath(wish->file, NULL); /* the program may go to another folder */
    setenv("HPT_REPLAY", file ? file : wish->file, 1);
    free(file);
    setenv("HPT_REPLAY_STUDY", wish->study, 1);
    setenv("HPT_REPLAY_ANSWER", answer, 1);
    snprintf(text, sizeof text, "%" PRIu64, wish->trial);
    setenv("HPT_REPLAY_TRIAL", text, 1);
    snprintf(text, sizeof text, "%.17g", wish->limit_s);
    if (wish->limit_s > 0)
        setenv("HPT_REPLAY_LIMIT", text, 1);
    else
        unsetenv("HPT_REPLAY_LIMIT");
}

/* The debugger's words, separated by blanks, then the program's. `*words_out` is what they point
 * into. */
static char **command_line(const replay_wish *wish, char **words_out) {
    size_t bytes = wish->debugger ? strlen(wish->debugger) : 0, count = 0, used = 0;
    while (wish->program[count])
        count++;
    char **line = take(bytes + count + 1, sizeof *line), *rest = NULL;
    *words_out = take(bytes + 1, 1);
    if (wish->debugger) memcpy(*words_out, wish->debugger, bytes);
    for (char *word = strtok_r(*words_out, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest))
        line[used++] = word;
    for (size_t i = 0; i < count; i++)
        line[used++] = (char *)(uintptr_t)wish->program[i];
    return line;
}

static volatile sig_atomic_t the_child; /* for pass_on(), which has nothing else */

static void pass_on(int number) {
    int kept = errno;
    kill((pid_t)the_child, number);
    errno = kept;
}

/* Who ends the command means the program too, and a file is left to be removed. */
static void pass_on_from_now(const sigset_t *held) {
    struct sigaction action = { .sa_handler = pass_on, .sa_flags = SA_RESTART }, was;
    for (int number = 1; number < 32; number++)
        if (sigismember(held, number) && sigaction(number, NULL, &was) == 0 &&
            was.sa_handler != SIG_IGN)
            sigaction(number, &action, NULL);
}

/* Signals as a program expects them: the command ignores some, and holds others back. */
static int start(char *const *line, const sigset_t *mask, pid_t *child_out) {
    posix_spawnattr_t attributes;
    sigset_t          usual;
    int               error = posix_spawnattr_init(&attributes);
    if (error != 0) return error;
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    sigaddset(&usual, SIGQUIT);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawnattr_setsigmask(&attributes, mask);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    error = posix_spawnp(child_out, line[0], NULL, &attributes, line, environ);
    posix_spawnattr_destroy(&attributes);
    return error;
}

static void wait_for(pid_t child, const sigset_t *held, const sigset_t *mask, int *ended_out) {
    siginfo_t ignored;
    the_child = child;
    pass_on_from_now(held);
    sigprocmask(SIG_SETMASK, mask, NULL);
    /* Its id is its own until it has been waited for: nothing is passed on to another one. */
    while (waitid(P_PID, (id_t)child, &ignored, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        continue;
    sigprocmask(SIG_BLOCK, held, NULL);
    while (waitpid(child, ended_out, 0) < 0 && errno == EINTR)
        continue;
}

/* What is typed at the terminal is for the program, or its debugger. The signals that end the
 * command are held back but while it waits, so that one that comes too early is not lost. */
static exit_code run(const replay_wish *wish, int *ended_out) {
    char   **line, *words;
    pid_t    child = -1;
    sigset_t held, mask;
    line = command_line(wish, &words);
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGHUP);
    sigprocmask(SIG_BLOCK, &held, &mask);
    signal(SIGINT, SIG_IGN);
    signal(SIGQUIT, SIG_IGN);
    int error = start(line, &mask, &child);
    if (error != 0)
        complain("%s cannot be started: %s", line[0], strerror(error));
    else
        wait_for(child, &held, &mask, ended_out);
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    free(line);
    free(words);
    return error == 0 ? EXIT_FINE : EXIT_OTHER;
}

/* What came of it. */

static void name_death(char *out, size_t bytes, int ended) {
    static const struct {
        int         number;
        const char *name;
    } names[] = { { SIGSEGV, "SIGSEGV" }, { SIGABRT, "SIGABRT" }, { SIGBUS, "SIGBUS" },
                  { SIGFPE, "SIGFPE" },   { SIGILL, "SIGILL" },   { SIGKILL, "SIGKILL" },
                  { SIGTERM, "SIGTERM" }, { SIGINT, "SIGINT" },   { SIGPIPE, "SIGPIPE" },
                  { SIGTRAP, "SIGTRAP" }, { SIGSYS, "SIGSYS" },   { SIGXCPU, "SIGXCPU" },
                  { SIGXFSZ, "SIGXFSZ" }, { SIGALRM, "SIGALRM" }, { SIGHUP, "SIGHUP" } };
    if (WIFEXITED(ended)) {
        snprintf(out, bytes, "exit code %d", WEXITSTATUS(ended));
        return;
    }
    snprintf(out, bytes, "signal %d", WTERMSIG(ended));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == WTERMSIG(ended)) snprintf(out, bytes, "%s", names[i].name);
}

/* "word rest": the rest, or NULL when the line has another word. */
static const char *behind(const char *line, const char *word) {
    size_t bytes = strlen(word);
    return strncmp(line, word, bytes) == 0 && line[bytes] == ' ' ? line + bytes + 1 : NULL;
}

static void take_line(replayed *now, const char *line) {
    const char *text;
    if ((text = behind(line, "state"))) state_of(text, &now->state);
    if ((text = behind(line, "same"))) now->is_same = *text == '1';
    if ((text = behind(line, "duration"))) now->duration_s = strtod(text, NULL);
    if ((text = behind(line, "value")) && now->value_count < REPLAY_VALUES_MAX)
        now->values[now->value_count++] = strtod(text, NULL);
    if ((text = behind(line, "last_step"))) {
        now->has_report = true;
        now->last_step = strtoll(text, NULL, 10);
    }
    if ((text = behind(line, "last_value"))) now->last_value = strtod(text, NULL);
}

/* The reason is the last, and may have several lines. */
static void take_answer(replayed *now, char *answer) {
    for (char *line = answer, *next; *line; line = next) {
        const char *reason = behind(line, "reason");
        if (reason) {
            output kept = { .fd = -1 };
            putf(&kept, "%s", reason);
            free(now->reason);
            now->reason = kept.text;
            return;
        }
        next = line + strcspn(line, "\n");
        if (*next) *next++ = '\0';
        take_line(now, line);
    }
}

static exit_code complain_unasked(const replay_wish *wish, int ended) {
    char how[32];
    name_death(how, sizeof how, ended);
    complain("%s ended (%s) and never came to run study \"%s\" of %s", wish->program[0], how,
             wish->study, wish->file);
    return EXIT_OTHER;
}

static exit_code judge(const replay_wish *wish, int ended, char *answer, replayed *now) {
    const char *why = behind(answer, "refused");
    if (!*answer) return complain_unasked(wish, ended);
    if (why) {
        answer[strcspn(answer, "\n")] = '\0';
        complain("%s", why);
        return EXIT_OTHER;
    }
    if (strcmp(answer, "begun\n") != 0) {
        take_answer(now, answer);
        return EXIT_FINE;
    }
    if (wish->debugger) { /* that is what has ended */
        complain("the trial was left in the middle");
        return EXIT_NO;
    }
    output text = { .fd = -1 };
    now->state = HPT_TRIAL_CRASHED;
    name_death(now->death, sizeof now->death, ended);
    putf(&text, "the program died of it: %s", now->death);
    free(now->reason);
    now->reason = text.text;
    return EXIT_FINE;
}

exit_code replay_program(const replay_wish *wish, replayed *now_out) {
    output answer_path = { .fd = -1 };
    int    ended = 0;
    *now_out = (replayed){ .duration_s = NAN, .last_value = NAN, .reason = take(1, 1) };
    if (!make_answer(&answer_path)) {
        output_free(&answer_path);
        return EXIT_OTHER;
    }
    set_environment(wish, output_text(&answer_path));
    exit_code code = run(wish, &ended);
    char     *answer = read_answer(output_text(&answer_path));
    unlink(output_text(&answer_path));
    if (code == EXIT_FINE) code = judge(wish, ended, answer, now_out);
    free(answer);
    output_free(&answer_path);
    return code;
}

void replayed_free(replayed *now) {
    free(now->reason);
}
