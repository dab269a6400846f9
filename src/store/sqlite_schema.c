/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* Optuna's tables, word for word as SQLAlchemy makes them from Optuna's models (also the spaces at
 * the ends of lines), so that no tool that compares finds a difference. */

/* clang-format off */
static const char *const tables[] = {
    "CREATE TABLE studies (\n\tstudy_id INTEGER NOT NULL, \n\tstudy_name VARCHAR(512) NOT NULL, \n\t"
    "PRIMARY KEY (study_id)\n)",
    "CREATE UNIQUE INDEX ix_studies_study_name ON studies (study_name)",
    "CREATE TABLE version_info (\n\tversion_info_id INTEGER NOT NULL, \n\tschema_version INTEGER, \n\t"
    "library_version VARCHAR(256), \n\tPRIMARY KEY (version_info_id), \n\tCHECK (version_info_id=1)\n)",
    "CREATE TABLE study_directions (\n\tstudy_direction_id INTEGER NOT NULL, \n\t"
    "direction VARCHAR(8) NOT NULL, \n\tstudy_id INTEGER NOT NULL, \n\tobjective INTEGER NOT NULL, \n\t"
    "PRIMARY KEY (study_direction_id), \n\tUNIQUE (study_id, objective), \n\t"
    "FOREIGN KEY(study_id) REFERENCES studies (study_id)\n)",
    "CREATE TABLE study_user_attributes (\n\tstudy_user_attribute_id INTEGER NOT NULL, \n\t"
    "study_id INTEGER, \n\t\"key\" VARCHAR(512), \n\tvalue_json TEXT, \n\t"
    "PRIMARY KEY (study_user_attribute_id), \n\tUNIQUE (study_id, \"key\"), \n\t"
    "FOREIGN KEY(study_id) REFERENCES studies (study_id)\n)",
    "CREATE TABLE study_system_attributes (\n\tstudy_system_attribute_id INTEGER NOT NULL, \n\t"
    "study_id INTEGER, \n\t\"key\" VARCHAR(512), \n\tvalue_json TEXT, \n\t"
    "PRIMARY KEY (study_system_attribute_id), \n\tUNIQUE (study_id, \"key\"), \n\t"
    "FOREIGN KEY(study_id) REFERENCES studies (study_id)\n)",
    "CREATE TABLE trials (\n\ttrial_id INTEGER NOT NULL, \n\tnumber INTEGER, \n\tstudy_id INTEGER, \n\t"
    "state VARCHAR(8) NOT NULL, \n\tdatetime_start DATETIME, \n\tdatetime_complete DATETIME, \n\t"
    "PRIMARY KEY (trial_id), \n\tFOREIGN KEY(study_id) REFERENCES studies (study_id)\n)",
    "CREATE INDEX ix_trials_study_id ON trials (study_id)",
    "CREATE TABLE trial_user_attributes (\n\ttrial_user_attribute_id INTEGER NOT NULL, \n\t"
    "trial_id INTEGER, \n\t\"key\" VARCHAR(512), \n\tvalue_json TEXT, \n\t"
    "PRIMARY KEY (trial_user_attribute_id), \n\tUNIQUE (trial_id, \"key\"), \n\t"
    "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE trial_system_attributes (\n\ttrial_system_attribute_id INTEGER NOT NULL, \n\t"
    "trial_id INTEGER, \n\t\"key\" VARCHAR(512), \n\tvalue_json TEXT, \n\t"
    "PRIMARY KEY (trial_system_attribute_id), \n\tUNIQUE (trial_id, \"key\"), \n\t"
    "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE trial_params (\n\tparam_id INTEGER NOT NULL, \n\ttrial_id INTEGER, \n\t"
    "param_name VARCHAR(512), \n\tparam_value FLOAT, \n\tdistribution_json TEXT, \n\t"
    "PRIMARY KEY (param_id), \n\tUNIQUE (trial_id, param_name), \n\t"
    "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE trial_values (\n\ttrial_value_id INTEGER NOT NULL, \n\ttrial_id INTEGER NOT NULL, \n\t"
    "objective INTEGER NOT NULL, \n\tvalue FLOAT, \n\tvalue_type VARCHAR(7) NOT NULL, \n\t"
    "PRIMARY KEY (trial_value_id), \n\tUNIQUE (trial_id, objective), \n\t"
    "FOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE trial_intermediate_values (\n\ttrial_intermediate_value_id INTEGER NOT NULL, \n\t"
    "trial_id INTEGER NOT NULL, \n\tstep INTEGER NOT NULL, \n\tintermediate_value FLOAT, \n\t"
    "intermediate_value_type VARCHAR(7) NOT NULL, \n\tPRIMARY KEY (trial_intermediate_value_id), \n\t"
    "UNIQUE (trial_id, step), \n\tFOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE trial_heartbeats (\n\ttrial_heartbeat_id INTEGER NOT NULL, \n\t"
    "trial_id INTEGER NOT NULL, \n\theartbeat DATETIME NOT NULL, \n\tPRIMARY KEY (trial_heartbeat_id), \n\t"
    "UNIQUE (trial_id), \n\tFOREIGN KEY(trial_id) REFERENCES trials (trial_id)\n)",
    "CREATE TABLE alembic_version (\n\tversion_num VARCHAR(32) NOT NULL, \n\t"
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)\n)",
    /* The release of Optuna whose tables these are. */
    "INSERT INTO version_info (version_info_id, schema_version, library_version) VALUES (1, 12, '4.6.0')",
    "INSERT INTO alembic_version (version_num) VALUES ('v3.2.0.a')",
};

