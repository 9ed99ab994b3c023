// What both GRUs' gradients read of the forward pass, and the gradient of h that they hand from step to step.

var<storage, read> gates: array<Real>;
var<storage, read> h_history: array<Real>;
var<storage, read_write> d_h: array<Real>;
