// Helpers that the rows of the elementwise table call, for V = vec4f and V = f32 alike through overloading by name.

// log(1 + x) without losing a small x to rounding: log(1 + x) = 2 atanh(s), s = x / (2 + x), by its series. (The well-known correction
// by x / ((1 + x) - 1) does not work here: WGSL compilers may, and do, simplify that to 1.)
fn log1p_accurate(x: V) -> V {
  let s = x / (V(2) + x);
  let s2 = s * s;
  let series = V(2) * s * (V(1) + s2 * (V(1.0 / 3) + s2 * (V(1.0 / 5) + s2 * (V(1.0 / 7) + s2 * V(1.0 / 9)))));
  return select(log(V(1) + x), series, abs(x) < V(0.25)); // there s2 < 1 / 49, so that what is left out is below 1e-9
}

// a to the power b. WGSL's pow goes through log(a): here a negative a to a whole b is right too (else NaN), and 0 to the power 0 is 1.
fn power(a: V, b: V) -> V {
  let size = pow(abs(a), b);
  let is_odd = abs(b - V(2) * floor(b * V(0.5))) == V(1);
  let whole = select(size, -size, (a < V(0)) & is_odd);
  return select(select(pow(a, b), whole, (a >= V(0)) | (floor(b) == b)), V(1), b == V(0));
}
