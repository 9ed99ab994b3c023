// linear_scan_chunks: first of three passes of a linear recurrence: what one chunk of time does to the state, as a map.
//
//   forward               h_s = a_s · h_{s-1} + b_s
//   the variant gradient  e_s = a_s · (e_{s-1} + b_s),  b being dL/dh and e the gradient that goes on to the step before
//
//   a, b     [seq_len, columns]
//   factors  [chunks - 1, columns]  A and B of the map that chunk c as a whole is: state after = A · state before + B.
//   shifts   [chunks - 1, columns]  The last chunk is left out: nothing comes after it.
//
// s counts steps in the order of the recurrence. Steps are rows 0, 1, … of a and b; with reverse 1 rows seq_len - 1, … 0.
// Chunk c holds steps from c · chunk_size up to, not including, min(seq_len, (c + 1) · chunk_size).
//
// Affine maps are composed by (A₂, B₂) after (A₁, B₁) = (A₂A₁, A₂B₁ + B₂): products and sums alone. With 0 <= a <= 1 no
// factor grows and where one underflows 0 is the right answer, so this is as stable as the loop over time. (Feng et al.,
// "Were RNNs All We Needed?", 2024, after Heinsen 2023, divide by cumulative products instead, and need logarithms.)
// Blelloch, "Prefix sums and their applications", 1990, is the source of scans by chunks. No workgroup waits for another.
//
// A thread owns one column (four with vec4) of one chunk; neighbours read neighbouring columns. Dispatch
// ceil((chunks - 1) · columns / LANES / WORKGROUP_SIZE) workgroups, folded. No barriers. a and b may share a buffer,
// outputs are buffers of their own. vec4: columns and all offsets are multiples of 4.
//
// @use lib/by-thread.wgsl
// @use recurrent/lib/linear-scan.wgsl
// @variant vec4 Element=vec4f LANES=4u
// @variant gradient GRADIENT=1
// @variant gradient_vec4 GRADIENT=1 Element=vec4f LANES=4u

override GRADIENT: bool = false;

var<storage, read> b: array<Element>;
var<storage, read_write> factors: array<Element>;
var<storage, read_write> shifts: array<Element>;

fn own(i: u32) {
  let columns = params.columns / LANES;
  if (i >= (params.chunks - 1u) * columns) {
    return;
  }
  let first = i / columns * params.chunk_size;
  let row = row_of(first);
  let stride = stride_of(columns);
  var at = row * columns + i % columns;

  var factor = Element(1.0);
  var shift = Element(0.0);
  for (var s = 0u; s < params.chunk_size; s++) { // every chunk but the last is full
    let a_s = a[params.a_offset / LANES + at];
    let b_s = b[params.b_offset / LANES + at];
    if (GRADIENT) {
      shift = a_s * (shift + b_s);
    } else {
      shift = a_s * shift + b_s;
    }
    factor *= a_s;
    at += stride;
  }
  factors[params.factors_offset / LANES + i] = factor;
  shifts[params.shifts_offset / LANES + i] = shift;
}
