#include "core/numpy_random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void um_mt_start(um_mt *mt, uint32_t seed)
{
    *mt = (um_mt){.used = UM_MT_WORDS};
    mt->word[0] = seed;
    for (uint32_t i = 1; i < UM_MT_WORDS; i++)
        mt->word[i] = 1812433253U * (mt->word[i - 1] ^ (mt->word[i - 1] >> 30)) + i;
}

static void next_words(um_mt *mt)
{
    uint32_t *word = mt->word;
    for (size_t i = 0; i < UM_MT_WORDS; i++) {
        const uint32_t y = (word[i] & 0x80000000U) | (word[(i + 1) % UM_MT_WORDS] & 0x7fffffffU);
        word[i] = word[(i + 397) % UM_MT_WORDS] ^ (y >> 1) ^ (y & 1 ? 0x9908b0dfU : 0);
    }
    mt->used = 0;
}

uint32_t um_mt_bits(um_mt *mt)
{
    if (mt->used == UM_MT_WORDS)
        next_words(mt);
    uint32_t y = mt->word[mt->used++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680U;
    y ^= (y << 15) & 0xefc60000U;
    return y ^ (y >> 18);
}

double um_mt_uniform(um_mt *mt)
{
    const uint32_t high = um_mt_bits(mt) >> 5;
    const uint32_t low = um_mt_bits(mt) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double um_mt_normal(um_mt *mt)
{
    if (mt->has_spare) {
        mt->has_spare = 0;
        return mt->spare;
    }
    double x, y, square;
    do {
        x = 2.0 * um_mt_uniform(mt) - 1.0;
        y = 2.0 * um_mt_uniform(mt) - 1.0;
        square = x * x + y * y;
    } while (square >= 1.0 || square == 0.0);
    const double scale = sqrt(-2.0 * log(square) / square);
    mt->spare = scale * x; /* numpy gives the second of the pair first */
    mt->has_spare = 1;
    return scale * y;
}

uint32_t um_mt_interval(um_mt *mt, uint32_t max)
{
    if (max == 0)
        return 0;
    uint32_t mask = max;
    for (unsigned shift = 1; shift < 32; shift *= 2)
        mask |= mask >> shift;
    uint32_t value;
    do
        value = um_mt_bits(mt) & mask;
    while (value > max);
    return value;
}

static void swap(size_t *items, size_t i, size_t j)
{
    const size_t kept = items[i];
    items[i] = items[j];
    items[j] = kept;
}

static void count_up(size_t n, size_t *items)
{
    for (size_t i = 0; i < n; i++)
        items[i] = i;
}

void um_mt_shuffle(um_mt *mt, size_t n, size_t *items)
{
    for (size_t i = n; i-- > 1;)
        swap(items, i, um_mt_interval(mt, (uint32_t)i));
}

void um_mt_permutation(um_mt *mt, size_t n, size_t *order)
{
    count_up(n, order);
    um_mt_shuffle(mt, n, order);
}

/* The hash of numpy's SeedSequence: its multiplier changes with every use. */
typedef struct seed_hash {
    uint32_t key, factor;
} seed_hash;

static uint32_t hash_word(seed_hash *hash, uint32_t value)
{
    value ^= hash->key;
    hash->key *= hash->factor;
    value *= hash->key;
    return value ^ (value >> 16);
}

static uint32_t mix_words(uint32_t x, uint32_t y)
{
    const uint32_t mixed = 0xca01f9ddU * x - 0x4973f715U * y;
    return mixed ^ (mixed >> 16);
}

enum { POOL = 4 };

/* SeedSequence(seed).generate_state(4, uint64). A 64-bit seed fills two of the four words of the pool. */
static void seed_sequence(uint64_t seed, uint64_t state[4])
{
    uint32_t pool[POOL] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    seed_hash in = {0x43b0d7e5U, 0x931e8875U}, out = {0x8b51f9ddU, 0x58f38dedU};
    for (size_t i = 0; i < POOL; i++)
        pool[i] = hash_word(&in, pool[i]);
    for (size_t from = 0; from < POOL; from++)
        for (size_t to = 0; to < POOL; to++)
            if (from != to)
                pool[to] = mix_words(pool[to], hash_word(&in, pool[from]));
    for (size_t i = 0; i < 4; i++) {
        const uint64_t low = hash_word(&out, pool[2 * i % POOL]);
        const uint64_t high = hash_word(&out, pool[(2 * i + 1) % POOL]);
        state[i] = high << 32 | low;
    }
}

/* a b, as high and low 64 bits. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    const uint64_t half = UINT32_MAX;
    const uint64_t ll = (a & half) * (b & half), lh = (a & half) * (b >> 32);
    const uint64_t hl = (a >> 32) * (b & half), hh = (a >> 32) * (b >> 32);
    const uint64_t middle = (ll >> 32) + (lh & half) + (hl & half);
    *low = middle << 32 | (ll & half);
    return hh + (lh >> 32) + (hl >> 32) + (middle >> 32);
}

/* a += b in 128 bits. */
static void add(uint64_t a[2], const uint64_t b[2])
{
    a[0] += b[0];
    a[1] += b[1] + (a[0] < b[0]);
}

/* state = state 0x2360ed051fc65da44385df649fccf645 + step in 128 bits. */
static void advance(um_pcg *pcg)
{
    const uint64_t low = UINT64_C(0x4385df649fccf645), high = UINT64_C(0x2360ed051fc65da4);
    uint64_t product[2];
    product[1] = multiply(pcg->state[0], low, &product[0]);
    product[1] += pcg->state[0] * high + pcg->state[1] * low;
    add(product, pcg->step);
    memcpy(pcg->state, product, sizeof product);
}

void um_pcg_start(um_pcg *pcg, uint64_t seed)
{
    uint64_t word[4];
    seed_sequence(seed, word);
    *pcg = (um_pcg){.step = {word[3] << 1 | 1, word[2] << 1 | word[3] >> 63}};
    advance(pcg);
    add(pcg->state, (const uint64_t[2]){word[1], word[0]});
    advance(pcg);
}

uint64_t um_pcg_bits(um_pcg *pcg)
{
    advance(pcg);
    const uint64_t folded = pcg->state[1] ^ pcg->state[0];
    const unsigned turn = (unsigned)(pcg->state[1] >> 58);
    return folded >> turn | folded << (64 - turn) % 64;
}

static uint32_t half_bits(um_pcg *pcg)
{
    if (pcg->has_spare) {
        pcg->has_spare = 0;
        return pcg->spare;
    }
    const uint64_t bits = um_pcg_bits(pcg);
    pcg->spare = (uint32_t)(bits >> 32);
    pcg->has_spare = 1;
    return (uint32_t)bits;
}

/* Lemire (2019): the upper half of bits x bound, where the lower half does not fall among the surplus. */
static uint64_t below_32(um_pcg *pcg, uint32_t bound)
{
    uint64_t product = (uint64_t)half_bits(pcg) * bound;
    if ((uint32_t)product < bound) {
        const uint32_t surplus = (0 - bound) % bound;
        while ((uint32_t)product < surplus)
            product = (uint64_t)half_bits(pcg) * bound;
    }
    return product >> 32;
}

static uint64_t below_64(um_pcg *pcg, uint64_t bound)
{
    uint64_t low, high = multiply(um_pcg_bits(pcg), bound, &low);
    if (low < bound) {
        const uint64_t surplus = (0 - bound) % bound;
        while (low < surplus)
            high = multiply(um_pcg_bits(pcg), bound, &low);
    }
    return high;
}

uint64_t um_pcg_below(um_pcg *pcg, uint64_t bound)
{
    if (bound <= 1)
        return 0;
    if (bound - 1 < UINT32_MAX)
        return below_32(pcg, (uint32_t)bound);
    return bound - 1 == UINT32_MAX ? half_bits(pcg) : below_64(pcg, bound);
}

/* Fisher-Yates from the end of n items down to position `last`, which is at least 1. */
static void shuffle_tail(um_pcg *pcg, size_t n, size_t last, size_t *items)
{
    for (size_t i = n; i-- > last;)
        swap(items, i, um_pcg_below(pcg, i + 1));
}

static unmix_status choose_many(unmix_context *cx, um_pcg *pcg, size_t n, size_t count, size_t *chosen)
{
    size_t *items = NULL;
    UM_TRY(UM_ALLOC(cx, &items, n, "random choice"));
    count_up(n, items);
    shuffle_tail(pcg, n, n > count ? n - count : 1, items);
    memcpy(chosen, items + (n - count), count * sizeof *chosen);
    free(items);
    return UNMIX_OK;
}

/* Floyd's sampling: an item that is taken already gives way to the last of those open so far. */
static unmix_status choose_few(unmix_context *cx, um_pcg *pcg, size_t n, size_t count, size_t *chosen)
{
    unsigned char *taken = NULL;
    UM_TRY(UM_ALLOC(cx, &taken, n, "random choice"));
    for (size_t i = 0; i < count; i++) {
        const size_t last = n - count + i;
        const size_t drawn = um_pcg_below(pcg, last + 1);
        chosen[i] = taken[drawn] ? last : drawn;
        taken[chosen[i]] = 1;
    }
    shuffle_tail(pcg, count, 1, chosen);
    free(taken);
    return UNMIX_OK;
}

unmix_status um_pcg_choice(unmix_context *cx, um_pcg *pcg, size_t n, size_t count, size_t *chosen)
{
    return n > 10000 && count > n / 50 ? choose_many(cx, pcg, n, count, chosen) : choose_few(cx, pcg, n, count, chosen);
}
