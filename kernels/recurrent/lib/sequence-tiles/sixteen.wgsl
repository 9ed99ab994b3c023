// The weights of a thread in recurrent/lib/sequence-tiles/tile.wgsl, sixteen at a time.
//
// All indices are constants, and nothing is a loop: what is not written out does not stay in registers with every compiler.
//
// Where registers are scarce (`broad`, `wide`) weights of 16 bits stay two in a register, which most GPUs multiply as fast.
//
// @use lib/stored-numbers.wgsl
// @use recurrent/lib/sixteens.wgsl
// @also float16 Kept=array<vec2<u32>,4> keep_sixteen=Kept(two_pairs(at,k),two_pairs(at,k+4u),two_pairs(at,k+8u),two_pairs(at,k+12u)) kept_numbers=mat4x4<f32>(four_halves(kept[0]),four_halves(kept[1]),four_halves(kept[2]),four_halves(kept[3]))

alias Kept = mat4x4<f32>; // @specialize
alias Sixteen = mat4x4<f32>; // @specialize

// Of the gates that a thread owns: its first OWN.
struct Gates {
  first: Sixteen,
  second: Sixteen,
  third: Sixteen,
  fourth: Sixteen,
}

// The first SIXTEENS.
struct Weights {
  first: Gates,
  second: Gates,
  third: Gates,
  fourth: Gates,
}

// Zero past the units.
fn weight(at: u32, k: u32) -> f32 {
  if (k >= params.hidden_size) {
    return 0.0;
  }
  return load_weights(at, k);
}

fn four_weights(at: u32, k: u32) -> vec4<f32> {
  return vec4<f32>(weight(at, k), weight(at, k + 1u), weight(at, k + 2u), weight(at, k + 3u));
}

fn sixteen_from(at: u32, k: u32) -> mat4x4<f32> {
  return mat4x4<f32>(
    four_weights(at, k), four_weights(at, k + 4u), four_weights(at, k + 8u), four_weights(at, k + 12u)
  );
}

// The 16 bits of a weight.
fn half_at(at: u32, k: u32) -> u32 {
  if (k >= params.hidden_size) {
    return 0u;
  }
  let i = at + k * weights_stride();
  return (bitcast<u32>(weight_hh[i / PER_WORD]) >> bit_of(i)) & 0xffffu;
}

fn two_pairs(at: u32, k: u32) -> vec2<u32> {
  return vec2<u32>(half_at(at, k) | (half_at(at, k + 1u) << 16u), half_at(at, k + 2u) | (half_at(at, k + 3u) << 16u));
}

fn four_halves(pairs: vec2<u32>) -> vec4<f32> {
  return vec4<f32>(unpack2x16float(pairs.x), unpack2x16float(pairs.y));
}

fn keep_sixteen(at: u32, k: u32) -> Kept { return sixteen_from(at, k); } // @specialize

fn kept_numbers(kept: Kept) -> mat4x4<f32> { return kept; } // @specialize

fn sixteen_at(at: u32, k: u32) -> Sixteen { return sixteen_from(at, k); } // @specialize

fn numbers_of(weights: Sixteen) -> mat4x4<f32> { return weights; } // @specialize

fn sixteen_weights(own: Own, gate: u32, i: u32) -> Sixteen {
  return sixteen_at(first_weight(own.gate + gate, own.unit), 16u * (i * K_PARTS + own.part));
}

fn gates_weights(own: Own, i: u32) -> Gates {
  var gates = Gates();
  gates.first = sixteen_weights(own, 0u, i);
  if (OWN > 1u) {
    gates.second = sixteen_weights(own, 1u, i);
  }
  if (OWN > 2u) {
    gates.third = sixteen_weights(own, 2u, i);
  }
  if (OWN > 3u) {
    gates.fourth = sixteen_weights(own, 3u, i);
  }
  return gates;
}

fn own_weights(own: Own) -> Weights {
  var weights = Weights();
  weights.first = gates_weights(own, 0u);
  weights.second = gates_weights(own, 1u);
  weights.third = gates_weights(own, 2u);
  if (SIXTEENS > 3u) {
    weights.fourth = gates_weights(own, 3u);
  }
  return weights;
}

fn add_sixteen(sums: vec4<f32>, weights: Sixteen, numbers: mat4x4<f32>) -> vec4<f32> {
  return add_products(sums, numbers_of(weights), numbers);
}

// Whether a row has anything in the i-th sixteen of a part.
fn has_sixteen(i: u32) -> bool {
  return params.hidden_size > 16u * K_PARTS * i;
}
