/* The engine for programs in C, or in any language that calls C: loads a packed network (.gcz),
 * says what goes in and what comes out, and runs it on the CPU with sparse kernels. C99; no other
 * library of the project is needed.
 *
 *   gcompress_engine *engine;
 *   if (gcompress_engine_load_file("model.gcz", NULL, &engine) != GCOMPRESS_ENGINE_OK)
 *     fprintf(stderr, "%s\n", gcompress_engine_error());
 *   gcompress_engine_input input = {pixels, 4, {batch, 3, 32, 32}};
 *   gcompress_engine_output output = {scores, sizeof(scores), 0, {0}};
 *   if (gcompress_engine_run(engine, &input, 1, &output, 1) != GCOMPRESS_ENGINE_OK) ...
 *   gcompress_engine_free(engine);
 *
 * Inputs and outputs stand in the order in which the network declares them and are addressed by
 * that index. Elements are in row-major order. Whatever a file or a caller does wrong comes back as
 * a status and a sentence; a damaged or hostile file is refused.
 *
 * Threads: each function says what may run at the same time. Two engines share nothing. */
#ifndef GCOMPRESS_ENGINE_H
#define GCOMPRESS_ENGINE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GCOMPRESS_ENGINE_API __attribute__((visibility("default")))
#else
#define GCOMPRESS_ENGINE_API
#endif

/* The numbers are the exit codes of the program gcompress. */
typedef enum {
  GCOMPRESS_ENGINE_OK = 0,
  GCOMPRESS_ENGINE_BUG = 1,   /* our own mistake */
  GCOMPRESS_ENGINE_USAGE = 2, /* a call with arguments that make no sense: NULL, a small buffer */
  GCOMPRESS_ENGINE_INPUT = 3, /* a file is damaged, or inputs do not fit the network */
  GCOMPRESS_ENGINE_UNSUPPORTED =
      5,                      /* the network needs what the engine lacks; all of it is listed */
  GCOMPRESS_ENGINE_MEMORY = 6 /* there is not enough memory */
} gcompress_engine_status;

/* Element types, by ONNX's numbers: a bool takes a byte. Networks whose inputs or outputs have
 * others are refused by now. Integers must lie within +-2^24. */
typedef enum {
  GCOMPRESS_ENGINE_FLOAT32 = 1,
  GCOMPRESS_ENGINE_INT32 = 6,
  GCOMPRESS_ENGINE_INT64 = 7,
  GCOMPRESS_ENGINE_BOOL = 9
} gcompress_engine_dtype;

enum { GCOMPRESS_ENGINE_MAX_RANK = 8 };

/* A loaded network. */
typedef struct gcompress_engine gcompress_engine;

typedef struct {
  int threads; /* that compute one run; 0: as many as there are processors */
} gcompress_engine_options;

/* What a network declares of an input or output. `name` belongs to the engine. A size of -1 is
 * settled by the inputs of a run (the batch, mostly). A rank of -1: nothing is declared. */
typedef struct {
  const char* name;
  gcompress_engine_dtype dtype;
  int rank;
  int64_t shape[GCOMPRESS_ENGINE_MAX_RANK];
} gcompress_engine_value;

/* An input of a run: `data` stays the caller's and is only read, while the run lasts. It lies at a
 * multiple of its elements' size. */
typedef struct {
  const void* data;
  int rank;
  int64_t shape[GCOMPRESS_ENGINE_MAX_RANK];
} gcompress_engine_input;

/* An output of a run: the caller gives `bytes` bytes at `data`; the run fills them, and says in
 * `bytes`, `rank` and `shape` what it wrote. */
typedef struct {
  void* data;
  size_t bytes;
  int rank;
  int64_t shape[GCOMPRESS_ENGINE_MAX_RANK];
} gcompress_engine_output;

/* "0.1.0". Any thread, any time. */
GCOMPRESS_ENGINE_API const char* gcompress_engine_version(void);

/* What went wrong in the last call of this thread that did not return GCOMPRESS_ENGINE_OK: one
 * sentence, "" before the first. Each thread has its own; the text stays until the thread's next
 * such call. */
GCOMPRESS_ENGINE_API const char* gcompress_engine_error(void);

/* Loads a network. `options` may be NULL. On success *engine is to be given to
 * gcompress_engine_free; otherwise it is NULL. The file may go, and the bytes may be freed, as soon
 * as the call is back. Any threads may load at the same time. */
GCOMPRESS_ENGINE_API gcompress_engine_status gcompress_engine_load_file(
    const char* path, const gcompress_engine_options* options, gcompress_engine** engine);
GCOMPRESS_ENGINE_API gcompress_engine_status
gcompress_engine_load_memory(const void* bytes, size_t size,
                             const gcompress_engine_options* options, gcompress_engine** engine);

/* NULL is allowed. No other call may use the engine any more. */
GCOMPRESS_ENGINE_API void gcompress_engine_free(gcompress_engine* engine);

/* How many there are (0 for NULL), and what is declared of each. Any threads at the same time, also
 * while the engine runs. */
GCOMPRESS_ENGINE_API size_t gcompress_engine_input_count(const gcompress_engine* engine);
GCOMPRESS_ENGINE_API size_t gcompress_engine_output_count(const gcompress_engine* engine);
GCOMPRESS_ENGINE_API gcompress_engine_status gcompress_engine_describe_input(
    const gcompress_engine* engine, size_t index, gcompress_engine_value* value);
GCOMPRESS_ENGINE_API gcompress_engine_status gcompress_engine_describe_output(
    const gcompress_engine* engine, size_t index, gcompress_engine_value* value);

/* Runs once. As many inputs and outputs as the network has. The first run with new input shapes
 * makes a plan for them, which takes milliseconds; the last two are kept. If a buffer is too small,
 * `bytes`, `rank` and `shape` of all outputs still say what was needed, and GCOMPRESS_ENGINE_USAGE
 * comes back. Any threads at the same time: runs of one engine wait for each other, so threads that
 * are to run at the same time load an engine each. */
GCOMPRESS_ENGINE_API gcompress_engine_status
gcompress_engine_run(gcompress_engine* engine, const gcompress_engine_input* inputs,
                     size_t input_count, gcompress_engine_output* outputs, size_t output_count);

#ifdef __cplusplus
}
#endif

#endif /* GCOMPRESS_ENGINE_H */
