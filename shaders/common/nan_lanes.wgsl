// NaN by its bits (see nan.wgsl), for V = f32 and V = vec4f alike.
alias U = u32; // the bits of a V: specialised with it, always

fn magnitude(x: V) -> U {
  return bitcast<U>(x) & U(0x7fffffffu);
}

// x where it is NaN, else y.
fn keep_nan(x: V, y: V) -> V {
  return select(y, x, magnitude(x) > U(0x7f800000u));
}

// y where neither a nor b is NaN, else otherwise: what compares a with b is wrapped in it.
fn if_ordered(a: V, b: V, y: V, otherwise: V) -> V {
  return select(y, otherwise, (magnitude(a) > U(0x7f800000u)) | (magnitude(b) > U(0x7f800000u)));
}

fn larger(a: V, b: V) -> V {
  return keep_nan(a, keep_nan(b, max(a, b)));
}

fn smaller(a: V, b: V) -> V {
  return keep_nan(a, keep_nan(b, min(a, b)));
}

// x not below low, then not above high (high wins where the two cross); written so that low and high may be infinite.
fn between(x: V, low: V, high: V) -> V {
  let raised = select(x, low, x < low);
  return keep_nan(x, select(raised, high, raised > high));
}

// max(x, 0): the bits of -0 to -infinity follow one another, and NaN comes after them.
fn rectified(x: V) -> V {
  return select(x, V(0), (bitcast<U>(x) - U(0x80000000u)) <= U(0x7f800000u));
}

// d where y is not 0, else 0. y as rectified leaves it, so that NaN passes d on, as in PyTorch.
fn where_passed(y: V, d: V) -> V {
  return select(V(0), d, magnitude(y) != U(0u));
}

// exp(x), of which some drivers make infinity where x is NaN.
fn exp_kept(x: V) -> V {
  return keep_nan(x, exp(x));
}
