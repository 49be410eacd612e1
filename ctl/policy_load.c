/* SPDX-License-Identifier: BSD-3-Clause */
/* The door of ctl/policy_file.h to the file system. */
#include "ctl/file.h"
#include "ctl/policy_file.h"
#include "ctl/yaml_tree.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

static int read_anchor(const struct ctl_anchor_source *source, uint8_t **data, size_t *len, const char *name)
{
    char path[PATH_MAX];
    int needed = name[0] == '/' ? snprintf(path, sizeof(path), "%s", name)
                                : snprintf(path, sizeof(path), "%s/%s", source->folder, name);

    if (needed < 0 || (size_t)needed >= sizeof(path))
        return -ENAMETOOLONG;
    return ctl_file_read(data, len, path, CTL_POLICY_ANCHOR_BYTES_MAX);
}

int ctl_policy_load(struct val_policy **out, struct ctl_complaints *complaints, const char *path, uint32_t epoch)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    struct ctl_anchor_source source = {.read = read_anchor, .folder = slash ? folder : "."};
    uint8_t *data;
    size_t len;
    int result;

    (void)snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) + 1 : 0, path);
    result = ctl_file_read(&data, &len, path, CTL_YAML_BYTES_MAX);
    if (result) {
        ctl_complaints_init(complaints, path);
        if (result == -EFBIG)
            ctl_complain(complaints, 0, 0, "the policy is larger than %d bytes", CTL_YAML_BYTES_MAX);
        else
            ctl_complain(complaints, 0, 0, "cannot read the policy: %s", strerror(-result));
        return -1;
    }
    result = ctl_policy_read(out, complaints, path, bytes_of(data, len), &source, epoch);
    free(data);
    return result;
}
