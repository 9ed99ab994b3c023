// Variants of recurrent/lib/sequence-tiles/tile.wgsl for up to 96 units, or 128 whose weights have 16 bits, of a cell of several
// gates. In `broad` two threads have all gates of a unit; in `wide`, where a workgroup may have more than 256 threads, they have one
// gate, or of an LSTM with weights of 16 bits two.
//
// @variant broad OWN=GATES K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights)
// @variant broad_row OWN=GATES K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights) ROWS=1
// @variant wide OWN=select(1,2,GATES==4&&PER_WORD==2) K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights)
// @variant wide_row OWN=select(1,2,GATES==4&&PER_WORD==2) K_PARTS=2 Sixteen=Kept sixteen_at=keep_sixteen(at,k) numbers_of=kept_numbers(weights) ROWS=1
