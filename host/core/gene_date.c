#include "core/gene_date.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- What a date looks like ---- */

/* As spreadsheets of several languages write them, the longer ones first. */
static const struct {
    const char *word;
    int month;
} months[] = {
    {"sept", 9}, {"Sept", 9}, {"mars", 3}, {"M\xc3\xa4rz", 3},
    {"Jan", 1},  {"Feb", 2},  {"Mar", 3},  {"Apr", 4}, {"May", 5}, {"Jun", 6},
    {"Jul", 7},  {"Aug", 8},  {"Sep", 9},  {"Oct", 10}, {"Nov", 11}, {"Dec", 12},
    {"mar", 3},  {"sep", 9},  {"dec", 12}, {"Mrz", 3}, {"M\xc3\xa4r", 3}, {"Okt", 10}, {"Dez", 12},
    {"d\xc3\xa9" "c", 12},    {"dic", 12}, {"dez", 12}, {"set", 9}, {"ago", 8},
};

typedef struct part {
    const char *at, *end;
} part;

/* Takes up to `most` digits; yields their value, -1 without one. */
static int take_number(part *p, int most)
{
    int value = 0, n = 0;
    for (; p->at < p->end && n < most && isdigit((unsigned char)*p->at); n++)
        value = 10 * value + (*p->at++ - '0');
    return n ? value : -1;
}

static int take(part *p, const char *characters)
{
    const int there = p->at < p->end && strchr(characters, *p->at) && *p->at;
    p->at += there;
    return there;
}

static int take_month(part *p)
{
    for (size_t i = 0; i < sizeof months / sizeof months[0]; i++) {
        const size_t length = strlen(months[i].word);
        if ((size_t)(p->end - p->at) < length || strncmp(p->at, months[i].word, length) != 0)
            continue;
        p->at += length;
        return months[i].month;
    }
    return 0;
}

/* 1-Mar, 01. Mrz, 1-Mar-20, 1-sept. */
static int day_first(part p, um_gene_date *date)
{
    date->number = take_number(&p, 2);
    if (date->number < 1 || date->number > 31 || !take(&p, "-./ "))
        return 0;
    (void)take(&p, " ");
    date->month = take_month(&p);
    if (!date->month)
        return 0;
    (void)take(&p, ".");
    return p.at == p.end || (take(&p, "-/ ") && take_number(&p, 4) >= 0 && p.at == p.end);
}

/* Mar-01: two digits, with which no gene is written. */
static int month_first(part p, um_gene_date *date)
{
    const int capital = p.at < p.end && isupper((unsigned char)*p.at);
    date->month = take_month(&p);
    if (!capital || !date->month || !take(&p, "-. "))
        return 0;
    date->number = p.end - p.at == 2 ? take_number(&p, 2) : -1;
    return date->number > 0 && p.at == p.end;
}

/* 2020-03-01: MARCH1 written in 2020. Of 2006-03-01 nobody knows whether it was MARCH1 or MARCH6. */
static int year_first(part p, um_gene_date *date)
{
    const char *begin = p.at;
    const int year = take_number(&p, 4);
    if (p.at - begin != 4 || year < 1900 || !take(&p, "-/"))
        return 0;
    date->month = take_number(&p, 2);
    const int parted = take(&p, "-/"), day = take_number(&p, 2);
    date->number = day == 1 && year > 2001 && year <= 2015 ? 0 : day;
    const int time = p.at < p.end && (*p.at == ' ' || *p.at == 'T'); /* 2020-03-01 00:00:00 */
    return parted && date->month >= 1 && date->month <= 12 && day >= 1 && day <= 31 && (time || p.at == p.end);
}

int um_gene_date_read(const char *text, size_t length, um_gene_date *date)
{
    const part all = {text, text + length};
    return day_first(all, date) || month_first(all, date) || year_first(all, date);
}

/* ---- What it was ---- */

static const struct {
    int month, least, most;
    const char *symbol, *before;
} dated[] = {
    {3, 1, 11, "MARCHF%d", "MARCH%d"}, {3, 1, 2, "MTARC%d", "MARC%d"}, 
    {9, 1, 14, "SEPTIN%d", "SEPT%d"},  {9, 15, 15, "SELENOF", "SEP%d"}, {12, 1, 1, "DELEC%d", "DEC%d"},
};

static void put_number(char *to, size_t size, const char *symbol, int number)
{
    const size_t stem = strcspn(symbol, "%");
    if (symbol[stem])
        (void)snprintf(to, size, "%.*s%d", (int)stem, symbol, number);
    else
        (void)snprintf(to, size, "%s", symbol);
}

size_t um_dated_genes(um_gene_date date, um_dated_gene genes[UM_DATED_GENES])
{
    size_t n = 0;
    for (size_t i = 0; i < sizeof dated / sizeof dated[0] && n < UM_DATED_GENES; i++) {
        if (date.month != dated[i].month || date.number < dated[i].least || date.number > dated[i].most)
            continue;
        put_number(genes[n].symbols[0], sizeof genes[n].symbols[0], dated[i].symbol, date.number);
        put_number(genes[n].symbols[1], sizeof genes[n].symbols[1], dated[i].before, date.number);
        n++;
    }
    return n;
}
