#include "core/record.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static void release(um_entry *entry)
{
    free((void *)(uintptr_t)entry->key);
    free((void *)(uintptr_t)entry->text);
}

void um_record_clear(um_record *record)
{
    for (size_t i = 0; i < record->n; i++)
        release(&record->entry[i]);
    free(record->entry);
    *record = (um_record){0};
}

static unmix_status copy(unmix_context *cx, const char *text, char **out)
{
    const size_t size = strlen(text) + 1;
    UM_TRY(UM_ALLOC(cx, out, size, "facts of the run"));
    memcpy(*out, text, size);
    return UNMIX_OK;
}

static unmix_status entry_of(unmix_context *cx, const unmix_fact *fact, um_entry *entry)
{
    char *key = NULL, *text = NULL;
    unmix_status status = copy(cx, fact->key, &key);
    if (status == UNMIX_OK && fact->text)
        status = copy(cx, fact->text, &text);
    if (status != UNMIX_OK) {
        free(key);
        return status;
    }
    *entry = text ? um_entry_text(key, text) : um_entry_number(key, fact->whole ? UM_INTEGER : UM_REAL, fact->number);
    return UNMIX_OK;
}

unmix_status um_record_put(unmix_context *cx, um_record *record, const unmix_fact *fact)
{
    um_entry entry;
    if (!fact->key || !*fact->key || strchr(fact->key, '/'))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a fact of the run needs a key without '/'");
    UM_TRY(UM_GROW(cx, &record->entry, &record->capacity, record->n + 1, "facts of the run"));
    UM_TRY(entry_of(cx, fact, &entry));
    for (size_t i = 0; i < record->n; i++)
        if (strcmp(record->entry[i].key, fact->key) == 0) {
            release(&record->entry[i]);
            record->entry[i] = entry;
            return UNMIX_OK;
        }
    record->entry[record->n++] = entry;
    return UNMIX_OK;
}

unmix_status um_record_put_all(unmix_context *cx, um_record *record, const unmix_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        UM_TRY(um_record_put(cx, record, &facts[i]));
    return UNMIX_OK;
}

um_entry um_record_tree(const um_record *record)
{
    return um_entry_tree("run", record->entry, record->n);
}
