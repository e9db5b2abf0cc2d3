// What we use of ONNX Runtime's C interface, found in its shared library at run time.
//
// The library exports OrtGetApiBase(), which gives a table of functions for the version asked for.
// Functions are only ever appended to it, so a place in it never changes. Places and signatures are
// facts taken from the public header include/onnxruntime/core/session/onnxruntime_c_api.h of
// github.com/microsoft/onnxruntime (releases 1.4 to 1.31), and agree with the asserted sizes of its
// versions 1 to 5 in core/session/onnxruntime_c_api.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace gcompress::execute::onnxruntime {

// The version of the table that we ask for: the oldest whose library we tested (1.22.1; the newest
// is 1.31.1). Newer libraries give it as well.
constexpr std::uint32_t kApiVersion = 22;

// Theirs, and never seen from inside.
struct Status;
struct Env;
struct SessionOptions;
struct Session;
struct RunOptions;
struct Value;
struct MemoryInfo;
struct TensorInfo;

// Where each function lies in the table.
enum class Place : std::size_t {
  kGetErrorMessage = 2,
  kCreateEnv = 3,
  kCreateSession = 7,
  kCreateSessionFromArray = 8,
  kRun = 9,
  kCreateSessionOptions = 10,
  kSetIntraOpNumThreads = 24,
  kSetInterOpNumThreads = 25,
  kCreateTensorWithData = 49,
  kIsTensor = 50,
  kGetTensorMutableData = 51,
  kGetTensorElementType = 60,
  kGetDimensionsCount = 61,
  kGetDimensions = 62,
  kGetTensorTypeAndShape = 65,
  kCreateCpuMemoryInfo = 69,
  kReleaseEnv = 92,
  kReleaseStatus = 93,
  kReleaseMemoryInfo = 94,
  kReleaseSession = 95,
  kReleaseValue = 96,
  kReleaseTensorInfo = 99,
  kReleaseSessionOptions = 100,
  kAddSessionConfigEntry = 130,
};

// A null Status means that all went well; any other belongs to the caller.
struct Api {
  const char* (*get_error_message)(const Status*);
  Status* (*create_env)(int log_level, const char* log_id, Env** out);
  Status* (*create_session)(const Env*, const char* file, const SessionOptions*, Session** out);
  Status* (*create_session_from_array)(const Env*, const void* model, std::size_t bytes,
                                       const SessionOptions*, Session** out);
  Status* (*run)(Session*, const RunOptions*, const char* const* input_names,
                 const Value* const* inputs, std::size_t input_count,
                 const char* const* output_names, std::size_t output_count, Value** outputs);
  Status* (*create_session_options)(SessionOptions** out);
  Status* (*set_intra_op_num_threads)(SessionOptions*, int);
  Status* (*set_inter_op_num_threads)(SessionOptions*, int);
  Status* (*create_tensor_with_data)(const MemoryInfo*, void* data, std::size_t bytes,
                                     const std::int64_t* shape, std::size_t rank, int element_type,
                                     Value** out);
  Status* (*is_tensor)(const Value*, int* out);
  Status* (*get_tensor_mutable_data)(Value*, void** out);
  Status* (*get_tensor_element_type)(const TensorInfo*, int* out);
  Status* (*get_dimensions_count)(const TensorInfo*, std::size_t* out);
  Status* (*get_dimensions)(const TensorInfo*, std::int64_t* out, std::size_t rank);
  Status* (*get_tensor_type_and_shape)(const Value*, TensorInfo** out);
  Status* (*create_cpu_memory_info)(int allocator_type, int memory_type, MemoryInfo** out);
  void (*release_env)(Env*);
  void (*release_status)(Status*);
  void (*release_memory_info)(MemoryInfo*);
  void (*release_session)(Session*);
  void (*release_value)(Value*);
  void (*release_tensor_info)(TensorInfo*);
  void (*release_session_options)(SessionOptions*);
  Status* (*add_session_config_entry)(SessionOptions*, const char* key, const char* value);
};

// An object of theirs, given back by the release function that made the pointer.
template <typename T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// A library that was opened. It stays loaded until the process ends: threads of its own may outlive
// the sessions.
struct Library {
  Api api;
  std::string version;  // "1.31.1"
  std::string file;
};

// Opens the library at that path. Throws Error(kUsage) where there is none, or it is no ONNX
// Runtime, or one too old.
Library open_library(const std::filesystem::path& file);

// The message of a status, which is given back; "" for null.
std::string message_of(const Api& api, Status* status);

}  // namespace gcompress::execute::onnxruntime
