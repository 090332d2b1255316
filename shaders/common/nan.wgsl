// NaN and infinities of single floats, by their bits. A shader compiler may take it that no number is a NaN: it may
// drop one in max, min and clamp, take a choice by a comparison for one of those, and fold x != x to false. What it
// knows of whole numbers it cannot doubt.

fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}

// NaN and infinity. Not constants, which WGSL refuses: `any` is anything that the compiler does not know.
fn not_a_number(any: u32) -> f32 {
  return bitcast<f32>(0x7fc00000u | (any & 0u));
}

// Floats as whole numbers of the same order: NaN counts as larger than all others, as in PyTorch, and -0 as equal to 0.
// No float has key 0.
fn order_key(v: f32) -> u32 {
  let bits = bitcast<u32>(v);
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0xffffffffu; // NaN of either sign
  }
  if (magnitude == 0u) {
    return 0x80000000u;
  }
  return select(bits | 0x80000000u, ~bits, bits != magnitude);
}

// exp and log, of which drivers may make ordinary numbers or infinity where x is NaN, and of log where it is 0.
fn exp_of(x: f32) -> f32 {
  return select(exp(x), x, is_nan(x));
}

fn log_of(x: f32) -> f32 {
  let infinity = bitcast<f32>(0x7f800000u | (bitcast<u32>(x) & 0u));
  return select(select(select(log(x), infinity, x == infinity), -infinity, x == 0), x, is_nan(x));
}
