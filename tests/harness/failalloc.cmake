# belgo_failalloc(test): joins the failing allocator of harness/failalloc.h to a test made by belgo_test().
function(belgo_failalloc target)
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/failalloc.c)
  target_link_options(${target} PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup)
endfunction()
