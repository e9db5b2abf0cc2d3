#!/usr/bin/env python3
"""Shows scripts/cuda_resources.py kernels that got worse, and machine code to read."""

import sys
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scripts"))
import cuda_resources  # noqa: E402

SOUND = {"kernel": "k", "architecture": "sm_90", "spill_bytes": 0, "stack_bytes": 0, "missing": [], "occupancy": 0.5}

SASS = """
        /*0000*/                   LDG.E R1, [R2.64] ;
.L_x_0:
        /*0010*/              @!PT LDS RZ, [RZ] ;
        /*0018*/                   LDS R4, [R5] ;
        /*0020*/                   FFMA R6, R4, R1, R6 ;
        /*0030*/                   IADD3 R5, R5, 0x4, RZ ;
        /*0040*/                   ISETP.NE.AND P0, PT, R5, R7, PT ;
        /*0050*/              @P0  BRA `(.L_x_0) ;
        /*0060*/                   EXIT ;
.L_x_1:
        /*0070*/                   BRA `(.L_x_1);
""".splitlines()


class Resources(unittest.TestCase):
    def faults(self, **changes):
        return list(cuda_resources.faults_of(SOUND | changes, SOUND))

    def test_a_kernel_as_before_is_fine(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.faults(occupancy=0.75), [])

    def test_spills_stacks_drops_and_missing_instructions_are_faults(self):
        self.assertIn("spills 8 bytes", self.faults(spill_bytes=8)[0])
        self.assertIn("stack of 16 bytes", self.faults(stack_bytes=16)[0])
        self.assertIn("occupancy of 0.38, before 0.50", self.faults(occupancy=0.375)[0])
        self.assertIn("has no HMMA instruction", self.faults(missing=["HMMA"])[0])

    def test_a_kernel_that_is_not_written_down_is_a_fault(self):
        self.assertIn("--write", list(cuda_resources.faults_of(SOUND, None))[0])

    def test_occupancy_follows_registers_threads_and_shared_memory(self):
        self.assertEqual(cuda_resources.blocks_resident("sm_90", 256, 32, 0), 8)
        self.assertEqual(cuda_resources.blocks_resident("sm_90", 256, 33, 0), 6)
        self.assertEqual(cuda_resources.blocks_resident("sm_90", 256, 255, 0), 1)
        self.assertEqual(cuda_resources.blocks_resident("sm_80", 128, 32, 64 * 1024), 2)
        self.assertEqual(cuda_resources.blocks_resident("sm_80", 32, 16, 0), 32)

    def test_the_loop_that_multiplies_is_found_in_machine_code(self):
        code, loops = cuda_resources.instructions_of(SASS)
        self.assertEqual(len(code), 8)  # without the one that never happens
        self.assertEqual(loops, [(1, 5), (7, 7)])
        self.assertEqual(cuda_resources.hot_loop_of(code, loops),
                         {"instructions": 5, "opcodes": {"FFMA": 1, "LDS": 1}})

    def test_a_loop_counts_without_the_loops_inside_of_it(self):
        code = ["A", "FFMA", "FFMA", "BRA", "B", "FFMA", "FFMA", "FFMA", "BRA"]
        self.assertEqual(cuda_resources.hot_loop_of(code, [(0, 8), (1, 3)]),
                         {"instructions": 6, "opcodes": {"FFMA": 3}})
        self.assertIsNone(cuda_resources.hot_loop_of(code, []))


if __name__ == "__main__":
    unittest.main()
