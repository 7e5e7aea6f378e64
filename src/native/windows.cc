/*
 * The addon's part behind windows.ts: pages of a file over memory that loops work in, and many reads in one call.
 *
 *     map    [ anonymous pages ] ─▶ [ pages of the file ]     announced in `windows`
 *     check  was a page missing, or is the file too short by now?
 *     unmap  [ pages of the file ] ─▶ [ anonymous pages ]     and the same answer as `check`
 *
 * A page of a mapped file may be gone when it is read: another process has cut the file, or the disk fails. The system
 * then sends SIGBUS, which would end the process. The handler here puts zeros in place of the rest of the window and
 * takes note, so that the loop goes on, and the caller throws away what it has computed. It touches only windows that
 * are announced; any other fault goes to the handler that was there before. If a program sets a handler of its own
 * later, nothing is mapped any more: its handler could not know what to do with our windows.
 *
 * Invariants: pages are private, so a mistake in a loop never reaches the file. A window is announced exactly while
 * pages of a file lie in it. The library is never unloaded (-z nodelete), because its handler stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <node_api.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>

#include "windows.h"

/* Without the header's name for it: a read that fails instead of waiting for the disk. */
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 0x00000008
#endif

/* What `check` and `unmap` return. */
enum State { whole = 0, pageMissing = 1, tooShort = 2 };

struct Window {
  std::atomic<bool> taken;
  std::atomic<uintptr_t> start, end;
  std::atomic<bool> missing;
  int file;
  /* Where the bytes end that the file must have. */
  off_t needed;
  napi_env env;
};

/* More than all threads of a process have; a thread that finds no place reads its file instead. */
static const int mostWindows = 1024;
static Window windows[mostWindows];

/* How many places of a window are asked whether they are in memory. */
static const int probes = 4;

static struct sigaction before;

static size_t pageBytes() {
  static const size_t bytes = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

static bool putZeros(uintptr_t from, uintptr_t to) {
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  return mmap(reinterpret_cast<void*>(from), to - from, PROT_READ | PROT_WRITE, flags, -1, 0) != MAP_FAILED;
}

/* Does what the system or the former handler would have done. */
static void passOn(int number, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(number, info, context);
  const bool sent = info->si_code <= 0; /* by a process, not by a fault */
  if (before.sa_handler == SIG_IGN && sent) return;
  if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN) return before.sa_handler(number);
  signal(number, SIG_DFL);
  if (sent) raise(number); /* comes when this handler has returned; a fault comes again by itself */
}

static void onBusError(int number, siginfo_t* info, void* context) {
  const uintptr_t address = reinterpret_cast<uintptr_t>(info->si_addr);
  for (int i = 0; info->si_code > 0 && i < mostWindows; i++) {
    Window& window = windows[i];
    const uintptr_t end = window.end.load();
    if (address < window.start.load() || address >= end) continue;
    const int kept = errno;
    window.missing.store(true);
    const bool done = putZeros(address & ~(pageBytes() - 1), end);
    errno = kept;
    if (done) return;
  }
  passOn(number, info, context);
}

static bool setHandler() {
  pageBytes(); /* known before a handler asks */
  struct sigaction ours = {};
  ours.sa_sigaction = onBusError;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  return sigaction(SIGBUS, &ours, &before) == 0;
}

