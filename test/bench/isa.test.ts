// The table of what GPUs' compilers make of kernels: whether it tells of the kernels as they are, and of good ones.
import { describe, expect, test } from "vitest";
import { hotLoop } from "../../bench/isa/assembly.ts";
import { problemsOf } from "../../bench/isa/bounds.ts";
import { compilers, isTranslatedBy } from "../../bench/isa/capture.ts";
import { generatedUnits } from "../../bench/isa/loops.ts";
import { gpus } from "../../bench/isa/measure.ts";
import { keyOf, readTable } from "../../bench/isa/table.ts";
import { hardwareKernels, measuredUnits } from "../../bench/isa/units.ts";

const rows = new Map([...readTable().values()].flat().map((row) => [keyOf(row), row]));

test("rows tell of all hardware kernels as they are, and of no others", async () => {
  const units = [...hardwareKernels().flatMap(measuredUnits), ...(await generatedUnits())];
  const expected = compilers.flatMap((compiler) =>
    units
      .filter((unit) => isTranslatedBy(compiler, unit))
      .flatMap((unit) => gpus.map((gpu) => ({ key: keyOf({ ...unit, compiler, gpu }), unit }))),
  );
  const stale = expected.filter(({ key, unit }) => rows.get(key)?.hash !== unit.hash).map(({ unit }) => unit.kernel);
  const known = new Set(expected.map(({ key }) => key));
  const gone = [...rows].filter(([key]) => !known.has(key)).map(([, { kernel }]) => kernel);
  const renew = `npm run isa -- ${[...new Set(stale)].join(" ")}`;
  expect(stale, `the table tells of older kernels; renew it by: ${renew}`).toEqual([]);
  expect(gone, "the table tells of kernels that are gone; npm run isa drops them").toEqual([]);
});

test("no row passes its bounds", () => {
  const problems = [...rows].flatMap(([key, row]) => problemsOf(row).map((problem) => `${key}: ${problem}`));
  expect(problems).toEqual([]);
});

describe("the hot loop", () => {
  const row = [...rows.values()].find(({ kernel }) => kernel === "matmul_tiled_vectors");

  test("a spill, too many registers and too many instructions are problems", () => {
    if (!row) throw new Error("there is no row of matmul_tiled_vectors");
    expect(problemsOf({ ...row, spilled: 1 })).toEqual(["spilled registers: 1, at most 0"]);
    expect(problemsOf({ ...row, vgprs: 129 })).toEqual(["vector registers: 129, at most 128"]);
    expect(problemsOf({ ...row, gpu: "navi31", compiler: "tint", issued: 512, multiplyAdds: 256 })).toEqual([
      "instructions per multiply-add: 2, at most 1.35",
    ]);
  });

  test("is the one with the most multiply-adds, without loops inside it, and counts no waits", () => {
    const assembly = `BB0:
	s_mov_b32 s0, s3                                            ; be800003
BB1:
	v_dual_fmac_f32 v0, v1, v2 :: v_dual_fmac_f32 v3, v4, v5    ; c8000503
	v_pk_fma_f16 v6, v7, v8, v6                                 ; cc0e0006
	s_barrier                                                   ; bfbd0000
BB2:
	v_fmac_f32_e32 v1, s7, v2                                   ; 56020407
	s_cbranch_scc1 BB2                                          ; bfa20002
BB3:
	s_waitcnt vmcnt(0)                                          ; bf8903f7
	ds_load_b128 v[0:3], v4                                     ; dbfc0000
	buffer_load_b32 v2, v2, s[8:11], 0 offen                    ; e0500000
	s_cbranch_scc0 BB1                                          ; bfa10001
BB4:
	s_endpgm                                                    ; bfb00000
`;
    expect(hotLoop(assembly)).toEqual({ issued: 6, multiplyAdds: 4, memory: 1, shared: 1, barriers: 1 });
    expect(hotLoop("BB0:\n\tv_fma_f32 v0, v1, v2, v3\n\ts_endpgm\n")).toBeNull();
  });
});
