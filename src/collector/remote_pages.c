/* Pages of another process: read whole and kept for one look, since what is
 * looked at lies close together and a page costs no more to read than a word. */
#include <string.h>

#include "base/status.h"
#include "collector/remote.h"

#define PAGES 1024u /* kept; each has its place by its number */

static struct {
    pid_t pid;
    uint32_t look; /* entries of other looks are old */
    struct {
        uint64_t address;
        uint32_t look;
        uint8_t bytes[SMP_OS_PAGE];
    } at[PAGES];
} pages; /* the collector has one thread */

static const uint8_t *page_at(uint64_t address)
{
    size_t n = (address / SMP_OS_PAGE) % PAGES;
    if (pages.at[n].look == pages.look && pages.at[n].address == address)
        return pages.at[n].bytes;
    pages.at[n].look = pages.look - 1;
    if (smp_os_read_memory(pages.pid, address, pages.at[n].bytes, SMP_OS_PAGE))
        return NULL;
    pages.at[n].look = pages.look;
    pages.at[n].address = address;
    return pages.at[n].bytes;
}

void smp_remote_prefetch(const uint64_t *addresses, size_t n)
{
    uint64_t wanted[SMP_OS_PIECES];
    uint8_t *to[SMP_OS_PIECES];
    size_t count = 0, got;
    for (size_t k = 0; k < n && count < SMP_OS_PIECES; k++) {
        uint64_t address = addresses[k] - addresses[k] % SMP_OS_PAGE;
        size_t place = (address / SMP_OS_PAGE) % PAGES;
        if (address < SMP_OS_PAGE || pages.at[place].look == pages.look)
            continue; /* it is there, or another one is, which may be needed */
        pages.at[place].look = pages.look;
        pages.at[place].address = address;
        to[count] = pages.at[place].bytes;
        wanted[count++] = address;
    }
    if (!count)
        return;
    got = smp_os_read_pieces(pages.pid, wanted, to, count, SMP_OS_PAGE);
    for (size_t k = got; k < count; k++)
        pages.at[(wanted[k] / SMP_OS_PAGE) % PAGES].look = pages.look - 1;
}

static int read_pages(void *context, uint64_t address, void *to, size_t n)
{
    uint8_t *at = to;
    (void)context;
    while (n) {
        uint64_t offset = address % SMP_OS_PAGE;
        size_t piece = SMP_OS_PAGE - offset < n ? SMP_OS_PAGE - offset : n;
        const uint8_t *page = page_at(address - offset);
        if (!page)
            return SMP_EFAULT;
        memcpy(at, page + offset, piece);
        at += piece;
        address += piece;
        n -= piece;
    }
    return 0;
}

struct smp_memory smp_remote_memory(pid_t pid)
{
    pages.pid = pid;
    pages.look++;
    return (struct smp_memory){.read = read_pages};
}
