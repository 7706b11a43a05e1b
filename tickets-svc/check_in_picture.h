/* check_in_picture: the numbers of a check-in list, drawn for a screen at the gate. */
#pragma once

#include "libshared/service/facade.h"

facade_show check_in_picture;
