/* SPDX-License-Identifier: BSD-3-Clause */
/* A network with one hidden layer that learns to read handwritten digits (examples/svm/data has
 * them, with origin and licence): rectified linear units, softmax, cross-entropy, stochastic
 * gradient descent with momentum and weight decay. Five hyper-parameters; a training is 81 epochs.
 * The value is the cross-entropy of the images that it is not trained on, each third one.
 *
 * Everything is computed in one order, in float: the same trial gives the same curve. */
#include "learning.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PIXELS = 64,
    CLASSES = 10,
    ROWS_MAX = 2000,
    HIDDEN_MIN = 4,
    HIDDEN_MAX = 64,
    EPOCHS = 81,
    HELD_BACK = 3,            /* each third image is for validation */
    FIRST_LAYER = PIXELS + 1, /* weights of a hidden unit: one per pixel, and its bias */
};

/* What a network whose weights overflow is worth: more than one that guesses, which
 * has log 10 = 2.3. */
static const double worst_loss = 10;

typedef struct image {
    float pixels[PIXELS]; /* 0 to 1 */
    int   digit;
} image;

static struct {
    image *all; /* first those to train on */
    int    train_count, count;
} digits;

/* ---- the images ---- */

static bool read_image(char *line, image *out) {
    for (int i = 0; i <= PIXELS; i++) {
        char *end;
        float value = strtof(line, &end);
        if (end == line || (i < PIXELS && *end != ',')) return false;
        line = end + 1;
        if (i < PIXELS)
            out->pixels[i] = value / 16;
        else
            out->digit = (int)value;
    }
    return out->digit >= 0 && out->digit < CLASSES;
}

/* Images of one writer lie side by side: each third one makes both parts look alike. */
static void part(const image *read, int count) {
    digits.count = digits.train_count = 0;
    for (int i = 0; i < count; i++)
        if (i % HELD_BACK != HELD_BACK - 1) digits.all[digits.count++] = read[i];
    digits.train_count = digits.count;
    for (int i = HELD_BACK - 1; i < count; i += HELD_BACK)
        digits.all[digits.count++] = read[i];
}

bool learning_network_load(const char *path) {
    char   line[512];
    int    count = 0;
    FILE  *file = fopen(path, "re");
    image *read = malloc(ROWS_MAX * sizeof *read);
    digits.all = malloc(ROWS_MAX * sizeof *digits.all);
    bool is_right = file && read && digits.all;
    while (is_right && count < ROWS_MAX && fgets(line, sizeof line, file))
        is_right = read_image(line, &read[count++]);
    if (is_right) part(read, count);
    if (!is_right) fprintf(stderr, "%s: no images of digits, line %d\n", path, count);
    if (file) fclose(file);
    free(read);
    return is_right && digits.train_count > 0;
}

void learning_network_forget(void) {
    free(digits.all);
    digits.all = NULL;
}

/* ---- the network ---- */

/* Weights lie by what they come from: those of a pixel for all hidden units, those of a hidden unit
 * for all classes, so that inner loops go along memory. */
typedef struct weights {
    float first[FIRST_LAYER][HIDDEN_MAX];
    float second[HIDDEN_MAX + 1][CLASSES];
} weights;

typedef struct network {
    float   rate, momentum, decay;
    int     hidden, batch;
    weights at, speed, gradient;
    float   units[HIDDEN_MAX + 1]; /* of the image in hand; the last is 1, for the biases */
    float   out[CLASSES];          /* probabilities                                        */
    int     order[ROWS_MAX];
} network;

static hpt_space *network_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_param  rate = hpt_space_add_real(space, "rate", 1e-4, 1);
    hpt_space_add_real(space, "momentum", 0, 0.99);
    hpt_param hidden = hpt_space_add_int(space, "hidden", HIDDEN_MIN, HIDDEN_MAX);
    hpt_param decay = hpt_space_add_real(space, "decay", 1e-6, 1e-1);
    hpt_param batch = hpt_space_add_int(space, "batch", 8, 256);
    hpt_space_set_log(space, rate);
    hpt_space_set_log(space, hidden);
    hpt_space_set_log(space, decay);
    hpt_space_set_log(space, batch);
    return space;
}

/* Normal, of a variance that keeps the signal's (He et al., ICCV 2015). */
static void draw_weights(network *it, const hpt_trial *trial) {
    double first = sqrt(2.0 / PIXELS), second = sqrt(2.0 / it->hidden);
    for (int i = 0; i < PIXELS; i++)
        for (int j = 0; j < it->hidden; j++)
            it->at.first[i][j] = (float)(first * learning_normal(trial, i, 2 * j));
    for (int j = 0; j < it->hidden; j++)
        for (int k = 0; k < CLASSES; k++)
            it->at.second[j][k] = (float)(second * learning_normal(trial, PIXELS + j, 2 * k));
}

static void begin_network(const learner *who, hpt_trial *trial) {
    network *it = who->state;
    memset(it, 0, sizeof *it);
    it->rate = (float)hpt_trial_real_at(trial, 0);
    it->momentum = (float)hpt_trial_real_at(trial, 1);
    it->hidden = (int)hpt_trial_int_at(trial, 2);
    it->decay = (float)hpt_trial_real_at(trial, 3);
    it->batch = (int)hpt_trial_int_at(trial, 4);
    for (int i = 0; i < digits.train_count; i++)
        it->order[i] = i;
    draw_weights(it, trial);
}

