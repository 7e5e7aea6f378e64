/*
 * The column means of a float64 .npy file in plain C: each thread sums its rows of the mapped file, or of tiles of 1 MiB
 * that it reads, four rows at a time. Prints the seconds from opening the file to the means, and their sum.
 *
 *     mean0 FILE COLUMNS THREADS mapped|read
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { tileBytes = 1 << 20, mostThreads = 256, chunkRows = 8192 };

static int file;
static const char* mapped;
static long columns, rows, header, nextRow;

static void addRows(const double* row, long count, double* sums) {
  long i = 0;
  for (; i + 4 <= count; i += 4, row += 4 * columns) {
    for (long j = 0; j < columns; j++) {
      sums[j] += (row[j] + row[j + columns]) + (row[j + 2 * columns] + row[j + 3 * columns]);
    }
  }
  for (; i < count; i++, row += columns) {
    for (long j = 0; j < columns; j++) sums[j] += row[j];
  }
}

static void* work(void* unused) {
  const long rowBytes = columns * 8, tileRows = tileBytes / rowBytes > 0 ? tileBytes / rowBytes : 1;
  double* sums = calloc(columns, 8);
  char* tile = malloc(tileRows * rowBytes);
  (void)unused;
  for (;;) {
    const long from = __atomic_fetch_add(&nextRow, chunkRows, __ATOMIC_RELAXED);
    const long to = from + chunkRows < rows ? from + chunkRows : rows;
    if (from >= rows) break;
    if (mapped != NULL) {
      addRows((const double*)(mapped + header + from * rowBytes), to - from, sums);
      continue;
    }
    for (long row = from; row < to; row += tileRows) {
      const long count = to - row < tileRows ? to - row : tileRows;
      if (pread(file, tile, count * rowBytes, header + row * rowBytes) != count * rowBytes) exit(1);
      addRows((const double*)tile, count, sums);
    }
  }
  free(tile);
  return sums;
}

int main(int count, char** words) {
  struct timespec began, ended;
  struct stat stats;
  unsigned char head[10];
  pthread_t threads[mostThreads];
  double check = 0;
  if (count != 5) return 2;
  columns = atol(words[2]);
  const int wanted = atoi(words[3]);
  clock_gettime(CLOCK_MONOTONIC, &began);
  file = open(words[1], O_RDONLY);
  if (file < 0 || fstat(file, &stats) != 0 || wanted < 1 || wanted > mostThreads) return 1;
  if (pread(file, head, sizeof head, 0) != sizeof head) return 1;
  header = 10 + head[8] + 256L * head[9];
  rows = (stats.st_size - header) / (columns * 8);
  if (strcmp(words[4], "mapped") == 0) {
    mapped = mmap(NULL, stats.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return 1;
  }
  for (int i = 0; i < wanted; i++) pthread_create(&threads[i], NULL, work, NULL);
  double* sums = NULL;
  for (int i = 0; i < wanted; i++) {
    void* part;
    pthread_join(threads[i], &part);
    if (sums == NULL) sums = part;
    else {
      for (long j = 0; j < columns; j++) sums[j] += ((double*)part)[j];
    }
  }
  for (long j = 0; j < columns; j++) check += sums[j] / rows;
  clock_gettime(CLOCK_MONOTONIC, &ended);
  const double seconds = (ended.tv_sec - began.tv_sec) + 1e-9 * (ended.tv_nsec - began.tv_nsec);
  printf("%.9f %.17g\n", seconds, check);
  return 0;
}
