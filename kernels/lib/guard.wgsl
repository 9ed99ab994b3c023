// Words of a trainer's guard: what a step found, and whether it changes anything. norm_finish writes them; the updates and
// the copies of carried state, which come after it, read them.

const GUARD_LOSS = 0u; // bits of the loss
const GUARD_NORM = 1u; // bits of the norm of all gradients
const GUARD_FOUND = 2u; // what is not finite in this step: NOT_FINITE_LOSS | NOT_FINITE_GRADIENT | NOT_FINITE_CARRY
const GUARD_HOLD = 3u; // 1: this step changes nothing
const GUARD_LATCH = 4u; // number of the step that stopped training; 0: none
const GUARD_LATCH_FOUND = 5u; // what was not finite in that step
const GUARD_COUNT = 6u; // updates so far, this step's included: the optimizer's own step number
const GUARD_HELD = 7u; // steps so far that changed nothing
const GUARD_CORRECTION1 = 8u; // 1 - β^count of the optimizer's first moving average, as bits
const GUARD_CORRECTION2 = 9u; // of its second
const GUARD_CARRY = 10u; // set by non_finite where the next carry is not finite
const GUARD_SHARE = 11u; // how much of the weights the moving average takes over in this update, as bits
const GUARD_POWERS1 = 12u; // 1 - β^(2^k) for k = 0 … 31, from the host
const GUARD_POWERS2 = 44u;
const GUARD_POWERS3 = 76u; // of the moving average of weights
const GUARD_BATCHES = 108u; // batches whose gradients are in the next update, this step's included
const GUARD_IDLE = 109u; // 1: this step makes no update: it is held, or further batches are to come first

const NOT_FINITE_LOSS = 1u;
const NOT_FINITE_GRADIENT = 2u;
const NOT_FINITE_CARRY = 4u;

// By the exponent: compilers may take it that a comparison of floats meets neither NaN nor infinity.
fn is_not_finite(bits: u32) -> bool {
  return (bits & 0x7f800000u) == 0x7f800000u;
}
