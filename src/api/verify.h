/* SPDX-License-Identifier: Apache-2.0 */
/* What the contents of a file promise beyond its structure and its checksums. */
#ifndef REC_API_VERIFY_H
#define REC_API_VERIFY_H

#include "container/container.h"

/** Check every index against its bounds, and that what the kind of file needs is there. Errors:
 * REC_ERR_CORRUPT, whose sentence names file and array. */
rec_status rec__verify_contents(struct rec__container *container);

#endif
