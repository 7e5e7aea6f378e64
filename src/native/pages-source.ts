/**
 * The source of the addon `pages` (see pages.ts): what JavaScript cannot ask of the system about memory. Node's stable
 * interface and Linux only, so one build serves every version of Node.
 *
 * Invariant: nothing is allocated or freed here. Whoever makes a view keeps the memory alive for as long as it is used.
 */
export const pagesSource = `
#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <sys/mman.h>

static napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

/* The bytes of the Uint8Array that a function is given, over memory of any kind; throws where it is given something else. */
static bool bytesGiven(napi_env env, napi_callback_info info, uintptr_t* start, size_t* length) {
  size_t count = 1;
  bool typed = false;
  napi_value given;
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, &given, nullptr, nullptr);
  if (napi_is_typedarray(env, given, &typed) == napi_ok && typed) {
    napi_get_typedarray_info(env, given, &type, length, &data, nullptr, nullptr);
  }
  *start = reinterpret_cast<uintptr_t>(data);
  if (type != napi_uint8_array) refuse(env, "a Uint8Array is needed");
  return type == napi_uint8_array;
}

static napi_value numberOf(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

/* advise(bytes): asks for huge pages; gives 0, or the number of the system's error. */
static napi_value advise(napi_env env, napi_callback_info info) {
  uintptr_t start = 0;
  size_t length = 0;
  if (!bytesGiven(env, info, &start, &length)) return nullptr;
  const uintptr_t page = 4096;
  const uintptr_t first = (start + page - 1) & ~(page - 1), end = (start + length) & ~(page - 1);
  if (end <= first || madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE) == 0) return numberOf(env, 0);
  return numberOf(env, errno);
}

/* addressOf(bytes): where they stand in the process. */
static napi_value addressOf(napi_env env, napi_callback_info info) {
  uintptr_t start = 0;
  size_t length = 0;
  if (!bytesGiven(env, info, &start, &length)) return nullptr;
  return numberOf(env, static_cast<double>(start));
}

/* viewOf(address, length): an ArrayBuffer over these bytes. */
static napi_value viewOf(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value given[2], result = nullptr;
  double address = 0, length = 0;
  napi_get_cb_info(env, info, &count, given, nullptr, nullptr);
  if (count < 2 || napi_get_value_double(env, given[0], &address) != napi_ok ||
      napi_get_value_double(env, given[1], &length) != napi_ok || !(address > 0) || !(length > 0)) {
    return refuse(env, "viewOf: takes an address and a length");
  }
  void* data = reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  if (napi_create_external_arraybuffer(env, data, static_cast<size_t>(length), nullptr, nullptr, &result) != napi_ok) {
    return refuse(env, "viewOf: this runtime makes no views of memory from elsewhere");
  }
  return result;
}

NAPI_MODULE_INIT() {
  const struct { const char* name; napi_callback call; } functions[] = {
    {"advise", advise}, {"addressOf", addressOf}, {"viewOf", viewOf}};
  for (const auto& known : functions) {
    napi_value made;
    if (napi_create_function(env, known.name, NAPI_AUTO_LENGTH, known.call, nullptr, &made) != napi_ok) return nullptr;
    if (napi_set_named_property(env, exports, known.name, made) != napi_ok) return nullptr;
  }
  return exports;
}
`;
