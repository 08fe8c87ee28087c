#include "programs/cells/pass.h"

/* Entries in one block: some 50 MB. Fewer cells in the first, of which it is not known how full they are. */
enum { BLOCK_ENTRIES = 1 << 22, FIRST_CELLS = 64 };

void um_pass_begin(um_pass *pass, const um_source *source, const char *doing)
{
    const um_block block = pass->block;
    *pass = (um_pass){.source = source, .doing = doing, .block = block};
    pass->block.count = 0;
}

void um_pass_clear(um_pass *pass)
{
    um_block_clear(&pass->block);
    *pass = (um_pass){0};
}

/* By what the cells so far were like, in whole chunks of the file. */
static size_t next_count(const um_pass *pass)
{
    const size_t per_cell = pass->done ? pass->entries / pass->done + 1 : BLOCK_ENTRIES / FIRST_CELLS;
    const size_t left = pass->source->columns->count - pass->done, cheap = pass->source->preferred_block;
    size_t count = BLOCK_ENTRIES / per_cell ? BLOCK_ENTRIES / per_cell : 1;
    if (cheap)
        count = count < cheap ? cheap : count / cheap * cheap;
    return count < left ? count : left;
}

unmix_status um_pass_next(unmix_context *cx, um_pass *pass)
{
    const size_t cells = pass->source->columns->count, count = next_count(pass);
    pass->first = pass->done;
    pass->block.count = 0;
    if (!count)
        return UNMIX_OK;
    UM_TRY(um_progress(cx, (double)pass->done / (double)cells, "%s %s", pass->doing, pass->source->origin));
    UM_TRY(um_source_read(cx, pass->source, pass->first, count, &pass->block));
    pass->done += count;
    pass->entries += pass->block.start[count];
    return UNMIX_OK;
}

void um_pass_keep(um_pass *pass, const uint32_t *position)
{
    um_block *block = &pass->block;
    size_t kept = 0;
    for (size_t c = 0, i = 0; c < block->count; c++) {
        for (const size_t end = block->start[c + 1]; i < end; i++) {
            if (position[block->row[i]] == UM_PASS_DROP)
                continue;
            block->row[kept] = position[block->row[i]];
            block->value[kept++] = block->value[i];
        }
        block->start[c + 1] = kept;
    }
}