/* Ours. A record goes with its trial: Optuna gives the numbers of a study that it deletes, and of
 * its trials, to the next ones. */
static const char *const records[] = {
    "CREATE TABLE IF NOT EXISTS hpt_trials (\n\ttrial_id INTEGER NOT NULL, \n\tstudy_id INTEGER NOT NULL, \n\t"
    "number INTEGER NOT NULL, \n\ttold INTEGER, \n\trecord BLOB NOT NULL, \n\tPRIMARY KEY (trial_id)\n)",
    "CREATE INDEX IF NOT EXISTS hpt_trials_told ON hpt_trials (study_id, told)",
    "CREATE TRIGGER IF NOT EXISTS hpt_trials_gone AFTER DELETE ON trials "
    "BEGIN DELETE FROM hpt_trials WHERE trial_id = old.trial_id; END",
};

/* Reports of several goals, of which Optuna's table has room for the first. */
static const char *const reports[] = {
    "CREATE TABLE IF NOT EXISTS hpt_reports (\n\ttrial_id INTEGER NOT NULL, \n\tstep INTEGER NOT NULL, \n\t"
    "report BLOB NOT NULL, \n\tPRIMARY KEY (trial_id, step)\n) WITHOUT ROWID",
    "CREATE TRIGGER IF NOT EXISTS hpt_reports_gone AFTER DELETE ON trials "
    "BEGIN DELETE FROM hpt_reports WHERE trial_id = old.trial_id; END",
};
/* clang-format on */

static hpt_status run_all(hpi_sqlite *file, const char *const *texts, size_t count, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (size_t i = 0; i < count && status == HPT_OK; i++)
        status = hpi_sqlite_run_text(file, texts[i], "written", err);
    return status;
}

hpt_status hpi_sqlite_schema_make(hpi_sqlite *file, hpt_err *err) {
    return run_all(file, tables, sizeof tables / sizeof *tables, err);
}

hpt_status hpi_sqlite_records_make(hpi_sqlite *file, hpt_err *err) {
    return run_all(file, records, sizeof records / sizeof *records, err);
}

hpt_status hpi_sqlite_reports_make(hpi_sqlite *file, hpt_err *err) {
    return run_all(file, reports, sizeof reports / sizeof *reports, err);
}

/* ------------------------------------------------------------------------------------ checking */

static const char *const needed[] = {
    "alembic_version",
    "studies",
    "study_directions",
    "study_system_attributes",
    "study_user_attributes",
    "trial_heartbeats",
    "trial_intermediate_values",
    "trial_params",
    "trial_system_attributes",
    "trial_user_attributes",
    "trial_values",
    "trials",
    "version_info",
};

enum { NEEDED_COUNT = sizeof needed / sizeof *needed };

/* Optuna's schemas before ours, oldest first. */
static const char *const older[] = {
    "v0.9.0.a", "v1.2.0.a", "v1.3.0.a", "v2.4.0.a", "v2.6.0.a", "v3.0.0.a", "v3.0.0.b", "v3.0.0.c",
};

typedef struct found {
    bool   has[NEEDED_COUNT];
    size_t needed_count, table_count;
    char   other[64]; /* a table that Optuna does not have */
    bool   has_records;
} found;

static void note_table(found *all, const char *name) {
    all->table_count++;
    if (strcmp(name, "hpt_trials") == 0) {
        all->has_records = true;
        return;
    }
    if (strcmp(name, "hpt_reports") == 0) return;
    for (size_t i = 0; i < NEEDED_COUNT; i++)
        if (strcmp(name, needed[i]) == 0) {
            all->needed_count += !all->has[i];
            all->has[i] = true;
            return;
        }
    if (!all->other[0]) hpi_quote(all->other, sizeof all->other, name);
}

