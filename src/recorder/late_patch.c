/* Late load: the loaded objects' slots for libc's functions are pointed at ours.
 *
 * An object calls libc through words that the loader filled in (its GOT, pointers
 * in its data). Where such a word is for a function of ours and holds what it
 * would hold without us, it gets our address: one aligned store, safe with threads
 * that call through it just then. What the loader has made read-only (RELRO)
 * becomes so again.
 *
 * An object is patched only when the loader is done with it: an empty dlopen waits
 * for the loader's lock, so what was listed before it is complete after it. */
#define _GNU_SOURCE
#include "recorder/late.h"

#include <dlfcn.h>
#include <link.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recorder/heap.h"
#include "recorder/late_hooks.h"

#define PASSES 4 /* while other threads load and unload objects */

static int is_late;

/* ---- one loaded object */

struct object {
    uintptr_t base, low, high;    /* low to high: where it lies */
    uintptr_t relro, relro_end;   /* read-only after relocation; pages */
    const ElfW(Rela) * tables[2]; /* JMPREL, RELA */
    size_t counts[2];
    const ElfW(Sym) * symbols;
    const char *names;
};

static void read_dynamic(struct object *o, const ElfW(Dyn) * d)
{
    for (; d->d_tag != DT_NULL; d++) {
        uintptr_t at = smp_lookup_pointer(o->base, d->d_un.d_ptr);
        if (d->d_tag == DT_JMPREL)
            o->tables[0] = (const ElfW(Rela) *)at;
        else if (d->d_tag == DT_PLTRELSZ)
            o->counts[0] = d->d_un.d_val / sizeof(ElfW(Rela));
        else if (d->d_tag == DT_RELA)
            o->tables[1] = (const ElfW(Rela) *)at;
        else if (d->d_tag == DT_RELASZ)
            o->counts[1] = d->d_un.d_val / sizeof(ElfW(Rela));
        else if (d->d_tag == DT_SYMTAB)
            o->symbols = (const ElfW(Sym) *)at;
        else if (d->d_tag == DT_STRTAB)
            o->names = (const char *)at;
    }
}

/* 1 where it has slots that may be of interest: it is not the loader's page of
 * the kernel's, nor ourselves. */
static int read_object(struct object *o, const struct dl_phdr_info *info)
{
    const ElfW(Dyn) *dynamic = NULL;
    const uintptr_t page = SMP_OS_PAGE - 1;
    *o = (struct object){.base = info->dlpi_addr, .low = UINTPTR_MAX};
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t from = o->base + p->p_vaddr, to = from + p->p_memsz;
        if (p->p_type == PT_LOAD) {
            o->low = from < o->low ? from : o->low;
            o->high = to > o->high ? to : o->high;
        } else if (p->p_type == PT_DYNAMIC) {
            dynamic = (const ElfW(Dyn) *)from;
        } else if (p->p_type == PT_GNU_RELRO) {
            o->relro = from & ~page; /* as the loader rounds */
            o->relro_end = to & ~page;
        }
    }
    if (!dynamic || (uintptr_t)&is_late - o->low < o->high - o->low)
        return 0;
    read_dynamic(o, dynamic);
    for (int t = 0; t < 2; t++)
        if (!o->tables[t])
            o->counts[t] = 0;
    return o->symbols && o->names;
}

static int is_inside(const struct object *o, uintptr_t address)
{
    return address >= o->low && address < o->high;
}

static int is_slot(const ElfW(Rela) * r)
{
    uint32_t type = (uint32_t)ELF64_R_TYPE(r->r_info);
    return type == R_X86_64_JUMP_SLOT || type == R_X86_64_GLOB_DAT ||
           (type == R_X86_64_64 && !r->r_addend);
}

/* ---- what stands behind a slot */

static void *(*real_dlopen)(const char *, int);
static void *(*real_dlsym)(void *, const char *);

/* The loader's functions know their caller (its search path, RTLD_NEXT): so these
 * end in a jump, and an object that is loaded here is patched at the next dlsym,
 * which is how anybody gets into it. */
static void *late_dlopen(const char *file, int mode)
{
    return real_dlopen(file, mode);
}

