// What a thread of recurrent/lib/lanes/tile.wgsl multiplies at a time: four numbers of four rows by those of four units.

fn four_rows(at: vec4<u32>, k: u32) -> mat4x4<f32> {
  return mat4x4<f32>(load_part(at.x + k), load_part(at.y + k), load_part(at.z + k), load_part(at.w + k));
}

// Written out: of a product of matrices a compiler would make a sum that is added to the block.
fn add_block(block: mat4x4<f32>, weights: mat4x4<f32>, rows: mat4x4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    block[0] + weights[0] * rows[0].x + weights[1] * rows[0].y + weights[2] * rows[0].z + weights[3] * rows[0].w,
    block[1] + weights[0] * rows[1].x + weights[1] * rows[1].y + weights[2] * rows[1].z + weights[3] * rows[1].w,
    block[2] + weights[0] * rows[2].x + weights[1] * rows[2].y + weights[2] * rows[2].z + weights[3] * rows[2].w,
    block[3] + weights[0] * rows[3].x + weights[1] * rows[3].y + weights[2] * rows[3].z + weights[3] * rows[3].w
  );
}

// An element of a row is all four units.
fn element_of(units: vec4<f32>, unit: u32) -> vec4<f32> {
  return units;
}
