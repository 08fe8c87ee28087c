/* What a handle of a report holds. */
#ifndef UM_API_REPORT_H
#define UM_API_REPORT_H

#include "report/page.h"
#include "unmix/report.h"

struct unmix_report {
    um_page page;
};

#endif