/* Whether faults come to our handler, which is set on first use. Once another one is set, that one stays in charge. */
static bool handlesFaults() {
  static const bool set = setHandler();
  struct sigaction now = {};
  if (!set) return false;
  sigaction(SIGBUS, nullptr, &now);
  return (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == onBusError;
}

/* Whether a part of a file can be read without the disk, as far as a few of its pages tell. */
static bool inMemory(int file, off_t offset, size_t bytes) {
  for (int i = 0; i < probes; i++) {
    char byte;
    struct iovec place = {&byte, 1};
    const off_t at = offset + static_cast<off_t>((bytes - 1) / (probes - 1) * static_cast<size_t>(i));
    if (preadv2(file, &place, 1, at, RWF_NOWAIT) < 0 && errno == EAGAIN) return false;
  }
  return true;
}

static State stateOf(const Window& window) {
  struct stat now;
  if (window.missing.load()) return pageMissing;
  /* what follows the end of a file in its last page reads as zeros, without a fault */
  return fstat(window.file, &now) != 0 || now.st_size < window.needed ? tooShort : whole;
}

static void forget(Window& window) {
  window.end.store(0);
  window.start.store(0);
  window.taken.store(false);
}

static int firstFree() {
  for (int i = 0; i < mostWindows; i++) {
    if (!windows[i].taken.load() && !windows[i].taken.exchange(true)) return i;
  }
  return -1;
}

static napi_value integer(napi_env env, int value) {
  napi_value result = nullptr;
  napi_create_int32(env, value, &result);
  return result;
}

static napi_value refuse(napi_env env, const char* message) {
  napi_throw_type_error(env, nullptr, message);
  return nullptr;
}

static bool bytesOf(napi_env env, napi_value given, uintptr_t* start, size_t* length) {
  napi_typedarray_type type = napi_int8_array;
  void* data = nullptr;
  if (napi_get_typedarray_info(env, given, &type, length, &data, nullptr, nullptr) != napi_ok) return false;
  *start = reinterpret_cast<uintptr_t>(data);
  return type == napi_uint8_array;
}

/*
 * map(memory, file, offset, bytes): pages of the file from an offset on, of which so many bytes are needed, over whole
 * pages of memory. Returns the number of the window, or the negative number of an error: EAGAIN if the bytes are not in
 * the page cache, EBUSY if another handler of SIGBUS is in charge, ENOSPC if there are too many windows.
 */
napi_value mapWindow(napi_env env, napi_callback_info info) {
  size_t count = 4, length = 0;
  napi_value args[4];
  uintptr_t start = 0;
  int32_t file = -1;
  int64_t offset = 0, bytes = 0;
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  const size_t rest = pageBytes() - 1;
  if (count < 4 || !bytesOf(env, args[0], &start, &length) || napi_get_value_int32(env, args[1], &file) != napi_ok ||
      napi_get_value_int64(env, args[2], &offset) != napi_ok || napi_get_value_int64(env, args[3], &bytes) != napi_ok ||
      offset < 0 || bytes <= 0 || static_cast<size_t>(bytes) > length || length == 0 ||
      ((start | length | static_cast<size_t>(offset)) & rest) != 0) {
    return refuse(env, "map: expected whole pages of memory, a file, an offset of a page, and a number of bytes");
  }
  if (!handlesFaults()) return integer(env, -EBUSY);
  if (!inMemory(file, offset, static_cast<size_t>(bytes))) return integer(env, -EAGAIN);
  const int number = firstFree();
  if (number < 0) return integer(env, -ENOSPC);
  Window& window = windows[number];
  window.missing.store(false);
  window.file = file;
  window.needed = offset + bytes;
  window.env = env;
  window.start.store(start);
  window.end.store(start + length);
  const int flags = MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE;
  if (mmap(reinterpret_cast<void*>(start), length, PROT_READ | PROT_WRITE, flags, file, offset) == MAP_FAILED) {
    const int error = errno;
    forget(window);
    return integer(env, -error);
  }
  return integer(env, number);
}

static Window* windowGiven(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given;
  int32_t number = -1;
  napi_get_cb_info(env, info, &count, &given, nullptr, nullptr);
  const bool known = count > 0 && napi_get_value_int32(env, given, &number) == napi_ok && number >= 0 &&
                     number < mostWindows && windows[number].taken.load() && windows[number].env == env;
  if (known) return &windows[number];
  refuse(env, "expected the number of a window of this thread");
  return nullptr;
}

/* check(window): whether all that was read from it came from the file. */
napi_value checkWindow(napi_env env, napi_callback_info info) {
  const Window* window = windowGiven(env, info);
  return window == nullptr ? nullptr : integer(env, stateOf(*window));
}

/* unmap(window): gives its memory anonymous pages again; returns what `check` would. */
napi_value unmapWindow(napi_env env, napi_callback_info info) {
  Window* window = windowGiven(env, info);
  if (window == nullptr) return nullptr;
  const State state = stateOf(*window);
  if (!putZeros(window->start.load(), window->end.load())) {
    napi_throw_error(env, nullptr, strerror(errno));
    return nullptr;
  }
  forget(*window);
  return integer(env, state);
}

static bool readWhole(int file, char* to, size_t bytes, off_t offset) {
  while (bytes > 0) {
    const ssize_t got = pread(file, to, bytes, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += got;
    bytes -= static_cast<size_t>(got);
  }
  return true;
}

/*
 * readMany(file, into, bytes of a stretch, offset of the first, loops): reads equally long stretches, one after the
 * other, into memory. `loops` has a number of steps and a step in bytes for each loop, the slowest first. Returns
 * whether all of them could be read.
 */
napi_value readMany(napi_env env, napi_callback_info info) {
  size_t count = 5, length = 0, numbers = 0;
  napi_value args[5];
  uintptr_t start = 0;
  int32_t file = -1;
  int64_t bytes = 0, first = 0;
  napi_typedarray_type kind = napi_int8_array;
  void* data = nullptr;
  napi_get_cb_info(env, info, &count, args, nullptr, nullptr);
  if (count < 5 || napi_get_value_int32(env, args[0], &file) != napi_ok || !bytesOf(env, args[1], &start, &length) ||
      napi_get_value_int64(env, args[2], &bytes) != napi_ok || napi_get_value_int64(env, args[3], &first) != napi_ok ||
      napi_get_typedarray_info(env, args[4], &kind, &numbers, &data, nullptr, nullptr) != napi_ok ||
      kind != napi_float64_array || numbers % 2 != 0 || bytes <= 0) {
    return refuse(env, "readMany: expected a file, memory, two numbers, and two numbers per loop");
  }
  const double* loops = static_cast<const double*>(data);
  const size_t depth = numbers / 2, runs = length / static_cast<size_t>(bytes);
  char* to = reinterpret_cast<char*>(start);
  bool read = true;
  for (size_t run = 0; read && run < runs; run++, to += bytes) {
    int64_t offset = first;
    size_t left = run;
    for (size_t i = depth; i-- > 0;) {
      const size_t steps = static_cast<size_t>(loops[2 * i]);
      offset += static_cast<int64_t>(left % steps) * static_cast<int64_t>(loops[2 * i + 1]);
      left /= steps;
    }
    read = readWhole(file, to, static_cast<size_t>(bytes), offset);
  }
  napi_value result = nullptr;
  napi_get_boolean(env, read, &result);
  return result;
}

/* A thread ends, and its memory with it: its windows must not catch the faults of what comes to lie there. */
static void threadEnds(void* env) {
  for (Window& window : windows) {
    if (window.taken.load() && window.env == env) forget(window);
  }
}

void watchThread(napi_env env) { napi_add_env_cleanup_hook(env, threadEnds, env); }
