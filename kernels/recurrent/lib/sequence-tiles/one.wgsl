// Variants of recurrent/lib/sequence-tiles/tile.wgsl for up to 128 units of a cell of one gate: two threads for each unit.
//
// @variant broad OWN=GATES K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights)
// @variant broad_row OWN=GATES K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights) ROWS=1
