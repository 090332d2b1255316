// What softmax and its gradient share where several threads make a row. Needs lanes.wgsl: where C divides by 4, V is
// four neighbours.
struct Params {
  rows: u32,
  C: u32, // in V
}
const LOWEST = -0x1.fffffep+127f; // of no elements
override LOG: bool = false;
fn largest(v: V) -> f32 { return v; }
