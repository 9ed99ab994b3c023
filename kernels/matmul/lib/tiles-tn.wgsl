// a [k, m] and b [k, n]. m, n and the offsets of a and b are multiples of 4.
//
// @use matmul/lib/tiles.wgsl
// @use matmul/lib/tiles-a-columns.wgsl
// @use matmul/lib/tiles-b-rows.wgsl