static hpt_status find_tables(hpi_sqlite *file, found *all, hpt_err *err) {
    static const char sql[] = "SELECT name FROM sqlite_master WHERE type = 'table' "
                              "AND name NOT LIKE 'sqlite!_%' ESCAPE '!'";
    sqlite3_stmt     *statement = NULL;
    int               code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        note_table(all, hpi_sqlite_column(statement, 0, NULL));
        code = SQLITE_OK;
    }
    hpt_status status = HPT_OK;
    if (code != SQLITE_DONE) status = hpi_sqlite_fail(file, code, "read", err);
    sqlite3_finalize(statement);
    return status;
}

static hpt_status judge_version(hpi_sqlite *file, const char *version, const char *library,
                                hpt_err *err) {
    char shown[40], shown_library[40];
    /* Optuna 3.0 and 3.1 had the same tables, with one index less. */
    if (strcmp(version, "v3.2.0.a") == 0 || strcmp(version, "v3.0.0.d") == 0) return HPT_OK;
    hpi_quote(shown, sizeof shown, version);
    hpi_quote(shown_library, sizeof shown_library, library);
    for (size_t i = 0; i < sizeof older / sizeof *older; i++)
        if (strcmp(version, older[i]) == 0)
            return hpi_fail(err, HPT_ELIMIT,
                            "\"%s\" has Optuna's tables of version %s (Optuna %s); this hpt reads "
                            "v3.2.0.a: run \"optuna storage upgrade\" on it first",
                            file->shown, shown, shown_library);
    return hpi_fail(
        err, HPT_ELIMIT,
        "\"%s\" has Optuna's tables of version %s (Optuna %s); this hpt reads v3.2.0.a: use "
        "a newer hpt",
        file->shown, shown, shown_library);
}

static hpt_status check_version(hpi_sqlite *file, hpt_err *err) {
    static const char sql[] = "SELECT (SELECT version_num FROM alembic_version), "
                              "(SELECT library_version FROM version_info), "
                              "(SELECT schema_version FROM version_info)";
    sqlite3_stmt     *statement = NULL;
    hpt_status        status;
    int               code = sqlite3_prepare_v2(file->db, sql, -1, &statement, NULL);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    if (code != SQLITE_ROW) {
        status = hpi_sqlite_fail(file, code, "read", err);
    } else if (sqlite3_column_type(statement, 2) == SQLITE_NULL ||
               sqlite3_column_type(statement, 0) == SQLITE_NULL) {
        status =
            hpi_fail(err, HPT_EPARSE,
                     "\"%s\" does not say which version of Optuna's tables it has: it was left "
                     "unfinished; open it once with Optuna",
                     file->shown);
    } else if (sqlite3_column_int64(statement, 2) != 12) {
        status =
            hpi_fail(err, HPT_ELIMIT, "\"%s\" has Optuna's schema %lld; this hpt reads 12: use %s",
                     file->shown, (long long)sqlite3_column_int64(statement, 2),
                     sqlite3_column_int64(statement, 2) > 12 ? "a newer hpt"
                                                             : "\"optuna storage upgrade\" first");
    } else {
        status = judge_version(file, hpi_sqlite_column(statement, 0, NULL),
                               hpi_sqlite_column(statement, 1, NULL), err);
    }
    sqlite3_finalize(statement);
    return status;
}

hpt_status hpi_sqlite_schema_check(hpi_sqlite *file, hpt_err *err) {
    found      all = { 0 };
    hpt_status status = find_tables(file, &all, err);
    if (status != HPT_OK) return status;
    if (all.table_count == 0) {
        file->has_schema = false;
        return HPT_OK;
    }
    if (!all.has[1] || all.needed_count < 4)
        return hpi_fail(err, HPT_EPARSE,
                        "\"%s\" is a database of something else: it has the table %s", file->shown,
                        all.other[0] ? all.other : "hpt_trials alone");
    for (size_t i = 0; i < NEEDED_COUNT; i++)
        /* Before Optuna 2.4 there were fewer tables; the version then says so. */
        if (!all.has[i] && all.has[0] && all.has[NEEDED_COUNT - 1]) {
            status = check_version(file, err);
            if (status != HPT_OK) return status;
            return hpi_fail(err, HPT_EPARSE, "\"%s\" lacks the table %s", file->shown, needed[i]);
        } else if (!all.has[i]) {
            return hpi_fail(err, HPT_EPARSE,
                            "\"%s\" lacks the table %s, so that it is no study of Optuna's",
                            file->shown, needed[i]);
        }
    file->has_schema = true;
    file->has_records = all.has_records;
    return check_version(file, err);
}
