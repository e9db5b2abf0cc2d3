#!/usr/bin/env python3
"""Shows layering.py small houses with faults in them, and one without."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOMS = """\
guard torch own_headers (torch|ATen|c10)/
guard protobuf own_headers (google/protobuf/|.*\\.pb\\.h$)
guard json no_headers nlohmann/json\\.hpp$
room base core/base includes= uses=fmt tests_also=
room graph core/graph includes=base uses= tests_also=
room kernels core/kernels includes=base uses=cuda tests_also=
room onnx core/onnx includes=graph,base uses=protobuf tests_also=
room train core/train includes=graph,base uses=torch tests_also=
room prune prune includes=graph,base uses= tests_also=onnx
room measure measure includes=graph,base uses=json tests_also=
room compress compress includes=prune,measure,graph,base uses=json tests_also=
room compress_training compress/training includes=compress,train,prune,graph,base uses= tests_also=
installed core/graph/network.h
"""


def check(files):
    """Runs layering.py over a tree made of {path: text}; returns its exit code and what it printed."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        (root / "rooms.txt").write_text(ROOMS)
        result = subprocess.run(
            [sys.executable, Path(__file__).with_name("layering.py"),
             "--rooms", root / "rooms.txt", "--source", root],
            capture_output=True, text=True, check=False)
        return result.returncode, result.stdout + result.stderr


class Layering(unittest.TestCase):
    def assert_fault(self, files, *phrases):
        code, output = check(files)
        self.assertEqual(code, 1, output)
        for phrase in phrases:
            self.assertIn(phrase, output)

    def assert_clean(self, files):
        code, output = check(files)
        self.assertEqual(code, 0, output)

    def test_a_house_in_order_passes(self):
        self.assert_clean({
            "core/base/tensor.h": "#include <vector>\n",
            "core/graph/network.h": "#include <string>\n",
            "core/onnx/messages.h": '#include "onnx/onnx-ml.pb.h"\n',
            "core/onnx/read.cc": '#include "gcompress/core/onnx/messages.h"\n'
                                 '#include "gcompress/core/graph/network.h"\n',
            "core/train/fit.cc": "#include <torch/torch.h>\n",
            "measure/report.h": "#include <nlohmann/json_fwd.hpp>\n",
            "measure/report.cc": "#include <nlohmann/json.hpp>\n",
            "compress/run.cc": '#include "gcompress/prune/score.h"\n#include "gcompress/version.h"\n',
            "tests/prune/score_test.cc": '#include "gcompress/core/onnx/read.h"\n',
        })

    def test_a_room_may_not_reach_upward(self):
        self.assert_fault({"core/graph/x.cc": '\n#include "gcompress/prune/score.h"\n'},
                          "core/graph/x.cc:2 includes gcompress/prune/score.h",
                          "graph may include only: graph, base")

    def test_siblings_may_not_include_each_other(self):
        self.assert_fault({"prune/x.cc": '#include "gcompress/measure/report.h"\n'},
                          "which is room measure, but prune may include only")

    def test_a_subroom_has_arrows_of_its_own(self):
        training = '#include "gcompress/core/train/fit.h"\n'
        self.assert_clean({"compress/training/x.cc": training})
        self.assert_fault({"compress/x.cc": training}, "compress may include only")
        self.assert_fault({"compress/x.cc": '#include "gcompress/compress/training/x.h"\n'},
                          "which is room compress_training")

    def test_torch_stays_in_its_room(self):
        self.assert_fault({"prune/x.cc": "#include <torch/torch.h>\n"},
                          "only these rooms may use torch: train")
        self.assert_fault({"prune/x.cc": "#  include <ATen/ATen.h>\n"},
                          "only these rooms may use torch: train")

    def test_torch_may_not_come_in_by_way_of_a_header(self):
        self.assert_fault({
            "core/train/internal.h": "#include <torch/torch.h>\n",
            "core/train/fit.h": '#include "gcompress/core/train/internal.h"\n',
            "compress/training/x.cc": '#include "gcompress/core/train/fit.h"\n',
        }, "brings in torch by way of core/train/internal.h")

    def test_protobuf_stays_in_its_room(self):
        self.assert_fault({"core/graph/x.h": '#include "onnx/onnx-ml.pb.h"\n'},
                          "only these rooms may use protobuf: onnx")
        self.assert_fault({"core/graph/x.cc": "#include <google/protobuf/message_lite.h>\n"},
                          "only these rooms may use protobuf: onnx")

    def test_no_header_includes_json(self):
        self.assert_fault({"measure/report.h": "#include <nlohmann/json.hpp>\n"},
                          "no header may include json")

    def test_installed_headers_include_installed_headers_only(self):
        self.assert_fault({
            "core/base/tensor.h": "",
            "core/graph/network.h": '#include "gcompress/core/base/tensor.h"\n',
        }, "core/graph/network.h is an installed header and core/base/tensor.h is not")

    def test_cuda_kernels_may_name_their_neighbours(self):
        self.assert_clean({"core/kernels/cuda/spmm/spmm.cu": '#include "config.h"\n#include "../ptx.h"\n',
                           "core/kernels/cuda/spmm/config.h": "", "core/kernels/cuda/ptx.h": ""})
        self.assert_fault({"core/kernels/cpu/spmm.cc": '#include "spmm.h"\n', "core/kernels/cpu/spmm.h": ""},
                          "spell our own headers from the root")

    def test_our_headers_are_spelled_from_the_root(self):
        self.assert_fault({"prune/x.cc": '#include "score.h"\n', "prune/score.h": ""},
                          "spell our own headers from the root")
        self.assert_fault({"prune/x.cc": '#include "core/graph/network.h"\n'},
                          "spell our own headers from the root")

    def test_tests_follow_the_arrows_too(self):
        self.assert_fault({"tests/prune/x_test.cc": '#include "gcompress/measure/report.h"\n'},
                          "which is room measure, but prune may include only")

    def test_a_file_outside_every_room_is_a_fault(self):
        self.assert_fault({"core/kitchen/x.cc": ""}, "core/kitchen/x.cc lies in no room")


if __name__ == "__main__":
    unittest.main()
