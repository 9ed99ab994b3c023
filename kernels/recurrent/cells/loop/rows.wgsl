// An example of what programs write for a step whose threads own whole rows; see src/ops/loop/fused/row-phase.ts.
//
//   y = tanh((x - mean) · rstd)      mean and rstd as layer_norm_forward has them      [batch, units], y kept for all steps
//
// b0  x [time, batch, units] from at0 on
// b1  y [time, batch, units] from at1 on; mean and rstd [time, batch, 2] from at2 on
//
// @use lib/real.wgsl
// @use recurrent/lib/slots.wgsl

struct Params {
  seq_len: u32,
  at0: u32,
  at1: u32,
  at2: u32,
}

var<storage, read> b0: array<Real>;
var<storage, read_write> b1: array<Real>;

fn time_of(i: u32) -> u32 {
  return params.time + i;
}

struct Step {
  at0: u32,
  at1: u32,
  at2: u32,
}

fn step_at(dispatch: u32) -> Step {
  let size = params.batch_size * (params.hidden_size / WIDTH);
  let last = params.seq_len - 1u;
  let i0 = min(dispatch, last);
  let time0 = select(i0, last - i0, params.reverse != 0u);
  return Step(params.at0 + time0 * size, params.at1 + time0 * size, params.at2 + time0 * 2u * params.batch_size);
}

fn finish_row(step: Step, row: u32, first: u32) {
  let width = params.hidden_size;
  var sum0_0_0 = 0.0;
  for (var unit = first; unit < width; unit += STRIDE) {
    sum0_0_0 += b0[step.at0 + row * width + unit];
  }
  let mean = row_sum(first, sum0_0_0) / f32(width);
  var sum0_1_0 = 0.0;
  for (var unit = first; unit < width; unit += STRIDE) {
    let below = b0[step.at0 + row * width + unit] - mean;
    sum0_1_0 += below * below;
  }
  let rstd = 1.0 / sqrt(row_sum(first, sum0_1_0) / f32(width) + 1e-5);
  for (var unit = first; unit < width; unit += STRIDE) {
    let place_1_0 = row * width + unit;
    b1[step.at1 + place_1_0] = safe_tanh((b0[step.at0 + place_1_0] - mean) * rstd);
  }
  if (first == 0u) {
    b1[step.at2 + 2u * row] = mean;
    b1[step.at2 + 2u * row + 1u] = rstd;
  }
}