static void *late_dlsym(void *handle, const char *name)
{
    smp_late_patch();
    return real_dlsym(handle, name);
}

static struct smp_late_hook loader_hooks[] = {
    {"dlopen", (void *)(uintptr_t)late_dlopen, 0},
    {"dlsym", (void *)(uintptr_t)late_dlsym, 0},
};
#define LOADER_HOOKS (sizeof loader_hooks / sizeof *loader_hooks)

static struct smp_late_hook *find_in(struct smp_late_hook *hooks, size_t count,
                                     const char *name)
{
    for (size_t n = 0; n < count; n++)
        if (hooks[n].name[0] == name[0] && !strcmp(hooks[n].name, name))
            return &hooks[n];
    return NULL;
}

static struct smp_late_hook *find_hook(const char *name)
{
    if (name[0] == '_' && name[1] == 'Z') /* C++: the most of the names */
        return NULL;
    if (name[0] == 'd')
        return find_in(loader_hooks, LOADER_HOOKS, name);
    return find_in(smp_late_hooks, smp_late_hook_count, name);
}

/* ---- what is below ours */

struct search {
    const char *name;
    uintptr_t found;
};

/* The first word for that name that points out of its object. */
static int search_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *s = context;
    struct object o;
    (void)size;
    if (!read_object(&o, info))
        return 0;
    for (int t = 0; t < 2; t++)
        for (size_t n = 0; n < o.counts[t]; n++) {
            const ElfW(Rela) *r = &o.tables[t][n];
            const ElfW(Sym) *symbol = &o.symbols[ELF64_R_SYM(r->r_info)];
            if (!is_slot(r) || strcmp(o.names + symbol->st_name, s->name) != 0)
                continue;
            uintptr_t value = *(const uintptr_t *)(o.base + r->r_offset);
            if (!is_inside(&o, value)) {
                s->found = value;
                return 1;
            }
        }
    return 0;
}

/* In an executable that is not position-independent, a function whose address is
 * taken has its address in the executable's own PLT: behind it is a slot. */
static int is_canonical(void *address)
{
    Dl_info info;
    void *found = NULL;
    if (!dladdr1(address, &info, &found, RTLD_DL_SYMENT) || !found)
        return 0;
    const ElfW(Sym) *symbol = found;
    return symbol->st_shndx == SHN_UNDEF;
}

void *smp_late_below(const char *name)
{
    void *found = dlsym(RTLD_DEFAULT, name);
    struct smp_late_hook *h = find_hook(name);
    if (h && found == h->ours) /* no other has it */
        return NULL;
    if (!found || !is_canonical(found))
        return found;
    struct search s = {name, 0};
    dl_iterate_phdr(search_object, &s);
    return s.found ? (void *)s.found : dlsym(RTLD_NEXT, name);
}

static void look_up_all(struct smp_late_hook *hooks, size_t count)
{
    for (size_t n = 0; n < count; n++)
        hooks[n].real = (uintptr_t)smp_late_below(hooks[n].name);
}

static int look_up(void)
{
    if (!real_dlsym) {
        look_up_all(smp_late_hooks, smp_late_hook_count);
        look_up_all(loader_hooks, LOADER_HOOKS);
        memcpy(&real_dlopen, &loader_hooks[0].real, sizeof real_dlopen);
        memcpy(&real_dlsym, &loader_hooks[1].real, sizeof real_dlsym);
    }
    return real_dlopen && real_dlsym;
}

/* ---- patching */

static void protect(const struct object *o, int protection)
{
    syscall(SYS_mprotect, o->relro, o->relro_end - o->relro, protection);
}

/* 1 where the word is one that the loader filled in for this hook, or will at the
 * first call (it points back into the object's own PLT until then). */
static int is_for(const struct object *o, const ElfW(Rela) * r,
                  const struct smp_late_hook *h, uintptr_t value)
{
    const ElfW(Sym) *symbol = &o->symbols[ELF64_R_SYM(r->r_info)];
    if (!h->real || value == (uintptr_t)h->ours)
        return 0;
    return value == h->real ||
           (is_inside(o, value) && symbol->st_shndx == SHN_UNDEF &&
            ELF64_R_TYPE(r->r_info) == R_X86_64_JUMP_SLOT);
}

