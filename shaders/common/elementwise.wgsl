// Helpers that the rows of the elementwise table call, for V = vec4f and V = f32 alike through overloading by name.

// log(1 + x) without losing a small x to rounding: u = 1 + x is rounded; the factor x / (u - 1) corrects for it (Kahan).
fn log1p_accurate(x: V) -> V {
  let u = V(1) + x;
  let d = u - V(1);
  return select(log(u) * x / d, x, d == V(0));
}

// a to the power b. WGSL's pow goes through log(a): here a negative a to a whole b is right too (else NaN), and 0 to the power 0 is 1.
fn power(a: V, b: V) -> V {
  let size = pow(abs(a), b);
  let is_odd = abs(b - V(2) * floor(b * V(0.5))) == V(1);
  let whole = select(size, -size, (a < V(0)) & is_odd);
  return select(select(pow(a, b), whole, (a >= V(0)) | (floor(b) == b)), V(1), b == V(0));
}
