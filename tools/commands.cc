// The list of commands.
#include "gcompress/tools/commands.h"

namespace gcompress::tools {

const std::vector<CommandRow>& commands() {
  static const std::vector<CommandRow> rows = {
      {"prune", "keep a tenth of the parameters, recover, and measure before and after",
       "gcompress prune lenet.onnx --target 0.1 --data mnist:mnist --out lenet-pruned",
       setup_prune},
      {"distill", "train a student from a teacher",
       "gcompress distill lenet-5:width=0.3 --teacher lenet-5.onnx --data mnist:mnist --out "
       "student",
       setup_distill},
      {"quantize", "int8 weights and activations, calibrated, and measured before and after",
       "gcompress quantize model.onnx --data images:photos --out model-int8\n"
       "  gcompress quantize model.onnx --calibrate npz:inputs.npz --executor onnxruntime:LIBRARY",
       setup_quantize},
      {"share", "let weights take one of a few values, so that they pack small",
       "gcompress share pruned/model.onnx --bits 5 --data mnist:mnist --epochs 2", setup_share},
      {"measure",
       "accuracy, latency, memory, sizes, energy of one network, or before against after",
       "gcompress measure before.onnx after.onnx --data mnist:mnist\n"
       "  gcompress measure --compare last-week/report.json today/report.json --max-drop 0.005",
       setup_measure},
      {"train", "train a built-in network or any imported one",
       "gcompress train lenet-300-100 --data mnist:mnist --epochs 30 --out lenet", setup_train},
      {"ticket", "does a sparse part of a network, trained alone, reach the dense one?",
       "gcompress ticket lenet-300-100 --data mnist:mnist --target 0.1 --seeds 5", setup_ticket},
      {"infer", "run a network on inputs from an .npz, outputs to an .npz",
       "gcompress infer model.onnx --inputs in.npz --outputs out.npz", setup_infer},
      {"inspect", "layers, shapes, densities, costs; what can be pruned, and why not",
       "gcompress inspect model.onnx", setup_inspect},
      {"pack", "make a .gcz of an .onnx, bit-exact", "gcompress pack model.onnx --out model.gcz",
       setup_pack},
      {"unpack", "make an .onnx of a .gcz, bit-exact",
       "gcompress unpack model.gcz --out model.onnx", setup_unpack},
      {"run", "run a recipe", "gcompress run recipe.yaml --out again", setup_run},
      {"verify", "compute every figure of an output folder again, from its evidence",
       "gcompress verify lenet-pruned", setup_verify},
      {"footprint", "energy, carbon and cost of a campaign, and after how many inferences it pays",
       "gcompress footprint --gpus 4 --gpu-watts 300 --hours 3 --runs 20 --region DE --pue 1.58\n"
       "  gcompress footprint --track --region DE --out footprint.json python train.py --epochs 3",
       setup_footprint},
      {"doctor", "energy sensors, processor, GPUs and libraries; what is missing, how to get it",
       "gcompress doctor", setup_doctor},
      {"demo", "train and prune a network that plays the Game of Life; needs no data",
       "gcompress demo --out demo", setup_demo},
      {"worker", "hold one network and run it as standard input says; measuring starts these",
       "gcompress worker model.onnx --inputs in.npz", setup_worker, true},
  };
  return rows;
}

}  // namespace gcompress::tools
