#include "device/opencl.h"

#define UM_CODES(X)                                                                          \
    X(CL_DEVICE_NOT_FOUND)                                                                   \
    X(CL_DEVICE_NOT_AVAILABLE)                                                               \
    X(CL_COMPILER_NOT_AVAILABLE)                                                             \
    X(CL_MEM_OBJECT_ALLOCATION_FAILURE)                                                      \
    X(CL_OUT_OF_RESOURCES)                                                                   \
    X(CL_OUT_OF_HOST_MEMORY)                                                                 \
    X(CL_BUILD_PROGRAM_FAILURE)                                                              \
    X(CL_INVALID_VALUE)                                                                      \
    X(CL_INVALID_DEVICE)                                                                     \
    X(CL_INVALID_CONTEXT)                                                                    \
    X(CL_INVALID_COMMAND_QUEUE)                                                              \
    X(CL_INVALID_MEM_OBJECT)                                                                 \
    X(CL_INVALID_BUILD_OPTIONS)                                                              \
    X(CL_INVALID_PROGRAM)                                                                    \
    X(CL_INVALID_KERNEL_NAME)                                                                \
    X(CL_INVALID_KERNEL)                                                                     \
    X(CL_INVALID_ARG_INDEX)                                                                  \
    X(CL_INVALID_ARG_VALUE)                                                                  \
    X(CL_INVALID_ARG_SIZE)                                                                   \
    X(CL_INVALID_KERNEL_ARGS)                                                                \
    X(CL_INVALID_WORK_DIMENSION)                                                             \
    X(CL_INVALID_WORK_GROUP_SIZE)                                                            \
    X(CL_INVALID_WORK_ITEM_SIZE)                                                             \
    X(CL_INVALID_BUFFER_SIZE)                                                                \
    X(CL_INVALID_GLOBAL_WORK_SIZE)

const char *um_opencl_error(cl_int code)
{
    switch (code) {
#define UM_CASE(name)                                                                        \
    case name:                                                                               \
        return #name;
        UM_CODES(UM_CASE)
#undef UM_CASE
    case -1001:
        return "no OpenCL platform is installed";
    default:
        return "unknown OpenCL error";
    }
}
