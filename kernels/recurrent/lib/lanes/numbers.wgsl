// What a thread of recurrent/lib/lanes/tile.wgsl multiplies at a time: one number of four rows by those of four units.

alias Real = f32;
const WIDTH: u32 = 1;

fn four_rows(at: vec4<u32>, k: u32) -> vec4<f32> {
  return vec4<f32>(load_part(at.x + k), load_part(at.y + k), load_part(at.z + k), load_part(at.w + k));
}

fn add_block(block: mat4x4<f32>, weights: vec4<f32>, rows: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(
    block[0] + weights * rows.x, block[1] + weights * rows.y, block[2] + weights * rows.z, block[3] + weights * rows.w
  );
}

fn element_of(units: vec4<f32>, unit: u32) -> f32 {
  return units[unit % 4u];
}
