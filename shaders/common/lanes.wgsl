// A thread works on elements of V at a time: vec4f where four neighbours always belong together, else f32.
// The launcher specialises the three together (src/kernels/launch/lanes.ts).
alias V = f32;
const LANES = 1.0; // numbers in a V
fn total(v: V) -> f32 { return v; }
