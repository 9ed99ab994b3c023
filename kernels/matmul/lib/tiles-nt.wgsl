// a [m, k] and b [n, k]. k and the offsets of a and b are multiples of 4.
//
// @use matmul/lib/tiles.wgsl
// @use matmul/lib/tiles-a-rows.wgsl
// @use matmul/lib/tiles-b-columns.wgsl
