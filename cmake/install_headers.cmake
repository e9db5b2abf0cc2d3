# The headers that other programs may include: everything else is internal. None of them includes torch,
# protobuf, CUDA or json, nor a header that is not in this list.
set(GCOMPRESS_INSTALL_HEADERS
)
