/* SPDX-License-Identifier: BSD-3-Clause */
/* Optuna on the same disk in the same run, where somebody has it: HPT_OPTUNA_PYTHON=python3. */
#include "study.h"

#include <stdlib.h>
#include <string.h>

/* Arguments of all programs: path, ... */
#define STORAGE                                                                                    \
    "import os,sys,time,warnings; warnings.simplefilter(\"ignore\"); import optuna as o; "         \
    "o.logging.set_verbosity(40); p=sys.argv[1]; t=time.time(); "                                  \
    "f=o.storages.JournalStorage(o.storages.journal.JournalFileBackend(p)) "                       \
    "if p.endswith(\".journal\") else \"sqlite:///\"+p; "

static const char version_program[] = "import optuna as o; print(o.__version__)";

/* Path, strategy, parameters, seconds: trials per second, trials, bytes of the file without any. */
static const char run_program[] = STORAGE
    "k={\"random\":o.samplers.RandomSampler,\"tpe\":o.samplers.TPESampler}[sys.argv[2]](seed=1); "
    "d=int(sys.argv[3]); s=o.create_study(storage=f,sampler=k); b=os.path.getsize(p); "
    "t=time.time(); "
    "s.optimize(lambda a:sum(a.suggest_float(\"x%d\"%i,-5,5)**2 for i in range(d)),"
    "timeout=float(sys.argv[4])); n=len(s.get_trials(deepcopy=False)); "
    "print(n/(time.time()-t),n,b)";

/* Path: seconds. */
static const char load_program[] =
    STORAGE "n=o.get_all_study_names(f); "
            "c=len(o.load_study(study_name=n[0],storage=f).get_trials(deepcopy=False)); "
            "print(time.time()-t,c)";

static const char *python(void) {
    return getenv("HPT_OPTUNA_PYTHON");
}

static bool ask(const char *program, const char *arguments, char *line, size_t bytes) {
    char  command[4096];
    bool  is_read;
    FILE *pipe;
    snprintf(command, sizeof command, "%s -c '%s' %s 2>/dev/null", python(), program, arguments);
    pipe = popen(command, "r");
    if (!pipe) return false;
    is_read = fgets(line, (int)bytes, pipe) != NULL;
    return pclose(pipe) == 0 && is_read;
}

const char *study_peer_absent(void) {
    static char version[64];
    if (!python()) return "Optuna: HPT_OPTUNA_PYTHON names no Python";
    if (version[0] == '\0') {
        if (!ask(version_program, "", version, sizeof version)) return "Optuna does not work";
        printf("peer: Optuna %s", version);
    }
    return NULL;
}

bool study_peer_run(const char *path, const char *strategy, int dim, double seconds,
                    study_peer *out) {
    char   arguments[2 * STUDY_PATH_BYTES], line[128];
    double trials, empty;
    snprintf(arguments, sizeof arguments, "'%s' %s %d %g", path, strategy, dim, seconds);
    if (!ask(run_program, arguments, line, sizeof line) ||
        sscanf(line, "%lf %lf %lf", &out->trials_per_s, &trials, &empty) != 3)
        return false;
    out->bytes_per_trial = ((double)study_file_bytes(path) - empty) / trials;
    study_remove(path);
    return true;
}

bool study_peer_load(const char *path, double *seconds_out) {
    char arguments[2 * STUDY_PATH_BYTES], line[128];
    snprintf(arguments, sizeof arguments, "'%s'", path);
    return ask(load_program, arguments, line, sizeof line) && sscanf(line, "%lf", seconds_out) == 1;
}
