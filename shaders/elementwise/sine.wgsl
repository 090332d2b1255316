// sin(x + quarters * pi / 2) for any x. WGSL asks no more of sin and cos than an error of 2^-11 within [-pi, pi]; far
// from there GPUs lose all digits. So x is brought to [-pi/4, pi/4] and a number of quarter turns first; there
// polynomials do (minimax, as in Cephes).

// x * 2 / pi modulo 4, as whole quarters and 62 bits of a fraction: Payne and Hanek, "Radian reduction for
// trigonometric functions", 1983. With |x| = M * 2^(E - 31), M the mantissa as a whole number with bit 31 set, only
// those bits of 2 / pi count that M * 2^(E - 31) does not make multiples of 4; three words of them give the product
// modulo 4 to 2^-62.
struct Turn {
  quarters: U,
  high: U, // of the fraction, in units of 2^-32 of a quarter
  low: U,
}

// The words of 2 / pi after two words of 0 in front of the point: word i stands for bits 32 (i - 2) to 32 (i - 1)
// behind it.
fn two_over_pi(i: U) -> U {
  var w = select(U(0u), U(0xa2f9836eu), i == U(2u));
  w = select(w, U(0x4e441529u), i == U(3u));
  w = select(w, U(0xfc2757d1u), i == U(4u));
  w = select(w, U(0xf534ddc0u), i == U(5u));
  w = select(w, U(0xdb629599u), i == U(6u));
  return select(w, U(0x3c439041u), i == U(7u));
}

// The upper 32 bits of a * b.
fn multiply_high(a: U, b: U) -> U {
  let a0 = a & U(0xffffu);
  let a1 = a >> U(16u);
  let b0 = b & U(0xffffu);
  let b1 = b >> U(16u);
  let middle = a1 * b0 + ((a0 * b0) >> U(16u));
  let other = a0 * b1 + (middle & U(0xffffu));
  return a1 * b1 + (middle >> U(16u)) + (other >> U(16u));
}

fn turn_of(x: V) -> Turn {
  let bits = magnitude(x);
  let exponent = bits >> U(23u); // E + 127, at least 127 here
  let mantissa = (bits << U(8u)) | U(0x80000000u);
  let offset = exponent - U(96u); // E + 31: of the first bit that counts
  let word = offset >> U(5u);
  let shift = offset & U(31u);
  let t0 = two_over_pi(word);
  let t1 = two_over_pi(word + U(1u));
  let t2 = two_over_pi(word + U(2u));
  let t3 = two_over_pi(word + U(3u));
  // A shift by 32 is none in WGSL: in two steps.
  let w0 = (t0 << shift) | ((t1 >> U(1u)) >> (U(31u) - shift));
  let w1 = (t1 << shift) | ((t2 >> U(1u)) >> (U(31u) - shift));
  let w2 = (t2 << shift) | ((t3 >> U(1u)) >> (U(31u) - shift));
  let below = mantissa * w1;
  let low = below + multiply_high(mantissa, w2);
  let carry = select(U(0u), U(1u), low < below);
  let high = mantissa * w0 + multiply_high(mantissa, w1) + carry;
  return Turn(high >> U(30u), (high << U(2u)) | (low >> U(30u)), low << U(2u));
}

fn sine(x: V, quarters: U) -> V {
  // Near 0: x = q * pi / 2 + r, pi / 2 in three parts of which q times the first two are exact (Cody and Waite).
  let q = round(x * V(0.636619772));
  var r = ((x - q * V(1.5703125)) - q * V(4.83751296997e-4)) - q * V(7.54978941586e-8);
  var turns = whole_bits(q);
  if (any(abs(x) > V(64))) {
    let far = turn_of(x);
    let goes_on = far.high >= U(0x80000000u); // past half a quarter it is the next one, less the rest
    let low = select(far.low, U(0u) - far.low, goes_on);
    let high = select(far.high, U(0u) - far.high - select(U(1u), U(0u), far.low == U(0u)), goes_on);
    let size = (V(high) * V(0x1p-32) + V(low) * V(0x1p-64)) * V(1.5707963267948966);
    let is_negative = x < V(0);
    let is_far = abs(x) > V(64);
    r = select(r, select(size, -size, goes_on != is_negative), is_far);
    let whole = far.quarters + select(U(0u), U(1u), goes_on);
    turns = select(turns, select(whole, U(0u) - whole, is_negative), is_far);
  }
  let turn = (turns + quarters) & U(3u);
  let z = r * r;
  let sine = r + r * z * (V(-1.6666654611e-1) + z * (V(8.3321608736e-3) - z * V(1.9515295891e-4)));
  let cosine = V(1) - V(0.5) * z + z * z * (V(4.166664568298827e-2) + z * (V(-1.388731625493765e-3) + z
      * V(2.443315711809948e-5)));
  let y = select(sine, cosine, (turn & U(1u)) == U(1u));
  // Of infinity, as of NaN, there is none.
  return select(select(y, -y, turn >= U(2u)), infinity_of(x) - infinity_of(x), magnitude(x) >= U(0x7f800000u));
}

// A small whole number, of either sign, in 32 bits.
fn whole_bits(q: V) -> U {
  return select(U(abs(q)), U(0u) - U(abs(q)), q < V(0));
}
