// Opening the library and reading its table.
#include "gcompress/core/execute/onnxruntime/api.h"

#include <dlfcn.h>

#include "gcompress/core/base/error.h"

namespace gcompress::execute::onnxruntime {
namespace {

namespace fs = std::filesystem;

// What OrtGetApiBase() gives.
struct ApiBase {
  const void* (*get_api)(std::uint32_t version);
  const char* (*get_version_string)();
};

constexpr const char* kWhatWorks =
    "give the shared library of ONNX Runtime 1.22 or newer: its Python package has it as "
    "onnxruntime/capi/libonnxruntime.so.VERSION";

template <typename Function>
void read_place(const void* table, Place place, Function& function) {
  const auto* slots = static_cast<const void* const*>(table);
  function = reinterpret_cast<Function>(const_cast<void*>(slots[static_cast<std::size_t>(place)]));
}

Api read_table(const void* table) {
  Api api{};
  read_place(table, Place::kGetErrorMessage, api.get_error_message);
  read_place(table, Place::kCreateEnv, api.create_env);
  read_place(table, Place::kCreateSession, api.create_session);
  read_place(table, Place::kCreateSessionFromArray, api.create_session_from_array);
  read_place(table, Place::kRun, api.run);
  read_place(table, Place::kCreateSessionOptions, api.create_session_options);
  read_place(table, Place::kSetIntraOpNumThreads, api.set_intra_op_num_threads);
  read_place(table, Place::kSetInterOpNumThreads, api.set_inter_op_num_threads);
  read_place(table, Place::kCreateTensorWithData, api.create_tensor_with_data);
  read_place(table, Place::kIsTensor, api.is_tensor);
  read_place(table, Place::kGetTensorMutableData, api.get_tensor_mutable_data);
  read_place(table, Place::kGetTensorElementType, api.get_tensor_element_type);
  read_place(table, Place::kGetDimensionsCount, api.get_dimensions_count);
  read_place(table, Place::kGetDimensions, api.get_dimensions);
  read_place(table, Place::kGetTensorTypeAndShape, api.get_tensor_type_and_shape);
  read_place(table, Place::kCreateCpuMemoryInfo, api.create_cpu_memory_info);
  read_place(table, Place::kReleaseEnv, api.release_env);
  read_place(table, Place::kReleaseStatus, api.release_status);
  read_place(table, Place::kReleaseMemoryInfo, api.release_memory_info);
  read_place(table, Place::kReleaseSession, api.release_session);
  read_place(table, Place::kReleaseValue, api.release_value);
  read_place(table, Place::kReleaseTensorInfo, api.release_tensor_info);
  read_place(table, Place::kReleaseSessionOptions, api.release_session_options);
  read_place(table, Place::kAddSessionConfigEntry, api.add_session_config_entry);
  return api;
}

[[noreturn]] void refuse(const std::string& message, const fs::path& file) {
  throw Error(ErrorKind::kUsage, message, {.file = file.string(), .node = {}, .value = {}},
              kWhatWorks);
}

}  // namespace

Library open_library(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) refuse("there is no such file", file);
  // With a slash in it, so that it is this file and none of the same name on the library path.
  void* handle = dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    refuse(std::string("cannot be opened as a shared library: ") + dlerror(), file);
  }
  const auto get_base = reinterpret_cast<const ApiBase* (*)()>(dlsym(handle, "OrtGetApiBase"));
  if (get_base == nullptr) refuse("is no ONNX Runtime: it has no function OrtGetApiBase", file);
  const ApiBase* base = get_base();
  const std::string version = base->get_version_string();
  const void* table = base->get_api(kApiVersion);
  if (table == nullptr) {
    refuse("is ONNX Runtime " + version + ", which refuses version " + std::to_string(kApiVersion) +
               " of its interface",
           file);
  }
  return {.api = read_table(table), .version = version, .file = file.string()};
}

std::string message_of(const Api& api, Status* status) {
  if (status == nullptr) return {};
  const Owned<Status> owned(status, api.release_status);
  return api.get_error_message(status);
}

}  // namespace gcompress::execute::onnxruntime