static void patch_object(const struct object *o)
{
    int open = 0; /* 1: its read-only part can be written now */
    for (int t = 0; t < 2; t++)
        for (size_t n = 0; n < o->counts[t]; n++) {
            const ElfW(Rela) *r = &o->tables[t][n];
            if (!is_slot(r) || !ELF64_R_SYM(r->r_info))
                continue;
            const char *name =
                o->names + o->symbols[ELF64_R_SYM(r->r_info)].st_name;
            const struct smp_late_hook *h = find_hook(name);
            uintptr_t at = o->base + r->r_offset;
            _Atomic uintptr_t *slot = (_Atomic uintptr_t *)at;
            if (!h || at % sizeof *slot || !is_for(o, r, h, atomic_load(slot)))
                continue;
            if (!open && at >= o->relro && at < o->relro_end) {
                protect(o, PROT_READ | PROT_WRITE);
                open = 1;
            }
            atomic_store(slot, (uintptr_t)h->ours);
        }
    if (open)
        protect(o, PROT_READ);
}

/* The loader's list, as it was: objects are added at its end. */
struct list {
    unsigned long long added, removed;
    size_t count;
};

struct pass {
    struct list now;  /* as it is found */
    size_t from, end; /* places in it: these are to be patched */
    size_t at;
};

static int count_object(struct dl_phdr_info *info, size_t size, void *context)
{
    struct list *l = context;
    (void)size;
    l->added = info->dlpi_adds;
    l->removed = info->dlpi_subs;
    l->count++;
    return 0;
}

static int look_at_first(struct dl_phdr_info *info, size_t size, void *context)
{
    count_object(info, size, context);
    return 1;
}

static int patch_listed(struct dl_phdr_info *info, size_t size, void *context)
{
    struct pass *p = context;
    struct object o;
    (void)size;
    if (info->dlpi_subs != p->now.removed)
        return 1; /* the places are no longer the same */
    if (p->at >= p->from && p->at < p->end && read_object(&o, info))
        patch_object(&o);
    p->at++;
    return p->at == p->end;
}

static struct list patched; /* the list when all in it was patched */
static _Atomic int patching;

static void wait_for_loader(void)
{
    void *self = real_dlopen(NULL, RTLD_LAZY);
    if (self)
        dlclose(self);
}

/* 1 where all that was loaded when it began is patched. */
static int patch_new(void)
{
    struct pass p = {.at = 0};
    dl_iterate_phdr(count_object, &p.now);
    p.from = p.now.removed == patched.removed ? patched.count : 0;
    p.end = p.now.count;
    if (p.from >= p.end)
        return 1;
    wait_for_loader();
    dl_iterate_phdr(patch_listed, &p);
    if (p.at != p.end)
        return 0;
    patched = p.now;
    return 1;
}

void smp_late_patch(void)
{
    struct list now = {0, 0, 0};
    if (!is_late || !look_up())
        return;
    dl_iterate_phdr(look_at_first, &now);
    if (now.added == patched.added && now.removed == patched.removed)
        return;
    if (atomic_exchange(&patching, 1))
        return; /* another thread does */
    for (int n = 0; n < PASSES && !patch_new(); n++)
        ;
    atomic_store(&patching, 0);
}

void smp_late_after_fork(void)
{
    atomic_store(&patching, 0);
}

/* ---- are we late? */

/* Objects are listed as they were loaded: libc before us, or after. */
static int look_for_us(struct dl_phdr_info *info, size_t size, void *context)
{
    struct search *libc = context;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        uintptr_t from = info->dlpi_addr + p->p_vaddr;
        if (p->p_type != PT_LOAD)
            continue;
        if ((uintptr_t)&is_late - from < p->p_memsz)
            return 1; /* we come first */
        if (libc->found - from < p->p_memsz) {
            is_late = 1;
            return 1;
        }
    }
    return 0;
}

void smp_late_look(void)
{
    struct search libc = {"getppid", (uintptr_t)dlsym(RTLD_NEXT, "getppid")};
    dl_iterate_phdr(look_for_us, &libc);
}

int smp_late_is_late(void)
{
    return is_late;
}