static void look(network *it, const image *shown) {
    float *units = it->units;
    memcpy(units, it->at.first[PIXELS], (size_t)it->hidden * sizeof *units);
    for (int i = 0; i < PIXELS; i++) {
        const float pixel = shown->pixels[i], *row = it->at.first[i];
        if (pixel == 0) continue; /* half of them are */
        for (int j = 0; j < it->hidden; j++)
            units[j] += pixel * row[j];
    }
    for (int j = 0; j < it->hidden; j++)
        units[j] = units[j] > 0 ? units[j] : 0;
}

/* The probabilities of the classes; the loss. */
static double guess(network *it, const image *shown) {
    float *out = it->out, most = -INFINITY, sum = 0;
    look(it, shown);
    memcpy(out, it->at.second[HIDDEN_MAX], sizeof it->out);
    for (int j = 0; j < it->hidden; j++) {
        const float unit = it->units[j], *row = it->at.second[j];
        for (int k = 0; k < CLASSES && unit > 0; k++)
            out[k] += unit * row[k];
    }
    for (int k = 0; k < CLASSES; k++)
        most = fmaxf(most, out[k]);
    double loss = (double)most - (double)out[shown->digit];
    for (int k = 0; k < CLASSES; k++)
        sum += out[k] = expf(out[k] - most);
    for (int k = 0; k < CLASSES; k++)
        out[k] /= sum;
    return loss + log((double)sum);
}

/* Adds the gradient of the image that was guessed. */
static void blame(network *it, const image *shown) {
    float *out = it->out, back[HIDDEN_MAX];
    out[shown->digit] -= 1;
    for (int j = 0; j < it->hidden; j++) {
        const float unit = it->units[j], *row = it->at.second[j];
        float       sum = 0, *gradient = it->gradient.second[j];
        for (int k = 0; k < CLASSES && unit > 0; k++) {
            sum += out[k] * row[k];
            gradient[k] += unit * out[k];
        }
        back[j] = sum;
    }
    for (int k = 0; k < CLASSES; k++)
        it->gradient.second[HIDDEN_MAX][k] += out[k];
    for (int i = 0; i <= PIXELS; i++) {
        const float pixel = i < PIXELS ? shown->pixels[i] : 1;
        float      *row = it->gradient.first[i];
        if (pixel == 0) continue;
        for (int j = 0; j < it->hidden; j++)
            row[j] += pixel * back[j];
    }
}

/* A row of weights moves. Biases do not decay. */
static void move_row(const network *it, float *at, float *speed, float *gradient, int count,
                     float decay) {
    const float share = 1 / (float)it->batch, momentum = it->momentum, rate = it->rate;
    for (int j = 0; j < count; j++) {
        speed[j] = momentum * speed[j] - rate * (share * gradient[j] + decay * at[j]);
        at[j] += speed[j];
        gradient[j] = 0;
    }
}

static void move(network *it) {
    for (int i = 0; i <= PIXELS; i++)
        move_row(it, it->at.first[i], it->speed.first[i], it->gradient.first[i], it->hidden,
                 i < PIXELS ? it->decay : 0);
    for (int j = 0; j < it->hidden; j++)
        move_row(it, it->at.second[j], it->speed.second[j], it->gradient.second[j], CLASSES,
                 it->decay);
    move_row(it, it->at.second[HIDDEN_MAX], it->speed.second[HIDDEN_MAX],
             it->gradient.second[HIDDEN_MAX], CLASSES, 0);
}

/* Another order of the images in each epoch (Fisher and Yates). */
static void shuffle(network *it, const hpt_trial *trial, int epoch) {
    for (int i = digits.train_count - 1; i > 0; i--) {
        int other = (int)(learning_uniform(trial, ROWS_MAX + epoch, i) * (i + 1));
        int kept = it->order[i];
        it->order[i] = it->order[other];
        it->order[other] = kept;
    }
}

static double validate(network *it) {
    double sum = 0;
    for (int i = digits.train_count; i < digits.count; i++)
        sum += guess(it, &digits.all[i]);
    double loss = sum / (digits.count - digits.train_count);
    return loss < worst_loss ? loss : worst_loss; /* not if it is NaN */
}

/* A last batch that is not full is left for the next epoch's order. */
static double train_network(const learner *who, int epoch) {
    network *it = who->state;
    shuffle(it, who->trial, epoch);
    for (int first = 0; first + it->batch <= digits.train_count; first += it->batch) {
        for (int i = 0; i < it->batch; i++) {
            const image *shown = &digits.all[it->order[first + i]];
            guess(it, shown);
            blame(it, shown);
        }
        move(it);
    }
    return validate(it);
}

static double network_truth(const learner *it, double last) {
    (void)it;
    return last;
}

const learning_problem learning_network = {
    .name = "network",
    .about = "a network that learns to read digits: rate, momentum, units, decay, batch",
    .epochs = EPOCHS,
    .seeds = 11,
    .state_bytes = sizeof(network),
    .optimum = NAN,
    .space = network_space,
    .begin = begin_network,
    .train = train_network,
    .truth = network_truth,
};
