/* SPDX-License-Identifier: BSD-3-Clause */
/* Stop early what is hopeless: a network of one hidden layer learns a curve by gradient descent,
 * and reports its error after each epoch. The same search with and without a pruner; and one with
 * more trials for about the same epochs. */
#include <hpt/hpt.h>
#include <math.h>
#include <stdatomic.h>

enum { POINTS = 64, HIDDEN_MAX = 32, EPOCHS = 81 };

typedef struct network {
    int    hidden;
    double weights[HIDDEN_MAX][3]; /* of the input, the bias, to the output */
    double speed[HIDDEN_MAX][3];
} network;

static double wave(double x) {
    return sin(3 * x) * (1 + 0.3 * x);
}

/* Small random weights, the same for a trial whenever it runs. */
static void begin(network *net, hpt_trial *trial) {
    double scale = hpt_trial_real(trial, "scale");
    net->hidden = (int)hpt_trial_int(trial, "hidden");
    for (int i = 0; i < 3 * net->hidden; i++) {
        double unit = ldexp((double)(hpt_trial_seed(trial, (uint64_t)i) >> 11), -53);
        net->weights[i / 3][i % 3] = scale * (2 * unit - 1);
        net->speed[i / 3][i % 3] = 0;
    }
}

/* One step for each point; returns the mean squared error that there was. */
static double learn_once(network *net, double rate, double momentum, double decay) {
    double sum = 0;
    for (int p = 0; p < POINTS; p++) {
        double x = -2 + 4.0 * p / (POINTS - 1), out = 0, layer[HIDDEN_MAX];
        for (int i = 0; i < net->hidden; i++) {
            layer[i] = tanh(net->weights[i][0] * x + net->weights[i][1]);
            out += net->weights[i][2] * layer[i];
        }
        double error = out - wave(x);
        sum += error * error;
        for (int i = 0; i < net->hidden; i++) {
            double back = error * net->weights[i][2] * (1 - layer[i] * layer[i]);
            double slope[3] = { back * x, back, error * layer[i] };
            for (int k = 0; k < 3; k++) {
                net->speed[i][k] =
                    momentum * net->speed[i][k] - rate * (slope[k] + decay * net->weights[i][k]);
                net->weights[i][k] += net->speed[i][k];
            }
        }
    }
    return sum / POINTS;
}

static hpt_status train(hpt_trial *trial, void *user, double *value_out) {
    network net;
    double  rate = hpt_trial_real(trial, "rate"), momentum = hpt_trial_real(trial, "momentum");
    double  decay = hpt_trial_real(trial, "decay");
    begin(&net, trial);
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        double error = learn_once(&net, rate, momentum, decay);
        atomic_fetch_add((atomic_ulong *)user, 1);
        if (!isfinite(error)) return hpt_trial_fail(trial, "it diverged in epoch %d", epoch);
        *value_out = error;
        hpt_status status = hpt_trial_report(trial, epoch, error);
        if (status != HPT_OK) return status; /* hopeless, or the run is stopping */
    }
    return HPT_OK;
}

static hpt_status search(const hpt_space *space, const char *pruner, unsigned trials,
                         hpt_err *err) {
    atomic_ulong epochs = 0;
    hpt_result  *result = NULL;
    hpt_options  options = hpt_options_default();
    options.pruner = pruner;
    options.trial_count_max = trials;
    options.strategy = "random"; /* the same trials each time */
    options.seed = 1;
    options.window = 16; /* so that it prints the same on every machine, or nearly */
    hpt_status status = hpt_parallel_run(space, train, &epochs, &options, &result, err);
    if (status != HPT_OK) return status;
    printf("%-25s %5lu epochs, %3u of %u trials to the end, best error %.5f\n", pruner,
           atomic_load(&epochs), (unsigned)hpt_result_count(result, HPT_TRIAL_COMPLETE), trials,
           hpt_result_value(result));
    hpt_result_destroy(result);
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_real(space, "rate", 1e-6, 1));
    hpt_space_set_log(space, hpt_space_add_real(space, "decay", 1e-6, 1));
    hpt_space_set_log(space, hpt_space_add_real(space, "scale", 0.01, 10));
    hpt_space_add_real(space, "momentum", 0, 0.99);
    hpt_space_add_int(space, "hidden", 2, HIDDEN_MAX);
    hpt_status status = search(space, "none", 150, &err);
    if (status == HPT_OK) status = search(space, "median", 150, &err);
    if (status == HPT_OK) status = search(space, "asha:min_resource=3", 150, &err);
    if (status == HPT_OK) status = search(space, "hyperband:max_resource=81", 150, &err);
    if (status == HPT_OK) status = search(space, "hyperband:max_resource=81", 400, &err);
    if (status != HPT_OK) fprintf(stderr, "%s\n", err.text);
    hpt_space_destroy(space);
    return status != HPT_OK;
}
