// A thread works on elements of V at a time: vec4f where four neighbours always belong together, else f32.
// The launcher specialises the four together (src/kernels/launch/lanes.ts).
alias V = f32;
alias Total = f32; // a V where its numbers are of different sums: of four channels (src/tensor/layout.ts)
const LANES = 1.0; // numbers of a V in one sum
fn total(v: V) -> Total { return v; }
