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

// erf(x) = 2 / sqrt(pi) * integral from 0 to x of exp(-t^2). Within 1e-7: below 1 as x + x * a polynomial in x^2, above as
// 1 - exp(-polynomial in |x|), minimax fits (Lawson's weighted least squares) to f64 values of erf and of -log(1 - erf) on [0, 1] and
// [1, 4]. Beyond 4 it is 1 in f32. The first form keeps small x, the second needs no accuracy of the exponential.
fn erf_accurate(x: V) -> V {
  let z = min(x * x, V(1));
  var p = V(7.64711835e-5) * z - V(0.000794235646);
  p = p * z + V(0.00517974956);
  p = p * z - V(0.0268485913);
  p = p * z + V(0.112834301);
  p = p * z - V(0.37612606);
  p = p * z + V(0.128379158);
  let a = clamp(abs(x), V(1), V(4));
  var q = V(2.16867934e-5) * a - V(0.000441335678);
  q = q * a + V(0.00420455824);
  q = q * a - V(0.0252082465);
  q = q * a + V(0.10841856);
  q = q * a + V(0.63321991);
  q = q * a + V(1.12957842);
  q = q * a - V(0.000188038228);
  return select(sign(x) * (V(1) - exp(-q)), x + x * p, abs(x) < V(1));
}

// x not below low, then not above high (high wins where the two cross); written so that low and high may be infinite.
fn between(x: V, low: V, high: V) -> V {
  let raised = select(x, low, x < low);
  return select(raised, high, raised > high);
}

// The inner function of the tanh form of GELU, sqrt(2 / pi) * (x + 0.044715 * x^3), through tanh, clamped as the row tanh is.
fn gelu_tanh_inner(x: V) -> V {
  return tanh(clamp(V(0.7978845608) * (x + V(0.044715) * x * x * x), V(-15), V(15)));
}
