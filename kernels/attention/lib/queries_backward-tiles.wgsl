// The gradient of attention's queries by tiles: what is summed up are the rows of k times the gradients of the scores.
//
// @use attention/lib/workgroup-gradients.wgsl

const SUMMED: u32 = SCORES;

// The forward pass has one, see attention/lib/forward-tiles.wgsl.
alias State = f32;

fn begin() -> State {
  return 1.0;
}

// Gradients of the scores of a tile into p_tile.
fn weigh(before: State, head: Head, kv_head: u32, first_query: u32, first: u32, local: u32) -> State {
  keep_rows(place_of(local), tile_pairs(head, kv_head, first_query, first, local).d_dots);
  return before;
}

fn shrunk(sums: mat4x4f, state: State) -> mat4x4f {
  return sums;
}

fn factors_of(state: State, head: Head, first_query: u32, local: u32) -> State {
  return state;
}

fn scaled(sums: mat4x4f, factors: State) -> mat4x4f {
  return sums;
}

fn result_at(z: u32) -> u32 {
  return params.gradient_offset / 4u + z * params.queries * (params.dim / 4u);
}

fn keep_result(at: u32, x: vec4f) {
  gradient[at] = x;
}
