// Helpers that the rows of the elementwise table call, for V = vec4f and V = f32 alike through overloading by name.

// log(1 + x) without losing a small x to rounding: log(1 + x) = 2 atanh(s), s = x / (2 + x), by its series. (The
// well-known correction by x / ((1 + x) - 1) does not work here: WGSL compilers may, and do, simplify that to 1.)
fn log1p_accurate(x: V) -> V {
  let s = x / (V(2) + x);
  let s2 = s * s;
  let series = V(2) * s * (V(1) + s2 * (V(1.0 / 3) + s2 * (V(1.0 / 5) + s2 * (V(1.0 / 7) + s2 * V(1.0 / 9)))));
  // there s2 < 1 / 49, so that what is left out is below 1e-9
  return select(log_accurate(V(1) + x), series, abs(x) < V(0.25));
}

// log(x). A driver may take the exponent of a denormal for that of a normal number (it is made one first), and make
// ordinary numbers of 0, of negative numbers and of infinity.
fn log_accurate(x: V) -> V {
  let ordinary = select(log(x), log(x * V(0x1p24)) - V(16.635532333), x < V(0x1p-126));
  let infinity = infinity_of(x);
  let y = select(select(ordinary, infinity, x == infinity), -infinity, x == V(0));
  return keep_nan(x, select(y, infinity - infinity, x < V(0)));
}

// exp(x) - 1 without losing a small x to rounding: Taylor's series, whose next term is below 1e-9 of the sum where it
// is used.
fn expm1_accurate(x: V) -> V {
  let tail = V(1.0 / 6) + x * (V(1.0 / 24) + x * (V(1.0 / 120) + x * (V(1.0 / 720) + x * V(1.0 / 5040))));
  return select(exp_kept(x) - V(1), x + x * x * (V(0.5) + x * tail), abs(x) < V(0.25));
}

fn infinity_of(x: V) -> V {
  return bitcast<V>((bitcast<U>(x) & U(0u)) | U(0x7f800000u)); // not a constant: WGSL refuses infinite ones
}

// a to the power b with the edges of C99 (and so PyTorch's): b = 0 and a = 1 give 1 even with NaN; 0 and infinity, as
// base or as power, give 0, 1 or infinity; a negative a to a whole b is a number, to any other NaN.
fn power(a: V, b: V) -> V {
  let size = abs(a);
  let infinity = infinity_of(a);
  let is_odd = abs(b - V(2) * floor(b * V(0.5))) == V(1);
  // WGSL's pow goes through log(a), and is left to ordinary numbers; of a denormal see log_accurate.
  var y = select(pow(size, b), pow(size * V(0x1p24), b) * exp2(V(-24) * b), size < V(0x1p-126));
  let grows = select(V(0), infinity, (size > V(1)) == (b > V(0)));
  y = select(y, grows, (abs(b) == infinity) | (size == infinity));
  y = select(y, select(V(0), infinity, b < V(0)), size == V(0));
  y = select(y, V(1), size == V(1));
  let is_negative = (bitcast<U>(a) >> U(31u)) == U(1u); // -0 too
  let is_whole = floor(b) == b;
  y = select(y, -y, is_negative & is_whole & is_odd);
  y = select(y, infinity - infinity, (a < V(0)) & !is_whole & (size != infinity));
  y = keep_nan(a, keep_nan(b, y));
  return select(y, V(1), (b == V(0)) | (bitcast<U>(a) == U(0x3f800000u)));
}

// erf(x) = 2 / sqrt(pi) * integral from 0 to x of exp(-t^2). Within 1e-7: below 1 as x + x * a polynomial in x^2, above
// as 1 - exp(-polynomial in |x|), minimax fits (Lawson's weighted least squares) to f64 values of erf and of -log(1 -
// erf) on [0, 1] and [1, 4]. Beyond 4 it is 1 in f32. The first form keeps small x, the second needs no accuracy of the
// exponential.
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
  return select(sign(x) * (V(1) - exp_kept(-q)), x + x * p, abs(x) < V(1));
}

// What GELU's tanh form multiplies x by: 0.5 * (1 + tanh(u)) = 1 / (1 + exp(-2 u)), u = sqrt(2 / pi) * (x + 0.044715 *
// x^3); without the cancellation of 1 + tanh.
fn gelu_tanh_gate(x: V) -> V {
  return V(1) / (V(1) + exp_kept(V(-1.5957691216) * (x + V(0.044715) * x * x * x)));
}

// The rest of a / b with the sign of a, as C's fmod, exactly: b is doubled up to a and taken away wherever it goes into
// what is left, as in long division. Each difference is exact, because b's multiple lies within a factor of 2 of it.
fn remainder(a: V, b: V) -> V {
  var rest = abs(a);
  let least = abs(b);
  var part = least;
  for (var i = 0; i < 280; i++) { // as many doublings as there are exponents
    let goes = part <= rest * V(0.5);
    if (!any(goes)) {
      break;
    }
    part = select(part, part * V(2), goes);
  }
  for (var i = 0; i < 280; i++) {
    rest = select(rest, rest - part, rest >= part);
    if (!any(part > least)) {
      break;
    }
    part = select(part, part * V(0.5), part > least);
  }
  let infinity = infinity_of(a);
  let is_negative = (bitcast<U>(a) >> U(31u)) == U(1u);
  var y = select(select(rest, -rest, is_negative), a, least == infinity);
  y = select(y, infinity - infinity, (abs(a) == infinity) | (least == V(0)));
  return keep_nan(a, keep_nan(b, y));
}
