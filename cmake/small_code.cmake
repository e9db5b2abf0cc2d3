# Sources that run once for a network, not for each of its elements, are made small rather than fast:
# devices carry them in libgcompress_engine, which is to stay under 2 MB.

file(GLOB small CONFIGURE_DEPENDS core/graph/*.cc core/graph/channels/*.cc core/graph/operators/*.cc
     core/graph/qdq/*.cc core/graph/shape_rules/*.cc core/engine/*.cc core/engine/integer/*.cc
     core/packed/*.cc)
# Those with loops over weights or activations.
list(FILTER small EXCLUDE REGEX
     "graph/(cost_model|channel_costs|dead_channels|filter_banks|float_type|masks|pattern|weight[a-z_]*|with_weights)\\.cc")
list(FILTER small EXCLUDE REGEX "engine/(layout|plan|threads|weight_rows|samples|number_types)\\.cc")
list(FILTER small EXCLUDE REGEX "integer/(cut_planes|filters|layers|layout|movement|pools|program|steps)\\.cc")
list(APPEND small core/engine/operators/comparison.cc core/engine/operators/conversion.cc
     core/engine/operators/rearrangement.cc)
set_source_files_properties(${small} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
