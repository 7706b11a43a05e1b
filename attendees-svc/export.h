/* export: a whole list of people as one streamed body; see list_export.h. */
#pragma once

#include "libshared/service/facade.h"

facade_show export_list;
