/* Symbols: the interpreter in this process, its version and its layout. */
#define _GNU_SOURCE
#include <link.h>
#include <string.h>

#include "base/status.h"
#include "recorder/state.h"

static void find(void *to, const char *name)
{
    void *symbol = smp_lookup(name);
    memcpy(to, &symbol, sizeof symbol);
}

/* Where the interpreter's object lies: code samples are told apart by object,
 * since optimised builds split the eval loop over several places. */
static int note_text(struct dl_phdr_info *info, size_t size, void *context)
{
    uint64_t eval = (uint64_t)(uintptr_t)smp_recorder.api.eval;
    (void)size;
    (void)context;
    uint64_t low = UINT64_MAX, high = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
            continue;
        uint64_t from = info->dlpi_addr + p->p_vaddr, to = from + p->p_memsz;
        low = from < low ? from : low;
        high = to > high ? to : high;
    }
    if (eval < low || eval >= high)
        return 0;
    smp_recorder.text_low = low;
    smp_recorder.text_high = high;
    return 1;
}

int smp_symbols_find(void)
{
    struct smp_api *api = &smp_recorder.api;
    const unsigned long *version;
    find(&version, "Py_Version"); /* 3.11 and later */
    find(&api->gilstate_this, "PyGILState_GetThisThreadState");
    find(&api->is_finalizing, "Py_IsFinalizing");
    if (!api->is_finalizing)
        find(&api->is_finalizing, "_Py_IsFinalizing");
    find(&api->runtime, "_PyRuntime");
    find(&api->eval, "_PyEval_EvalFrameDefault");
    find(&api->code_type, "PyCode_Type");
    if (!version)
        return SMP_EVERSION;
    api->version = (uint32_t)*version;
    if (!api->gilstate_this || !api->runtime || !api->eval || !api->code_type)
        return SMP_ENOENT;
    /* Later versions keep the running state in thread-local storage, which
     * gilstate_this follows; 3.11 has one global. */
    api->state_unchecked = NULL;
    if (api->version >> 16 == 0x030b)
        find(&api->state_unchecked, "_PyThreadState_UncheckedGet");
    dl_iterate_phdr(note_text, NULL);
    /* _PyRuntime is far larger than the offsets at its start. */
    return smp_layout_find(&smp_recorder.layout, api->version, api->runtime,
                           4096);
}
