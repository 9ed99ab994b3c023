// What take and its gradient are given, whose headers say what it is.

struct Params {
  size: u32,
  n: u32,
  m: u32,
  inner: u32,
  shared_rows: u32,
}

var<storage, read> indices: array<i32>;
