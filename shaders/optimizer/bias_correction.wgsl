// r(t) = 1 - beta^t from r(1) = 1 - beta, by squaring: r(2n) = r(n) (2 - r(n)) and r(m + n) = r(m) + r(n) (1 - r(m)).
// Nothing cancels. 1 - pow(beta, t) does: for beta2 = 0.999 it is off by 1e-4 in the first steps.
fn bias_correction(rest: f32, t: f32) -> f32 {
  var r = rest;
  var result = 0.0;
  for (var n = u32(t); n > 0; n >>= 1) {
    if ((n & 1) == 1) {
      result += r * (1 - result);
    }
    r *= 2 - r;
  }
  return result;
}

// Of both means of Adam: 1 - beta1^t and sqrt(1 - beta2^t).
fn bias_corrections(rest1: f32, rest2: f32, t: f32) -> vec2f {
  return vec2f(bias_correction(rest1, t), sqrt(bias_correction(rest2, t)));
}
