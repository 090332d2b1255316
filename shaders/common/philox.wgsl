// Philox4x32-10: a counter-based random generator. Four words of randomness are a pure function of a 128-bit counter
// and a 64-bit key, so every thread makes its own without memory, in any order, and the same seed gives the same
// numbers on every adapter. Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). The
// CPU form is src/kernels/random/philox.ts, which is tested against the vectors that its authors published.

// High and low word of a 32 x 32 bit product; WGSL has no 64-bit integers, so the high word is put together from 16-bit
// halves.
fn mul_hi(a: u32, b: u32) -> u32 {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let middle = a1 * b0 + ((a0 * b0) >> 16u); // at most 2^32 - 1
  let carry = (middle & 0xffffu) + a0 * b1;
  return a1 * b1 + (middle >> 16u) + (carry >> 16u);
}

fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0; round < 10; round++) {
    c = vec4u(
      mul_hi(0xCD9E8D57u, c.z) ^ c.y ^ k.x,
      0xCD9E8D57u * c.z,
      mul_hi(0xD2511F53u, c.x) ^ c.w ^ k.y,
      0xD2511F53u * c.x,
    );
    k += vec2u(0x9E3779B9u, 0xBB67AE85u);
  }
  return c;
}

// The generator's state in GPU memory: what changes from step to step.
struct RandomState {
  seed: vec2u,
  step: u32,
}

// The counter of element group i in one call: which four elements, which call of the step, which step.
fn random_words(state: RandomState, i: u32, call: u32) -> vec4u {
  return philox(vec4u(i, call, state.step, 0u), state.seed);
}

// Uniform in [0, 1) on a grid of 2^-24: every value is exact in f32.
fn uniform_floats(words: vec4u) -> vec4f {
  return vec4f(words >> vec4u(8u)) * 0x1p-24f;
}
