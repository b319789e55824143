libcli_a_SOURCES += cli/out.c cli/out.h cli/out_table.c
