// Helpers that the rows of the elementwise table call, for V = vec4f and V = f32 alike through overloading by name.

// log(1 + x) without losing a small x to rounding: u = 1 + x is rounded; the factor x / (u - 1) corrects for it (Kahan).
fn log1p_accurate(x: V) -> V {
  let u = V(1) + x;
  let d = u - V(1);
  return select(log(u) * x / d, x, d == V(0));
}
