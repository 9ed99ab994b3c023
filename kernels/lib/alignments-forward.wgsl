// What the forward passes over alignments give of each row: its total and its loss.
//
// @use lib/alignments.wgsl

struct Params {
  zero_infinity: u32,
}

var<storage, read_write> totals: array<f32>;
var<storage, read_write> losses: array<f32>;

fn give_total(b: u32, total: f32) {
  let infinity = bitcast<f32>(0x7f800000u | (params.batch & 0u));
  let none = select(infinity, 0.0, params.zero_infinity != 0u);
  totals[params.totals_offset + b] = total;
  losses[params.losses_offset + b] = select(-total, none, total <= POSSIBLE);
}
