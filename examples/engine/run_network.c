/* Runs a packed network from C:  run_network MODEL.gcz BATCH <inputs.f32 >outputs.f32
 *
 * Reads BATCH samples of the network's one input from standard input, as 32-bit floats one after
 * another, and writes its first output in the same way. Compile it with
 *   cc -std=c99 run_network.c -lgcompress_engine -o run_network */
#include <gcompress_engine.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const char* sentence) {
  fprintf(stderr, "run_network: %s\n", sentence);
  return 1;
}

/* Says what the network takes and gives. */
static void print_value(const char* kind, const gcompress_engine_value* value) {
  int axis;
  fprintf(stderr, "%s %s: float32 [", kind, value->name);
  for (axis = 0; axis < value->rank; ++axis) {
    if (axis > 0) fprintf(stderr, ", ");
    if (value->shape[axis] < 0) {
      fprintf(stderr, "any");
    } else {
      fprintf(stderr, "%lld", (long long)value->shape[axis]);
    }
  }
  fprintf(stderr, "]\n");
}

/* A run without a buffer fails, but says how large it must be; the second run fills it. */
static int run(gcompress_engine* engine, const gcompress_engine_input* input) {
  gcompress_engine_output output = {0};
  int failed;
  gcompress_engine_run(engine, input, 1, &output, 1);
  if (output.bytes == 0) return fail(gcompress_engine_error());
  output.data = malloc(output.bytes);
  if (output.data == NULL) return fail("there is not enough memory");
  failed = gcompress_engine_run(engine, input, 1, &output, 1) != GCOMPRESS_ENGINE_OK;
  if (failed) {
    fail(gcompress_engine_error());
  } else {
    fwrite(output.data, 1, output.bytes, stdout);
  }
  free(output.data);
  return failed;
}

int main(int argc, char** argv) {
  gcompress_engine_options options = {1};
  gcompress_engine* engine;
  gcompress_engine_value value;
  gcompress_engine_input input = {0};
  size_t elements = 1;
  float* samples;
  int axis;
  int failed;
  if (argc != 3) return fail("usage: run_network MODEL.gcz BATCH <inputs.f32 >outputs.f32");
  if (gcompress_engine_load_file(argv[1], &options, &engine) != GCOMPRESS_ENGINE_OK) {
    return fail(gcompress_engine_error());
  }
  if (gcompress_engine_input_count(engine) != 1 || gcompress_engine_output_count(engine) != 1) {
    gcompress_engine_free(engine);
    return fail("this example takes networks of one input and one output");
  }
  gcompress_engine_describe_output(engine, 0, &value);
  print_value("output", &value);
  gcompress_engine_describe_input(engine, 0, &value);
  print_value("input", &value);
  input.rank = value.rank;
  for (axis = 0; axis < value.rank; ++axis) {
    input.shape[axis] = value.shape[axis] < 0 ? atoi(argv[2]) : value.shape[axis];
    elements *= (size_t)input.shape[axis];
  }
  samples = (float*)calloc(elements, sizeof(float));
  input.data = samples;
  if (samples == NULL || fread(samples, sizeof(float), elements, stdin) != elements) {
    failed = fail("standard input holds too few floats");
  } else {
    failed = run(engine, &input);
  }
  free(samples);
  gcompress_engine_free(engine);
  return failed;
}
