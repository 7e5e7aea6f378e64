/*
 * The addon behind pages.ts: what JavaScript cannot ask of the system about memory; windows.cc does the same for files.
 * It uses Node's stable interface and Linux only, so one build serves every version of Node.
 *
 * Invariant: nothing here allocates or frees memory of the program. The caller of addressOf() keeps that memory alive
 * until all copies to it are done. If memory is freed while its pages are being made, the pages of its successor are
 * made instead; no byte changes.
 *
 * `chunkwise native install` compiles it; release.ts holds the hash of its sources, which names the build in the user's
 * cache.
 */
#include <errno.h>
#include <node_api.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "windows.h"

/* Linux knows it from 5.14 on, headers of the C library may be older. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

static const uintptr_t pageBytes = 4096;
static const uintptr_t populatedBytes = 1 << 22;
/* copy() takes three numbers for each dimension. */
static const size_t dimNumbers = 3;

static napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

/* The memory of the Uint8Array that is a function's only argument; throws for anything else. */
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

/* The first whole page at or after an address. */
static uintptr_t pageAfter(uintptr_t address) { return (address + pageBytes - 1) & ~(pageBytes - 1); }

/* The end of the last whole page before an address. */
static uintptr_t pageBefore(uintptr_t address) { return address & ~(pageBytes - 1); }

/* advise(bytes): asks for huge pages; returns 0 or the number of the system's error. */
static napi_value advise(napi_env env, napi_callback_info info) {
  uintptr_t start = 0;
  size_t length = 0;
  if (!bytesGiven(env, info, &start, &length)) return nullptr;
  const uintptr_t first = pageAfter(start), end = pageBefore(start + length);
  if (end <= first || madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE) == 0) return numberOf(env, 0);
  return numberOf(env, errno);
}

struct Making {
  napi_async_work work;
  napi_ref bytes;
  uintptr_t start, end;
};

/* Runs on a thread of Node's pool. It works in steps because the system gives other threads no memory during one. */
static void makePages(napi_env, void* given) {
  const Making* making = static_cast<Making*>(given);
  for (uintptr_t at = making->start; at < making->end; at += populatedBytes) {
    const uintptr_t length = making->end - at < populatedBytes ? making->end - at : populatedBytes;
    if (madvise(reinterpret_cast<void*>(at), length, MADV_POPULATE_WRITE) != 0) return; /* an older kernel */
  }
}

static void madePages(napi_env env, napi_status, void* given) {
  Making* making = static_cast<Making*>(given);
  napi_delete_reference(env, making->bytes);
  napi_delete_async_work(env, making->work);
  delete making;
}

/* make(bytes): makes their pages on another thread. The bytes stay as they are, also those written in the meantime. */
static napi_value make(napi_env env, napi_callback_info info) {
  uintptr_t start = 0;
  size_t length = 0, count = 1;
  napi_value given, name;
  if (!bytesGiven(env, info, &start, &length)) return nullptr;
  Making* making = new Making{nullptr, nullptr, pageAfter(start), pageBefore(start + length)};
  napi_get_cb_info(env, info, &count, &given, nullptr, nullptr);
  napi_create_reference(env, given, 1, &making->bytes);
  napi_create_string_utf8(env, "chunkwise:pages", NAPI_AUTO_LENGTH, &name);
  if (napi_create_async_work(env, nullptr, name, makePages, madePages, making, &making->work) != napi_ok ||
      napi_queue_async_work(env, making->work) != napi_ok) {
    napi_delete_reference(env, making->bytes);
    delete making;
    return refuse(env, "make: this runtime does no work in the background");
  }
  return nullptr;
}

/* addressOf(bytes): the address of the first byte in this process. */
static napi_value addressOf(napi_env env, napi_callback_info info) {
  uintptr_t start = 0;
  size_t length = 0;
  if (!bytesGiven(env, info, &start, &length)) return nullptr;
  return numberOf(env, static_cast<double>(start));
}

/* Copies elements of type T; steps are in bytes. */
template <typename T>
static void copyLine(char* to, const char* from, int64_t count, int64_t step, int64_t stepFrom) {
  if (step == sizeof(T) && stepFrom == sizeof(T)) {
    memcpy(to, from, static_cast<size_t>(count) * sizeof(T));
    return;
  }
  for (int64_t i = 0; i < count; i++, to += step, from += stepFrom) memcpy(to, from, sizeof(T));
}

/* `dims` describes each dimension, the outermost first: its length, the step in the target, the step in the source. */
template <typename T>
static void copyBox(char* to, const char* from, const double* dims, size_t rank) {
  const int64_t count = static_cast<int64_t>(dims[0]);
  const int64_t step = static_cast<int64_t>(dims[1]), stepFrom = static_cast<int64_t>(dims[2]);
  if (rank == 1) return copyLine<T>(to, from, count, step, stepFrom);
  for (int64_t i = 0; i < count; i++) copyBox<T>(to + i * step, from + i * stepFrom, dims + dimNumbers, rank - 1);
}

/* copy(address, from, bytes of an element, dims): copies a box, which begins with the first element of `from`. */
static napi_value copy(napi_env env, napi_callback_info info) {
  size_t count = 4, given = 0, length = 0;
  napi_value args[4];
  napi_typedarray_type from = napi_int8_array, kind = napi_int8_array;
  void *source = nullptr, *dims = nullptr;
  double address = 0;
  uint32_t bytes = 0;
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  if (count < 4 || napi_get_value_double(env, args[0], &address) != napi_ok || !(address > 0) ||
      napi_get_typedarray_info(env, args[1], &from, &given, &source, nullptr, nullptr) != napi_ok || given == 0 ||
      napi_get_value_uint32(env, args[2], &bytes) != napi_ok ||
      napi_get_typedarray_info(env, args[3], &kind, &length, &dims, nullptr, nullptr) != napi_ok ||
      kind != napi_float64_array || length == 0 || length % dimNumbers != 0) {
    return refuse(env, "copy: expected an address, an array, the bytes of an element, and three numbers per dimension");
  }
  char* to = reinterpret_cast<char*>(static_cast<uintptr_t>(address));
  const auto run = bytes == 1   ? copyBox<uint8_t>
                   : bytes == 2 ? copyBox<uint16_t>
                   : bytes == 4 ? copyBox<uint32_t>
                                : copyBox<uint64_t>;
  run(to, static_cast<const char*>(source), static_cast<const double*>(dims), length / dimNumbers);
  return nullptr;
}

NAPI_MODULE_INIT() {
  const struct {
    const char* name;
    napi_callback call;
  } functions[] = {{"advise", advise},    {"make", make},         {"addressOf", addressOf}, {"copy", copy},
                   {"map", mapWindow},    {"check", checkWindow}, {"unmap", unmapWindow},   {"readMany", readMany}};
  watchThread(env);
  for (const auto& known : functions) {
    napi_value made;
    if (napi_create_function(env, known.name, NAPI_AUTO_LENGTH, known.call, nullptr, &made) != napi_ok) return nullptr;
    if (napi_set_named_property(env, exports, known.name, made) != napi_ok) return nullptr;
  }
  return exports;
}
