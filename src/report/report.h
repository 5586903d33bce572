/* Reports: a profile out as JSON, text and other tools' formats; JSON in. */
#ifndef SMP_REPORT_REPORT_H
#define SMP_REPORT_REPORT_H

#include "base/buf.h"
#include "model/profile.h"
#include "model/view.h"

/* Each writer appends to `out` (check out->failed once at the end) and returns
 * 0, SMP_ENOMEM or SMP_EINVAL. `f` is the question (model/view.h). */

struct smp_json_options {
    struct smp_filter filter; /* for the files/lines tables in it */
    /* Percent of the whole. Files below it are left out of `files`; lines too
     * where `reduced` is set (else a file's every source line is listed). */
    double cpu_percent_threshold;
    int reduced; /* --reduced-profile: only lines that show something */
    int malloc_threshold; /* allocations from which on memory shows a line */
    /* 0: --no-stacks: each stack is cut to the frame that this filter charges
     * (out of scope: to its innermost Python frame, or native one); callers
     * are then not known. */
    int stacks;
    int sources; /* 1: carry the source texts */
    /* 1: without the tables `files` and `stacks`, which say again what `facts`
     * says: for readers that make their own. */
    int facts_only;
};
int smp_report_json(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_json_options *o);

#define SMP_JSON_VERSION 1                 /* schema_version that is written */
#define SMP_JSON_LIMIT ((size_t)256 << 20) /* bytes of the largest file read */

/* Reads a profile that smp_report_json wrote (any schema version up to ours).
 * Bytes are untrusted: damage gives SMP_EFORMAT or SMP_EVERSION with one
 * line of explanation in `why`, never a crash. A JSON that Scalene wrote
 * (1.5, 2.x) is read as far as it holds what ours do. More than SMP_JSON_LIMIT bytes, or more
 * memory than such a file needs, is SMP_ERANGE. Owned profile in *out. (Sets
 * jansson's allocator for the time of the call: not for two threads at once.) */
int smp_report_json_read(struct smp_profile **out, const char *bytes,
                         size_t length, char why[256]);

/* The page (web/) without a profile. */
int smp_report_html_empty(struct smp_buf *out);

/* The page (web/) with the profile in it: one HTML file, which makes no request.
 * `o` is the question that it shows first; `facts_only` is set by itself. */
int smp_report_html(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_json_options *o);

enum smp_color { SMP_COLOR_NONE, SMP_COLOR_16, SMP_COLOR_256 };

struct smp_text_options {
    struct smp_filter filter;
    double cpu_percent_threshold; /* percent of the whole; files and lines */
    int malloc_threshold;         /* as for JSON */
    int reduced;
    int width; /* columns, >= 20 */
    enum smp_color color;
    int utf8;   /* 0: ASCII only */
    int links;  /* 1: OSC 8 hyperlinks on file names */
    int stacks; /* 1: also print the hottest stacks */
};
int smp_report_text(struct smp_buf *out, const struct smp_profile *p,
                    const struct smp_text_options *o);

/* Other tools' formats. Weights are CPU seconds plus, unless filter.cpu_only,
 * waiting; every sample that the time, process and thread filters keep. In
 * speedscope's and collapsed stacks filter.metric chooses another weight; pprof's
 * and CSV have memory beside time where it was measured. */
int smp_report_speedscope(struct smp_buf *out, const struct smp_profile *p,
                          const struct smp_filter *f);
int smp_report_pprof(struct smp_buf *out, const struct smp_profile *p,
                     const struct smp_filter *f); /* gzipped protobuf */
int smp_report_collapsed(
    struct smp_buf *out, const struct smp_profile *p,
    const struct smp_filter *f); /* microseconds or bytes */
int smp_report_csv(struct smp_buf *out, const struct smp_profile *p,
                   const struct smp_filter *f); /* a row a line of code */

#endif
